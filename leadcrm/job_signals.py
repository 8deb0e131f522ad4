"""Workers tell leadcrm.jobs of each run of a periodic job, whether beat rang it or an event did."""

from datetime import datetime
from typing import Any, Final

import structlog
from celery.signals import task_postrun, task_prerun, worker_ready
from django.db import DatabaseError, connection
from django.utils import timezone

from leadcrm import jobs
from leadcrm.celery import app
from leadcrm.lib.metrics import add_up_the_past
from leadcrm.models import Job

log = structlog.get_logger(__name__)
_BEGAN: Final = "_leadcrm_began_at"


def job_of(task_name: str) -> str | None:
    """The periodic job that this task does, None for a task that only events ring."""
    return next((name for name, entry in app.conf.beat_schedule.items() if entry["task"] == task_name), None)


@task_prerun.connect
def note_start(task: Any = None, **_: Any) -> None:
    """A run begins. That it cannot be written down keeps no job from running."""
    name = job_of(task.name)
    if name is None:
        return
    now = timezone.now()
    setattr(task.request, _BEGAN, now)
    try:
        jobs.start_job(name=name, now=now)
    except DatabaseError as error:
        log.warning("job.not_noted", job=name, exc_info=error)


@task_postrun.connect
def note_end(task: Any = None, retval: Any = None, **_: Any) -> None:
    """A run has ended; what it returned is a count or the error."""
    name, began = job_of(task.name), getattr(task.request, _BEGAN, None)
    if name is None or not isinstance(began, datetime):
        return
    error = type(retval).__name__ if isinstance(retval, BaseException) else ""
    removed = retval if isinstance(retval, int) and not isinstance(retval, bool) else None
    try:
        jobs.end_job(name=name, started_at=began, now=timezone.now(), error=error, removed=removed)
    except DatabaseError as broken:
        log.warning("job.not_noted", job=name, exc_info=broken)


@worker_ready.connect
def gather_metrics(**_: Any) -> None:
    """What the processes of workers before this one counted goes into one file."""
    add_up_the_past()


def note_jobs_after_migrate(**_: Any) -> None:
    """What `migrate` ends with: a row for each job there is. Receiver of post_migrate; safe to repeat."""
    if Job._meta.db_table in connection.introspection.table_names():  # not where it was taken back
        jobs.note_jobs(now=timezone.now())
