"""Asking a vendor to take a lead back: inside its window, for a reason of its contract, with what we know."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from intake.models import (
    ApiKey,
    CandidateState,
    ConsentRecord,
    Lead,
    LeadStatus,
    Return,
    ReturnCandidate,
    ReturnReason,
    ReturnState,
)
from intake.returns.telling import note_return
from intake.returns.windows import Window, terms_of, windows_of
from leadcrm.lib import pipeline
from leadcrm.models import User


class CannotReturn(ValueError):
    """The lead cannot go back as it stands; `code` for programs, the message for people. Nothing was written."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class AlreadyAsked(Exception):
    """Another return of this lead waits for its vendor: one at a time. Nothing was written."""


class RequestIdTaken(ValueError):
    """The request id belongs to a return of another lead, or for another reason."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The return; `repeated` where it was asked before and nothing was written."""

    row: Return
    repeated: bool


def ask_return(
    *,
    lead: Lead,
    reason: ReturnReason,
    note: str,
    now: datetime,
    by: User | None = None,
    key: ApiKey | None = None,
    request_id: UUID | None = None,
) -> Asked:
    """Ask the vendor of `lead` to take it back; `note` is for the vendor to read.

    The lead keeps its stage and may be worked on until the vendor has decided. Asked again with the same
    `request_id`, or with the same reason while it is open, the first one is returned. Open candidates of the lead
    are settled by it. `by` a person, `key` a program; neither: the product itself. Raises CannotReturn, AlreadyAsked
    (another reason), RequestIdTaken.
    """
    with transaction.atomic():
        lock_lead(lead)
        if earlier := _earlier(lead, reason, request_id):
            return Asked(earlier, repeated=True)
        window = window_to_ask(lead, reason, now)
        row = _written(
            lead=lead, source_id=lead.source_id, reason=reason, note=note.strip(), evidence=evidence_of(lead),
            asked_at=now, asked_by=by, asked_key=key, window_ends_at=window.ends_at, price=lead.price,
            currency=lead.currency, request_id=request_id,
        )  # fmt: skip
        ReturnCandidate.objects.filter(lead=lead, state=CandidateState.OPEN).update(
            state=CandidateState.ASKED, settled_at=now, settled_by=by
        )
        note_return(row=row, lead=lead, now=now)
        return Asked(row, repeated=False)


def _written(**fields: Any) -> Return:
    """The row; the same request id for another lead at the same moment is found by the database alone."""
    try:
        with transaction.atomic():
            return Return.objects.create(**fields)
    except IntegrityError as error:
        if fields["request_id"] is None:
            raise
        raise RequestIdTaken(str(fields["request_id"])) from error


def lock_lead(lead: Lead) -> None:
    """Take the row of `lead` until the end of the transaction and bring `lead` up to date with it."""
    lead.refresh_from_db(from_queryset=Lead.objects.select_for_update(no_key=True))


def _earlier(lead: Lead, reason: ReturnReason, request_id: UUID | None) -> Return | None:
    if request_id is not None and (same := Return.objects.filter(request_id=request_id).first()):
        if same.lead_id != lead.pk or same.reason != reason:
            raise RequestIdTaken(str(request_id))
        return same
    waiting = Return.objects.filter(lead=lead, state=ReturnState.ASKED).first()
    if waiting is not None and waiting.reason != reason:
        raise AlreadyAsked(str(waiting.pk))
    return waiting


def window_to_ask(lead: Lead, reason: ReturnReason, now: datetime) -> Window:
    """The window in which `lead` may be returned for `reason` now. Raises CannotReturn with what stands against it."""
    if lead.status == LeadStatus.SOLD:
        raise CannotReturn("sold", "A lead that was sold stays.")
    if lead.status == LeadStatus.RETURNED:
        raise CannotReturn("returned_before", "This lead was returned already.")
    windows = windows_of(lead, terms_of(lead.source_id))
    if not windows:
        raise CannotReturn("returns_off", "The contract of this source knows no returns.")
    window = next((each for each in windows if each.reason == reason), None)
    if window is None:
        known = ", ".join(each.reason.label.lower() for each in windows)
        raise CannotReturn("reason_not_in_contract", f"The contract takes leads back for: {known}.")
    if not window.is_open(now):
        raise CannotReturn("window_closed", f"The window closed on {window.ends_at:%Y-%m-%d %H:%M} UTC.")
    if window.tries_missing:
        more = "one more try" if window.tries_missing == 1 else f"{window.tries_missing} more tries"
        raise CannotReturn("too_few_tries", f"The contract asks for {more} to reach the person first.")
    return window


def evidence_of(lead: Lead) -> dict[str, Any]:
    """What we know that speaks for the return, as it is now: facts of ours, without names or numbers of people.

    `attempts` (when, how, outcome), `lists` it stands on since it was bought, `duplicate` of what, `certificates`.
    """
    consent = ConsentRecord.objects.filter(lead=lead).only("trustedform_cert_id", "jornaya_leadid").first()
    ids = {
        "trustedform": consent.trustedform_cert_id if consent else "",
        "jornaya": consent.jornaya_leadid if consent else "",
    }
    return {
        "attempts": pipeline.step("attempts_of")(lead=lead),
        **pipeline.step("return_facts")(lead=lead),
        "certificates": {name: value for name, value in ids.items() if value},
    }
