"""Handing over the whole book of an agent who leaves: lead by lead, resumable, each one once.

A lead is one transaction, so ten thousand hold nobody up. What was done stands in HandOverItem: a run that ends, or
dies, is taken up where it was by the next one.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from time import monotonic

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from agents.assignment.places import state_of
from agents.casework import CannotGive, LeadChangedHands, give_lead, lock_lead
from agents.licensing import is_licensed
from agents.models import Agent, AssignmentKind, FollowUp, HandOver, HandOverItem, Membership, Pool
from agents.receiving import pause_agent
from intake.models import OPEN_STATUSES, Lead, LeadStatus
from leadcrm.lib.actor import acting
from leadcrm.models import User

# Open leads, and clients: whoever has them now renews their policies.
BOOK = (*OPEN_STATUSES, LeadStatus.SOLD)
_CHUNK = 200


class CannotHandOver(ValueError):
    """Nobody can take the book; the message says why, for people."""


def start_hand_over(
    *,
    agent: Agent,
    to_agent: Agent | None,
    pool: Pool | None,
    reason: str,
    by: User,
    now: datetime,
    unlicensed_too: bool = False,
    leaves: bool = False,
) -> HandOver:
    """Begin to hand the book of `agent` to `to_agent`, or in turns to the members of `pool`; a worker goes on with it.

    The agent gets no new leads from now on. One that is under way already is returned as it is: a double click begins
    one. Leads for which nobody is licensed stay, unless `unlicensed_too`. With `leaves` agent and login are switched
    off at the end. Raises CannotHandOver.
    """
    if (to_agent is None) == (pool is None):
        raise CannotHandOver("Choose either one agent or a pool")
    if to_agent is not None and (to_agent == agent or not (to_agent.active and to_agent.user.is_active)):
        raise CannotHandOver(f"{to_agent} cannot take the book")
    try:
        with transaction.atomic():
            if agent.active:
                pause_agent(agent_id=agent.pk, reason="Hands over the book", back_at=None, now=now)
            return HandOver.objects.create(
                from_agent=agent, to_agent=to_agent, pool=pool, unlicensed_too=unlicensed_too, leaves=leaves,
                reason=reason.strip()[:150], total=_book(agent).count(), created_at=now, created_by=by,
            )  # fmt: skip
    except IntegrityError:
        under_way = HandOver.objects.filter(from_agent=agent, finished_at=None).first()
        if under_way is None:
            raise
        return under_way


def carry_hand_overs(*, now: datetime, seconds: float = 20.0) -> int:
    """Go on with every hand-over that is under way, for `seconds` at most; how many leads were looked at."""
    ends, done = monotonic() + seconds, 0
    for hand_over in HandOver.objects.filter(finished_at=None).order_by("pk"):
        done += _carry(hand_over, now=now, ends=ends)
    return done


def _carry(hand_over: HandOver, *, now: datetime, ends: float) -> int:
    takers, done = _takers(hand_over), 0
    given: Counter[int] = Counter(
        agent
        for agent in hand_over.items.filter(to_agent__isnull=False).values_list("to_agent", flat=True)
        if agent
    )
    while chunk := list(_left(hand_over)[:_CHUNK]):
        for lead in chunk:
            if monotonic() > ends:
                return done
            done += _hand_over_lead(hand_over, lead, takers, given, now)
    _finish(hand_over, now)
    return done


def _book(agent: Agent) -> QuerySet[Lead]:
    return Lead.objects.filter(owner=agent.user, status__in=BOOK, erased_at=None)


def _left(hand_over: HandOver) -> QuerySet[Lead]:
    """What is still to be looked at, oldest first."""
    seen = HandOverItem.objects.filter(hand_over=hand_over, lead=OuterRef("pk"))
    return _book(hand_over.from_agent).filter(~Exists(seen)).select_related("owner").order_by("pk")


def _takers(hand_over: HandOver) -> list[tuple[Agent, int]]:
    """Who may be given leads, with their weights; nobody who is not at work."""
    if hand_over.to_agent is not None:
        return [(hand_over.to_agent, 1)]
    members = Membership.objects.filter(
        pool=hand_over.pool, weight__gt=0, agent__active=True, agent__user__is_active=True
    ).exclude(agent=hand_over.from_agent)
    return [(row.agent, row.weight) for row in members.select_related("agent__user").order_by("agent")]


def _hand_over_lead(
    hand_over: HandOver, lead: Lead, takers: Sequence[tuple[Agent, int]], given: Counter[int], now: datetime
) -> int:
    """One lead: given, or left with the reason. 0 where another run has just done it, or it is no longer theirs."""
    try:
        with transaction.atomic():
            lock_lead(lead)
            if not _left(hand_over).filter(pk=lead.pk).exists():
                return 0
            agent = next(_in_turn(hand_over, lead, takers, given, now), None)
            why = (
                _give(hand_over, lead, agent, now) if agent else "Nobody who could take it is licensed for it"
            )
            HandOverItem.objects.create(
                hand_over=hand_over, lead=lead, to_agent=None if why else agent, why=why[:200]
            )
    except (IntegrityError, LeadChangedHands):
        return 0
    if agent and not why:
        given[agent.pk] += 1
    return 1


def _in_turn(
    hand_over: HandOver, lead: Lead, takers: Sequence[tuple[Agent, int]], given: Counter[int], now: datetime
) -> Iterator[Agent]:
    """Those who may have the lead, the licensed first, each by how much of their share they got already."""
    state, _ = state_of(state=lead.state, zip5=lead.zip, phone=lead.phone)
    by_share = sorted(takers, key=lambda taker: (given[taker[0].pk] / taker[1], taker[0].pk))
    licensed = [
        agent
        for agent, _ in by_share
        if is_licensed(agent_id=agent.pk, state=state, interest=lead.interest, now=now)
    ]
    yield from licensed
    if hand_over.unlicensed_too:
        yield from (agent for agent, _ in by_share if agent not in licensed)


def _give(hand_over: HandOver, lead: Lead, agent: Agent, now: datetime) -> str:
    """ "" when given, else why not."""
    try:
        give_lead(
            lead=lead, to_agent=agent, actor=hand_over.created_by, reason=hand_over.reason, now=now,
            unlicensed_too=hand_over.unlicensed_too, kind=AssignmentKind.HAND_OVER,
        )  # fmt: skip
    except CannotGive as refusal:
        return str(refusal)
    return ""


def _finish(hand_over: HandOver, now: datetime) -> None:
    """What the agent promised on leads of others goes to their owners; then the agent is switched off, if chosen."""
    agent = hand_over.from_agent
    with transaction.atomic():
        if not HandOver.objects.filter(pk=hand_over.pk, finished_at=None).update(finished_at=now):
            return
        owner = Lead.objects.filter(pk=OuterRef("lead")).values("owner")
        promises = FollowUp.objects.filter(owner=agent.user, done_at=None, lead__owner__isnull=False)
        promises.exclude(lead__owner=F("owner")).update(owner=Subquery(owner[:1]))
        if hand_over.leaves:
            with acting(hand_over.created_by_id, via="hand-over of a book"):
                Agent.objects.filter(pk=agent.pk).update(active=False, receiving=False)
                User.objects.filter(pk=agent.user_id).update(is_active=False)
