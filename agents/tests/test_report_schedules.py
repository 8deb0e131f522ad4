"""Reports by the clock: on their hour in the agency's zone, once, made up for once, also where two look at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from agents.models import ReportMail, ReportRun, RunState
from agents.reports import making, schedules, sending
from agents.reports.schedules import last_slot, make_due, note_due
from agents.reports.sending import send_report_mails
from leadcrm.testing.factories import ReportScheduleFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_rows")]
# Tuesday, 7:30 in New York.
NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)


def tick(now: datetime) -> int:
    note_due(now=now)
    make_due(now=now)
    return send_report_mails(now=now)


@pytest.mark.parametrize(
    ("fields", "slot", "days"),
    [
        ({"hour": 7}, datetime(2026, 11, 24, 12, tzinfo=UTC), ("2026-11-23", "2026-11-23")),
        ({"hour": 8}, datetime(2026, 11, 23, 13, tzinfo=UTC), ("2026-11-22", "2026-11-22")),
        (
            {"repeats": "week", "weekday": 0, "period": "last-week"}, datetime(2026, 11, 23, 12, tzinfo=UTC),
            ("2026-11-16", "2026-11-22"),
        ),
        (
            {"repeats": "month", "period": "last-month"}, datetime(2026, 11, 1, 12, tzinfo=UTC),
            ("2026-10-01", "2026-10-31"),
        ),
    ],
)  # fmt: skip
def test_a_schedule_strikes_on_its_hour_about_the_days_before(fields: Any, slot: datetime, days: Any) -> None:
    schedule = ReportScheduleFactory.create(from_at=LONG_AGO, **fields)
    assert last_slot(schedule, NOW) == slot
    assert tick(NOW) == 1
    run = ReportRun.objects.get()
    assert (run.slot_at, str(run.first), str(run.last), run.state) == (slot, *days, RunState.DONE)
    assert [each.to for each in mail.outbox] == [schedule.recipients]


def test_an_hour_strikes_on_days_the_clocks_change() -> None:
    schedule = ReportScheduleFactory.create(hour=2, from_at=LONG_AGO)
    spring = datetime(2026, 3, 8, 7, 30, tzinfo=UTC)  # 3:30; there was no 2:00
    assert last_slot(schedule, spring).astimezone(UTC) == datetime(2026, 3, 8, 7, tzinfo=UTC)
    schedule.hour = 1
    fall = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # 1:30 for the second time
    assert last_slot(schedule, fall).astimezone(UTC) == datetime(2026, 11, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(("hour", "now"), [(2, "2026-03-08T07:30Z"), (1, "2026-11-01T05:30Z")])
def test_an_hour_that_is_odd_by_the_clocks_is_noted_once(hour: int, now: str) -> None:
    ReportScheduleFactory.create(hour=hour, from_at=LONG_AGO)
    later = [datetime.fromisoformat(now) + timedelta(minutes=minutes) for minutes in (0, 1, 59, 61)]
    assert [note_due(now=each) for each in later] == [1, 0, 0, 0]


def test_it_is_made_once_however_often_one_looks() -> None:
    ReportScheduleFactory.create(from_at=LONG_AGO)
    assert [tick(NOW + timedelta(minutes=n)) for n in range(4)] == [1, 0, 0, 0]
    assert tick(NOW + timedelta(days=1)) == 1
    assert ReportRun.objects.count() == 2


def test_of_hours_that_were_missed_the_last_is_made_up_for_once() -> None:
    ReportScheduleFactory.create(from_at=LONG_AGO)
    tick(NOW)
    assert tick(NOW + timedelta(days=9)) == 1
    assert set(ReportRun.objects.values_list("first", flat=True)) == {date(2026, 11, 23), date(2026, 12, 2)}


def test_hours_before_it_was_set_up_or_while_it_is_off_are_not_made_up_for() -> None:
    ReportScheduleFactory.create(from_at=NOW - timedelta(minutes=5))
    ReportScheduleFactory.create(from_at=LONG_AGO, active=False)
    assert tick(NOW) == 0


def test_nothing_to_tell_is_recorded_and_not_mailed_where_asked_so() -> None:
    ReportScheduleFactory.create(from_at=LONG_AGO, report="certificates_at_risk", quiet_if_empty=True)
    assert tick(NOW) == 0
    assert ReportRun.objects.get().state == RunState.EMPTY


def test_a_report_that_breaks_is_tried_again_then_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ReportScheduleFactory.create(from_at=LONG_AGO)
    real = making.make

    def break_down(**_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(sending, "make", break_down)
    tick(NOW)
    run = ReportRun.objects.get()
    assert (run.state, run.attempts, run.due_at) == ("waiting", 1, NOW + schedules.FIRST_WAIT)
    monkeypatch.setattr(sending, "make", real)
    assert tick(NOW + timedelta(minutes=6)) == 1
    run.refresh_from_db()
    assert (run.state, run.failure) == ("done", "")
    monkeypatch.setattr(sending, "make", break_down)
    for hour in range(schedules.MOST_TRIES + 1):
        tick(NOW + timedelta(days=1, hours=hour))
    assert ReportRun.objects.order_by("-pk")[0].state == RunState.FAILED


def test_one_report_that_breaks_does_not_stand_in_the_way_of_others() -> None:
    ReportScheduleFactory.create(from_at=LONG_AGO, report="no_longer_there")
    ReportScheduleFactory.create(from_at=LONG_AGO, report="compliance")
    assert tick(NOW) == 1


def test_two_schedules_of_one_report_write_to_a_reader_once() -> None:
    ReportScheduleFactory.create(from_at=LONG_AGO)
    ReportScheduleFactory.create(from_at=LONG_AGO, recipients=["owner@example.com", "second@example.com"])
    tick(NOW)
    assert sorted(each.to[0] for each in mail.outbox) == ["owner@example.com", "second@example.com"]


def test_the_database_refuses_a_weekly_schedule_without_a_weekday() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportScheduleFactory.create(repeats="week")
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportScheduleFactory.create(weekday=3)


@pytest.mark.django_db(transaction=True)
def test_workers_that_look_at_once_make_and_send_each_report_once() -> None:
    for name in ("daily_summary", "compliance", "license_expiry"):
        ReportScheduleFactory.create(from_at=LONG_AGO, report=name)

    def look(_: int) -> None:
        try:
            tick(NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(look, range(12)))
    assert ReportRun.objects.count() == ReportMail.objects.filter(state="sent").count() == 3
    assert len(mail.outbox) == 3
