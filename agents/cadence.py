"""What follows a contact by itself: the next try of the cadence, and the answer owed to who wrote or called."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from agents.assignment.eligibility import hours_refusal
from agents.assignment.roster import ROSTER, AgentCard
from agents.callbadge import FOR_GOOD
from agents.models import Channel, Direction, FollowUp, FollowUpKind
from agents.outcomes import OutcomeCard, Playbook, Step
from compliance.calling import may_contact
from compliance.models import ContactChannel
from intake.models import OPEN_STATUSES, Lead, LeadStatus
from leadcrm.lib.config import current_version
from leadcrm.models import User

# What the product plans by itself; a contact with the person finishes it.
BY_ITSELF: Final = (FollowUpKind.CADENCE, FollowUpKind.REPLY)
OWED: Final = {
    Channel.CALL: "They called: call back", Channel.TEXT: "Answer their text", Channel.EMAIL: "Answer their e-mail",
}  # fmt: skip
# Calling hours and an agent's own move a moment in turns; where they never meet, the last turn stands.
_TURNS: Final = 20
_DAYS: Final = 8


def follow_on(
    *,
    lead: Lead,
    channel: Channel,
    direction: Direction,
    outcome: OutcomeCard | None,
    author: User | None,
    book: Playbook,
    now: datetime,
) -> FollowUp | None:
    """Plan what follows a contact for which nobody chose a time; None where nothing does. In the lead's transaction.

    Who wrote or called and was not spoken to is owed an answer now. After a try that did not reach the person comes
    the next step of the cadence, which a text or e-mail puts off without being a try itself; after a conversation what
    its outcome says. A promise that is still to come stands
    instead of a try. The follow-up is the owner's; of a lead without one the author's, or nobody's.
    """
    owner = lead.owner or author
    reached = outcome is not None and outcome.reached
    if owner is None or channel == Channel.NOTE or direction == Direction.NONE:
        return None
    if direction == Direction.IN and not reached:
        return _owe_answer(lead=lead, owner=owner, channel=channel, now=now)
    if outcome is not None and outcome.follow_up_after is not None:
        earliest, what = now + outcome.follow_up_after, "Call back" if reached else "Try again"
    else:
        step = None if reached or not _is_chased(lead, outcome) else _next_step(lead, book, channel)
        if step is None:
            return None
        earliest, what = now + step.after, step.what
    if lead.status == LeadStatus.LOST or promised(lead, now):
        return None
    due_at = next_chance(lead=lead, owner=owner, earliest=earliest, now=now)
    return _plan(lead, owner, FollowUpKind.CADENCE, due_at, what) if due_at else None


def _is_chased(lead: Lead, outcome: OutcomeCard | None) -> bool:
    """An open lead is tried again after a call; after a text or e-mail only while nobody was ever reached."""
    return lead.status in OPEN_STATUSES if outcome else lead.status == LeadStatus.NEW


def _next_step(lead: Lead, book: Playbook, channel: Channel) -> Step | None:
    """The next call: after one that did not count the second, after a text to somebody never called the first."""
    step = book.next_step(lead.interest, max(lead.attempts, 1))
    first = book.next_step(lead.interest, 0)
    if channel == Channel.CALL or lead.attempts or first is None:
        return step
    return replace(first, after=step.after if step else first.after)


def promised(lead: Lead, now: datetime) -> FollowUp | None:
    """The first open promise on `lead` that is still to come, whoever made it."""
    planned = FollowUp.objects.filter(lead=lead, done_at__isnull=True, due_at__gt=now)
    return planned.exclude(kind__in=BY_ITSELF).first()


def expected_try(*, lead: Lead, user: User, book: Playbook, now: datetime) -> datetime | None:
    """When the next try would be planned if `user` called `lead` now and reached nobody; None where none would."""
    step = book.next_step(lead.interest, lead.attempts + 1)
    if step is None or lead.status not in OPEN_STATUSES or promised(lead, now):
        return None
    return next_chance(lead=lead, owner=lead.owner or user, earliest=now + step.after, now=now)


def next_chance(*, lead: Lead, owner: User, earliest: datetime, now: datetime) -> datetime | None:
    """The first moment from `earliest` on when `owner` works and `lead` may be called; None where it never may be.

    Moments are aware. Where only a person can open the way (a list to load, a license to renew), hours alone count;
    where the owner's hours and the calling hours never meet within two weeks, the owner's last chance stands.
    """
    card = ROSTER.get(None, current_version()).by_user.get(owner.pk)
    moment = _whole_minute(earliest)
    for _ in range(_TURNS):
        opens_at = _lawful(lead, owner, moment)
        if opens_at is None:
            return None
        working = at_work(card, opens_at)
        if working == moment:
            break
        moment = working
        if moment > earliest + timedelta(days=14):
            break
    return max(moment, now)


def _lawful(lead: Lead, owner: User, moment: datetime) -> datetime | None:
    asked = may_contact(lead=lead, phone=lead.phone, user=owner, channel=ContactChannel.CALL, now=moment)
    if not FOR_GOOD.isdisjoint(asked.codes):
        return None
    return max(moment, asked.opens_at) if asked.opens_at else moment


def at_work(card: AgentCard | None, moment: datetime) -> datetime:
    """`moment`, or the beginning of the agent's next stretch of hours after it; without hours any time is right."""
    if card is None or card.zone is None or not card.hours or hours_refusal(card, moment) is None:
        return moment
    today = moment.astimezone(card.zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(_DAYS)):
        starts = sorted(starts for weekday, starts, _ in card.hours if weekday == day.weekday())
        for begins in (datetime.combine(day, start, card.zone).astimezone(UTC) for start in starts):
            if begins > moment:
                return begins
    return moment


def _whole_minute(moment: datetime) -> datetime:
    """UTC, so that clocks of one zone are not compared as if they never changed; up to the minute."""
    moment = moment.astimezone(UTC)
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(minutes=1)


def _owe_answer(*, lead: Lead, owner: User, channel: Channel, now: datetime) -> FollowUp:
    return _plan(lead, owner, FollowUpKind.REPLY, now, OWED[channel])


def _plan(lead: Lead, owner: User, kind: FollowUpKind, due_at: datetime, what: str) -> FollowUp:
    """The open one of this kind, made if there is none: the database holds one (one_open_try_and_reply).

    Of a lead that was merged meanwhile it is planned on the one that stays, for its owner.
    """
    if (stays := lead.merged_into) is not None:
        lead, owner = stays, stays.owner or owner
    found, _ = FollowUp.objects.get_or_create(
        lead=lead, kind=kind, done_at=None, defaults={"owner": owner, "due_at": due_at, "what": what}
    )
    return found


def finish_by_itself(*, lead: Lead, now: datetime) -> None:
    """The person was contacted: the open try and the answer that was owed are done."""
    FollowUp.objects.filter(lead=lead, done_at__isnull=True, kind__in=BY_ITSELF).update(done_at=now)
