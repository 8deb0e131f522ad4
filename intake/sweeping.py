"""The sweep: PostgreSQL knows which posts wait; a message only says so sooner."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from intake.models import Submission
from leadcrm.lib import pipeline

# How long a claimed row is left to the worker that was rung before it is due again.
LEASE: Final = timedelta(minutes=2)
BATCH: Final = 200


def ring_due_submissions(*, now: datetime) -> int:
    """Claim the posts that are due at `now` and ring a worker for each; returns how many.

    Two sweeps at once claim different rows. Ringing twice does no harm: the decision locks the row.
    """
    with transaction.atomic():
        due = (
            Submission.objects.select_for_update(skip_locked=True)
            .filter(due_at__lte=now)
            .order_by("due_at")
            .values_list("pk", flat=True)[:BATCH]
        )
        ids = list(due)
        Submission.objects.filter(pk__in=ids).update(due_at=now + LEASE)
        for submission_id in ids:
            pipeline.ring("decide", submission_id=submission_id.hex)
    return len(ids)
