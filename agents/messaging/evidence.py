"""What became of messages and calls to these people, for their evidence, whoever asks. Rows oldest first."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from agents.models import BridgedCall, Delivery, InboundText


def deliveries_of(*, leads: Iterable[int]) -> QuerySet[Delivery]:
    """How far each text and e-mail on these leads (keys) came."""
    return Delivery.objects.filter(communication__lead__in=list(leads)).order_by("pk")


def bridged_calls_of(*, leads: Iterable[int]) -> QuerySet[BridgedCall]:
    """Calls that the provider put through, or not."""
    return BridgedCall.objects.filter(lead__in=list(leads)).order_by("pk")


def inbound_texts_of(*, leads: Iterable[int], phones: Iterable[str]) -> QuerySet[InboundText]:
    """Texts that came in on these leads, or from `phones` (E.164) when they belonged to none."""
    return InboundText.objects.filter(
        Q(lead__in=list(leads)) | (Q(phone__in=list(phones)) & ~Q(phone=""))
    ).order_by("pk")
