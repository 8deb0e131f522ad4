"""Erasing what agents wrote about a person. That they wrote, when and to what end, stays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.models import Max, Q

from agents.models import (
    BridgedCall,
    Channel,
    Communication,
    Delivery,
    DeliveryState,
    FollowUp,
    InboundText,
    LeadMerge,
)
from agents.twins.groups import dissolve
from intake.models import Lead

ERASED: Final = "[erased]"


def erase_conversations(*, leads: Sequence[int], now: datetime, phones: Sequence[str] = ()) -> dict[str, int]:
    """Blank notes, messages and promises on `leads` (their numbers) and drop what is still promised. Rows by kind.

    Also where messages went, what is still to be sent, and texts from `phones` (E.164) that belong to no lead. In the
    caller's transaction.
    """
    said = Communication.objects.filter(lead__in=leads).update(body="", subject="", explanation="")
    _erase_messages(leads, phones, now)
    _erase_merges(leads, now)
    promised = FollowUp.objects.filter(lead__in=leads)
    promised.filter(done_at__isnull=True).update(done_at=now)
    return {"communications": said, "follow-ups": promised.update(what=ERASED)}


def _erase_messages(leads: Sequence[int], phones: Sequence[str], now: datetime) -> None:
    """Numbers, addresses and words; that and when something was sent stays, with the provider's number for it."""
    gone = {"due_at": None, "updated_at": now, "error_code": "erased", "error": "the person was erased"}
    sent = Delivery.objects.filter(communication__lead__in=leads)
    sent.filter(state=DeliveryState.QUEUED).update(state=DeliveryState.FAILED, **gone)
    sent.update(to="")
    calls = BridgedCall.objects.filter(lead__in=leads)
    calls.filter(state=DeliveryState.QUEUED).update(state=DeliveryState.FAILED, **gone)
    calls.update(phone="")
    texts = InboundText.objects.filter(Q(lead__in=leads) | Q(phone__in=phones) & ~Q(phone=""))
    texts.update(phone="", to="", body="")


def _erase_merges(leads: Sequence[int], now: datetime) -> None:
    """Names and numbers that merges keep for their undoing, and the leads' places among possible duplicates."""
    # Their rows first, as whoever merges does.
    list(Lead.objects.select_for_update().filter(pk__in=leads).order_by("pk").values_list("pk"))
    merges = LeadMerge.objects.filter(Q(survivor__in=leads) | Q(merged__in=leads))
    merges.update(fields_before={}, fields_after={})
    dissolve(leads=leads, now=now)


def texts_from(*, phones: Sequence[str]) -> bool:
    """True where a text of one of `phones` (E.164) is kept."""
    return InboundText.objects.filter(phone__in=phones).exclude(phone="").exists()


def last_words(*, leads: Sequence[int]) -> dict[int, datetime]:
    """The last call, text or e-mail, either way, on each of `leads` that has one. One query."""
    said = Communication.objects.filter(lead__in=leads).exclude(channel=Channel.NOTE)
    return dict(said.order_by().values("lead").annotate(last=Max("at")).values_list("lead", "last"))
