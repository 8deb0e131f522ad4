"""Background decisions: the same function that decides in the web process."""

from celery import shared_task
from django.utils import timezone

from compliance.rescrub import rescrub
from intake.models import Submission
from intake.redecide import CannotRedecide, redecide


@shared_task
def decide_submission(*, submission_id: str, **_: object) -> None:
    """Decide one stored post. Safe to run twice: the second finds it decided."""
    try:
        redecide(submission=Submission(pk=submission_id), actor=None, now=timezone.now())
    except CannotRedecide:
        return


# A million leads take longer than a task usually may; another one that starts meanwhile leaves at once.
@shared_task(time_limit=1800)
def rescrub_open_leads(**_: object) -> None:
    """Ask newer versions of the do-not-call lists about the open leads. Periodic; mostly there is nothing to ask."""
    rescrub(now=timezone.now())
