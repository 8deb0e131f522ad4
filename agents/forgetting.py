"""Erasing what agents wrote about a person. That they wrote, when and to what end, stays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.models import Max

from agents.models import Channel, Communication, FollowUp

ERASED: Final = "[erased]"


def erase_conversations(*, leads: Sequence[int], now: datetime) -> dict[str, int]:
    """Blank notes, texts and promises on `leads` (their numbers) and drop what is still promised. Rows by kind.

    In the caller's transaction.
    """
    said = Communication.objects.filter(lead__in=leads).update(body="", explanation="")
    promised = FollowUp.objects.filter(lead__in=leads)
    promised.filter(done_at__isnull=True).update(done_at=now)
    return {"communications": said, "follow-ups": promised.update(what=ERASED)}


def last_words(*, leads: Sequence[int]) -> dict[int, datetime]:
    """The last call, text or e-mail, either way, on each of `leads` that has one. One query."""
    said = Communication.objects.filter(lead__in=leads).exclude(channel=Channel.NOTE)
    return dict(said.order_by().values("lead").annotate(last=Max("at")).values_list("lead", "last"))
