"""Getting certificates into our hands: claim the row, commit, ask, write what came of it.

Nothing here holds a lock or a transaction while it waits for a service. A worker that dies leaves a row that comes
due again; two workers at the same row do no harm, since retaining twice is harmless, a success is never undone, and
a failure counts only for the claim it belongs to.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import transaction
from django.db.models import F, Q

from compliance.certificates import asking
from compliance.certificates.findings import compare_wording, flags_of, mark_reused
from compliance.certificates.services import is_on
from compliance.clients.certificate import Found, Question
from compliance.models import (
    AnswerOutcome,
    Certificate,
    CertificateAnswer,
    CertificateState,
    Provider,
    Purpose,
)
from compliance.policy import POLICIES
from intake.editing import as_bought
from leadcrm.lib.config import current_version

log = structlog.get_logger(__name__)

# Longer than two calls of the longest permitted time (settings.CERTIFICATE_TIMEOUT), shorter than a task may run.
LEASE: Final = timedelta(seconds=55)
# As many as are asked at once: one round of calls, so that a task ends within its lease.
ROUND: Final = 16
_LADDER: Final = (15, 30, 60, 120, 300, 600, 1200, 1800)  # seconds; then hourly
_HOURLY: Final = timedelta(hours=1)
# After the moment the service usually deletes it: 90 days where a submitted form was recorded.
_SELDOM: Final = timedelta(hours=6)
_GIVEN_UP: Final = timedelta(days=91)
# This many unanswered calls in a row within this time, among so many of the newest: the service is silent.
_SILENT: Final = 3
_SILENCE: Final = timedelta(minutes=2)
_LOOKED_AT: Final = 20
# Each look-up of a LeadiD without an answer may have used one of its hundred.
_JORNAYA_ATTEMPTS: Final = 40


def claim(*, due: Q, now: datetime, limit: int = ROUND) -> list[Certificate]:
    """Take waiting certificates for this worker: theirs is the attempt, and they are due again after the lease.

    Several workers at once take different rows.
    """
    with transaction.atomic():
        rows = list(
            Certificate.objects.select_for_update(skip_locked=True)
            .filter(due, state=CertificateState.WAITING)
            .order_by("due_at")[:limit]
        )
        ids = [row.pk for row in rows]
        Certificate.objects.filter(pk__in=ids).update(attempts=F("attempts") + 1, due_at=now + LEASE)
    claimed = Certificate.objects.filter(pk__in=ids).select_related("lead__consent", "lead__vendor")
    return list(claimed)


def claim_of_lead(*, lead_id: int, now: datetime) -> list[Certificate]:
    """The lead's certificates that nobody has asked about yet, or that are due.

    Those of a service that does not answer are left to the sweep, so that its silence costs one worker, not all.
    """
    silent = [provider for provider in Provider if _is_silent(provider, now)]
    due = Q(lead_id=lead_id) & (Q(attempts=0) | Q(due_at__lte=now)) & ~Q(provider__in=silent)
    return claim(due=due, now=now)


def _is_silent(provider: Provider, now: datetime) -> bool:
    """True when the last answers of the service, moments ago, were none."""
    newest = CertificateAnswer.objects.order_by("-id").values_list("provider", "outcome", "asked_at")[
        :_LOOKED_AT
    ]
    outcomes = [outcome for whose, outcome, at in newest if whose == provider and at > now - _SILENCE]
    return len(outcomes) >= _SILENT and all(each == AnswerOutcome.UNKNOWN for each in outcomes[:_SILENT])


def retain(certificates: Sequence[Certificate], *, now: datetime) -> None:
    """Ask for each claimed certificate, all at once, and write what came of it. `now` is the moment of the claim.

    Must be called outside a transaction. Raises database errors; a service that fails is a result.
    """
    if not certificates:
        return
    mark_reused(certificates)
    off = [row for row in certificates if not is_on(row.provider_of)]
    _switch_off(off)
    jobs = [_Job(row, _question(row), now) for row in certificates if row not in off]
    for job in jobs:
        job.look_up_held()
    with ThreadPoolExecutor(max(len(jobs), 1)) as pool:
        for job in pool.map(_Job.ask, jobs):
            job.write()


def _switch_off(certificates: Sequence[Certificate]) -> None:
    ids = [row.pk for row in certificates]
    waiting = Certificate.objects.filter(pk__in=ids, state=CertificateState.WAITING)
    waiting.update(state=CertificateState.OFF, due_at=None)


def _question(row: Certificate) -> Question:
    """A certificate is of the person as they filled in the form, whatever was corrected since."""
    lead = row.lead
    posted = {name: getattr(lead, name) for name in ("phone", "email", "first_name", "last_name")}
    edited = as_bought(lead)
    posted |= {name: edited[name] for name in posted if name in edited}
    return Question(token=row.token, reference=f"A-{lead.pk}", vendor=lead.vendor.name, **posted)


@dataclass(slots=True)
class _Job:
    """One claimed certificate on its way. `answers` are exchanges to be recorded, `found` is the outcome."""

    row: Certificate
    question: Question
    now: datetime
    answers: list[Found]
    found: Found | None

    def __init__(self, row: Certificate, question: Question, now: datetime) -> None:
        self.row, self.question, self.now = row, question, now
        self.answers, self.found = [], None

    def look_up_held(self) -> None:
        """A LeadiD that was asked about before is not asked about again."""
        if self.row.provider == Provider.JORNAYA:
            self.found = asking.held(Provider.JORNAYA, self.row.token, self.question.phone, self.now)

    def ask(self) -> "_Job":
        """The network part, in a thread of its own."""
        if self.found is None:
            self.answers = asking.retain(self.row.provider_of, self.question)
            self.found = self.answers[-1]
        return self

    def write(self) -> None:
        """The answers and the row, in one transaction."""
        assert self.found is not None
        with transaction.atomic():
            CertificateAnswer.objects.bulk_create(
                asking.record(
                    each, question=self.question, purpose=Purpose.RETAIN, asked_at=self.now,
                    lead_id=self.row.lead_id,
                )
                for each in self.answers
            )  # fmt: skip
            _write(self.row, self.found, self.now)


def _write(row: Certificate, found: Found, now: datetime) -> None:
    wording, agrees = compare_wording(row.lead.consent.text, found.wordings)
    limit = _max_age_days(row.lead.source_id)
    learnt: dict[str, Any] = {
        "phone_match": found.phone_match, "email_match": found.email_match, "age_seconds": found.age_seconds,
        "wording": wording, "wording_agrees": agrees, "vanishes_at": found.vanishes_at, "expires_at": found.expires_at,
    }  # fmt: skip
    known = {name: value for name, value in learnt.items() if value not in (None, "")}
    new_flags = flags_of(found, wording_agrees=agrees, max_age_days=limit)
    mine = Certificate.objects.filter(pk=row.pk)
    if found.is_ok and found.retained:
        kept = mine.exclude(state=CertificateState.RETAINED).update(
            state=CertificateState.RETAINED,
            retained_at=now + timedelta(milliseconds=found.ms),
            due_at=None,
            error="",
            **known,
        )
        if kept:
            log.info(
                "certificate.retained", lead_id=row.lead_id, provider=row.provider, attempts=row.attempts
            )
    else:
        _write_failure(mine, row, found, known, now)
    _add_flags(row, new_flags)


def _write_failure(mine: Any, row: Certificate, found: Found, known: dict[str, Any], now: datetime) -> None:
    due_at = _next_try(row, found, now)
    reason = found.reason or "not_retained"
    state = CertificateState.WAITING if due_at else CertificateState.LOST
    # Only the claim that this answer belongs to: a later one knows better.
    claimed = mine.filter(state=CertificateState.WAITING, attempts=row.attempts)
    if not claimed.update(state=state, due_at=due_at, error=reason[:40], **known):
        return
    about = {"lead_id": row.lead_id, "provider": row.provider, "reason": reason, "attempts": row.attempts}
    if due_at is None:
        log.warning("certificate.lost", **about)
    elif found.outcome == AnswerOutcome.ACCOUNT:
        log.error("certificate.account", **about)
    else:
        log.info("certificate.not_yet", **about)


def _next_try(row: Certificate, found: Found, now: datetime) -> datetime | None:
    """When to ask again; None when that is of no use any more."""
    if found.outcome == AnswerOutcome.GONE or now > row.accepted_at + _GIVEN_UP:
        return None
    if row.provider == Provider.JORNAYA and row.attempts >= _JORNAYA_ATTEMPTS:
        return None
    if row.vanishes_at is not None and now > row.vanishes_at:
        return now + _SELDOM
    if row.attempts <= len(_LADDER):
        return now + timedelta(seconds=_LADDER[row.attempts - 1])
    return now + _HOURLY


def _add_flags(row: Certificate, new: set[Any]) -> None:
    """Beside those that others may add meanwhile."""
    if not new:
        return
    locked = Certificate.objects.select_for_update().only("flags").get(pk=row.pk)
    flags = sorted({*locked.flags, *(str(flag) for flag in new)})
    Certificate.objects.filter(pk=row.pk).update(flags=flags)


def _max_age_days(source_id: int) -> int | None:
    """The source's limit as the check `certificate` is set, whether or not it asks before acceptance."""
    policy = POLICIES.get(source_id, current_version())
    limits = [item.params.max_age_days for item in policy.checks if item.check.name == "certificate"]
    return limits[0] if limits else None
