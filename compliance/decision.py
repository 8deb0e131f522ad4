"""May we take this lead, and who gets it: the whole decision in one function.

Called inside the transaction of a post, in the web process or by a worker. It reads in few round trips, runs
the checks in the order of the registry, asks assignment last, and leaves every row to be written in the batch.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from django.conf import settings

from compliance.caps import take_place
from compliance.certificates.writing import build_certificates, want_ringing
from compliance.check import Check, CheckInput, Facts, Verdict
from compliance.checks import caps, duplicate, price, source_open, suppression
from compliance.facts import next_number, read_facts
from compliance.held_places import refuse_while_lapsed, settle
from compliance.models import CheckMode, Decision, Outcome, Review, ReviewAction
from compliance.policy import POLICIES, Policy, SetCheck, what_follows
from compliance.reopening import REOPENED, consent_of, release_by_consent
from compliance.routing import Routed
from compliance.tasks import retain_certificates
from compliance.testmode import FORCED, Forced
from compliance.trials.beside import Asked, ask_beside
from compliance.trials.writing import Tried, note_verdicts
from intake.leads import build_consent, build_lead, received_event
from intake.models import EventKind, Lead
from intake.post import Decided, Post, Reason, Ruling
from intake.webhooks.events import note_event
from leadcrm.lib import pipeline
from leadcrm.lib.batch import Batch
from leadcrm.lib.doorbell import ring_after_commit
from leadcrm.models import User

NOTHING: Final[Mapping[str, Any]] = {}
# What is agreed with a vendor about posts: a file that the agency imports has its own price, and is read at any hour.
OF_VENDORS: Final = frozenset({source_open.check.name, price.check.name})
NOT_OF_FILES: Final = OF_VENDORS | {caps.check.name}
OUTCOMES: Final[dict[Outcome, Literal["accepted", "rejected", "held"]]] = {
    Outcome.ACCEPTED: "accepted",
    Outcome.REJECTED: "rejected",
    Outcome.HELD: "held",
}


def decide(*, post: Post, batch: Batch, decided_by: User | None = None) -> Decided:
    """Decide `post` and add what must be written to `batch`; the caller flushes it in the same transaction.

    A test post runs every check, takes no lock and no place, and adds its decision record only. `decided_by`
    is the person who ran the post again, None for the product itself. Raises database errors.
    """
    started = time.perf_counter()
    run = Run(post, POLICIES.get(post.source.id, post.config_version), batch)
    forced = forced_by(post)
    reasons = run.ruled() or run.checks()
    run.try_beside(reasons)
    reasons = reasons or run.route()
    if forced is not None:
        reasons = forced.reasons
    return run.conclude(reasons, started=started, decided_by=decided_by, forced=forced)


def forced_by(post: Post) -> Forced | None:
    """What the ZIP of a test post asks for, None when nothing."""
    zip_code = post.fields.get("zip")
    return FORCED.get(zip_code.zip5) if post.test and zip_code else None


def asked_at(post: Post, check: Check) -> datetime:
    """The moment that `check` is asked of. A reviewed post must not grow old by waiting for us."""
    return post.submission.received_at if post.ruling is not None and check.of_arrival else post.now


@dataclass(slots=True)
class Run:
    """One run through the checks, with what was learnt on the way."""

    post: Post
    policy: Policy
    batch: Batch
    facts: Facts = field(default_factory=Facts)
    number: int | None = None
    lead: Lead | None = None
    hold: bool = False
    records: list[dict[str, Any]] = field(default_factory=list)
    tried: list[Tried] = field(default_factory=list)
    local: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.local = self.post.now.astimezone(settings.AGENCY_ZONE)

    def ruled(self) -> tuple[Reason, ...]:
        """What a person said of the held post: the reason of their refusal, none when approved or not reviewed."""
        ruling = self.post.ruling
        if ruling is None:
            return ()
        if ruling.refusal is not None:
            self._record("review", "stop", (ruling.refusal,), "", 0.0)
            return (ruling.refusal,)
        self._record("review", "pass", (), "", 0.0, {"waived": sorted(ruling.waived)})
        return ()

    def checks(self) -> tuple[Reason, ...]:
        """Run the checks until one refuses; the reasons it gave, none when all passed.

        A test post goes on after a refusal, so that its sender sees every check, as far as the fields allow.
        """
        refused: tuple[Reason, ...] = ()
        for item in self.policy.checks:
            if not item.check.concerns(self.post):
                continue
            if item.mode == CheckMode.OFF:
                self._record(item.check.name, "off", (), "", 0.0)
                continue
            if why := self.why_not_asked(item.check):
                self._record(item.check.name, "skip", (), why, 0.0)
                continue
            reasons = self._ask(item)
            refused = refused or reasons
            if refused and not self.post.test:
                break
        return refused

    def why_not_asked(self, check: Check) -> str:
        """Why `check` cannot be asked of this post; empty when it can."""
        file = self.post.file
        if file is not None and check.name in (OF_VENDORS if file.count_caps else NOT_OF_FILES):
            return "from a file of leads"
        return "no readable phone" if check.needs_facts and "phone" not in self.post.fields else ""

    def _ask(self, item: SetCheck) -> tuple[Reason, ...]:
        started = time.perf_counter()
        if item.check.needs_facts:
            self.read_facts()  # locks are taken as late as this
        now = asked_at(self.post, item.check)
        given = CheckInput(self.post, item.params, now, now.astimezone(settings.AGENCY_ZONE), self.facts)
        verdict: Verdict = item.check.run(given)
        if verdict.outcome == "stop" and item.check.name == caps.check.name:
            refuse_while_lapsed(self.post)
        ms = (time.perf_counter() - started) * 1000
        follows = what_follows(verdict.outcome, item, self.post.ruling)
        more = {**verdict.record, follows: True} if follows in ("held", "waived") else verdict.record
        self._record(item.check.name, verdict.outcome, verdict.reasons, verdict.detail, ms, more)
        self.hold = self.hold or follows == "held"
        return verdict.reasons if follows == "refused" else ()

    def read_facts(self) -> int:
        """The lead's number; the facts are read with it, once, under the person's lock."""
        if self.number is None:
            params = {item.check.name: item.params for item in self.policy.checks}
            reopens = params[suppression.check.name].later_consent_reopens
            self.facts, self.number = read_facts(
                self.post, params[duplicate.check.name], self.policy.caps, self.local,
                consented_at=consent_of(self.post) if reopens else None,
            )  # fmt: skip
        return self.number

    def try_beside(self, reasons: tuple[Reason, ...]) -> None:
        """Ask what is tried beside the live rules. It changes nothing of what they decide."""
        if self.policy.trials and self.post.file is None:
            facts = None if self.number is None else self.facts
            self.tried = ask_beside(Asked(self.post, self.policy, facts, self.records, reasons, self.local))

    def route(self) -> tuple[Reason, ...]:
        """Find the lead's owner; a reason when nobody may have it."""
        if self.hold:
            return ()
        started = time.perf_counter()
        lead = self.lead_in_question()
        routed: Routed = pipeline.step("assign")(
            lead=lead, known=self.facts.known, config_version=self.post.config_version,
            now=self.post.now, batch=self.batch, dry_run=self.post.test or self.post.is_ping, file=self.post.file,
        )  # fmt: skip
        reasons = (Reason("no_agent", "No licensed agent is free for this lead."),) if routed.refuse else ()
        ms = (time.perf_counter() - started) * 1000
        self._record("agent", "stop" if reasons else "pass", reasons, routed.why, ms)
        self.lead = None if reasons else lead
        return reasons

    def lead_in_question(self) -> Lead:
        """The lead as it would be bought."""
        return build_lead(self.post, self.read_facts())

    def _record(
        self, name: str, outcome: str, reasons: tuple[Reason, ...], detail: str, ms: float,
        more: Mapping[str, Any] = NOTHING,
    ) -> None:  # fmt: skip
        record: dict[str, Any] = {"check": name, "outcome": outcome, "ms": round(ms, 2)}
        if reasons:
            record["reasons"] = [{"code": r.code, "field": r.field, "message": r.message} for r in reasons]
        if detail:
            record["detail"] = detail
        record.update(more)
        self.records.append(record)

    def conclude(
        self, reasons: tuple[Reason, ...], *, started: float, decided_by: User | None, forced: Forced | None
    ) -> Decided:
        """The outcome, with its rows in the batch."""
        outcome = Outcome.REJECTED if reasons else Outcome.HELD if self.hold else Outcome.ACCEPTED
        if forced is not None and not reasons:
            outcome = Outcome.ACCEPTED
            self.number = self.number or next_number()
        if outcome == Outcome.ACCEPTED and not self.post.test:
            self._buy()
        settle(self.batch, self.post, outcome, reasons)
        if outcome != Outcome.HELD and not (self.post.test or self.post.is_backlog):
            self._tell(reasons)
        self.batch.insert(
            Decision(
                submission_id=self.post.submission.pk, outcome=outcome,
                reason=reasons[0].code if reasons else "", checks=self.records,
                data_versions=self._versions(), decided_at=self.post.now, decided_by=decided_by,
                ms=round((time.perf_counter() - started) * 1000, 2),
            )
        )  # fmt: skip
        note_verdicts(
            self.batch, self.tried, self.post, outcome=outcome, code=reasons[0].code if reasons else ""
        )
        if self.post.ruling is not None and decided_by is not None:
            self.batch.insert(_review(self.post, self.post.ruling, decided_by))
        return Decided(
            outcome=OUTCOMES[outcome],
            reasons=reasons,
            number=self.number if outcome == Outcome.ACCEPTED else None,
            price=self.post.price,
            checks=tuple(self.records),
            wait_seconds=forced.wait_seconds if forced else 0,
            unavailable=bool(forced and forced.unavailable),
        )

    def _buy(self) -> None:
        assert self.lead is not None
        # Ahead of what assignment has added: a lead's history begins with its arrival.
        consent = build_consent(self.post, self.lead)
        # Certificates of old leads can be retained no more, or were.
        rung = not self.post.is_backlog and want_ringing(consent)
        certificates = (
            [] if self.post.is_backlog else build_certificates(self.lead, consent, self.post.now, rung=rung)
        )
        self.batch.rows[:0] = [self.lead, consent, received_event(self.lead), *certificates]
        if rung:
            ring_after_commit(retain_certificates, {"lead_id": self.lead.pk})
        if REOPENED in self.facts.suppressed:
            release_by_consent(self.batch, self.post, self.lead)
        counted = self.post.file is None or self.post.file.count_caps
        if counted and (self.post.terms is None or not self.post.terms.holds):
            self.take_place()

    def take_place(self) -> None:
        """Count one lead against the caps."""
        modes = {item.check.name: item.mode for item in self.policy.checks}
        enforced = modes[caps.check.name] in (CheckMode.ENFORCE, CheckMode.REVIEW)
        take_place(self.batch, self.facts.caps, self.post.price, enforced=enforced)

    def _tell(self, reasons: tuple[Reason, ...]) -> None:
        """The vendor's other systems, and ours: also of what was decided after the answer was given."""
        note_event(
            kind=EventKind.REJECTED if reasons else EventKind.ACCEPTED, at=self.post.now,
            vendor_id=self.post.source.source.vendor_id, submission_id=self.post.submission.pk,
            lead_id=None if reasons else self.number, config_version=self.post.config_version, batch=self.batch,
            data={"status": "rejected", "code": reasons[0].code} if reasons else {"status": "new"},
        )  # fmt: skip

    def _versions(self) -> dict[str, Any]:
        lists = {a.list_code: a.version_id for a in self.facts.lists if a.version_id is not None}
        return {"config": self.post.config_version, **({"lists": lists} if lists else {})}


def _review(post: Post, ruling: Ruling, by: User) -> Review:
    """The reviewer's act as it is kept, in the transaction of the decision that follows it."""
    return Review(
        submission_id=post.submission.pk,
        action=ReviewAction.REFUSE if ruling.refusal else ReviewAction.APPROVE,
        reason=ruling.refusal.code if ruling.refusal else "",
        waived=sorted(ruling.waived), note=ruling.note, by=by, at=post.now,
    )  # fmt: skip
