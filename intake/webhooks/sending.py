"""Sending what is due: claimed, sent outside every transaction, then recorded."""

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import connection, transaction

from intake.models import DeliveryState, WebhookAttempt, WebhookDelivery
from intake.webhooks.failing import disable, health_of, note_failure, note_success
from intake.webhooks.macros import host_of
from intake.webhooks.payload import Message, render
from leadcrm.lib import http

log = structlog.get_logger(__name__)

# How long after each failed attempt the next one comes: about three days in all, then the delivery is given up.
LADDER: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 72_000, 86_400)
)
# Each step is stretched by up to this share, so that a receiver that comes back is not met by all at once.
JITTER: Final = 0.2
MOST_RETRY_AFTER: Final = timedelta(days=1)
# How long a claimed delivery is left to its worker; longer than one round may take.
LEASE: Final = timedelta(minutes=2)
# Of one endpoint in one round; of one that fails, which may be one that hangs, so that it leaves room for the others.
PER_ENDPOINT, PER_FAILING = 20, 2
# Deliveries in one round, and calls made side by side: if all of them hang, a round lasts twice LIMITS.total.
ROUND, AT_ONCE = 40, 20
LIMITS: Final = http.Limits(connect=5, read=10, total=15, size=64 * 1024)
KEPT_OF_ANSWER: Final = 2_000
# Seconds in which rounds are begun: with the last one less than settings.CELERY_TASK_TIME_LIMIT.
_BEGIN_ROUNDS: Final = 15

NOTHING: Final = Message("", "", {}, None)

_CLAIM: Final = """
    UPDATE intake_webhookdelivery SET due_at = %(lease)s, attempts = attempts + 1
    WHERE id IN (
        SELECT due.id FROM intake_webhookendpoint endpoint
        LEFT JOIN intake_webhookhealth health ON health.endpoint_id = endpoint.id
        CROSS JOIN LATERAL (
            SELECT id, due_at FROM intake_webhookdelivery
            WHERE endpoint_id = endpoint.id AND due_at <= %(now)s
            ORDER BY due_at LIMIT CASE WHEN health.failing_since IS NULL THEN %(each)s ELSE %(failing)s END
            FOR UPDATE SKIP LOCKED
        ) due
        WHERE endpoint.state = 'active' ORDER BY due.due_at LIMIT %(round)s
    ) RETURNING id
"""

# Waits for nobody who changes a lead, only for who erases it (compare intake.forgetting).
_NOT_ERASED: Final = """
    SELECT id FROM intake_lead WHERE id = ANY(%s::bigint[]) AND erased_at IS NULL ORDER BY id FOR KEY SHARE
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """How one call ended: `status` where there was an answer, else `error`, a word."""

    delivery: WebhookDelivery
    message: Message
    at: datetime
    status: int | None = None
    error: str = ""
    answer: str = ""
    ms: float = 0.0
    retry_after: timedelta | None = None

    @property
    def taken(self) -> bool:
        """The receiver said yes."""
        return is_taken(self.status)


def is_taken(status: int | None) -> bool:
    """Whether a receiver's HTTP status says yes; None: there was none."""
    return status is not None and 200 <= status < 300


def deliver_due(*, now: datetime) -> int:
    """Send what is due at `now` (aware), oldest first and fairly by endpoint, for some seconds; how many were sent.

    At least once: a worker that dies after a call leaves its deliveries to the lease's end, and they are sent again
    under the same id. Two at once claim different ones.
    """
    started, count = time.monotonic(), 0
    while (passed := time.monotonic() - started) < _BEGIN_ROUNDS:
        at = now + timedelta(seconds=passed)
        claimed = claim(now=at)
        if not claimed:
            break
        send(claimed, now=at)
        count += len(claimed)
    return count


def claim(*, now: datetime) -> list[WebhookDelivery]:
    """Take what is due, as far as one round goes: from now on theirs for the lease, attempts counted."""
    with transaction.atomic(), connection.cursor() as cursor:
        most = {"each": PER_ENDPOINT, "failing": PER_FAILING, "round": ROUND}
        cursor.execute(_CLAIM, {"lease": now + LEASE, "now": now, **most})
        ids = [row_id for (row_id,) in cursor.fetchall()]
    found = WebhookDelivery.objects.filter(pk__in=ids).order_by("due_at", "pk")
    return list(found.select_related("endpoint", "event__lead__owner", "event__submission__source"))


def send(claimed: Sequence[WebhookDelivery], *, now: datetime) -> list[Sent]:
    """Send `claimed` side by side, in no transaction, and record how each ended.

    One that cannot even be made (a secret that does not open, a mistake of ours) fails by itself: the others are sent.
    """
    messages = [_made(each, now) for each in claimed]
    started = time.monotonic()

    def call(delivery: WebhookDelivery, message: Message) -> Sent:
        return _call(delivery, message, now + timedelta(seconds=time.monotonic() - started))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(call, claimed, messages))
    record(done)
    return done


def _made(delivery: WebhookDelivery, now: datetime) -> Message:
    try:
        return render(event=delivery.event, endpoint=delivery.endpoint, now=now)
    except Exception as error:
        log.error("webhook.cannot_be_made", delivery=delivery.pk, exc_info=error)
        return NOTHING


def _call(delivery: WebhookDelivery, message: Message, at: datetime) -> Sent:
    if message is NOTHING:
        return Sent(delivery, message, at, error="not_made")
    try:
        answer = http.call(
            message.method, message.url, headers=message.headers, body=message.body, limits=LIMITS,
            public_only=host_of(message.url) not in settings.WEBHOOK_PRIVATE_HOSTS,
        )  # fmt: skip
    except http.CallFailed as failure:
        return Sent(delivery, message, at, error=failure.code, ms=failure.ms)
    except Exception as error:
        log.error("webhook.call_broke", delivery=delivery.pk, exc_info=error)
        return Sent(delivery, message, at, error="broke")
    text = answer.body[:KEPT_OF_ANSWER].decode("utf-8", "replace").replace("\0", "")
    wait = answer.headers.get("retry-after", "")
    retry_after = (
        min(timedelta(seconds=int(wait)), MOST_RETRY_AFTER) if wait.isdecimal() and len(wait) < 9 else None
    )
    return Sent(delivery, message, at, answer.status, answer=text, ms=answer.ms, retry_after=retry_after)


def record(done: Sequence[Sent]) -> None:
    """Keep the exchanges, and what follows from each: delivered, due again, given up, its endpoint disabled."""
    with transaction.atomic():
        nameable = _not_erased(done)
        WebhookAttempt.objects.bulk_create(
            _attempt(sent, keep=sent.delivery.event.lead_id in nameable) for sent in done
        )
        for sent in done:
            # One that was delivered by another worker meanwhile stays delivered.
            row = WebhookDelivery.objects.filter(pk=sent.delivery.pk).exclude(state=DeliveryState.DELIVERED)
            follows = _after_success(sent) if sent.taken else _after_failure(sent)
            row.update(last_status=sent.status, last_error=sent.error, **follows)
        by_endpoint: dict[int, list[Sent]] = {}
        for sent in done:
            by_endpoint.setdefault(sent.delivery.endpoint_id, []).append(sent)
        for _, of_one in sorted(by_endpoint.items()):  # in one order, for two workers lock the same rows
            _note_health(of_one)


def _note_health(done: Sequence[Sent]) -> None:
    """What one endpoint's answers of a round say of it: one yes shows that it is well."""
    health = health_of(done[0].delivery.endpoint)
    if any(sent.taken for sent in done):
        note_success(health)
        return
    note_failure(health, now=done[-1].at)
    if any(sent.status == HTTPStatus.GONE for sent in done):
        disable(health, why="It answered 410 Gone: do not call again.", now=done[-1].at)


def _after_success(sent: Sent) -> dict[str, Any]:
    return {"state": DeliveryState.DELIVERED, "due_at": None, "delivered_at": sent.at}


def _after_failure(sent: Sent) -> dict[str, Any]:
    attempts = sent.delivery.attempts
    if attempts > len(LADDER):
        return {"state": DeliveryState.GIVEN_UP, "due_at": None}
    step = LADDER[attempts - 1] * (1 + random.random() * JITTER)  # noqa: S311 - spreads load, hides nothing
    return {"due_at": sent.at + max(step, sent.retry_after or step)}


def _not_erased(done: Sequence[Sent]) -> set[int | None]:
    """Leads whose messages may be kept, None for no lead. Whoever erases one waits, or was first and is seen here."""
    leads = sorted({sent.delivery.event.lead_id for sent in done if sent.delivery.event.lead_id})
    with connection.cursor() as cursor:
        cursor.execute(_NOT_ERASED, (leads,))
        return {None, *(lead_id for (lead_id,) in cursor.fetchall())}


def _attempt(sent: Sent, *, keep: bool) -> WebhookAttempt:
    message = sent.message
    body = message.body.decode() if message.body is not None else ""
    exchange = {"method": message.method, "url": message.url, "body": body, "answer": sent.answer}
    return WebhookAttempt(
        delivery=sent.delivery, at=sent.at, ms=round(sent.ms, 1), status=sent.status, error=sent.error,
        exchange=exchange if keep else {},
    )  # fmt: skip
