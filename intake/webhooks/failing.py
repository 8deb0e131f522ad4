"""Endpoints that fail: after some days nothing is sent there any more, and somebody is told."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from intake.models import EndpointState, WebhookEndpoint, WebhookHealth

log = structlog.get_logger(__name__)

DISABLED_AFTER: Final = timedelta(days=5)
TELL_AGAIN: Final = timedelta(minutes=10)


def health_of(endpoint: WebhookEndpoint) -> WebhookHealth:
    """How `endpoint` does, locked until the end of the caller's transaction."""
    WebhookHealth.objects.bulk_create([WebhookHealth(endpoint=endpoint)], ignore_conflicts=True)
    return WebhookHealth.objects.select_for_update().get(endpoint=endpoint)


def note_success(health: WebhookHealth) -> None:
    """It answers: an earlier row of failures is over."""
    if health.failing_since is not None:
        health.failing_since = None
        health.save(update_fields=["failing_since"])


def note_failure(health: WebhookHealth, *, now: datetime) -> None:
    """It failed at `now`: the first time of a row is kept, and after DISABLED_AFTER the endpoint is disabled."""
    if health.failing_since is None:
        health.failing_since = now
        health.save(update_fields=["failing_since"])
    elif now - health.failing_since >= DISABLED_AFTER:
        since = timezone.localtime(health.failing_since)
        disable(health, why=f"It has failed since {since:%Y-%m-%d %H:%M}.", now=now)


def disable(health: WebhookHealth, *, why: str, now: datetime) -> None:
    """Send nothing there any more; what happens from now on waits. Somebody is told: tell_of_disabled."""
    active = WebhookEndpoint.objects.filter(pk=health.endpoint_id, state=EndpointState.ACTIVE)
    if active.update(state=EndpointState.DISABLED, disabled_at=now, disabled_why=why):
        log.warning("webhook.disabled", endpoint=health.endpoint_id)
        health.tell_at = now
        health.save(update_fields=["tell_at"])


def tell_of_disabled(*, now: datetime) -> int:
    """Write to whoever looks after endpoints that were disabled and are to be told by `now`; how many were.

    Claimed first: two at once write one message. A mail server that refuses is asked again later.
    """
    told = 0
    for due in WebhookHealth.objects.filter(tell_at__lte=now).select_related("endpoint"):
        again = now + TELL_AGAIN
        if not WebhookHealth.objects.filter(pk=due.pk, tell_at=due.tell_at).update(tell_at=again):
            continue
        try:
            _write(due.endpoint)
        except OSError as refused:  # smtplib's errors are of its kind
            log.warning("webhook.mail_refused", endpoint=due.pk, error=type(refused).__name__)
            continue
        WebhookHealth.objects.filter(pk=due.pk, tell_at=again).update(tell_at=None)
        told += 1
    return told


def _write(endpoint: WebhookEndpoint) -> None:
    if endpoint.notify and endpoint.state == EndpointState.DISABLED:
        _message(endpoint).send()


def _message(endpoint: WebhookEndpoint) -> EmailMessage:
    return EmailMessage(
        subject=f"Webhook “{endpoint.name}” is disabled",
        body=(
            f"{settings.AGENCY_NAME} sends nothing to this webhook any more. {endpoint.disabled_why}\n\n"
            "Nothing is lost: what happens meanwhile waits, and is sent once the webhook is enabled again "
            f"within {settings.WEBHOOK_DAYS} days.\n"
        ),
        to=[endpoint.notify],
    )


def enable(*, endpoint: WebhookEndpoint) -> bool:
    """Send to `endpoint` again, what has waited first; False where it is active already, or retired."""
    with transaction.atomic():
        resting = WebhookEndpoint.objects.filter(
            pk=endpoint.pk, state__in=(EndpointState.PAUSED, EndpointState.DISABLED)
        )
        enabled = resting.update(state=EndpointState.ACTIVE, disabled_at=None, disabled_why="")
        if enabled:
            WebhookHealth.objects.filter(pk=endpoint.pk).update(failing_since=None, tell_at=None)
        return bool(enabled)
