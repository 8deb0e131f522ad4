"""Fifty agents and one lead."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from agents.assignment import assign_waiting
from agents.claiming import AlreadyTaken, CannotClaim, claim_lead
from agents.models import Agent, AgentLoad, Assignment, ClaimOffer, LastLink
from agents.tests.arrivals import NOW
from intake.models import Lead
from leadcrm.testing.factories import AgentFactory, ClaimOfferFactory, LeadFactory, PoolFactory

pytestmark = pytest.mark.django_db(transaction=True)


def attempt(offer: ClaimOffer, agent: Agent) -> str:
    """What came of it, on a connection of its own."""
    try:
        claim_lead(offer=offer, agent=agent, now=NOW)
    except AlreadyTaken:
        return "late"
    except CannotClaim:
        return "full"
    finally:
        connection.close()
    return "won"


def test_of_fifty_agents_who_claim_one_lead_at_once_exactly_one_wins() -> None:
    agents = [AgentFactory.create(licenses=["TX:life"], daily_cap=5) for _ in range(50)]
    offer = ClaimOfferFactory.create(pool=PoolFactory.create(last_link=LastLink.CLAIM, members=agents))
    with ThreadPoolExecutor(50) as threads:
        found = list(threads.map(lambda agent: attempt(offer, agent), agents))
    assert (found.count("won"), found.count("late")) == (1, 49)
    offer.refresh_from_db()
    assert offer.claimed_by == agents[found.index("won")]
    assert Lead.objects.get().owner == agents[found.index("won")].user
    assert Assignment.objects.count() == AgentLoad.objects.count() == 1


def test_an_agent_who_claims_from_many_windows_stays_within_the_limits() -> None:
    agent = AgentFactory.create(licenses=["TX:life"], daily_cap=4, untouched_limit=3)
    pool = PoolFactory.create(last_link=LastLink.CLAIM, members=[agent])
    offers = [ClaimOfferFactory.create(pool=pool) for _ in range(12)]
    with ThreadPoolExecutor(12) as threads:
        found = list(threads.map(lambda offer: attempt(offer, agent), offers))
    assert (found.count("won"), found.count("full")) == (3, 9)
    assert Lead.objects.filter(owner=agent.user).count() == 3


def test_rotation_and_claims_at_once_give_every_lead_one_owner_and_lock_nobody_out() -> None:
    agents = [AgentFactory.create(licenses=["TX:life"], daily_cap=40) for _ in range(4)]
    pool = PoolFactory.create(last_link=LastLink.CLAIM, members=agents)
    offers = [
        ClaimOfferFactory.create(
            pool=pool,
            lead=LeadFactory.create(
                source__vertical__line="life", received_at=NOW - timedelta(minutes=n), consent=None
            ),
        )
        for n in range(40)
    ]

    def rotate(_: int) -> int:
        try:
            return assign_waiting(now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as threads:
        claims = [threads.submit(attempt, offer, agents[n % 4]) for n, offer in enumerate(offers)]
        runs = [threads.submit(rotate, n) for n in range(4)]
        claimed, rotated = sum(c.result() == "won" for c in claims), sum(r.result() for r in runs)
    assert claimed + rotated == 40
    assert not Lead.objects.filter(owner=None).exists()
    assert Assignment.objects.count() == 40
    assert ClaimOffer.objects.filter(claimed_at__isnull=False).count() == claimed
    assert ClaimOffer.objects.filter(withdrawn_at__isnull=False).count() == rotated
