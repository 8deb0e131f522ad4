"""What an agent does on a lead's page, each as one act: a call with all that follows from it, a stage."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from agents.cadence import follow_on, promised
from agents.casework import (
    RequestIdTaken,
    add_follow_up,
    finish_follow_up,
    lock_lead,
    log_communication,
)
from agents.models import Channel, Communication, Direction, FollowUp
from agents.outcomes import OutcomeCard, playbook
from agents.returning import note_outcome
from agents.standing import stop_contact
from compliance import calling
from compliance.calling import ask_to_contact
from compliance.models import (
    ContactAct,
    ContactChannel,
    ContactDecision,
    RevocationChannel,
    RevocationOrigin,
)
from intake.lifecycle import ALLOWED, StaleTransition, TransitionNotAllowed, by_hand, move_lead
from intake.models import OPEN_STATUSES, Lead, LeadStatus
from leadcrm.models import User

# Reasons to refuse that an agent who called all the same has to answer for in words.
NEVER_CALL: Final = frozenset({"revoked", "opted_out", "litigator"})


class ExplanationNeeded(ValueError):
    """The call went to somebody who must never be called, and nothing says why. Nothing was written."""


@dataclass(frozen=True, slots=True)
class WrapUp:
    """What became of a call that was logged.

    `repeated`: this request was recorded before, nothing was written. `planned` is what is to be done next, newly
    planned or standing already; None where nothing is. `tries_made`: how many tries were made, where they were the
    last of the cadence, else 0.
    """

    repeated: bool = False
    planned: FollowUp | None = None
    tries_made: int = 0


def wrap_up_call(
    *,
    lead: Lead,
    author: User,
    outcome: OutcomeCard,
    body: str,
    next_at: datetime | None,
    finish_due: bool,
    request_id: UUID,
    now: datetime,
    phone: str = "",
    incoming: bool = False,
    explanation: str = "",
) -> WrapUp:
    """Record a call and what its outcome carries, all or nothing.

    Asks whether `phone` (E.164, one of the lead's; empty: the first) may be called and keeps the answer with the call:
    what has happened is recorded, allowed or not. A call that came in is not asked about. Raises ExplanationNeeded
    for an outgoing call to somebody who must never be called unless `explanation` says why.
    Writes the communication; makes the lead a candidate for a return where its outcome is a ground; finishes the
    author's due follow-ups if `finish_due`; moves the lead to the outcome's stage where that is a step forward; plans
    the next call at `next_at`, else what follows by itself (agents.cadence.follow_on); for an outcome that stops
    calling, puts both phones and the e-mail on the do-not-contact list and drops what was planned. Raises
    RequestIdTaken.
    """
    direction = Direction.IN if incoming else Direction.OUT
    with transaction.atomic():
        lock_lead(lead)
        if Communication.objects.filter(lead=lead, request_id=request_id).exists():
            return WrapUp(repeated=True)
        decision = None if incoming else _ask(lead, phone or lead.phone, author, request_id, now)
        if decision and not explanation.strip() and needs_explanation(decision):
            raise ExplanationNeeded
        log_communication(
            lead=lead, channel=Channel.CALL, direction=direction, author=author, outcome=outcome.code, body=body,
            request_id=request_id, now=now, decision=decision, plan=False,
            explanation=explanation.strip() if decision and not decision.allowed else "",
        )  # fmt: skip
        note_outcome(lead=lead, outcome=outcome, now=now)
        if finish_due:
            _finish(lead=lead, now=now, owner=author, due_at__lte=now)
        if outcome.stops:
            stop_contact(
                lead=lead, channel=RevocationChannel.CALL, words=body, received_at=now, by=author,
                origin=RevocationOrigin.CALL, request_id=request_id, now=now,
            )  # fmt: skip
        if stage := stage_after(lead, outcome):
            move_lead(lead=lead, to=stage, reason=outcome.label, actor=author, now=now)
        over = outcome.stops or (lead.status == LeadStatus.LOST and not (lead.merged_into_id and next_at))
        if over:
            _finish(lead=lead, now=now)
            return WrapUp()
        if next_at:
            return WrapUp(planned=_promise(lead, author, next_at, outcome, now))
        return _what_follows(lead=lead, direction=direction, outcome=outcome, author=author, now=now)


def _promise(lead: Lead, author: User, due_at: datetime, outcome: OutcomeCard, now: datetime) -> FollowUp:
    return add_follow_up(lead=lead, owner=author, due_at=due_at, what=_next(outcome), now=now)


def _what_follows(
    *, lead: Lead, direction: Direction, outcome: OutcomeCard, author: User, now: datetime
) -> WrapUp:
    book = playbook()
    planned = follow_on(
        lead=lead,
        channel=Channel.CALL,
        direction=direction,
        outcome=outcome,
        author=author,
        book=book,
        now=now,
    )
    planned = planned or promised(lead, now)
    most = book.most_tries(lead.interest)
    at_end = not outcome.reached and direction == Direction.OUT and lead.status in OPEN_STATUSES
    made = lead.attempts if planned is None and at_end and 0 < most <= lead.attempts else 0
    return WrapUp(planned=planned, tries_made=made)


def _ask(lead: Lead, phone: str, author: User, request_id: UUID, now: datetime) -> ContactDecision:
    try:
        return ask_to_contact(
            lead=lead, phone=phone, user=author, channel=ContactChannel.CALL, act=ContactAct.LOG,
            request_id=request_id, now=now,
        )[1]  # fmt: skip
    except calling.RequestIdTaken as taken:
        raise RequestIdTaken(str(request_id)) from taken


def needs_explanation(decision: ContactDecision) -> bool:
    """True where the answer was that this person must never be called: they asked, or have sued callers before."""
    return any(reason["code"] in NEVER_CALL for reason in decision.reasons)


def stage_after(lead: Lead, outcome: OutcomeCard) -> LeadStatus | None:
    """Where `outcome` moves `lead`; None where it stays.

    A conversation never takes a quoted lead back to contacted, a client is not lost by a phone call, and a wrong
    number loses nobody who left a second one. One that was merged into another stays lost.
    """
    stage = outcome.stage
    if stage is None or stage not in ALLOWED[lead.status] or lead.merged_into_id:
        return None
    if stage == LeadStatus.CONTACTED and lead.status not in (LeadStatus.NEW, LeadStatus.LOST):
        return None
    if stage == LeadStatus.LOST and lead.status not in OPEN_STATUSES:
        return None
    if outcome.code == "wrong_number" and lead.phone_2:
        return None
    return stage


def change_stage(
    *, lead: Lead, seen: LeadStatus, to: LeadStatus, reason: str, actor: User, now: datetime
) -> bool:
    """Move a lead from the stage its page showed; False when it is there already (a double click).

    Losing a lead drops what was planned. Raises StaleTransition when somebody moved it elsewhere in the meantime,
    TransitionNotAllowed when no such step exists, or it is not one to be made by hand (intake.returns).
    """
    with transaction.atomic():
        lock_lead(lead)
        if lead.status == to:
            return False
        if lead.status != seen:
            raise StaleTransition(f"A-{lead.pk} is no longer {seen}")
        if to not in by_hand(lead.status):
            raise TransitionNotAllowed(f"A lead that is {lead.status} cannot be made {to} by hand")
        move_lead(lead=lead, to=to, reason=reason, actor=actor, now=now)
        if to == LeadStatus.LOST:
            _finish(lead=lead, now=now)
    return True


def _finish(*, lead: Lead, now: datetime, **which: Any) -> None:
    for follow_up in FollowUp.objects.filter(lead=lead, done_at__isnull=True, **which):
        finish_follow_up(follow_up=follow_up, now=now)


def _next(outcome: OutcomeCard) -> str:
    return "Call back" if outcome.reached else "Try again"
