"""Lists by owner or agent: who works here is offered in one select, and a few hundred of them cost no more."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agents.models import Agent
from leadcrm.models import User
from leadcrm.testing.factories import AgentFactory, LeadFactory

pytestmark = pytest.mark.django_db
LEADS = "admin:intake_lead_changelist"


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def owners(page: str) -> list[str]:
    """The names that the select offers."""
    found = re.search(r'<select name="owner__id__exact".*?</select>', page, re.DOTALL)
    assert found
    return re.findall(r'<option value="\d+"[^>]*>([^<]+)</option>', found[0])


def test_only_who_works_here_is_offered_and_whoever_is_asked_for(manager: Client, agent: Agent) -> None:
    gone = AgentFactory.create(active=False, user__first_name="Gone", user__last_name="Away")
    lead = LeadFactory.create(owner=gone.user, last_name="Leftover")

    page = manager.get(reverse(LEADS)).text
    assert owners(page) == [str(agent)]

    page = manager.get(reverse(LEADS), {"owner__id__exact": str(gone.user_id), "status__exact": "new"}).text
    assert set(owners(page)) == {str(agent), "Gone Away"}
    assert '<input type="hidden" name="status__exact" value="new">' in page
    assert f"A-{lead.pk}" in page


def test_nobody_is_a_choice_and_nonsense_is_no_error(manager: Client, agent: Agent) -> None:
    mine = LeadFactory.create(owner=agent.user)
    free = LeadFactory.create(owner=None)

    page = manager.get(reverse(LEADS), {"owner__isnull": "True"}).text
    assert f"A-{free.pk}<" in page
    assert f"A-{mine.pk}<" not in page
    for nonsense in ("x", "-1", "9" * 40):
        assert manager.get(reverse(LEADS), {"owner__id__exact": nonsense}, follow=True).status_code == 200


@pytest.mark.parametrize("name", [LEADS, "admin:agents_assignment_changelist"])
def test_many_agents_cost_no_more_queries(manager: Client, agent: Agent, name: str) -> None:
    manager.get(reverse(name))
    with CaptureQueriesContext(connection) as few:
        manager.get(reverse(name))
    AgentFactory.create_batch(20)
    with CaptureQueriesContext(connection) as many:
        manager.get(reverse(name))
    assert len(many) == len(few)
