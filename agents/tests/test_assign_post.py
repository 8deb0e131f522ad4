"""From a vendor's post to an agent's lead: assignment inside the real decision."""

from typing import Any

import pytest
from django.test import Client

from agents.models import Agent, Assignment, Balance
from intake.models import Lead
from leadcrm.testing.factories import AgentFactory
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


def test_a_test_post_is_assigned_to_nobody(
    client: Client, vendor_key: VendorKey, glossary_payload: dict[str, Any]
) -> None:
    answer = post(client, vendor_key, {**glossary_payload, "test": True})
    assert (answer["status"], answer["test"]) == ("accepted", True)
    assert not Assignment.objects.exists()
    assert not Balance.objects.exists()
