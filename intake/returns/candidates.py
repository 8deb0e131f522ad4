"""Leads that might go back: noted once for each reason and ground, and settled by a person or by asking."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max

from intake.models import (
    CandidateGround,
    CandidateState,
    Lead,
    Return,
    ReturnCandidate,
    ReturnReason,
    ReturnState,
    ReturnTerm,
)
from intake.returns.asking import AlreadyAsked, CannotReturn, lock_lead, window_to_ask
from intake.returns.windows import NEVER, terms_of, windows_of
from leadcrm.models import User

_DAY: Final = timedelta(days=1)
# `{found}` selects lead_id and reason. A contract that names the reason, a window that is open, a lead that can go.
_NOTE: Final = """
INSERT INTO intake_returncandidate (
    lead_id, source_id, reason, ground, found_at, until_at, note, state, settled_why)
SELECT DISTINCT ON (lead.id, term.reason) lead.id, lead.source_id, term.reason, %(ground)s, %(now)s::timestamptz,
    lead.received_at + term.days * interval '1 day', '', 'open', ''
FROM ({found}) AS found
JOIN intake_lead lead ON lead.id = found.lead_id
JOIN intake_returnterm term ON term.source_id = lead.source_id AND term.reason = found.reason
WHERE lead.received_at > %(now)s::timestamptz - term.days * interval '1 day'
    AND lead.status <> ALL (%(never)s)
    AND NOT EXISTS (SELECT 1 FROM intake_return r WHERE r.lead_id = lead.id AND r.state IN ('asked', 'taken'))
ON CONFLICT (lead_id, reason, ground) DO NOTHING"""
# Windows follow the contract: who allows more days, or fewer, finds it in what was found before. No term: closed.
_RENEW: Final = """
UPDATE intake_returncandidate AS candidate SET until_at = fresh.until_at
FROM (
    SELECT each.id, lead.received_at + coalesce(term.days, 0) * interval '1 day' AS until_at
    FROM intake_returncandidate each JOIN intake_lead lead ON lead.id = each.lead_id
    LEFT JOIN intake_returnterm term ON term.source_id = lead.source_id AND term.reason = each.reason
    WHERE each.state = 'open' AND (%(source)s::bigint IS NULL OR each.source_id = %(source)s)
) AS fresh
WHERE candidate.id = fresh.id AND candidate.state = 'open' AND candidate.until_at <> fresh.until_at"""


class AlreadySettled(Exception):
    """The candidate was asked for or dismissed in the meantime; nothing was written."""


def note_candidates(*, found: str, params: Mapping[str, Any], ground: CandidateGround, now: datetime) -> int:
    """Note every lead that the SQL `found` (columns lead_id, reason) finds and whose contract takes it back now.

    How many were new. What was dismissed, or asked before, is not noted again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE.format(found=found),
            {**params, "ground": ground.value, "now": now, "never": [status.value for status in NEVER]},
        )
        return int(cursor.rowcount)


def days_between(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The span in pieces of a day at most: what looks at a year's leads does so in many short statements."""
    start = since
    while start < until:
        end = min(start + _DAY, until)
        yield start, end
        start = end


def oldest_returnable(now: datetime) -> datetime:
    """Since when leads arrived that any contract may still take back; `now` where none takes any."""
    longest = ReturnTerm.objects.aggregate(days=Max("days"))["days"]
    return now - timedelta(days=longest or 0)


def note_candidate(*, lead: Lead, reason: str, ground: CandidateGround, now: datetime) -> bool:
    """Note that `lead` might go back for `reason`, where its contract takes it; False where not, or noted before."""
    windows = windows_of(lead, terms_of(lead.source_id))
    if not any(each.reason == reason and each.is_open(now) for each in windows):
        return False
    found = "SELECT %(lead)s::bigint AS lead_id, %(reason)s AS reason"
    params = {"lead": lead.pk, "reason": reason}
    return bool(note_candidates(found=found, params=params, ground=ground, now=now))


def propose_return(
    *, lead: Lead, reason: ReturnReason, note: str, by: User, now: datetime
) -> ReturnCandidate:
    """Put `lead` before whoever asks vendors, with the agency's own `note`; the same open proposal made twice is one.

    What was settled before is opened again: somebody has something new to say. Tries that the contract asks for may
    still be missing. Raises CannotReturn, and AlreadyAsked where the vendor has been asked and has not answered yet.
    """
    with transaction.atomic():
        lock_lead(lead)
        if waiting := Return.objects.filter(lead=lead, state=ReturnState.ASKED).first():
            raise AlreadyAsked(str(waiting.pk))
        ends_at = _window_to_propose(lead, reason, now)
        fresh = {
            "source_id": lead.source_id, "found_at": now, "until_at": ends_at, "note": note.strip(),
            "proposed_by": by, "state": CandidateState.OPEN, "settled_at": None, "settled_by": None,
            "settled_why": "",
        }  # fmt: skip
        row, made = ReturnCandidate.objects.get_or_create(
            lead=lead, reason=reason, ground=CandidateGround.AGENT, defaults=fresh
        )
        if not made and row.state != CandidateState.OPEN:
            for name, value in fresh.items():
                setattr(row, name, value)
            row.save()
        return row


def _window_to_propose(lead: Lead, reason: ReturnReason, now: datetime) -> datetime:
    try:
        return window_to_ask(lead, reason, now).ends_at
    except CannotReturn as refused:
        if refused.code != "too_few_tries":
            raise
    windows = windows_of(lead, terms_of(lead.source_id))
    return next(each.ends_at for each in windows if each.reason == reason)


def dismiss_candidate(*, row: ReturnCandidate, why: str, by: User, now: datetime) -> bool:
    """Decide that the lead does not go back on this ground; False when that was decided before.

    Raises AlreadySettled where it was asked for meanwhile.
    """
    with transaction.atomic():
        found = ReturnCandidate.objects.select_for_update().get(pk=row.pk)
        if found.state == CandidateState.ASKED:
            raise AlreadySettled(f"A-{found.lead_id}")
        if found.state == CandidateState.DISMISSED:
            return False
        found.state, found.settled_at, found.settled_by = CandidateState.DISMISSED, now, by
        found.settled_why = why.strip()[:200]
        found.save(update_fields=["state", "settled_at", "settled_by", "settled_why"])
    return True


def renew_windows(*, source_id: int | None = None) -> int:
    """Give open candidates (of one source) the windows of the contract as it is now. How many it changed."""
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, {"source": source_id})
        return int(cursor.rowcount)
