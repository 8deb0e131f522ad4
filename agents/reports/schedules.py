"""Reports by the clock: which hours have struck, each made once; of missed hours the last one is made up for."""

from datetime import UTC, datetime, time, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from agents.models import Repeats, ReportRun, ReportSchedule, RunState, RunVia
from agents.reports import find_report
from agents.reports.periods import Period, named
from agents.reports.sending import Order, carry_out

log = structlog.get_logger(__name__)
MOST_TRIES: Final = 4
FIRST_WAIT: Final = timedelta(minutes=5)


def last_slot(schedule: ReportSchedule, now: datetime) -> datetime:
    """The newest hour of `schedule` at or before `now` (aware), by the agency's clock; itself in UTC.

    An hour that a change of the clocks leaves out strikes an hour later; one that comes twice, the first time.
    """
    local = now.astimezone(settings.AGENCY_ZONE)
    day = local.date()
    for _ in range(62):  # a month behind is the furthest
        fits = {
            Repeats.DAY: True, Repeats.WEEK: day.weekday() == schedule.weekday, Repeats.MONTH: day.day == 1,
        }  # fmt: skip
        # In UTC: an hour that clocks leave out or that comes twice equals none of another zone, not even itself.
        slot = datetime.combine(day, time(schedule.hour), tzinfo=settings.AGENCY_ZONE).astimezone(UTC)
        if fits[Repeats(schedule.repeats)] and slot <= now:
            return slot
        day -= timedelta(days=1)
    raise AssertionError("every schedule strikes within two months")


def note_due(*, now: datetime) -> int:
    """Write a run for each schedule whose hour has struck since its last; how many. Safe to repeat, and at once."""
    made = []
    for schedule in ReportSchedule.objects.filter(active=True):
        slot = last_slot(schedule, now)
        if slot < schedule.from_at:
            continue
        period = named(schedule.period, slot.astimezone(settings.AGENCY_ZONE).date())
        made.append(
            ReportRun(
                report=schedule.report, first=period.first, last=period.last, format="mail", via=RunVia.SCHEDULE,
                schedule=schedule, slot_at=slot, state=RunState.WAITING, due_at=now, created_at=now,
                recipients=schedule.recipients,
            )
        )  # fmt: skip
    known = set(
        ReportRun.objects.filter(
            schedule__in=[run.schedule_id for run in made if run.schedule_id]
        ).values_list("schedule_id", "slot_at")
    )
    fresh = [run for run in made if (run.schedule_id, run.slot_at) not in known]
    ReportRun.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def make_due(*, now: datetime) -> int:
    """Make the runs that are due, each in a transaction of its own; how many were made."""
    count = 0
    tried: set[int] = set()
    while True:
        with transaction.atomic():
            due = ReportRun.objects.filter(state=RunState.WAITING, due_at__lte=now).exclude(pk__in=tried)
            locked = due.select_for_update(skip_locked=True, of=("self",)).select_related("schedule")
            run = locked.order_by("due_at", "pk").first()
            if run is None:
                return count
            tried.add(run.pk)
            count += _made(run, now)


def _made(run: ReportRun, now: datetime) -> bool:
    """Make one; what breaks is written down and tried again a few times."""
    try:
        with transaction.atomic():
            carry_out(run=run, order=_order(run), now=now)
    except Exception as broke:
        log.error("report.failed", run=run.pk, exc_info=broke)
        _try_later(run, type(broke).__name__, now)
        return False
    return True


def _order(run: ReportRun) -> Order:
    report = find_report(run.report)
    if report is None:
        raise ValidationError(f"There is no report {run.report}")
    quiet = run.schedule.quiet_if_empty if run.schedule else False
    return Order(
        report, Period(run.first, run.last), RunVia(run.via), run.format, run.made_by, run.recipients,
        quiet_if_empty=quiet,
    )  # fmt: skip


def _try_later(run: ReportRun, failure: str, now: datetime) -> None:
    run.refresh_from_db()
    run.attempts += 1
    over = run.attempts >= MOST_TRIES
    run.state, run.failure = RunState.FAILED if over else RunState.WAITING, failure[:80]
    run.due_at = None if over else now + FIRST_WAIT * 2 ** (run.attempts - 1)
    run.save()
