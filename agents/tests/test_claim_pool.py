"""The claim pool: who may claim what, and that the first one wins."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from agents.assignment import assign_waiting
from agents.casework import give_lead
from agents.claiming import AlreadyTaken, CannotClaim, claim_lead, claimable
from agents.menu import menu_of
from agents.models import Agent, AgentLoad, Assignment, Balance, ClaimOffer, LastLink, OfferOrigin, Pool
from agents.tests.arrivals import NOW, arrive
from intake.models import Lead, LeadStatus
from leadcrm.models import User
from leadcrm.testing.factories import (
    AgentFactory,
    ClaimOfferFactory,
    LeadFactory,
    LicenseFactory,
    MembershipFactory,
    PoolFactory,
    SourceFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def pool(agent: Agent) -> Pool:
    """A pool whose last link is the claim pool; `agent` is in it."""
    return PoolFactory.create(name="Texas", last_link=LastLink.CLAIM, members=[agent])


@pytest.fixture
def offer(pool: Pool) -> ClaimOffer:
    lead = LeadFactory.create(last_name="Secret", source__vendor__name="Hidden Vendor", unassigned_why="Open")
    return ClaimOfferFactory.create(lead=lead, pool=pool)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_lead_that_nobody_in_the_chain_may_have_is_opened_to_be_claimed_and_says_why() -> None:
    agent = AgentFactory.create(receiving=False)
    pool = PoolFactory.create(last_link=LastLink.CLAIM, members=[agent])
    lead, routed = arrive(SourceFactory.create())
    stored = Lead.objects.get(pk=lead.pk)
    assert (routed.kind, routed.refuse, stored.owner) == ("offered", False, None)
    assert stored.unassigned_why.startswith("Open to be claimed. Nobody in")
    offer = ClaimOffer.objects.get()
    assert (offer.lead, offer.pool, offer.state, offer.origin) == (stored, pool, stored.state, "last_link")
    assert Assignment.objects.get().kind == "offered"


def test_trying_again_makes_no_second_offer_and_who_comes_back_gets_it_by_rotation() -> None:
    agent = AgentFactory.create(receiving=False, licenses=["TX:life"])
    PoolFactory.create(last_link=LastLink.CLAIM, members=[agent])
    lead, _ = arrive(SourceFactory.create(vertical__line="life"))
    PoolFactory.create()  # the configuration has changed
    assert assign_waiting(now=NOW) == 0
    assert ClaimOffer.objects.count() == 1
    Agent.objects.update(receiving=True)
    assert assign_waiting(now=NOW + timedelta(minutes=1)) == 1
    assert Lead.objects.get(pk=lead.pk).owner == agent.user
    assert ClaimOffer.objects.get().withdrawn_at == NOW + timedelta(minutes=1)


def test_rotation_leaves_alone_what_its_owners_left_untouched() -> None:
    agent = AgentFactory.create(licenses=["TX:life"])
    pool = PoolFactory.create(members=[agent])
    lead = LeadFactory.create(source__vertical__line="life")
    ClaimOfferFactory.create(lead=lead, pool=pool, origin=OfferOrigin.SLA)
    assert assign_waiting(now=NOW) == 0
    assert not claimable(user=AgentFactory.create().user, now=NOW).exists()


def test_a_claim_makes_the_agent_the_owner_counts_and_moves_no_balance(
    agent: Agent, offer: ClaimOffer
) -> None:
    lead = claim_lead(offer=offer, agent=agent, now=NOW)
    offer.refresh_from_db()
    assert (lead.owner, lead.assigned_at, lead.unassigned_why) == (agent.user, NOW, "")
    assert (offer.claimed_by, offer.claimed_at) == (agent, NOW)
    record = Assignment.objects.get()
    assert (record.kind, record.pool, record.agent) == ("claimed", offer.pool, agent)
    assert AgentLoad.objects.get().day_count == 1
    assert not Balance.objects.exists()


def test_a_double_click_claims_once(agent: Agent, offer: ClaimOffer) -> None:
    first, second = (claim_lead(offer=offer, agent=agent, now=NOW) for _ in range(2))
    assert first == second
    assert Assignment.objects.count() == 1
    assert AgentLoad.objects.get().day_count == 1


def test_who_comes_second_changes_nothing(agent: Agent, teammate: Agent, offer: ClaimOffer) -> None:
    MembershipFactory.create(pool=offer.pool, agent=teammate)
    claim_lead(offer=offer, agent=agent, now=NOW)
    with pytest.raises(AlreadyTaken):
        claim_lead(offer=offer, agent=teammate, now=NOW)
    assert Assignment.objects.count() == 1


def test_a_lead_that_a_manager_gave_away_is_no_longer_open(
    agent: Agent, teammate: Agent, reviewer: User, offer: ClaimOffer
) -> None:
    give_lead(lead=offer.lead, to_agent=teammate, actor=reviewer, reason="She asked for Ana", now=NOW)
    assert not claimable(user=agent.user, now=NOW).exists()
    with pytest.raises(AlreadyTaken):
        claim_lead(offer=offer, agent=agent, now=NOW)
    assert ClaimOffer.objects.get().withdrawn_at == NOW


@pytest.mark.parametrize(
    ("limit", "words"),
    [("daily_cap", "daily limit"), ("hourly_cap", "hourly limit"), ("untouched_limit", "not touched yet")],
)
def test_limits_stop_a_claim_that_would_exceed_them_and_none_before(
    agent: Agent, pool: Pool, limit: str, words: str
) -> None:
    Agent.objects.filter(pk=agent.pk).update(**{limit: 2})
    offers = [ClaimOfferFactory.create(pool=pool) for _ in range(3)]
    for offer in offers[:2]:
        claim_lead(offer=offer, agent=agent, now=NOW)
    with pytest.raises(CannotClaim, match=words):
        claim_lead(offer=offers[2], agent=agent, now=NOW)
    assert Lead.objects.filter(owner=agent.user).count() == 2
    assert Lead.objects.get(pk=offers[2].lead_id).owner is None


@pytest.mark.parametrize("change", ["member", "license", "left", "pool", "status", "erased", "owned"])
def test_what_an_agent_may_not_claim_is_neither_listed_nor_given(
    agent: Agent, teammate: Agent, offer: ClaimOffer, change: str
) -> None:
    assert claimable(user=agent.user, now=NOW).get() == offer
    lead = Lead.objects.filter(pk=offer.lead_id)
    match change:
        case "member":
            agent.memberships.all().delete()
        case "license":
            agent.licenses.all().delete()
        case "left":
            Agent.objects.filter(pk=agent.pk).update(active=False)
        case "pool":
            Pool.objects.update(active=False)
        case "status":
            lead.update(status=LeadStatus.LOST)
        case "erased":
            lead.update(erased_at=NOW)
        case "owned":
            lead.update(owner=teammate.user)
    assert not claimable(user=agent.user, now=NOW).exists()
    with pytest.raises((AlreadyTaken, CannotClaim)):
        claim_lead(offer=offer, agent=agent, now=NOW)
    assert not Assignment.objects.exists()


def test_a_license_ends_at_the_agencys_midnight_and_with_it_the_right_to_claim(
    agent: Agent, pool: Pool
) -> None:
    """The last day is Nov 24 on the agency's clock (New York): 4:59 UTC of the 25th is still that day."""
    agent.licenses.all().delete()
    LicenseFactory.create(agent=agent, state="TX", line="life", expires_on=date(2026, 11, 24))
    offer = ClaimOfferFactory.create(pool=pool)
    before = datetime(2026, 11, 25, 4, 59, 59, tzinfo=UTC)
    after = before + timedelta(seconds=1)
    assert claimable(user=agent.user, now=before).exists()
    assert not claimable(user=agent.user, now=after).exists()
    with pytest.raises(CannotClaim, match="license"):
        claim_lead(offer=offer, agent=agent, now=after)
    assert claim_lead(offer=offer, agent=agent, now=before).owner == agent.user


def test_name_and_vendor_stay_hidden_until_the_lead_is_claimed(agent: Agent, offer: ClaimOffer) -> None:
    page = signed_in(agent.user).get(reverse("claim"))
    assert "Secret" not in page.text
    assert "Hidden Vendor" not in page.text
    assert offer.lead.phone[2:] not in page.text.replace("-", "")
    Pool.objects.update(hide_until_claimed=False)
    page = signed_in(agent.user).get(reverse("claim"))
    assert "Secret" in page.text
    assert "Hidden Vendor" in page.text


def test_an_open_lead_is_404_until_it_is_claimed_and_then_the_agent_lands_on_it(
    agent: Agent, offer: ClaimOffer
) -> None:
    client = signed_in(agent.user)
    assert client.get(reverse("lead", args=[offer.lead_id])).status_code == 404
    answer = client.post(reverse("claim_lead", args=[offer.pk]), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("lead", args=[offer.lead_id])
    assert "Secret" in answer.text


def test_who_is_too_late_reads_it_in_words(agent: Agent, teammate: Agent, offer: ClaimOffer) -> None:
    MembershipFactory.create(pool=offer.pool, agent=teammate)
    claim_lead(offer=offer, agent=teammate, now=NOW)
    answer = signed_in(agent.user).post(reverse("claim_lead", args=[offer.pk]), follow=True)
    assert "Somebody was quicker" in answer.text
    assert Lead.objects.get(pk=offer.lead_id).owner == teammate.user


def test_a_stranger_sees_no_offer_and_its_address_is_404(stranger: Agent, offer: ClaimOffer) -> None:
    client = signed_in(stranger.user)
    assert "Final" not in client.get(reverse("claim")).text
    assert client.post(reverse("claim_lead", args=[offer.pk])).status_code == 404


def test_a_manager_without_an_agents_profile_reads_that_only_agents_claim(
    reviewer: User, offer: ClaimOffer
) -> None:
    client = signed_in(reviewer)
    assert "Only agents can claim" in client.get(reverse("claim")).text
    assert client.post(reverse("claim_lead", args=[offer.pk])).status_code == 404


def test_the_menu_counts_what_may_be_claimed_up_to_nine(agent: Agent, stranger: Agent, pool: Pool) -> None:
    menu = menu_of(user=agent.user, now=NOW)
    assert (menu.claims, menu.claim_count) == (True, "")
    for _ in range(3):
        ClaimOfferFactory.create(pool=pool)
    assert menu_of(user=agent.user, now=NOW).claim_count == "3"
    for _ in range(8):
        ClaimOfferFactory.create(pool=pool)
    assert menu_of(user=agent.user, now=NOW).claim_count == "9+"
    assert not menu_of(user=stranger.user, now=NOW).claims


def test_the_page_asks_the_same_few_queries_for_one_row_and_for_fifty(
    agent: Agent, pool: Pool, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client, ask = signed_in(agent.user), reverse("claim")
    ClaimOfferFactory.create(pool=pool)
    client.get(ask)
    with django_assert_max_num_queries(12) as few:
        client.get(ask)
    most = len(few)
    for _ in range(50):
        ClaimOfferFactory.create(pool=pool)
    client.get(ask)  # new sources are new configuration, read once
    with django_assert_max_num_queries(most):
        answer = client.get(ask)
    assert "The newest 50 are shown" in answer.text


def test_the_timeline_tells_that_it_was_open_and_who_claimed_it(
    agent: Agent, travel_to: Callable[[datetime], None]
) -> None:
    Agent.objects.update(receiving=False)
    PoolFactory.create(last_link=LastLink.CLAIM, members=[agent])
    lead, _ = arrive(SourceFactory.create(vertical__line="life", vertical__code="final_expense"))
    claim_lead(offer=ClaimOffer.objects.get(), agent=agent, now=NOW + timedelta(seconds=75))
    page = signed_in(agent.user).get(reverse("lead", args=[lead.pk])).text
    assert "Opened to be claimed" in page
    assert "Claimed by Test Agent" in page
    assert "after 1 min 15 s" in page
