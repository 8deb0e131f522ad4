"""Background work of intake: finding stored posts that wait for a decision."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from intake import sweeping
from intake.imports import working
from intake.pings import forgetting
from intake.webhooks import again, failing, sending
from leadcrm.lib.doorbell import ring_after_commit


@shared_task
def sweep_submissions(**_: object) -> None:
    """Ring a worker for every post that is due; what no message told of is found here."""
    sweeping.ring_due_submissions(now=timezone.now())


@shared_task
def deliver_webhooks(**_: object) -> None:
    """Send the webhooks that are due, and tell of those that were disabled. Periodic, and rung after events."""
    now = timezone.now()
    sending.deliver_due(now=now)
    failing.tell_of_disabled(now=now)


# Reading a file of half a gigabyte takes minutes; a turn of taking lines, seconds.
@shared_task(time_limit=3600)
def carry_imports(**_: object) -> None:
    """Go on with imports of leads for a few seconds; while there is more to do it rings for itself. Periodic."""
    if working.carry_imports():
        ring_after_commit(carry_imports, {})


@shared_task(time_limit=3600)
def forget_webhooks(**_: object) -> int:
    """Delete events and logs that were kept long enough; how many events. Every night, agency time."""
    return again.forget_old(before=timezone.now() - timedelta(days=settings.WEBHOOK_DAYS))


@shared_task(time_limit=3600)
def forget_pings(**_: object) -> int:
    """Delete pings that were kept long enough; how many. Every night, agency time."""
    return forgetting.forget_old(before=timezone.now() - timedelta(days=settings.PING_DAYS))
