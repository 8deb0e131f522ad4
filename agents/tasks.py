"""Celery's edge of the agents app: each task hands on to one use case."""

from celery import shared_task
from django.utils import timezone

from agents.assignment.waiting import assign_waiting


@shared_task
def assign_waiting_leads() -> None:
    """Try again every open lead that has no owner. Periodic; running twice at once does no harm."""
    assign_waiting(now=timezone.now())
