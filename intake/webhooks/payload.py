"""What an endpoint is sent about an event, read when it is sent: an erased person is in no later message."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from intake.models import Lead, Method, Submission, WebhookEndpoint, WebhookEvent
from intake.webhooks.macros import ABOUT_PEOPLE, encoding_of, fill, fill_url
from leadcrm.models import User

# What an event's own facts add: of a move its stages, of a return its state and credit.
TOLD: Final = ("status", "previous_status", "return_id", "return_state", "credit")


@dataclass(frozen=True, slots=True)
class Message:
    """One call to be made. `body` None: none is sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None


def render(*, event: WebhookEvent, endpoint: WebhookEndpoint, now: datetime) -> Message:
    """The message about `event`, signed by the Standard Webhooks scheme at `now` (aware).

    A GET has no body; its signature is over the empty text.
    """
    facts = _facts(event, people=endpoint.contact_data)
    values = {name: "" if value is None else str(value) for name, value in facts.items()}
    url, body = fill_url(endpoint.url, values), ""
    if endpoint.method == Method.POST:
        body = (
            fill(endpoint.template, values, encoding_of(endpoint.content_type))
            if endpoint.template
            else json.dumps(_standard(event, facts), separators=(",", ":"))
        )
    headers = _signed(event, endpoint, body, now)
    if endpoint.method == Method.POST:
        headers["Content-Type"] = endpoint.content_type
    return Message(endpoint.method, url, headers, body.encode() if endpoint.method == Method.POST else None)


def _signed(event: WebhookEvent, endpoint: WebhookEndpoint, body: str, now: datetime) -> dict[str, str]:
    at = now.astimezone(UTC)
    signatures = (Webhook(secret).sign(event.pk.hex, at, body) for secret in endpoint.signing_secrets(now))
    return {
        "webhook-id": event.pk.hex, "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }  # fmt: skip


def _standard(event: WebhookEvent, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an endpoint without a template: type, timestamp, data (Standard Webhooks, “Payload”)."""
    about = {name: value for name, value in facts.items() if name not in ("event", "event_id", "timestamp")}
    people = {name: about.pop(name) for name in ABOUT_PEOPLE if name in about}
    return {
        "type": event.kind, "timestamp": facts["timestamp"],
        "data": {**about, **({"contact": people} if people else {})},
    }  # fmt: skip


def _facts(event: WebhookEvent, *, people: bool) -> dict[str, Any]:
    """Every macro's value by name. Our own words for a stage's change are for our own systems only."""
    lead, post = event.lead, event.submission
    given = {name: value for name, value in event.data.items() if name in TOLD}
    if people or "code" in event.data:
        given["reason"] = event.data.get("code") or event.data.get("reason", "")
    return {
        "event": event.kind,
        "event_id": event.pk.hex,
        "timestamp": event.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "lead_id": f"A-{lead.pk}" if lead else None,
        "submission_id": post.pk.hex if post else None,
        "vendor_lead_id": _vendor_lead_id(lead, post),
        "source": post.source.name if post else "",
        "status": lead.status if lead else "",
        "previous_status": "",
        "reason": "",
        "price": str(lead.price if lead else 0),
        "currency": lead.currency if lead else "USD",
        **_tracking(lead),
        **given,
        **(_people(event, lead) if people else {}),
    }


def _vendor_lead_id(lead: Lead | None, post: Submission | None) -> str:
    return (lead.vendor_lead_id if lead else "") or (post.vendor_lead_id if post else "")


def _tracking(lead: Lead | None) -> dict[str, str]:
    kept = lead.tracking if lead else {}
    names = ("campaign", "sub_id_1", "sub_id_2", "sub_id_3", "sub_id_4", "sub_id_5")
    return {name: str(kept.get(name, "")) for name in names}


def _people(event: WebhookEvent, lead: Lead | None) -> dict[str, str]:
    owner = User.objects.filter(pk=event.data["owner"]).first() if event.data.get("owner") else None
    owner = owner or (lead.owner if lead else None)
    names = ("first_name", "last_name", "phone", "phone_2", "email", "state", "zip", "interest")
    return {
        **{name: str(getattr(lead, name)) if lead else "" for name in names},
        "agent_name": str(owner) if owner else "",
        "agent_email": owner.email if owner else "",
    }


def example(endpoint: WebhookEndpoint) -> Message:
    """What the endpoint would be sent of a made-up event, for a look before it is switched on. Nothing is saved."""
    kind = endpoint.kinds[0] if endpoint.kinds else "endpoint.test"
    event = WebhookEvent(kind=kind, at=timezone.now(), data={"status": "new"})
    return render(event=event, endpoint=endpoint, now=timezone.now())
