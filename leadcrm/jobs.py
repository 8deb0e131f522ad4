"""How the periodic jobs go: workers write down each run; pages, metrics and the first page of the admin read it.

A run is written down twice, as it begins and as it ends, so that one whose process was killed is seen as well: it
never ended. Whether a job is late is worked out from the list in leadcrm.celery, never stored.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from celery.schedules import crontab
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from leadcrm.celery import app
from leadcrm.models import Job, JobResult, JobRun

# Of each job so many runs are remembered.
KEPT_RUNS: Final = 200
# A job of every few seconds is late after a minute, one of the night after a quarter of an hour.
LEAST_GRACE: Final = timedelta(minutes=1)
CLOCK_GRACE: Final = timedelta(minutes=15)


def note_jobs(*, now: datetime) -> None:
    """Have a row for each periodic job there is, and none for one that is gone. Safe to repeat, and at once."""
    rows = [Job(name=name, known_at=now) for name in app.conf.beat_schedule]
    Job.objects.bulk_create(rows, ignore_conflicts=True)
    Job.objects.exclude(name__in=app.conf.beat_schedule).delete()


def start_job(*, name: str, now: datetime) -> None:
    """Write down that a run of `name` begins at `now` (aware)."""
    if not Job.objects.filter(name=name).update(started_at=now):
        Job.objects.bulk_create([Job(name=name, known_at=now, started_at=now)], ignore_conflicts=True)


def end_job(
    *, name: str, started_at: datetime, now: datetime, error: str = "", removed: int | None = None
) -> None:
    """Write down how the run of `name` that began at `started_at` ended. `error`: its kind, empty when it went well.

    `removed`: how many rows it deleted or blanked, None of jobs that keep no such count. Each run of a job that goes
    by the clock is remembered, of the others those that failed.
    """
    seconds = max((now - started_at).total_seconds(), 0.0)
    result = JobResult.FAILED if error else JobResult.DONE
    marked: dict[str, Any] = {"failed_at": now} if error else {"done_at": now}
    with transaction.atomic():
        Job.objects.filter(name=name).update(
            ended_at=now, result=result, error=error[:120], seconds=seconds, removed=removed, runs=F("runs") + 1,
            failures=F("failures") + int(bool(error)), seconds_in_all=F("seconds_in_all") + seconds, **marked,
        )  # fmt: skip
        if error or goes_by_the_clock(name):
            _remember(
                name,
                JobRun(
                    started_at=started_at, ended_at=now, result=result, error=error[:120], removed=removed
                ),
            )


def _remember(name: str, run: JobRun) -> None:
    """Keep the run, and of the job's older ones as many as are kept."""
    job = Job.objects.get(name=name)
    run.job = job
    run.save(force_insert=True)
    first_kept = job.kept_runs.order_by("-pk").values_list("pk", flat=True)[KEPT_RUNS - 1 : KEPT_RUNS].first()
    if first_kept is not None:
        job.kept_runs.filter(pk__lt=first_kept).delete()


def goes_by_the_clock(name: str) -> bool:
    """Whether the job has hours of the day, instead of a number of seconds."""
    return isinstance(_schedule(name), crontab)


def _schedule(name: str) -> crontab | float | None:
    entry = app.conf.beat_schedule.get(name)
    return entry["schedule"] if entry else None


def every(name: str) -> str:
    """How often the job is rung, for people."""
    schedule = _schedule(name)
    if not isinstance(schedule, crontab):
        return f"every {_span(timedelta(seconds=schedule))}" if schedule else "no more"
    clock: Any = schedule
    hours, minutes = sorted(clock.hour), sorted(clock.minute)
    if len(hours) == 24:
        return f"every hour at :{minutes[0]:02}"
    if len(minutes) > 1:
        return f"every {minutes[1] - minutes[0]} minutes, {hours[0]}:00 to {hours[-1]}:59"
    return "daily at " + ", ".join(f"{hour}:{minutes[0]:02}" for hour in hours)


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for size, name in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds % size == 0 and seconds >= size:
            count = seconds // size
            return name if count == 1 else f"{count} {name}s"
    return f"{seconds} seconds"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job stands at a moment: `word` for people, `level` of its badge. `due_at`: None for a job that is gone."""

    word: str
    level: str
    due_at: datetime | None = None

    @property
    def is_bad(self) -> bool:
        """Whether somebody must look."""
        return self.level == "bad"


def standing(job: Job, *, now: datetime) -> Standing:
    """How `job` stands at `now` (aware): late, failed, stuck, running, done, or not run yet."""
    due_at = next_due(job)
    if due_at is None:
        return Standing("No such job any more", "plain")
    running = job.started_at is not None and (job.ended_at is None or job.ended_at < job.started_at)
    if running and job.started_at and now - job.started_at > _limit(job.name):
        return Standing("Broke off: began and never ended", "bad", due_at)
    if not running and now > due_at + _grace(job.name):
        return Standing("Late", "bad", due_at)
    if job.result == JobResult.FAILED:
        return Standing(f"Failed: {job.error}", "bad", due_at)
    if running:
        return Standing("Running", "info", due_at)
    return Standing("Done", "good", due_at) if job.ended_at else Standing("Not run yet", "plain", due_at)


def next_due(job: Job) -> datetime | None:
    """When the job is to begin next, reckoned from its last beginning; None if there is no such job any more."""
    schedule, since = _schedule(job.name), job.started_at or job.known_at
    if schedule is None:
        return None
    if not isinstance(schedule, crontab):
        return since + timedelta(seconds=schedule)
    zoned = timezone.localtime(since, settings.AGENCY_ZONE)
    start, ahead, _ = schedule.remaining_delta(zoned)
    due: datetime = start + ahead
    return due


def _grace(name: str) -> timedelta:
    schedule = _schedule(name)
    if isinstance(schedule, crontab) or schedule is None:
        return CLOCK_GRACE
    return max(LEAST_GRACE, timedelta(seconds=2 * schedule))


def _limit(name: str) -> timedelta:
    """How long a run may take before Celery kills it, and a little."""
    app.loader.import_default_modules()  # a web process has not loaded all tasks; the second time it is a look-up
    task = app.tasks.get(app.conf.beat_schedule[name]["task"])
    limit = getattr(task, "time_limit", None) or settings.CELERY_TASK_TIME_LIMIT
    return timedelta(seconds=limit) + LEAST_GRACE


def in_trouble(*, now: datetime) -> list[Job]:
    """The jobs that are late, failed last or broke off at `now`, by name. One query of some thirty rows."""
    return [job for job in known_jobs() if standing(job, now=now).is_bad]


def known_jobs() -> Iterable[Job]:
    """The rows of the jobs there are, by name."""
    return Job.objects.filter(name__in=app.conf.beat_schedule)
