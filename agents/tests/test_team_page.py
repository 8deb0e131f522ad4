"""The team's page: whom a leader sees, what is counted, pause and resume."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from agents.models import Agent, Team
from agents.team import Member, agents_led, team
from agents.tests.arrivals import NOW
from agents.tests.page_suite import signed_in
from compliance.models import ConfigChange
from intake.models import LeadStatus
from leadcrm.models import User
from leadcrm.testing.factories import (
    AgentFactory,
    AgentHoursFactory,
    AgentLoadFactory,
    CommunicationFactory,
    FollowUpFactory,
    LeadFactory,
    SlaEventFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def leader(agent: Agent, teammate: Agent) -> User:
    """Leads the team of `agent` and `teammate`, and is no agent."""
    person = UserFactory.create(email="leader@example.com")
    assert agent.team
    Team.objects.filter(pk=agent.team.pk).update(leader=person)
    return person


def of(agent: Agent, viewer: User) -> Member:
    return next(row for row in team(user=viewer, now=NOW) if row.agent == agent)


def test_a_leader_sees_the_own_team_a_manager_everybody_an_agent_nobody(
    agent: Agent, teammate: Agent, stranger: Agent, leader: User, reviewer: User
) -> None:
    AgentFactory.create(active=False, team=agent.team)
    assert {row.agent for row in team(user=leader, now=NOW)} == {agent, teammate}
    assert {row.agent for row in team(user=reviewer, now=NOW)} == {agent, teammate, stranger}
    assert team(user=agent.user, now=NOW) == []


def test_what_waits_is_counted_by_agent(agent: Agent, teammate: Agent, leader: User) -> None:
    old = NOW - timedelta(minutes=7)
    LeadFactory.create(owner=agent.user, received_at=old)
    LeadFactory.create(owner=agent.user, received_at=NOW)
    worked = LeadFactory.create(owner=agent.user, status=LeadStatus.CONTACTED, touched_at=old)
    for due in (NOW - timedelta(days=2), NOW, NOW + timedelta(hours=3), NOW + timedelta(days=1)):
        FollowUpFactory.create(lead=worked, due_at=due)
    FollowUpFactory.create(lead=worked, due_at=old, done_at=NOW)
    CommunicationFactory.create(lead=worked, at=NOW - timedelta(hours=1))
    CommunicationFactory.create(lead=worked, at=NOW - timedelta(days=1))
    CommunicationFactory.create(lead=worked, channel="note", direction="none", at=NOW - timedelta(minutes=1))
    SlaEventFactory.create(agent=agent, lapsed=True, at=NOW - timedelta(hours=1))
    SlaEventFactory.create(agent=agent, lapsed=True, at=NOW - timedelta(days=1))
    SlaEventFactory.create(agent=agent, lapsed=False, at=NOW)
    AgentLoadFactory.create(agent=agent, day_start=NOW - timedelta(hours=8), day_count=4)
    row = of(agent, leader)
    assert (row.untouched, row.oldest_at, row.overdue, row.later_today) == ("2", old, "2", "1")
    assert (row.calls, row.last_at, row.lapses, row.got) == ("1", NOW - timedelta(minutes=1), "1", "4")
    quiet = of(teammate, leader)
    assert (quiet.untouched, quiet.overdue, quiet.calls, quiet.last_at, quiet.lapses) == (
        "",
        "",
        "0",
        None,
        "",
    )


def test_counts_end_at_ninety_nine(agent: Agent, leader: User) -> None:
    lead = LeadFactory.create(owner=agent.user, touched_at=NOW)
    for n in range(101):
        FollowUpFactory.create(lead=lead, due_at=NOW - timedelta(minutes=n + 1))
    assert of(agent, leader).overdue == "99+"


def test_yesterdays_counters_are_none_of_today(agent: Agent, leader: User) -> None:
    AgentLoadFactory.create(
        agent=agent,
        day_start=NOW - timedelta(days=1),
        day_count=9,
        hour_start=NOW - timedelta(hours=2),
        hour_count=3,
    )
    Agent.objects.filter(pk=agent.pk).update(daily_cap=20, hourly_cap=5)
    row = of(agent, leader)
    assert (row.got, row.got_hint) == ("0/20", "Leads today, of at most 20; 0 of at most 5 this hour")


@pytest.mark.parametrize("state", ["receives", "paused", "no_login", "off_hours", "full"])
def test_the_state_is_what_a_new_lead_would_meet(agent: Agent, leader: User, state: str) -> None:
    match state:
        case "paused":
            Agent.objects.filter(pk=agent.pk).update(receiving=False, paused_at=NOW, pause_reason="Lunch")
        case "no_login":
            User.objects.filter(pk=agent.user_id).update(is_active=False)
        case "off_hours":
            AgentHoursFactory.create(agent=agent, weekday=6, starts_at=time(9), ends_at=time(10))
        case "full":
            Agent.objects.filter(pk=agent.pk).update(untouched_limit=1)
            LeadFactory.create(owner=agent.user)
    row = of(agent, leader)
    assert row.state == state
    assert row.why == {"paused": "Lunch", "full": "too many leads not touched yet"}.get(state, row.why)


def test_the_page_links_to_each_agents_leads_and_asks_as_much_for_fifty_agents_as_for_two(
    agent: Agent, leader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(leader)
    LeadFactory.create(owner=agent.user)
    client.get(reverse("team"))
    with django_assert_max_num_queries(9) as few:
        page = client.get(reverse("team")).text
    most = len(few)
    assert f"/leads/?owner={agent.user_id}&amp;status=new" in page
    for _ in range(48):
        AgentFactory.create(team=agent.team)
    client.get(reverse("team"))  # agents are configuration, read once
    with django_assert_max_num_queries(most):
        assert client.get(reverse("team")).text.count("data-row") == 50


def test_a_leader_pauses_with_a_reason_that_the_agent_reads_and_the_history_keeps(
    agent: Agent, leader: User
) -> None:
    client = signed_in(leader)
    assert client.post(reverse("pause_agent", args=[agent.pk]), {"reason": ""}).status_code == 422
    answer = client.post(reverse("pause_agent", args=[agent.pk]), {"reason": "Training today"}, follow=True)
    assert "gets no new leads" in answer.text
    agent.refresh_from_db()
    assert (agent.receiving, agent.pause_reason) == (False, "Training today")
    change = ConfigChange.objects.filter(table_name="agents_agent").order_by("-pk").first()
    assert change is not None
    assert (change.by, change.via) == (leader, "team page")
    assert "Training today" in signed_in(agent.user).get(reverse("queue")).text
    client.post(reverse("resume_agent", args=[agent.pk]))
    agent.refresh_from_db()
    assert (agent.receiving, agent.pause_reason) == (True, "")


def test_a_paused_agent_sees_it_on_every_page_and_comes_back_with_one_click(agent: Agent) -> None:
    Agent.objects.filter(pk=agent.pk).update(
        receiving=False, paused_at=NOW, pause_reason="3 leads in a row left untouched"
    )
    client = signed_in(agent.user)
    for name in ("queue", "lead_list", "claim"):
        page = client.get(reverse(name)).text
        assert "You get no new leads" in page
        assert "3 leads in a row left untouched" in page
    client.post(reverse("resume"))
    assert "You get no new leads" not in client.get(reverse("queue")).text
    agent.refresh_from_db()
    assert agent.receiving


@pytest.mark.parametrize("name", ["pause_agent", "resume_agent"])
def test_nobody_pauses_or_resumes_agents_of_another_team(
    agent: Agent, stranger: Agent, leader: User, name: str
) -> None:
    address = reverse(name, args=[stranger.pk])
    Agent.objects.filter(pk=stranger.pk).update(receiving=False)
    for person in (leader, agent.user, stranger.user):
        assert signed_in(person).post(address, {"reason": "x"}).status_code == 404
    stranger.refresh_from_db()
    assert (stranger.receiving, stranger.pause_reason) == (False, "")


def test_the_menu_leads_to_the_team_for_those_who_lead_one(
    agent: Agent, leader: User, reviewer: User, client: Client, travel_to: Callable[[datetime], None]
) -> None:
    assert not agents_led(agent.user).exists()
    assert ">Team<" in signed_in(leader).get(reverse("claim")).text
    assert ">Team<" in signed_in(reviewer).get(reverse("claim")).text
    assert ">Team<" not in signed_in(agent.user).get(reverse("claim")).text
