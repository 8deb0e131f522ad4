"""From a vendor's post to an agent's lead: assignment inside the real decision."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from agents.models import Agent, Assignment, Balance
from intake.models import Lead
from leadcrm.testing.factories import AgentFactory, LeadFactory
from leadcrm.testing.fixtures import VendorKey

pytestmark = pytest.mark.django_db

URL = "/api/lead-intake"


def post(client: Client, key: VendorKey, payload: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = client.post(URL, payload, "application/json", headers=key.headers).json()
    return answer


def test_a_posted_lead_has_its_agent_when_the_vendor_has_the_answer(
    client: Client, vendor_key: VendorKey, glossary_payload: dict[str, Any]
) -> None:
    outsider = AgentFactory.create(licenses=["OK:life"], pool=vendor_key.pool)
    answer = post(client, vendor_key, glossary_payload)
    assert answer["status"] == "accepted"
    lead = Lead.objects.get(pk=answer["lead_id"].removeprefix("A-"))
    assert lead.owner == vendor_key.agent.user
    record = Assignment.objects.get(lead=lead)
    assert (record.kind, record.state, record.state_from) == ("rotation", "TX", "post")
    assert {"pool": vendor_key.pool.pk, "out": "unlicensed", "agents": [outsider.pk]} in record.candidates
    assert [event.kind for event in lead.events.all()] == ["received", "assigned"]
    assert Balance.objects.filter(pool=vendor_key.pool).count() == 2


def test_a_post_that_no_agent_may_have_is_refused_and_leaves_no_lead(
    client: Client, vendor_key: VendorKey, glossary_payload: dict[str, Any]
) -> None:
    Agent.objects.update(receiving=False)
    answer = post(client, vendor_key, glossary_payload)
    assert (answer["status"], answer["reason"]) == ("rejected", "no_agent")
    assert not Lead.objects.exists()
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("status", ["lost", "returned"])
def test_who_was_lost_or_returned_before_goes_by_rotation_and_not_back_to_that_agent(
    client: Client, vendor_key: VendorKey, glossary_payload: dict[str, Any], status: str
) -> None:
    theirs = AgentFactory.create(licenses=["TX:final_expense"])
    LeadFactory.create(
        owner=theirs.user, status=status, phone=f"+1{glossary_payload['phone']}", email=glossary_payload["email"],
        received_at=timezone.now() - timedelta(days=400),
    )  # fmt: skip

    answer = post(client, vendor_key, glossary_payload)

    record = Assignment.objects.get(lead=answer["lead_id"].removeprefix("A-"))
    assert (record.kind, record.agent) == ("rotation", vendor_key.agent)


def test_a_test_post_is_assigned_to_nobody(
    client: Client, vendor_key: VendorKey, glossary_payload: dict[str, Any]
) -> None:
    answer = post(client, vendor_key, {**glossary_payload, "test": True})
    assert (answer["status"], answer["test"]) == ("accepted", True)
    assert not Assignment.objects.exists()
    assert not Balance.objects.exists()
