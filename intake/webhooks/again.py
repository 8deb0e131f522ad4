"""By hand: send again, send all since a day, a test, another secret; and forgetting what is old."""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from intake.models import (
    DeliveryState,
    EventKind,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
    new_secret,
)
from leadcrm.lib import pipeline

# How long the secret of before still signs, so that a receiver can change over in peace.
OLD_SECRET_FOR: Final = timedelta(days=1)
FORGET_BATCH: Final = 5_000

_REPLAY: Final = """
    INSERT INTO intake_webhookdelivery AS delivery (event_id, endpoint_id, state, attempts, due_at, last_error)
    SELECT event.id, endpoint.id, 'waiting', 0, %(now)s, ''
    FROM intake_webhookendpoint endpoint JOIN intake_webhookevent event
        ON event.kind = ANY(endpoint.kinds)
        AND (endpoint.vendor_id IS NULL OR endpoint.vendor_id = event.vendor_id)
    WHERE endpoint.id = %(endpoint)s AND event.at >= %(since)s
    ON CONFLICT (event_id, endpoint_id) DO UPDATE SET
        state = 'waiting', attempts = 0, due_at = excluded.due_at, delivered_at = NULL
    WHERE delivery.state <> 'waiting'
"""
_OLD: Final = """
    WITH old AS (SELECT id FROM intake_webhookevent WHERE at < %(before)s ORDER BY at LIMIT %(batch)s),
    sent AS (DELETE FROM intake_webhookdelivery WHERE event_id IN (SELECT id FROM old) RETURNING id),
    log AS (DELETE FROM intake_webhookattempt WHERE delivery_id IN (SELECT id FROM sent))
    DELETE FROM intake_webhookevent WHERE id IN (SELECT id FROM old)
"""


def resend(*, delivery: WebhookDelivery, now: datetime) -> bool:
    """Have `delivery` sent once more, whatever became of it; False where it waits to be sent anyway."""
    settled = WebhookDelivery.objects.filter(pk=delivery.pk).exclude(state=DeliveryState.WAITING)
    with transaction.atomic():
        again = settled.update(state=DeliveryState.WAITING, attempts=0, due_at=now, delivered_at=None)
        pipeline.ring("deliver")
    return bool(again)


def replay_since(*, endpoint: WebhookEndpoint, since: datetime, now: datetime) -> int:
    """Have everything that happened from `since` (aware) on sent to `endpoint` (again); how many deliveries.

    Also what happened before it subscribed, as far as events are kept. What waits already is left as it is.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_REPLAY, {"now": now, "endpoint": endpoint.pk, "since": since})
        pipeline.ring("deliver")
        return int(cursor.rowcount)


def send_test(*, endpoint: WebhookEndpoint, now: datetime) -> WebhookDelivery:
    """A made-up event to `endpoint` alone; its log shows what the receiver says."""
    with transaction.atomic():
        event = WebhookEvent.objects.create(
            kind=EventKind.TEST, at=now, vendor_id=endpoint.vendor_id, data={"status": "new"}
        )
        delivery = WebhookDelivery.objects.create(event=event, endpoint=endpoint, due_at=now)
        pipeline.ring("deliver")
    return delivery


def rotate_secret(*, endpoint: WebhookEndpoint, now: datetime) -> str:
    """A new signing secret, returned this once. For OLD_SECRET_FOR messages bear both signatures."""
    with transaction.atomic():
        row = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
        secret = new_secret()
        until = (now + OLD_SECRET_FOR).isoformat()
        row.secrets = {"now": secret, "before": row.secrets["now"], "until": until}
        row.save(update_fields=["secrets"])
    return secret


def forget_old(*, before: datetime) -> int:
    """Delete events that happened before `before`, with their deliveries and logs; how many events.

    Also those still waiting: a receiver that was away for so long is told no stale news.
    """
    count = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_OLD, {"before": before, "batch": FORGET_BATCH})
            deleted = int(cursor.rowcount)
        count += deleted
        if deleted < FORGET_BATCH:
            return count
