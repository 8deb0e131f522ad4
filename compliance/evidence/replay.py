"""A post's decision made again, from the stored post, the configuration of its version and the rows of its moment.

Nothing is written and nobody is asked: no lock, no place under a cap, no lead, no call to a service. What cannot be
found again is taken from the decision's own record and said to be; a decision is never said to agree in that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.conf import settings

from compliance.check import Check, CheckInput, Facts, Verdict, VerdictOutcome
from compliance.checks import ping
from compliance.decision import asked_at, forced_by
from compliance.evidence.known import ANSWERS, FACTS, reasons_of
from compliance.evidence.moments import UNSETTLED
from compliance.evidence.past import Asked, Known
from compliance.evidence.past_post import CannotReplay, Situation, situation_of, version_of
from compliance.evidence.replayed import Basis, CheckReplay, Replay, is_same, verdict_words, words_of
from compliance.models import CheckMode, ConfigChange, Decision, Outcome
from compliance.policy import SetCheck, what_follows
from intake.post import Post, Reason

MOST_VERSIONS: Final = 5


def replay(decision: Decision) -> Replay:
    """Decide again what `decision` decided, and compare. Reads only; some twenty queries.

    A decision whose post or configuration is not kept comes back with `impossible`, which is no agreement.
    """
    try:
        version = version_of(decision)
        found = _Run(decision, situation_of(decision, version)).replayed()
        for later in _versions_meanwhile(decision, version) if found.differs else ():
            again = _Run(decision, situation_of(decision, later)).replayed()
            if again.agrees:
                return replace(
                    again, note=f"Configuration was changed meanwhile: it is that of version {later}."
                )
    except CannotReplay as reason:
        return Replay(
            "post", decision.pk, words_of(decision.outcome, [decision.reason]), impossible=str(reason)
        )
    return found


def _versions_meanwhile(decision: Decision, version: int) -> list[int]:
    """Versions that were committed while the decision was made.

    A process reads the version first and then the rows, if it does not hold them: they may be of the next version.
    """
    moment = decision.decided_at
    changes = ConfigChange.objects.of_rows().filter(
        version__gt=version, at__gt=moment - UNSETTLED, at__lt=moment + UNSETTLED
    )
    return list(changes.order_by("version").values_list("version", flat=True).distinct()[:MOST_VERSIONS])


@dataclass(slots=True)
class _Run:
    """One way through the checks, beside the record of the first."""

    decision: Decision
    situation: Situation
    lines: list[CheckReplay] = field(default_factory=list)
    hold: bool = False

    def replayed(self) -> Replay:
        """What came out, and where it differs from the record."""
        post = self.situation.post
        reasons = self._ruled() or self._checks() or self._routed()
        if (forced := forced_by(post)) is not None:
            reasons = list(forced.reasons)
            self.hold = False
        outcome = Outcome.REJECTED if reasons else Outcome.HELD if self.hold else Outcome.ACCEPTED
        recorded = words_of(self.decision.outcome, [self.decision.reason])
        found = words_of(outcome, [reason.code for reason in reasons][:1])
        differs = [line.words for line in self.lines if not line.agrees]
        if recorded != found:
            differs.append(f"recorded {recorded}, comes out {found}")
        return Replay(
            "post", self.decision.pk, recorded, found, outcome=outcome, reasons=tuple(reasons),
            checks=tuple(self.lines), differs=(*self.situation.wrong, *differs),
        )  # fmt: skip

    def _ruled(self) -> list[Reason]:
        """The word of a reviewer, where there is one."""
        ruling = self.situation.post.ruling
        if ruling is None:
            return []
        record = self.situation.records.get("review", {})
        verdict = Verdict.stopped(ruling.refusal) if ruling.refusal else Verdict.passed()
        if ruling.refusal is None:
            verdict = replace(verdict, record={"waived": sorted(ruling.waived)})
        self._line("review", "Review", record, verdict_words(verdict), agrees=is_same(verdict, record))
        return list(verdict.reasons)

    def _checks(self) -> list[Reason]:
        """As compliance.decision asks them: until one refuses, a test post all."""
        refused: list[Reason] = []
        for item in self.situation.policy.checks:
            record = self.situation.records.get(item.check.name, {})
            if not record and not item.check.concerns(self.situation.post):
                continue
            if refused and not self.situation.post.test:
                if record:
                    self._line(item.check.name, item.check.label, record, "not asked", agrees=False)
                continue
            reasons = self._check(item, record)
            refused = refused or reasons
        return refused

    def _check(self, item: SetCheck, record: Mapping[str, Any]) -> list[Reason]:
        name, label = item.check.name, item.check.label
        if item.mode == CheckMode.OFF:
            self._line(name, label, record, "off", agrees=record.get("outcome", "off") == "off")
            return []
        if item.check.needs_facts and "phone" not in self.situation.post.fields:
            self._line(name, label, record, "skip", agrees=record.get("outcome", "skip") == "skip")
            return []
        outcome, reasons = self._asked(item, record)
        follows = what_follows(outcome, item, self.situation.post.ruling)
        self.hold = self.hold or follows == "held"
        return list(reasons) if follows == "refused" else []

    def _asked(self, item: SetCheck, record: Mapping[str, Any]) -> tuple[VerdictOutcome, Sequence[Reason]]:
        """What the check finds, or what the record says it found; with its line."""
        post, known, why = self._known(item, record)
        wrong = "; ".join(known.wrong)
        verdicts = [_run(item, post, facts) for facts in known.facts]
        if not verdicts:
            self._line(
                item.check.name, item.check.label, record, "", agrees=not wrong, why=known.why, wrong=wrong
            )
            return record.get("outcome", "pass"), reasons_of(record)
        same = [verdict for verdict in verdicts if is_same(verdict, record)]
        found = (same or verdicts)[0]
        if not record:
            # A check that is younger than the decision is no difference; what it would have changed shows in the end.
            why, agrees = "not in the record", True
        else:
            agrees = bool(same)
            why = "" if not same else why if len(same) == len(verdicts) else known.why
        self._line(
            item.check.name, item.check.label, record, verdict_words(found), agrees=agrees and not wrong, why=why,
            wrong=wrong,
        )  # fmt: skip
        return found.outcome, found.reasons

    def _known(self, item: SetCheck, record: Mapping[str, Any]) -> tuple[Post, Known, str]:
        """The post with its answers, the facts it may have been decided on, and why the record is needed for it."""
        post, name = self.situation.post, item.check.name
        known, why = Known((Facts(),)), ""
        if name in ANSWERS:
            answered = ANSWERS[name](post, item.params, record)
            post, why = replace(post, consulted={name: answered.answers}), answered.why
            known = Known((Facts(),), "", answered.wrong)
        if name == ping.check.name:
            why = "what the ping said is not kept as long as the decision"
        if item.check.needs_facts:
            asked = Asked(post, self.situation.policy, record, self.situation.versions, self.decision.pk)
            know = FACTS.get(name)
            known = know(asked) if know else Known((), "its facts are not kept")
        return post, known, why

    def _routed(self) -> list[Reason]:
        """Whether an agent was free is the record's to say: who was, and what each was owed, is gone with the day."""
        if self.hold:
            return []
        record = self.situation.records.get("agent", {})
        agrees = bool(record)
        why = "who was free then is not kept" if record else ""
        self._line("agent", "Agent", record, "" if record else "asked for an agent", agrees=agrees, why=why)
        return reasons_of(record)

    def _line(
        self, name: str, label: str, record: Mapping[str, Any], found: str, *,
        agrees: bool, why: str = "", wrong: str = "",
    ) -> None:  # fmt: skip
        recorded = record_words(record) if record else "not asked"
        basis = Basis.RECORD if why and record else Basis.RECOMPUTED
        self.lines.append(CheckReplay(name, label, recorded, found or recorded, basis, agrees, why, wrong))


def record_words(record: Mapping[str, Any]) -> str:
    """A check's line of the record in words."""
    return verdict_words(Verdict(record.get("outcome", ""), tuple(reasons_of(record))))


def _run(item: SetCheck, post: Post, facts: Facts) -> Verdict:
    check: Check = item.check
    now = asked_at(post, check)
    return check.run(CheckInput(post, item.params, now, now.astimezone(settings.AGENCY_ZONE), facts))
