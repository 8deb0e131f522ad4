"""What came of a return: the vendor took the lead back, refused, or we withdrew. Each once, whoever is quicker."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from intake.lifecycle import move_lead
from intake.models import Lead, LeadStatus, Return, ReturnState
from intake.returns.asking import CannotReturn, lock_lead
from intake.returns.telling import note_return, told_of
from leadcrm.lib import pipeline
from leadcrm.models import User


class AlreadyDecided(Exception):
    """The return was decided otherwise in the meantime; nothing was written."""


class BadCredit(ValueError):
    """The credit is more than the lead cost, or less than nothing."""


def take_back(*, row: Return, credit: Decimal | None, words: str, by: User | None, now: datetime) -> bool:
    """Record that the vendor took the lead of `row` back; False when that is recorded already.

    `credit` up to the lead's price, None for all of it; `words` what the vendor said. The lead becomes returned, what
    was planned on it ends, and the turn it cost goes back to its agent, once. Raises AlreadyDecided, BadCredit, and
    CannotReturn for a lead that was sold meanwhile.
    """
    if credit is not None and not 0 <= credit <= row.price:
        raise BadCredit(f"The credit lies between 0 and {row.price}")
    with transaction.atomic():
        lead = _lock(row)
        if not _is_news(row, ReturnState.TAKEN):
            return False
        if lead.status == LeadStatus.SOLD:
            raise CannotReturn("sold", "The lead was sold meanwhile: withdraw the return.")
        row.credit = row.price if credit is None else credit
        _settle(row, ReturnState.TAKEN, words, by, now)
        if lead.status != LeadStatus.RETURNED:
            move_lead(
                lead=lead, to=LeadStatus.RETURNED, reason=row.get_reason_display(), actor=by, now=now,
                told=told_of(row),
            )  # fmt: skip
        pipeline.step("let_go")(lead=lead, now=now)
        note_return(row=row, lead=lead, now=now)
    return True


def refuse_return(*, row: Return, words: str, by: User | None, now: datetime) -> bool:
    """Record that the vendor refused; the lead stays as it is. False when that is recorded already.

    Raises AlreadyDecided.
    """
    return _close(row, ReturnState.REFUSED, words, by, now)


def withdraw_return(*, row: Return, why: str, by: User | None, now: datetime) -> bool:
    """Ask no longer, say since the lead was sold. False when that is recorded already. Raises AlreadyDecided."""
    return _close(row, ReturnState.WITHDRAWN, why, by, now)


def _close(row: Return, state: ReturnState, words: str, by: User | None, now: datetime) -> bool:
    with transaction.atomic():
        lead = _lock(row)
        if not _is_news(row, state):
            return False
        _settle(row, state, words, by, now)
        note_return(row=row, lead=lead, now=now)
    return True


def _lock(row: Return) -> Lead:
    """The lead first, as everywhere; `row` is then up to date, and nobody else decides it."""
    lead = Lead(pk=row.lead_id)
    lock_lead(lead)
    row.refresh_from_db()
    return lead


def _is_news(row: Return, state: ReturnState) -> bool:
    if row.state not in (ReturnState.ASKED, state):
        raise AlreadyDecided(f"It is {row.get_state_display().lower()} already")
    return row.state == ReturnState.ASKED


def _settle(row: Return, state: ReturnState, words: str, by: User | None, now: datetime) -> None:
    row.state, row.words, row.decided_by, row.decided_at = state, words.strip(), by, now
    row.save(update_fields=["state", "words", "decided_by", "decided_at", "credit"])
