"""Periodic jobs are seen: each run is written down, and what is late or failed stands on the managers' pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery.signals import beat_init
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agents.tasks import forget_presences, keep_figures
from intake.tasks import sweep_submissions
from leadcrm import jobs
from leadcrm.celery import app
from leadcrm.job_words import WORDS, kept, words_of
from leadcrm.models import Job, JobRun, User
from leadcrm.testing.factories import JobFactory, JobRunFactory, UserFactory

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 11, 29, 8, 45, tzinfo=UTC)  # 3:45 AM in New York


@pytest.fixture(autouse=True)
def known() -> None:
    """The rows that `migrate` leaves, as of now."""
    Job.objects.all().delete()
    jobs.note_jobs(now=timezone.now())


def job(name: str) -> Job:
    return Job.objects.get(name=name)


def test_each_job_has_a_row_and_words_and_one_that_is_gone_has_none() -> None:
    JobFactory.create(name="of-an-older-version")
    jobs.note_jobs(now=timezone.now())
    assert set(Job.objects.values_list("name", flat=True)) == set(app.conf.beat_schedule)
    assert [name for name in app.conf.beat_schedule if len(words_of(name)) < 15] == []
    assert set(WORDS) | {rule.job for rule in kept()} <= set(app.conf.beat_schedule)


def test_whatever_may_take_long_has_a_lane_of_its_own() -> None:
    app.loader.import_default_modules()
    lanes = app.conf.task_routes
    long = [name for name, task in app.tasks.items() if (getattr(task, "time_limit", None) or 0) >= 600]
    assert [name for name in long if lanes.get(name) != {"queue": "long"}] == []
    assert set(lanes) <= set(app.tasks)


def test_a_run_that_went_well_is_written_down_with_what_it_removed() -> None:
    forget_presences.apply()
    row = job("forget-presences")
    assert (row.result, row.runs, row.failures, row.removed) == ("done", 1, 0, 0)
    assert row.started_at <= row.ended_at == row.done_at  # type: ignore[operator]
    assert row.kept_runs.get().removed == 0


def test_a_run_that_breaks_is_written_down_by_the_kind_of_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise ValueError("phone 5125550143 is already there")

    monkeypatch.setattr("intake.sweeping.ring_due_submissions", broken)
    sweep_submissions.apply()
    row = job("sweep-submissions")
    assert (row.result, row.error, row.failures) == ("failed", "ValueError", 1)
    assert row.kept_runs.get().error == "ValueError"
    assert jobs.standing(row, now=timezone.now()).word == "Failed: ValueError"
    monkeypatch.undo()
    sweep_submissions.apply()
    row = job("sweep-submissions")
    assert (row.result, row.error, row.runs, row.failures) == ("done", "", 2, 1)
    assert row.failed_at is not None
    assert row.kept_runs.count() == 1  # what goes well every few seconds is not remembered


def test_a_run_that_was_killed_is_seen_to_have_broken_off() -> None:
    keep_figures.apply()
    later = timezone.now() + timedelta(minutes=1)
    jobs.start_job(name="keep-figures", now=later)
    row = job("keep-figures")
    assert jobs.standing(row, now=later + timedelta(seconds=30)).word == "Running"
    assert jobs.standing(row, now=later + timedelta(minutes=5)).word.startswith("Broke off")


def test_a_job_of_every_few_seconds_is_late_after_a_minute() -> None:
    now = timezone.now()
    jobs.start_job(name="sweep-submissions", now=now)
    jobs.end_job(name="sweep-submissions", started_at=now, now=now + timedelta(seconds=1))
    row = job("sweep-submissions")
    assert jobs.next_due(row) == now + timedelta(seconds=5)
    assert jobs.standing(row, now=now + timedelta(seconds=60)).word == "Done"
    assert jobs.standing(row, now=now + timedelta(seconds=66)).word == "Late"


def test_a_job_of_the_night_is_due_at_its_hour_of_the_agency_and_late_a_quarter_of_an_hour_after() -> None:
    jobs.start_job(name="forget-pings", now=NIGHT)
    jobs.end_job(name="forget-pings", started_at=NIGHT, now=NIGHT + timedelta(minutes=2))
    row = job("forget-pings")
    assert jobs.next_due(row) == NIGHT + timedelta(days=1)
    assert jobs.standing(row, now=NIGHT + timedelta(days=1, minutes=14)).word == "Done"
    assert jobs.standing(row, now=NIGHT + timedelta(days=1, minutes=16)).word == "Late"


def test_a_job_that_never_ran_is_late_only_after_its_first_hour_has_passed() -> None:
    Job.objects.filter(name="forget-pings").update(known_at=NIGHT + timedelta(hours=1))
    row = job("forget-pings")
    assert jobs.standing(row, now=NIGHT + timedelta(hours=20)).word == "Not run yet"
    assert jobs.standing(row, now=NIGHT + timedelta(hours=25)).word == "Late"


def test_a_number_of_runs_is_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "KEPT_RUNS", 3)
    for minute in range(5):
        at = NIGHT + timedelta(minutes=minute)
        jobs.end_job(name="forget-pings", started_at=at, now=at, removed=minute)
    assert [run.removed for run in job("forget-pings").kept_runs.all()] == [4, 3, 2]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sweep-submissions", "every 5 seconds"),
        ("keep-figures", "every minute"),
        ("rescrub-open-leads", "every 5 minutes"),
        ("expire-evidence", "daily at 3:15"),
        ("note-renewals", "daily at 5:05, 9:05, 13:05"),
        ("find-return-candidates", "every hour at :25"),
        ("warn-of-licenses", "every 10 minutes, 7:00 to 18:59"),
    ],
)
def test_how_often_a_job_is_rung_is_said_in_words(name: str, words: str) -> None:
    assert jobs.every(name) == words


def test_managers_see_what_is_late_and_what_failed(client: Client, reviewer: User) -> None:
    client.force_login(reviewer)
    Job.objects.filter(name="deliver-webhooks").update(known_at=timezone.now() - timedelta(hours=1))
    now = timezone.now()
    jobs.end_job(name="send-reports", started_at=now, now=now, error="TimeoutError")
    first = client.get(reverse("admin:index")).content.decode()
    assert "2</b> jobs of the background are late or failed" in " ".join(first.split())
    page = client.get(reverse("admin:leadcrm_job_changelist")).content.decode()
    assert "Failed: TimeoutError" in page
    assert '<span class="badge badge-bad">Late</span>' in page
    assert "Sends webhooks that are due" in page


def test_the_page_of_what_is_kept_says_what_was_removed_when(client: Client, reviewer: User) -> None:
    client.force_login(reviewer)
    JobRunFactory.create(job=job("forget-pings"), removed=1234)
    Job.objects.filter(name="forget-pings").update(removed=1234)
    page = client.get(reverse("admin:page_kept")).content.decode()
    assert "90 days (PING_DAYS)" in page
    assert page.count("1,234") == 2


def test_nobody_sees_jobs_without_the_permission(client: Client) -> None:
    client.force_login(UserFactory.create(is_staff=True))
    assert client.get(reverse("admin:page_kept")).status_code == 403
    assert client.get(reverse("admin:leadcrm_job_changelist")).status_code == 403


def test_a_run_that_cannot_be_written_down_still_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def away(**_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(jobs, "start_job", away)
    monkeypatch.setattr(jobs, "end_job", away)
    assert forget_presences.apply().result == 0
    assert not JobRun.objects.exists()


def test_beat_waits_for_its_broker_and_nobody_else_does() -> None:
    told: Any = app.conf
    assert not told.task_publish_retry
    try:
        beat_init.send(sender=None)
        assert told.task_publish_retry
        assert app.conf.task_publish_retry_policy["max_retries"] is None
    finally:
        app.conf.task_publish_retry = False
