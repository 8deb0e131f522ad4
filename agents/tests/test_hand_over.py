"""A whole book goes to others: lead by lead, once, resumable; what nobody may have stays and is listed."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse

from agents.handover import CannotHandOver, carry_hand_overs, start_hand_over
from agents.models import Agent, AgentLoad, Assignment, FollowUp, HandOver, HandOverItem, Pool
from agents.receiving import HandsOver, bring_back, resume_agent
from agents.tasks import carry_books
from agents.tests.arrivals import NOW
from agents.tests.page_suite import signed_in
from intake.models import Lead, LeadStatus
from leadcrm.celery import app
from leadcrm.models import User
from leadcrm.testing.factories import (
    AgentFactory,
    FollowUpFactory,
    LeadFactory,
    MembershipFactory,
    PoolFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def heir(team: object) -> Agent:
    return AgentFactory.create(licenses=["TX:final_expense"])


def begin(agent: Agent, by: User, to: Agent | Pool, **more: bool) -> HandOver:
    target = {"to_agent": to, "pool": None} if isinstance(to, Agent) else {"to_agent": None, "pool": to}
    return start_hand_over(agent=agent, by=by, now=NOW, reason="Leaves the agency", **target, **more)  # type: ignore[arg-type]


def book(agent: Agent, leads: int = 3) -> list[Lead]:
    return [
        LeadFactory.create(owner=agent.user, status=LeadStatus.CONTACTED, consent=None) for _ in range(leads)
    ]


def test_open_leads_and_clients_go_with_what_is_promised_and_lost_ones_stay(
    agent: Agent, heir: Agent, reviewer: User
) -> None:
    open_one, client = (
        LeadFactory.create(owner=agent.user),
        LeadFactory.create(owner=agent.user, status=LeadStatus.SOLD),
    )
    lost = LeadFactory.create(owner=agent.user, status=LeadStatus.LOST)
    promise = FollowUpFactory.create(lead=client, due_at=NOW + timedelta(days=90))
    done = FollowUpFactory.create(lead=client, done_at=NOW)
    hand_over = begin(agent, reviewer, heir)
    assert carry_hand_overs(now=NOW) == 2
    owners = dict(Lead.objects.values_list("pk", "owner"))
    assert owners == {open_one.pk: heir.user_id, client.pk: heir.user_id, lost.pk: agent.user_id}
    promise.refresh_from_db()
    done.refresh_from_db()
    assert (promise.owner, done.owner) == (heir.user, agent.user)
    record = Assignment.objects.filter(lead=client).get()
    assert (record.kind, record.agent, record.assigned_by, record.why) == (
        "hand_over", heir, reviewer, "Leaves the agency",
    )  # fmt: skip
    hand_over.refresh_from_db()
    assert (hand_over.total, hand_over.finished_at) == (2, NOW)


def test_nobody_brings_an_agent_back_while_the_book_is_handed_over(
    agent: Agent, heir: Agent, reviewer: User
) -> None:
    book(agent, 1)
    begin(agent, reviewer, heir)
    Agent.objects.filter(pk=agent.pk).update(back_at=NOW + timedelta(minutes=1))

    with pytest.raises(HandsOver):
        resume_agent(agent_id=agent.pk)
    assert bring_back(now=NOW + timedelta(hours=1)) == 0
    own, manager = signed_in(agent.user), signed_in(reviewer)
    assert reverse("resume") not in own.get(reverse("me")).text
    assert "being handed over" in own.post(reverse("resume"), follow=True).text
    assert "being handed over" in manager.post(reverse("resume_agent", args=[agent.pk]), follow=True).text
    act = reverse("admin:agents_agent_act", args=[agent.pk, "resume"])
    assert "being handed over" in manager.post(act, follow=True).text
    agent.refresh_from_db()
    assert not agent.receiving
    agent.receiving = True
    with pytest.raises(ValidationError, match="being handed over"):
        agent.full_clean()

    carry_hand_overs(now=NOW)
    own.post(reverse("resume"))
    agent.refresh_from_db()
    assert agent.receiving


def test_the_agent_gets_no_new_leads_from_the_start_and_stays_unless_it_is_chosen(
    agent: Agent, heir: Agent, reviewer: User
) -> None:
    book(agent, 1)
    begin(agent, reviewer, heir)
    agent.refresh_from_db()
    assert (agent.receiving, agent.pause_reason) == (False, "Hands over the book")
    carry_hand_overs(now=NOW)
    agent.refresh_from_db()
    assert (agent.active, agent.user.is_active) == (True, True)


def test_who_leaves_is_switched_off_when_all_is_done_not_before(
    agent: Agent, heir: Agent, reviewer: User
) -> None:
    book(agent)
    begin(agent, reviewer, heir, leaves=True)
    carry_hand_overs(now=NOW, seconds=0)
    agent.refresh_from_db()
    assert agent.active
    carry_hand_overs(now=NOW)
    agent = Agent.objects.select_related("user").get(pk=agent.pk)
    assert (agent.active, agent.user.is_active) == (False, False)


def test_what_nobody_is_licensed_for_stays_and_says_why_unless_it_is_ticked(
    agent: Agent, heir: Agent, reviewer: User
) -> None:
    texan, other = book(agent, 2)
    Lead.objects.filter(pk=other.pk).update(state="OK")
    first = begin(agent, reviewer, heir)
    carry_hand_overs(now=NOW)
    assert Lead.objects.get(pk=texan.pk).owner == heir.user
    assert Lead.objects.get(pk=other.pk).owner == agent.user
    assert "licensed" in first.items.get(to_agent=None).why
    begin(agent, reviewer, heir, unlicensed_too=True)
    assert carry_hand_overs(now=NOW) == 1
    assert Lead.objects.get(pk=other.pk).owner == heir.user
    assert "(without a license)" in Assignment.objects.get(lead=other).why


def test_a_pool_shares_the_book_by_weight_among_those_licensed_and_at_work(
    agent: Agent, reviewer: User
) -> None:
    pool = PoolFactory.create()
    one, two = (AgentFactory.create(licenses=["TX:final_expense"]) for _ in range(2))
    for member, weight in ((one, 1), (two, 2), (agent, 5)):
        MembershipFactory.create(pool=pool, agent=member, weight=weight)
    MembershipFactory.create(pool=pool, agent=AgentFactory.create(licenses=["OK:final_expense"]))
    MembershipFactory.create(
        pool=pool, agent=AgentFactory.create(licenses=["TX:final_expense"], active=False)
    )
    book(agent, 9)
    begin(agent, reviewer, pool)
    carry_hand_overs(now=NOW)
    assert Counter(Lead.objects.values_list("owner", flat=True)) == {one.user_id: 3, two.user_id: 6}


def test_a_book_fills_nobodys_day(agent: Agent, heir: Agent, reviewer: User) -> None:
    Agent.objects.filter(pk=heir.pk).update(daily_cap=2)
    book(agent, 4)
    begin(agent, reviewer, heir)
    assert carry_hand_overs(now=NOW) == 4
    assert not AgentLoad.objects.filter(agent=heir, day_count__gt=0).exists()


def test_a_run_that_ends_is_taken_up_where_it_was_and_a_second_start_is_the_same(
    agent: Agent, heir: Agent, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    book(agent, 5)
    first = begin(agent, reviewer, heir)
    assert begin(agent, reviewer, heir) == first
    ticks = iter([0.0, 1.0, 2.0, 99.0])
    monkeypatch.setattr("agents.handover.monotonic", lambda: next(ticks))
    assert carry_hand_overs(now=NOW, seconds=50) == 2
    monkeypatch.undo()
    assert first.items.count() == 2
    assert carry_hand_overs(now=NOW) == 3
    assert carry_hand_overs(now=NOW) == 0
    assert Assignment.objects.count() == HandOverItem.objects.count() == 5


def test_promises_on_other_peoples_leads_go_to_their_owners(
    agent: Agent, heir: Agent, teammate: Agent, reviewer: User
) -> None:
    theirs = LeadFactory.create(owner=teammate.user)
    FollowUpFactory.create(lead=theirs, owner=agent.user)
    begin(agent, reviewer, heir)
    carry_hand_overs(now=NOW)
    assert FollowUp.objects.get().owner == teammate.user


def test_a_book_goes_to_one_place_and_not_back_to_its_agent(
    agent: Agent, heir: Agent, reviewer: User
) -> None:
    for to, pool in (
        (None, None),
        (heir, PoolFactory.create()),
        (agent, None),
        (AgentFactory.create(active=False), None),
    ):
        with pytest.raises(CannotHandOver):
            start_hand_over(agent=agent, to_agent=to, pool=pool, reason="x", by=reviewer, now=NOW)
    agent.refresh_from_db()
    assert agent.receiving


def test_a_manager_hands_a_book_over_by_a_button_and_sees_what_became_of_it(
    client: Client, agent: Agent, heir: Agent, reviewer: User
) -> None:
    _, stays = book(agent, 2)
    Lead.objects.filter(pk=stays.pk).update(state="OK")
    client.force_login(reviewer, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/admin/agents/agent/{agent.pk}/do/hand-over/"
    assert "Choose either one agent or a pool" in client.post(address, {"reason": "Leaves"}).text
    answer = client.post(address, {"to_agent": heir.pk, "reason": "Leaves", "leaves": "on"}, follow=True)
    assert "2 leads are being handed over" in answer.text
    assert "under way: 0 of 2" in answer.text
    carry_books()
    page = client.get(reverse("admin:agents_handover_change", args=[HandOver.objects.get().pk])).text
    assert "finished, 2 leads" in page
    assert f"A-{stays.pk}" in page
    assert "Nobody who could take it is licensed for it" in page


def test_the_periodic_task_exists_under_the_name_that_celery_is_told() -> None:
    assert app.conf.beat_schedule["carry-books"]["task"] == carry_books.name
    carry_books()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_hand_each_lead_over_once(agent: Agent, heir: Agent, reviewer: User) -> None:
    book(agent, 40)
    hand_over = begin(agent, reviewer, heir)

    def work(_: int) -> int:
        try:
            return carry_hand_overs(now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(work, range(4)))
    assert sum(done) == 40
    assert Assignment.objects.count() == hand_over.items.count() == 40
    assert Lead.objects.filter(owner=heir.user).count() == 40
    hand_over.refresh_from_db()
    assert hand_over.finished_at == NOW
