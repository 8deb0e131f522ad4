"""Paused agents get no leads, and come back by themselves when they said they would."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from agents.models import Agent
from agents.receiving import NotAtWork, bring_back, pause_agent, resume_agent, usual_returns
from agents.tests.test_assign_post import post
from compliance.models import ConfigChange
from leadcrm.models import User
from leadcrm.testing.factories import AgentHoursFactory
from leadcrm.testing.fixtures import VendorKey
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 16, 0, tzinfo=UTC)


def paused(agent: Agent, **time: float) -> Agent:
    pause_agent(agent_id=agent.pk, reason="Lunch", back_at=NOW + timedelta(**time), now=NOW)
    return agent


def test_a_paused_agent_gets_no_posted_lead_until_the_time_has_come(
    client: Client, vendor_key: VendorKey
) -> None:
    paused(vendor_key.agent, hours=1)
    assert post(client, vendor_key, glossary())["reason"] == "no_agent"

    assert bring_back(now=NOW + timedelta(minutes=59)) == 0
    assert post(client, vendor_key, glossary())["reason"] == "no_agent"

    assert bring_back(now=NOW + timedelta(minutes=60)) == 1
    assert bring_back(now=NOW + timedelta(minutes=61)) == 0
    assert post(client, vendor_key, glossary())["status"] == "accepted"


def test_coming_back_is_in_the_history_under_its_own_name(agent: Agent) -> None:
    paused(agent, hours=1)
    bring_back(now=NOW + timedelta(hours=2))

    change = ConfigChange.objects.filter(table_name="agents_agent", operation="update").latest("id")
    assert (change.by_id, change.via) == (None, "back by itself")
    assert change.after
    assert change.after["receiving"] is True


def test_an_open_ended_pause_lasts(agent: Agent) -> None:
    pause_agent(agent_id=agent.pk, reason="", back_at=None, now=NOW)

    assert bring_back(now=NOW + timedelta(days=400)) == 0


def test_who_has_left_neither_pauses_nor_comes_back(agent: Agent) -> None:
    paused(agent, hours=1)
    Agent.objects.update(active=False)

    assert bring_back(now=NOW + timedelta(hours=2)) == 0
    with pytest.raises(NotAtWork):
        resume_agent(agent_id=agent.pk)
    with pytest.raises(NotAtWork):
        pause_agent(agent_id=agent.pk, reason="", back_at=None, now=NOW)


@pytest.mark.parametrize("hours", [0, -1, 24 * 367])
def test_a_time_that_cannot_be_meant_is_refused(agent: Agent, hours: int) -> None:
    with pytest.raises(ValueError, match="still to come"):
        paused(agent, hours=hours)


def test_whoever_switches_an_agent_on_leaves_no_end_of_an_old_pause_behind(agent: Agent) -> None:
    """Else a later pause would end by itself at a time that nobody set for it."""
    paused(agent, hours=1)
    Agent.objects.filter(pk=agent.pk).update(receiving=True)
    Agent.objects.filter(pk=agent.pk).update(receiving=False)

    assert bring_back(now=NOW + timedelta(hours=2)) == 0
    agent.refresh_from_db()
    assert (agent.back_at, agent.pause_reason, agent.paused_at) == (None, "", None)


def test_a_manager_pauses_and_resumes_by_a_button_and_sees_the_agents_own_reason(
    client: Client, agent: Agent, reviewer: User
) -> None:
    client.force_login(reviewer)
    address = f"/admin/agents/agent/{agent.pk}"
    client.post(f"{address}/do/pause/")
    agent.refresh_from_db()
    assert not agent.receiving
    assert agent.paused_at
    client.post(f"{address}/do/resume/")
    paused(agent, hours=1)

    assert "Lunch" in client.get("/admin/agents/agent/").text
    assert "Lunch" in client.get(f"{address}/change/").text


def test_tomorrow_morning_is_when_the_agents_day_begins(agent: Agent) -> None:
    AgentHoursFactory.create(agent=agent, weekday=1, starts_at="07:30", ends_at="16:00")

    choices: dict[str, Any] = dict(usual_returns(Agent.objects.get(pk=agent.pk), NOW))

    assert choices["1 hour"] == "2026-06-01T13:00"
    assert choices["Tomorrow morning"] == "2026-06-02T07:30"
