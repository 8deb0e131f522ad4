"""Carrying what is queued to its provider: claim the row, commit, send, write what came of it.

A claim marks the row as being sent before anything leaves this house. A worker that dies in between leaves that mark,
and nobody can tell whether its message left: such a row is shown as perhaps sent, and only a person sends it again.
"""

from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import structlog
from django.db import transaction

from agents.messaging import mail
from agents.messaging.permission import objection_to_text, stopping_email
from agents.messaging.results import NotSent, OptedOut, PerhapsSent, Refused, Taken, TryLater
from agents.messaging.statuses import status_url
from agents.messaging.stopping import stopped_at_provider
from agents.models import Delivery, DeliveryProvider, DeliveryState
from agents.models.messages import Dispatch
from agents.telephony import provider
from leadcrm.lib.doorbell import ring_after_commit

log = structlog.get_logger(__name__)
D = TypeVar("D", bound=Dispatch)

# Longer than a task may run (settings.CELERY_TASK_TIME_LIMIT): whoever still holds it then is dead.
LEASE: Final = timedelta(seconds=90)
LADDER: Final = (15, 60, 300, 900)  # seconds between tries; then a person is told


def ring(delivery: Delivery) -> None:
    """Tell a worker after commit; a broker out of reach is made up for by the sweep."""
    from agents.tasks import carry_delivery

    ring_after_commit(carry_delivery, {"delivery_id": delivery.pk})


def carry(*, now: datetime, delivery_id: int | None = None) -> bool:
    """Send one due text or e-mail (that one, if it is due); False when there was none. Outside a transaction.

    Several workers take different rows, and none twice.
    """
    delivery = claim(Delivery, now=now, pk=delivery_id)
    if delivery is None:
        return False
    delivery = Delivery.objects.select_related("communication__lead", "communication__author").get(
        pk=delivery.pk
    )
    try:
        taken = _send(delivery, now)
    except NotSent as failure:
        write_failure(delivery, failure, now=now)
        if isinstance(failure, OptedOut):
            stopped_at_provider(delivery=delivery, words=failure.words, now=now)
    else:
        write_taken(delivery, taken, now=now)
    return True


def claim(model: type[D], *, now: datetime, pk: int | None = None) -> D | None:
    """Take the row that is due first for this worker: it is being sent from now on."""
    due: Any = model._default_manager.filter(state=DeliveryState.QUEUED, due_at__lte=now)
    due = due.filter(pk=pk) if pk is not None else due.order_by("due_at")
    with transaction.atomic():
        row: D | None = due.select_for_update(skip_locked=True).first()
        if row is not None:
            row.state, row.attempts, row.due_at, row.updated_at = (
                DeliveryState.SENDING, row.attempts + 1, now + LEASE, now,
            )  # fmt: skip
            row.save(update_fields=["state", "attempts", "due_at", "updated_at"])
    return row


def give_up_lost(model: type[Dispatch], *, now: datetime) -> int:
    """Mark what a worker began and never told the end of as perhaps sent; how many."""
    lost: Any = model._default_manager.filter(state=DeliveryState.SENDING, due_at__lte=now)
    return int(
        lost.update(
            state=DeliveryState.UNSURE, due_at=None, updated_at=now, error_code="lost",
            error="our server stopped while it was being sent",
        )
    )  # fmt: skip


def _send(delivery: Delivery, now: datetime) -> Taken:
    """Ask once more whether it may go, then hand it over. Raises NotSent's kinds."""
    said = delivery.communication
    if said.lead.erased_at is not None or not delivery.to:
        raise Refused("erased", "the person was erased")
    if delivery.provider == DeliveryProvider.MAIL:
        if delivery.to != said.lead.email:
            # Who asked us to stop is looked for by the lead's own address: of another one nobody would know.
            raise Refused("other_address", "the lead has another address by now")
        if stopping_email(said.lead):
            raise Refused("stopped", "they asked us to stop before it was sent")
        return mail.send(delivery)
    if why := objection_to_text(communication=said, phone=delivery.to, now=now):
        raise Refused("not_allowed", why)
    carrier = provider()
    if carrier is None or carrier.name != delivery.provider:
        raise TryLater("off", "texts are switched off")
    return carrier.send_text(to=delivery.to, body=said.body, status_url=status_url(delivery))


def write_taken(row: Dispatch, taken: Taken, *, now: datetime, **more: Any) -> None:
    """The provider has it. What a callback has told meanwhile stands."""
    mine: Any = type(row)._default_manager.filter(pk=row.pk)
    known: dict[str, Any] = {"updated_at": now, **more}
    if taken.sender:
        known["sender"] = taken.sender
    if taken.segments:
        known["segments"] = taken.segments
    mine.filter(provider_id="").update(provider_id=taken.provider_id, **known)
    _claimed(row).update(state=DeliveryState.SENT, due_at=None, error="", error_code="")
    log.info("message.sent", kind=type(row).__name__, id=row.pk, attempts=row.attempts)


def write_failure(
    row: Dispatch, failure: NotSent, *, now: datetime, ladder: tuple[int, ...] = LADDER
) -> None:
    """It was not taken, or perhaps: when it is tried again, or how it ends."""
    state, due_at = DeliveryState.FAILED, None
    if isinstance(failure, PerhapsSent):
        state = DeliveryState.UNSURE
    elif isinstance(failure, TryLater) and row.attempts <= len(ladder):
        state = DeliveryState.QUEUED
        due_at = now + timedelta(seconds=max(ladder[row.attempts - 1], failure.after or 0))
    _claimed(row).update(
        state=state, due_at=due_at, updated_at=now, error_code=failure.code[:40], error=failure.words[:200]
    )
    log.warning("message.not_sent", kind=type(row).__name__, id=row.pk, code=failure.code, state=str(state))


def _claimed(row: Dispatch) -> Any:
    """The row as long as this claim of it is the newest and nobody knows better."""
    undecided = (DeliveryState.SENDING, DeliveryState.UNSURE)
    return type(row)._default_manager.filter(pk=row.pk, attempts=row.attempts, state__in=undecided)
