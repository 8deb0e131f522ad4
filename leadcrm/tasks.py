"""Celery's edge of the shared ground."""

from celery import shared_task
from django.utils import timezone

from leadcrm.bulk.runs import carry_runs, forget_runs


@shared_task
def carry_bulk_runs() -> None:
    """Go on with the bulk actions that are under way. Rung and periodic; running twice at once does no harm."""
    carry_runs(now=timezone.now())


@shared_task
def forget_bulk_runs() -> int:
    """Delete bulk actions that nobody confirmed, and what became of old ones; how many. Periodic."""
    return forget_runs(now=timezone.now())
