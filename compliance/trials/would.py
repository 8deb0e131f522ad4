"""How a post would have been decided under a trial: pure, the same for a post of now and for one of the past.

Only the check that is tried is asked anew. Where it refused the post and would not now, the checks behind it have
never been asked: they are asked as they are set. Everything else is as the live rules found it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from compliance.check import Verdict
from compliance.checks import certificate, scrub_service
from compliance.models import CheckMode, Effect, Outcome, WouldBe
from compliance.policy import SetCheck, SetTrial, what_follows
from intake.post import Post, Reason


class CannotTell(Exception):
    """What the trial would have said cannot be known; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Live:
    """What the live checks made of a post: their lines by check, who refused it and why, who held it.

    `refused_by` is the name of a check, or `agent`; empty when none refused.
    """

    lines: Mapping[str, Mapping[str, Any]]
    refused_by: str = ""
    reasons: tuple[Reason, ...] = ()

    @property
    def held_by(self) -> set[str]:
        """The checks that hold it."""
        return {name for name, line in self.lines.items() if line.get("held")}


@dataclass(frozen=True, slots=True)
class Would:
    """What a trial comes to for one post. `why` for people, where it is open or broken."""

    outcome: WouldBe
    reasons: tuple[Reason, ...] = ()
    why: str = ""


class Asks(Protocol):
    """Asks one check of the post. `tried`: with the facts of the trial. Raises CannotTell."""

    def __call__(self, item: SetCheck, *, tried: bool) -> Verdict: ...


def would_be(trial: SetTrial, checks: Sequence[SetCheck], live: Live, ask: Asks) -> Would:
    """What `trial` makes of a post that `checks`, all of the policy, have been asked of. Whatever `ask` raises."""
    if trial.item is None:
        return Would(WouldBe.BROKE, (), trial.broken)
    if trial.check_name not in live.lines:
        if live.refused_by:
            return Would(WouldBe.REJECTED, live.reasons)  # by a check that goes before it
        raise CannotTell("the check was not asked then")
    follows, reasons = _looked(trial.item, ask, tried=True)
    if follows == "refused":
        return Would(WouldBe.REJECTED, reasons)
    holds = follows == "held" or bool(live.held_by - {trial.check_name})
    said = reasons if follows == "held" else ()
    if live.refused_by == trial.check_name:
        for item in _behind(trial.check_name, checks):
            follows, reasons = _looked(item, ask, tried=False)
            if follows == "refused":
                return Would(WouldBe.REJECTED, reasons)
            holds, said = holds or follows == "held", said or (reasons if follows == "held" else ())
    elif live.refused_by:
        return Would(WouldBe.REJECTED, live.reasons)
    return Would(WouldBe.HELD if holds else WouldBe.ACCEPTED, said)


def _behind(name: str, checks: Sequence[SetCheck]) -> Sequence[SetCheck]:
    places = [number for number, item in enumerate(checks) if item.check.name == name]
    return checks[places[0] + 1 :] if places else ()


def _looked(item: SetCheck, ask: Asks, *, tried: bool) -> tuple[str, tuple[Reason, ...]]:
    """What a check comes to by its own settings (compliance.policy.what_follows), and its reasons."""
    if item.mode == CheckMode.OFF:
        return "", ()
    verdict = ask(item, tried=tried)
    return what_follows(verdict.outcome, item, None), verdict.reasons


def refuse_unasked(item: SetCheck, post: Post) -> None:
    """Raise CannotTell where `item` judges an answer of an outside service that was never asked for."""
    params, answers = item.params, post.consulted.get(item.check.name, ())
    if item.check.name == certificate.NAME and params.require_match and "phone" in post.fields:
        asked = {str(found.provider) for found in answers}
        if missing := [p for p in certificate.tokens_of(post, params) if str(p) not in asked]:
            raise CannotTell(f"{', '.join(str(p.label) for p in missing)} was not asked about this post")
    if item.check.name == scrub_service.NAME and params.service != "none":
        services = {answer.service for answer in answers}
        if params.service not in services:
            raise CannotTell("that service was not asked about this post")


def settled(would: Would, outcome: str, code: str) -> Would:
    """`would` once the live decision is known: a lead that nobody could take live, nobody could take either."""
    nobody = outcome == Outcome.REJECTED and code == "no_agent"
    if nobody and would.outcome == WouldBe.ACCEPTED:
        return Would(WouldBe.REJECTED, (Reason(code, ""),))
    return would


def effect_of(would: Would, outcome: str) -> Effect:
    """What the trial would have changed about a post that was decided `outcome` (Outcome) live."""
    if would.outcome in (WouldBe.OPEN, WouldBe.BROKE):
        return Effect(would.outcome.value)
    if would.outcome.value == outcome:
        return Effect.SAME
    return {
        WouldBe.REJECTED: Effect.REFUSES, WouldBe.ACCEPTED: Effect.BUYS, WouldBe.HELD: Effect.HOLDS,
    }[would.outcome]  # fmt: skip
