"""Background decisions: the same function that decides in the web process."""

from celery import shared_task
from django.utils import timezone

from intake.models import Submission
from intake.redecide import CannotRedecide, redecide


@shared_task
def decide_submission(*, submission_id: str, **_: object) -> None:
    """Decide one stored post. Safe to run twice: the second finds it decided."""
    try:
        redecide(submission=Submission(pk=submission_id), actor=None, now=timezone.now())
    except CannotRedecide:
        return
