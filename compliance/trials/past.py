"""Asking a trial of a post that was decided before it began: by the record, with nobody asked again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import structlog
from django.conf import settings
from django.db import DatabaseError

from compliance.check import CheckInput, Facts, Verdict
from compliance.checks import suppression
from compliance.evidence.known import ANSWERS, FACTS, reasons_of
from compliance.evidence.past import Asked, Known
from compliance.evidence.past_post import Recall, Situation, situation_of, version_of
from compliance.models import Decision, Outcome, WouldBe
from compliance.policy import SetCheck, SetTrial
from compliance.registry import CHECKS
from compliance.trials.usage import tried_usage
from compliance.trials.would import CannotTell, Live, Would, refuse_unasked, would_be
from compliance.trials.writing import broken
from intake.post import Post

log = structlog.get_logger(__name__)

_FACTUAL: Final = frozenset(check.name for check in CHECKS if check.needs_facts)


@dataclass(frozen=True, slots=True)
class PastTrial:
    """A trial that looks back: `used` is what the periods of tried caps have taken so far (compliance.trials.usage)."""

    trial: SetTrial
    used: Mapping[str, str]


def ask_past(asking: PastTrial, decision: Decision, recall: Recall) -> tuple[Post, Would]:
    """The post of `decision`, and what the trial would have said of it. Reads only.

    Raises CannotReplay where the post or the configuration of its time is not kept, and database errors.
    """
    situation = situation_of(decision, version_of(decision), recall)

    def ask(item: SetCheck, *, tried: bool) -> Verdict:
        return _ask(asking if tried else None, item, situation, decision)

    try:
        return situation.post, would_be(asking.trial, situation.policy.checks, live_then(decision), ask)
    except CannotTell as why:
        return situation.post, Would(WouldBe.OPEN, (), str(why))
    except DatabaseError:
        raise
    except Exception as error:
        log.error("trial.broke", trial=asking.trial.trial_id, decision=decision.pk, exc_info=error)
        return situation.post, broken(error)


def live_then(decision: Decision) -> Live:
    """What the live rules made of the post, by the record."""
    records = [line for line in decision.checks if isinstance(line, dict)]
    lines = {str(line.get("check")): line for line in records}
    if decision.outcome != Outcome.REJECTED or not records:
        return Live(lines)
    return Live(lines, str(records[-1].get("check")), tuple(reasons_of(records[-1])))


def _ask(
    asking: PastTrial | None, item: SetCheck, situation: Situation, decision: Decision
) -> Verdict:  # fmt: skip
    """One check, on each past that is possible: where they do not come to the same, it cannot be told."""
    post, name = situation.post, item.check.name
    if item.check.needs_facts and "phone" not in post.fields:
        return Verdict.passed()
    if name in ANSWERS:
        answered = ANSWERS[name](post, item.params, situation.records.get(name, {}))
        post = replace(post, consulted={name: answered.answers})
        refuse_unasked(item, post)
    known = _known(asking, item, situation, decision) if item.check.needs_facts else Known((Facts(),))
    if known.wrong or not known.facts:
        raise CannotTell("; ".join(known.wrong) or known.why)
    verdicts = [_run(item, post, facts) for facts in known.facts]
    if len({(verdict.outcome, verdict.reasons) for verdict in verdicts}) > 1:
        raise CannotTell(known.why)
    return verdicts[0]


def _known(asking: PastTrial | None, item: SetCheck, situation: Situation, decision: Decision) -> Known:
    """The facts that `item` may have had, as it is set here and not as it was set then."""
    name, post = item.check.name, situation.post
    if asking is not None and asking.trial.caps is not None:
        return Known((_tried_caps(asking, post),))
    if name == suppression.check.name and not _facts_were_read(situation):
        raise CannotTell("the do-not-call lists were not asked then")
    know = FACTS.get(name)
    if know is None:
        raise CannotTell("its facts are not kept")
    checks = tuple(item if each.check.name == name else each for each in situation.policy.checks)
    policy = replace(situation.policy, checks=checks)
    return know(Asked(post, policy, situation.records.get(name, {}), situation.versions, decision.pk))


def _tried_caps(asking: PastTrial, post: Post) -> Facts:
    local, caps = post.now.astimezone(settings.AGENCY_ZONE), asking.trial.caps or ()
    return Facts(caps=tried_usage((), caps, asking.used, local))


def _facts_were_read(situation: Situation) -> bool:
    lines = situation.records
    return any(lines[name].get("outcome") not in ("off", "skip") for name in _FACTUAL & lines.keys())


def _run(item: SetCheck, post: Post, facts: Facts) -> Verdict:
    return item.check.run(
        CheckInput(post, item.params, post.now, post.now.astimezone(settings.AGENCY_ZONE), facts)
    )
