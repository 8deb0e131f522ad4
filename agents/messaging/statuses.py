"""What a provider tells of a text or a call later on. States only go forward, in whichever order they are told."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from agents.messaging.stopping import stopped_at_provider
from agents.models import BridgedCall, Delivery, DeliveryState
from agents.models.messages import Dispatch
from agents.telephony import twilio

log = structlog.get_logger(__name__)

# What may still become each: not sent may turn out delivered, never the other way round.
_BEFORE: Final = {
    DeliveryState.SENT: (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.UNSURE),
    DeliveryState.UNDELIVERED: (
        DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.UNSURE, DeliveryState.SENT,
    ),
    DeliveryState.FAILED: (
        DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.UNSURE, DeliveryState.SENT,
    ),
    DeliveryState.DELIVERED: tuple(state for state in DeliveryState if state != DeliveryState.DELIVERED),
}  # fmt: skip
# Twilio's words for a message. Source: its Messages resource, “Message Status Values”.
_MESSAGE: Final = {
    "accepted": DeliveryState.SENT, "scheduled": DeliveryState.SENT, "queued": DeliveryState.SENT,
    "sending": DeliveryState.SENT, "sent": DeliveryState.SENT, "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.DELIVERED, "undelivered": DeliveryState.UNDELIVERED, "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}  # fmt: skip
# And for the leg of a call to the agent.
_CALL: Final = {
    "queued": DeliveryState.SENT, "initiated": DeliveryState.SENT, "ringing": DeliveryState.SENT,
    "in-progress": DeliveryState.SENT, "answered": DeliveryState.SENT, "completed": DeliveryState.DELIVERED,
    "busy": DeliveryState.UNDELIVERED, "no-answer": DeliveryState.UNDELIVERED,
    "canceled": DeliveryState.FAILED, "failed": DeliveryState.FAILED,
}  # fmt: skip


def status_url(row: Dispatch, *, leg: str = "") -> str:
    """Where the provider tells what became of `row`. It names the row, so that a lost answer finds it too."""
    query = {"d": row.public_id.hex} | ({"leg": leg} if leg else {})
    return f"{settings.PUBLIC_URL}{reverse('twilio_status')}?{urlencode(query)}"


def note_message(*, provider_id: str, public_id: UUID | None, status: str, code: str, now: datetime) -> bool:
    """Record what became of a text; False for one that is none of ours. A repeat changes nothing."""
    row = _find(Delivery, provider_id, public_id)
    if row is None:
        return False
    state = _MESSAGE.get(status)
    moved = state is not None and _move(row, provider_id, state, code, now)
    if moved and code == twilio.OPTED_OUT:
        stopped_at_provider(delivery=row, words=twilio.words_of(code), now=now)
    return True


def note_call(*, provider_id: str, public_id: UUID | None, status: str, now: datetime) -> bool:
    """Record what became of the leg to the agent's phone; False for a call that is none of ours."""
    row = _find(BridgedCall, provider_id, public_id)
    if row is None:
        return False
    if state := _CALL.get(status):
        _move(row, provider_id, state, status if state != DeliveryState.DELIVERED else "", now)
    return True


def note_talk(*, public_id: UUID | None, seconds: int | None, now: datetime) -> bool:
    """Record how long agent and person talked; False for a call that is none of ours. The first told stands."""
    if public_id is None:
        return False
    calls = BridgedCall.objects.filter(public_id=public_id)
    if seconds is not None:
        calls.filter(seconds__isnull=True).update(seconds=seconds, updated_at=now)
    return calls.exists()


def _find(model: type[Any], provider_id: str, public_id: UUID | None) -> Any:
    named = Q(provider_id=provider_id) & ~Q(provider_id="")
    rows = model.objects.filter(named | Q(public_id=public_id) if public_id else named)
    return rows.order_by("pk").first()


def _move(row: Any, provider_id: str, state: DeliveryState, code: str, now: datetime) -> bool:
    """Compare-and-set: two callbacks at once leave the later state, whichever is written first."""
    mine = type(row).objects.filter(pk=row.pk)
    mine.filter(provider_id="").update(provider_id=provider_id)
    failed = state in (DeliveryState.UNDELIVERED, DeliveryState.FAILED)
    words = _words(row, code) if failed else ""
    moved = mine.filter(state__in=_BEFORE[state]).update(
        state=state, due_at=None, updated_at=now, error_code=code[:40] if failed else "", error=words
    )
    log.info("message.status", kind=type(row).__name__, id=row.pk, state=str(state), moved=bool(moved))
    return bool(moved)


def _words(row: Any, code: str) -> str:
    if isinstance(row, BridgedCall):
        return {"busy": "your phone was busy", "no-answer": "your phone was not answered"}.get(
            code, "the call could not be put through"
        )
    return twilio.words_of(code) if code else "the provider gave no reason"
