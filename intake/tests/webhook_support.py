"""What tests of webhooks share: events that wait, and one round of sending."""

from datetime import UTC, datetime
from typing import Any

from pytest_httpserver import HTTPServer

from intake.models import EventKind, WebhookDelivery, WebhookEndpoint, WebhookEvent
from intake.webhooks.sending import claim, send
from leadcrm.testing.factories import LeadFactory, WebhookEndpointFactory

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
PATH = "/hooks"


def endpoint_at(receiver: HTTPServer, **fields: Any) -> WebhookEndpoint:
    given = {"url": f"http://127.0.0.1:{receiver.port}{PATH}", **fields}
    return WebhookEndpointFactory.create(**given)


def told(endpoint: WebhookEndpoint, kind: EventKind = EventKind.SOLD, **fields: Any) -> WebhookDelivery:
    """An event about a lead, waiting for `endpoint` since NOW."""
    lead = fields.pop("lead", None) or LeadFactory.create(vendor_lead_id="V-7", tracking={"sub_id_1": "a&b"})
    event = WebhookEvent.objects.create(
        kind=kind, at=NOW, vendor=lead.vendor, lead=lead, submission=lead.submission,
        data={"status": "sold", "previous_status": "quoted", "reason": "Likes us", **fields},
    )  # fmt: skip
    return WebhookDelivery.objects.create(event=event, endpoint=endpoint, due_at=NOW)


def attempt(delivery: WebhookDelivery, now: datetime = NOW) -> WebhookDelivery:
    """Send what is due at `now`, and the row as it then stands."""
    send(claim(now=now), now=now)
    delivery.refresh_from_db()
    return delivery
