"""What happens to a post and a lead is noted for webhooks, in the transaction of what it tells, and for nobody else."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from agents.casework import give_lead
from agents.models import Agent
from compliance.models import RevocationChannel, RevocationOrigin
from compliance.revocation import revoke
from intake.lifecycle import move_lead
from intake.models import (
    EndpointState,
    EventKind,
    Lead,
    LeadStatus,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from leadcrm.testing.door import Door
from leadcrm.testing.factories import LeadFactory, VendorFactory, WebhookEndpointFactory
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db


def kinds(endpoint: WebhookEndpoint) -> list[str]:
    """What waits for `endpoint`, oldest first."""
    rows = WebhookDelivery.objects.filter(endpoint=endpoint).order_by("event__at", "pk")
    return [row.event.kind for row in rows.select_related("event")]


@pytest.fixture
def ours(db: None) -> WebhookEndpoint:
    return WebhookEndpointFactory.create()


def test_a_bought_post_tells_of_its_acceptance_and_its_owner(door: Door, ours: WebhookEndpoint) -> None:
    door.post(glossary())

    lead = Lead.objects.get()
    assert sorted(kinds(ours)) == ["lead.accepted", "lead.assigned"]
    assert {event.lead_id for event in WebhookEvent.objects.all()} == {lead.pk}
    assert {event.submission_id for event in WebhookEvent.objects.all()} == {lead.submission_id}
    assert WebhookEvent.objects.get(kind=EventKind.ASSIGNED).data == {"owner": lead.owner_id}


def test_a_refused_post_tells_its_reason_and_no_lead(door: Door, ours: WebhookEndpoint) -> None:
    door.post(glossary(phone="1"))

    event = WebhookEvent.objects.get()
    assert (event.kind, event.lead_id) == (EventKind.REJECTED, None)
    assert event.data == {"status": "rejected", "code": "invalid_phone"}


def test_a_replay_and_a_test_post_tell_nothing(door: Door, ours: WebhookEndpoint) -> None:
    payload = glossary()
    door.post(payload)
    WebhookEvent.objects.all().delete()

    door.post(payload)
    door.post(glossary(test=True))

    assert kinds(ours) == []


def test_where_nobody_subscribed_nothing_is_written(door: Door) -> None:
    WebhookEndpointFactory.create(kinds=["lead.sold"])
    WebhookEndpointFactory.create(vendor=VendorFactory.create())
    WebhookEndpointFactory.create(state=EndpointState.RETIRED)

    door.post(glossary())

    assert not WebhookEvent.objects.exists()


def test_a_vendors_webhook_is_told_of_its_own_leads_alone(door: Door) -> None:
    theirs = WebhookEndpointFactory.create(vendor=door.source.vendor, kinds=["lead.accepted", "lead.sold"])
    others = WebhookEndpointFactory.create(vendor=VendorFactory.create())

    door.post(glossary())

    assert kinds(theirs) == ["lead.accepted"]
    assert kinds(others) == []


def test_an_endpoint_added_after_a_post_is_told_of_the_next_one(door: Door) -> None:
    door.post(glossary())
    added = WebhookEndpointFactory.create(kinds=["lead.accepted"])

    door.post(glossary())

    assert kinds(added) == ["lead.accepted"]


def test_a_decision_that_is_rolled_back_tells_nothing(door: Door, ours: WebhookEndpoint) -> None:
    with patch("intake.receive.answers.decision_answer", side_effect=RuntimeError("a bug")):
        door.post(glossary())

    assert kinds(ours) == []


@pytest.mark.parametrize(
    ("to", "told"),
    [
        (LeadStatus.CONTACTED, ["lead.status_changed", "lead.contacted"]),
        (LeadStatus.SOLD, ["lead.status_changed", "lead.sold"]),
        (LeadStatus.RETURNED, ["lead.status_changed", "lead.returned"]),
        (LeadStatus.QUOTED, ["lead.status_changed"]),
    ],
)
def test_each_step_of_a_lead_is_told(ours: WebhookEndpoint, to: LeadStatus, told: list[str]) -> None:
    move_lead(lead=LeadFactory.create(), to=to, reason="A word", actor=None, now=timezone.now())

    assert sorted(kinds(ours)) == sorted(told)
    event = WebhookEvent.objects.first()
    assert event
    assert event.data == {"status": to, "previous_status": "new", "reason": "A word"}


def test_a_lead_given_by_hand_tells_of_its_new_owner(
    ours: WebhookEndpoint, agent: Agent, reviewer: Any
) -> None:
    lead = LeadFactory.create(state="TX", interest="final_expense")

    give_lead(lead=lead, to_agent=agent, actor=reviewer, reason="Helps out", now=timezone.now())

    assert kinds(ours) == ["lead.assigned"]


def test_a_request_to_stop_is_told_for_each_lead_of_the_person(ours: WebhookEndpoint) -> None:
    first = LeadFactory.create()
    LeadFactory.create(phone="+12125550199", phone_2=first.phone)
    LeadFactory.create()

    for _ in range(2):
        revoke(
            phone=first.phone, email="", channel=RevocationChannel.CALL, words="Stop", by=None, lead=None,
            received_at=timezone.now() - timedelta(minutes=1), origin=RevocationOrigin.API, external_id="7",
            now=timezone.now(),
        )  # fmt: skip

    assert kinds(ours) == ["consent.revoked", "consent.revoked"]
