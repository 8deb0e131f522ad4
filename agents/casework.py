"""What agents and managers do with a lead: log a contact, promise a follow-up, hand the lead on.

Each function is one act in one transaction. It takes the lead's row first, so two people (or a double click)
on one lead come one after the other.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from agents.assignment.chain import start_by_person
from agents.assignment.claimable import withdraw
from agents.assignment.loads import count_lead
from agents.assignment.places import state_of
from agents.cadence import finish_by_itself, follow_on
from agents.licensing import is_licensed
from agents.models import (
    Agent,
    AgentLoad,
    Assignment,
    AssignmentKind,
    Channel,
    Communication,
    Direction,
    FollowUp,
    FollowUpKind,
)
from agents.outcomes import OutcomeCard, playbook
from compliance.models import ContactDecision
from intake.lifecycle import move_lead
from intake.models import Lead, LeadEvent, LeadEventKind, LeadStatus
from intake.webhooks.events import note_assigned
from leadcrm.lib.batch import Batch
from leadcrm.models import User

MANUAL_RULE: Final = "by hand 1"


class UnknownOutcome(ValueError):
    """No row of Outcome has this code."""


class RequestIdTaken(ValueError):
    """The request id belongs to a communication on another lead."""


class CannotGive(ValueError):
    """The agent may not have the lead; the message says why, for people."""


class LeadChangedHands(Exception):
    """Somebody else gave the lead to another owner in the meantime; nothing was written."""


def log_communication(
    *,
    lead: Lead,
    channel: Channel,
    direction: Direction,
    author: User | None,
    outcome: str,
    body: str,
    request_id: UUID,
    now: datetime,
    decision: ContactDecision | None = None,
    explanation: str = "",
    plan: bool = True,
    subject: str = "",
) -> Communication:
    """Record one call, text, e-mail or note on `lead`; a repeated `request_id` returns the first record.

    `outcome` is the code of an Outcome or empty. The first contact sets the lead's `touched_at`, each call that goes
    out counts an attempt unless its outcome does not, and an outcome where the person was reached moves a new lead to
    contacted. What goes out, or reaches the person, finishes the open try and the answer that was owed; with `plan`
    what follows is planned (agents.cadence.follow_on): the next try, or an answer to what came in. `decision` is what
    was answered when somebody asked whether the person may be contacted,
    `explanation` why it was done all the same, `subject` an e-mail's. `lead` is brought up to date with its row.
    Raises UnknownOutcome, RequestIdTaken.
    """
    book = playbook()
    if outcome and outcome not in book.outcomes:
        raise UnknownOutcome(outcome)
    card = book.outcomes[outcome] if outcome else None
    with transaction.atomic():
        lock_lead(lead)
        earlier = Communication.objects.filter(request_id=request_id).first()
        if earlier is not None:
            if earlier.lead_id != lead.pk:
                raise RequestIdTaken(str(request_id))
            return earlier
        communication = Communication.objects.create(
            lead=lead, channel=channel, direction=direction, author=author, at=now,
            outcome=outcome, body=body, request_id=request_id, decision=decision,
            explanation=explanation[:300], subject=subject[:200],
        )  # fmt: skip
        _note_contact(lead, communication, card, now)
        if card and card.reached and lead.status == LeadStatus.NEW:
            move_lead(lead=lead, to=LeadStatus.CONTACTED, reason=card.label, actor=author, now=now)
        if plan:
            follow_on(
                lead=lead,
                channel=channel,
                direction=direction,
                outcome=card,
                author=author,
                book=book,
                now=now,
            )
        return communication


def _note_contact(lead: Lead, said: Communication, card: OutcomeCard | None, now: datetime) -> None:
    """Touch, attempt, and what is done with it."""
    outgoing = said.direction == Direction.OUT and said.channel != Channel.NOTE
    counts = said.channel == Channel.CALL and outgoing and (card is None or card.counts_attempt)
    if is_touch(channel=Channel(said.channel), direction=Direction(said.direction), outcome=said.outcome):
        record_touch(lead=lead, now=now, attempt=counts)
    if outgoing or (card and card.reached):
        finish_by_itself(lead=lead, now=now)


def is_touch(*, channel: Channel, direction: Direction, outcome: str) -> bool:
    """True when this shows that an agent worked the lead: an outcome, a call, or something the agent sent.

    A note alone, or a text or e-mail that merely came in, leaves the lead untouched.
    """
    sent = direction == Direction.OUT and channel != Channel.NOTE
    return bool(outcome) or channel == Channel.CALL or sent


def record_touch(*, lead: Lead, now: datetime, attempt: bool) -> None:
    """Set the lead's `touched_at` unless it is set, and count an attempt if it is one; `lead` follows."""
    Lead.objects.filter(pk=lead.pk).update(
        touched_at=Coalesce("touched_at", now), attempts=F("attempts") + int(attempt)
    )
    # Whoever has the lead is at work: leads lost before no longer count as in a row.
    AgentLoad.objects.filter(agent__user=lead.owner_id, lapses__gt=0).update(lapses=0)
    lead.refresh_from_db(fields=["touched_at", "attempts"])


def add_follow_up(
    *,
    lead: Lead,
    owner: User,
    due_at: datetime,
    what: str,
    now: datetime,
    kind: FollowUpKind = FollowUpKind.PROMISE,
) -> FollowUp:
    """Promise to reach the person of `lead` at `due_at` (aware); the same open promise made twice is one.

    On a lead that was merged meanwhile it is made on the one that stays, for its owner.
    Raises ValueError when `due_at` has no time zone, lies before `now`, or `what` is blank.
    """
    what = what.strip()
    if due_at.tzinfo is None or due_at < now or not what:
        raise ValueError("A follow-up needs a moment to come, with a time zone, and words")
    with transaction.atomic():
        lock_lead(lead)
        if (stays := lead.merged_into) is not None:
            lead, owner = stays, stays.owner or owner
        follow_up, _ = FollowUp.objects.get_or_create(
            lead=lead, owner=owner, kind=kind, due_at=due_at, what=what[:200], done_at=None
        )
        return follow_up


def finish_follow_up(*, follow_up: FollowUp, now: datetime) -> FollowUp:
    """Mark a promise as kept. Done twice, the first moment stands."""
    FollowUp.objects.filter(pk=follow_up.pk, done_at__isnull=True).update(done_at=now)
    follow_up.refresh_from_db(fields=["done_at"])
    return follow_up


def lock_lead(lead: Lead) -> None:
    """Take the row of `lead` until the end of the transaction and bring `lead` up to date with it."""
    lead.refresh_from_db(from_queryset=Lead.objects.select_for_update(no_key=True))


def give_lead(
    *,
    lead: Lead,
    to_agent: Agent,
    actor: User,
    reason: str,
    now: datetime,
    unlicensed_too: bool = False,
    kind: AssignmentKind = AssignmentKind.MANUAL,
) -> Assignment:
    """Make `to_agent` the owner of `lead`, whoever owned it; open follow-ups of the old owner go along.

    Compare-and-set on the owner that `lead` shows. The rotation is not moved; the agent's counts of the day
    and the hour are, though caps do not stop a person. An agent without a license for the lead gets it only
    with `unlicensed_too`, and the record says so. A lead of a whole book (`kind` HAND_OVER) does not count, or it
    would fill the day of whoever takes the book, and is no news for its vendor.
    Raises CannotGive (message for people), LeadChangedHands.
    """
    state, state_from = state_of(state=lead.state, zip5=lead.zip, phone=lead.phone)
    licensed = is_licensed(agent_id=to_agent.pk, state=state, interest=lead.interest, now=now)
    _refuse_to_give(lead, to_agent, reason, state, licensed=licensed or unlicensed_too)
    why = reason.strip()[:180] + ("" if licensed else " (without a license)")
    old_id, old_name = lead.owner_id, str(lead.owner or "")
    with transaction.atomic():
        _change_owner(lead, to_agent.user, now)
        FollowUp.objects.filter(lead=lead, owner=old_id, done_at__isnull=True).update(owner=to_agent.user)
        LeadEvent.objects.create(
            lead=lead, kind=LeadEventKind.ASSIGNED, at=now, actor=actor,
            old=old_name[:60], new=str(to_agent)[:60], reason=why,
        )  # fmt: skip
        batch = Batch()
        withdraw(lead_id=lead.pk, now=now, batch=batch)
        start_by_person(lead=lead, owner_id=to_agent.user_id, now=now, batch=batch)
        if kind != AssignmentKind.HAND_OVER:
            count_lead(agent_id=to_agent.pk, now=now, batch=batch)
            note_assigned(lead=lead, owner_id=to_agent.user_id, at=now, batch=batch)
        batch.flush()
        return Assignment.objects.create(
            lead=lead, kind=kind, agent=to_agent, state=state, state_from=state_from,
            why=why, rule_version=MANUAL_RULE, assigned_at=now, assigned_by=actor,
        )  # fmt: skip


def _change_owner(lead: Lead, owner: User, now: datetime) -> None:
    changed = Lead.objects.filter(pk=lead.pk, owner=lead.owner_id).update(
        owner=owner, assigned_at=now, unassigned_why=""
    )
    if changed != 1:
        raise LeadChangedHands(f"A-{lead.pk} has another owner by now")
    lead.owner, lead.assigned_at, lead.unassigned_why = owner, now, ""


def _refuse_to_give(lead: Lead, agent: Agent, reason: str, state: str, *, licensed: bool) -> None:
    if not reason.strip():
        raise CannotGive("Say why the lead goes to another agent")
    if not (agent.active and agent.user.is_active):
        raise CannotGive(f"{agent} no longer works here")
    if lead.owner_id == agent.user_id:
        raise CannotGive(f"{agent} already has this lead")
    if not licensed:
        product = playbook().products.get(lead.interest, lead.interest)
        raise CannotGive(f"{agent} has no license for {product} in {state or 'an unknown state'}")
