"""Periodic jobs and their runs."""

from datetime import timedelta

from django.utils import timezone

from leadcrm.models import Job, JobResult, JobRun
from leadcrm.testing.factories.base import LazyAttribute, LazyFunction, Rows, Sequence, SubFactory


class JobFactory(Rows[Job]):
    """A job that ran a minute ago, and well."""

    class Meta:
        model = Job

    name = Sequence(lambda n: f"made-up-job-{n}")
    known_at = LazyFunction(lambda: timezone.now() - timedelta(days=1))
    started_at = LazyFunction(lambda: timezone.now() - timedelta(minutes=1))
    ended_at = LazyAttribute(lambda job: job.started_at + timedelta(seconds=2))
    done_at = LazyAttribute(lambda job: job.ended_at)
    result = JobResult.DONE
    seconds = 2.0
    runs = 1
    seconds_in_all = 2.0


class JobRunFactory(Rows[JobRun]):
    """A run that went well."""

    class Meta:
        model = JobRun

    job = SubFactory(JobFactory)
    started_at = LazyFunction(lambda: timezone.now() - timedelta(minutes=1))
    ended_at = LazyAttribute(lambda run: run.started_at + timedelta(seconds=2))
    result = JobResult.DONE
