"""Leads without an owner are tried again until somebody may have them."""

from datetime import timedelta

import pytest

from agents.assignment import assign_waiting
from agents.models import Agent, Assignment, LastLink
from agents.tasks import assign_waiting_leads
from agents.tests.arrivals import NOW, arrive
from intake.models import Lead, LeadEvent, LeadStatus, Source
from leadcrm.celery import app
from leadcrm.testing.factories import AgentFactory, LeadFactory, PoolFactory, SourceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    return SourceFactory.create()


def test_a_waiting_lead_gets_its_owner_when_somebody_comes_back(source: Source) -> None:
    agent = AgentFactory.create(licenses=["TX:life"], receiving=False)
    PoolFactory.create(last_link=LastLink.WAIT, members=[agent])
    lead, _ = arrive(source)
    assert assign_waiting(now=NOW) == 0
    Agent.objects.update(receiving=True)
    assert assign_waiting(now=NOW + timedelta(hours=1)) == 1
    stored = Lead.objects.get(pk=lead.pk)
    assert (stored.owner, stored.assigned_at, stored.unassigned_why) == (
        agent.user,
        NOW + timedelta(hours=1),
        "",
    )
    assert list(LeadEvent.objects.filter(lead=lead).values_list("kind", flat=True)) == [
        "unassigned",
        "assigned",
    ]
    assert assign_waiting(now=NOW + timedelta(hours=2)) == 0


def test_trying_in_vain_again_and_again_leaves_one_record_and_one_event(source: Source) -> None:
    PoolFactory.create(last_link=LastLink.WAIT, members=[AgentFactory.create(receiving=False)])
    leads = [arrive(source)[0] for _ in range(3)]
    for _ in range(3):
        assert assign_waiting(now=NOW) == 0
    assert Assignment.objects.count() == LeadEvent.objects.count() == len(leads)


def test_a_new_reason_is_recorded_for_managers_but_is_no_news_for_the_history(source: Source) -> None:
    agent = AgentFactory.create(receiving=False)
    PoolFactory.create(last_link=LastLink.WAIT, members=[agent])
    leads = [arrive(source)[0] for _ in range(2)]
    Agent.objects.update(receiving=True)
    assert assign_waiting(now=NOW) == 0
    for lead in Lead.objects.filter(pk__in=[lead.pk for lead in leads]):
        assert "no license" in lead.unassigned_why
        assert lead.assignments.count() == 2
        assert lead.events.count() == 1


def test_a_waiting_person_who_is_known_by_now_goes_to_their_agent(source: Source) -> None:
    waiting = LeadFactory.create(source=source)
    theirs = AgentFactory.create(licenses=["TX:life"])
    PoolFactory.create(members=[AgentFactory.create(licenses=["TX:life"])])
    LeadFactory.create(phone=waiting.phone, owner=theirs.user, status=LeadStatus.SOLD)
    assert assign_waiting(now=NOW) == 1
    assert Lead.objects.get(pk=waiting.pk).owner == theirs.user


def test_closed_leads_are_left_alone_and_more_than_a_batch_is_worked_off(source: Source) -> None:
    PoolFactory.create(members=[AgentFactory.create(licenses=["TX:life"])])
    closed = LeadFactory.create(source=source, status=LeadStatus.LOST)
    for _ in range(105):
        LeadFactory.create(source=source, received_at=NOW, consent=None)
    assert assign_waiting(now=NOW) == 105
    assert Lead.objects.get(pk=closed.pk).owner is None


def test_the_periodic_task_exists_under_the_name_that_celery_is_told(source: Source) -> None:
    PoolFactory.create(members=[AgentFactory.create(licenses=["TX:life"])])
    LeadFactory.create(source=source)
    assert app.conf.beat_schedule["assign-waiting-leads"]["task"] == assign_waiting_leads.name
    assign_waiting_leads()
    assert not Lead.objects.filter(owner=None).exists()
