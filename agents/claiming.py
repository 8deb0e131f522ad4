"""The claim pool: what an agent may take, and taking it. The first one wins; everybody else is told so."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from agents.assignment.balances import read_standing
from agents.assignment.chain import start_by_person
from agents.assignment.eligibility import WORDS, load_refusal
from agents.assignment.loads import count_lead
from agents.assignment.roster import ROSTER
from agents.models import (
    OPEN_OFFER,
    Agent,
    Assignment,
    AssignmentKind,
    ClaimOffer,
    FollowUp,
    LastLink,
    License,
    Membership,
    SlaAct,
)
from intake.models import OPEN_STATUSES, Lead, LeadEvent, LeadEventKind
from intake.webhooks.events import note_assigned
from leadcrm.lib.batch import Batch
from leadcrm.lib.config import current_version
from leadcrm.models import User

CLAIM_RULE: Final = "claimed 1"
# The number beside the entry in the menu goes so far; beyond it stands “9+”.
COUNTED: Final = 9
# Rows of the page; whoever claims one makes room for the next.
SHOWN: Final = 50


class AlreadyTaken(Exception):
    """Somebody else was quicker, or the lead is no longer open; nothing was written."""


class CannotClaim(Exception):
    """The agent may not have this lead now; the message says why, for people."""


def claimable(*, user: User, now: datetime) -> QuerySet[ClaimOffer]:
    """The open offers that the agent `user` may claim at `now` (aware), newest first.

    Those of the agent's active pools, in states and lines the agent is licensed for on the agency's today. Not asked
    here: limits of the day, which may be met meanwhile (`claim_lead` asks), and whether the agent receives leads or
    works now: who sits here and claims is at work.
    """
    open_leads = {"lead__owner": None, "lead__status__in": OPEN_STATUSES, "lead__erased_at": None}
    return _offers_for(user, now).filter(OPEN_OFFER, **open_leads).order_by("-offered_at", "-pk")


def _offers_for(user: User, now: datetime) -> QuerySet[ClaimOffer]:
    """Offers, open or not, of the agent's pools that the agent is licensed for."""
    today = now.astimezone(settings.AGENCY_ZONE).date()
    held = License.objects.filter(
        Q(line=OuterRef("line")) | Q(line=OuterRef("interest")),
        Q(expires_on__isnull=True) | Q(expires_on__gte=today),
        agent__user=user, agent__active=True, state=OuterRef("state"), effective_on__lte=today,
    )  # fmt: skip
    member = Membership.objects.filter(agent__user=user, pool=OuterRef("pool"))
    return ClaimOffer.objects.filter(Exists(held), Exists(member), pool__active=True)


def claim_count(*, user: User, now: datetime) -> ArraySubquery:
    """For a query that asks more about `user`: what may be claimed, as keys, no more than COUNTED and one."""
    return ArraySubquery(claimable(user=user, now=now).order_by().values("pk")[: COUNTED + 1])


def opens_leads(user: User) -> Exists:
    """For a query that asks more about `user`: whether a pool of theirs opens leads to be claimed."""
    opens = Q(pool__last_link=LastLink.CLAIM) | Q(pool__sla_steps__act=SlaAct.CLAIM_POOL)
    return Exists(Membership.objects.filter(opens, agent__user=user, agent__active=True, pool__active=True))


def claim_lead(*, offer: ClaimOffer, agent: Agent, now: datetime) -> Lead:
    """Make `agent` the owner of the offered lead: one conditional UPDATE, so of many who try exactly one wins.

    Claimed again by the same agent (a double click), it is theirs already. A claim counts into the agent's day and
    hour, moves no balance, and a limit stops it. Raises AlreadyTaken, and CannotClaim with words for people.
    """
    with transaction.atomic():
        won = Lead.objects.filter(
            pk=offer.lead_id, owner=None, status__in=OPEN_STATUSES, erased_at=None
        ).update(owner=agent.user, assigned_at=now, unassigned_why="")
        if won != 1:
            return _theirs_already(offer, agent)
        _refuse_to_claim(offer, agent, now)
        taken = ClaimOffer.objects.filter(OPEN_OFFER, pk=offer.pk).update(claimed_at=now, claimed_by=agent)
        if taken != 1:
            raise AlreadyTaken(f"A-{offer.lead_id}")
        _record(offer, agent, now)
        return Lead.objects.get(pk=offer.lead_id)


def _theirs_already(offer: ClaimOffer, agent: Agent) -> Lead:
    mine = ClaimOffer.objects.filter(pk=offer.pk, claimed_by=agent, lead__owner=agent.user)
    if not mine.exists():
        raise AlreadyTaken(f"A-{offer.lead_id}")
    return Lead.objects.get(pk=offer.lead_id)


def _refuse_to_claim(offer: ClaimOffer, agent: Agent, now: datetime) -> None:
    """The lead's row is held already: here as in assignment, it comes before the agent's lock."""
    if not _offers_for(agent.user, now).filter(pk=offer.pk).exists():
        raise CannotClaim("You are not in this lead's pool any more, or hold no license for its state today")
    card = ROSTER.get(None, current_version()).agents[agent.pk]
    if card.is_limited:
        # The lead has its owner in this transaction, so it counts among the untouched.
        limit = None if card.untouched_limit is None else card.untouched_limit + 1
        card = replace(card, untouched_limit=limit)
        standing = read_standing(pools=[], limited=[card], now=now, lock=True)
        refusal = load_refusal(card, standing.load(card))
        if refusal:
            raise CannotClaim(f"You cannot take another lead now: {WORDS[refusal]}")


def _record(offer: ClaimOffer, agent: Agent, now: datetime) -> None:
    waited = max(int((now - offer.offered_at).total_seconds()), 0)
    why = f"Claimed from {offer.pool} after {waited // 60} min {waited % 60} s"[:200]
    LeadEvent.objects.create(
        lead_id=offer.lead_id, kind=LeadEventKind.ASSIGNED, at=now, actor=agent.user,
        new=str(agent)[:60], reason=why,
    )  # fmt: skip
    Assignment.objects.create(
        lead_id=offer.lead_id, kind=AssignmentKind.CLAIMED, pool=offer.pool, agent=agent, state=offer.state,
        why=why, rule_version=CLAIM_RULE, assigned_at=now, assigned_by=agent.user,
    )  # fmt: skip
    # What was promised to the person is promised by whoever has the lead now.
    FollowUp.objects.filter(lead=offer.lead_id, done_at__isnull=True).update(owner=agent.user)
    batch = Batch()
    lead = Lead.objects.get(pk=offer.lead_id)
    start_by_person(
        lead=lead,
        owner_id=agent.user_id,
        pool_id=offer.pool_id,
        now=now,
        batch=batch,
    )
    count_lead(agent_id=agent.pk, now=now, batch=batch)
    note_assigned(lead=lead, owner_id=agent.user_id, at=now, batch=batch)
    batch.flush()
