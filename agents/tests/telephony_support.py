"""Calling us as the provider does."""

from typing import Any, Final
from uuid import uuid4

from django.test import Client

from agents.models import Delivery
from leadcrm.testing.fake_twilio import FROM, signed

PUBLIC: Final = "https://leads.example.com"


def tell(path: str, form: dict[str, str], **more: Any) -> Any:
    """Call us as the provider does."""
    headers = more.get("headers", signed(PUBLIC + path, form))
    return Client(enforce_csrf_checks=True).post(path, form, headers=headers)


def status(row: Delivery, word: str, **more: str) -> Any:
    form = {"MessageSid": row.provider_id, "MessageStatus": word, **more}
    return tell(f"/api/telephony/twilio/status?d={row.public_id.hex}", form)


def come_in(phone: str, body: str, sid: str = "", **more: str) -> Any:
    form = {
        "MessageSid": sid or f"SM{uuid4().hex}",
        "From": phone,
        "To": FROM,
        "Body": body,
        "NumMedia": "0",
        **more,
    }
    return tell("/api/telephony/twilio/inbound", form)
