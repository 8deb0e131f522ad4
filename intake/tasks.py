"""Background work of intake: finding stored posts that wait for a decision."""

from celery import shared_task
from django.utils import timezone

from intake import sweeping


@shared_task
def sweep_submissions(**_: object) -> None:
    """Ring a worker for every post that is due; what no message told of is found here."""
    sweeping.ring_due_submissions(now=timezone.now())
