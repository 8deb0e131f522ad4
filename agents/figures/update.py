"""The background job: what is new is noted as cells that are due, then the due ones are counted anew."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from agents.figures.counting import Cell, count_cells, count_day
from agents.figures.noting import note_days, note_news
from agents.models import FigureDue, FigureKind, FigureState
from leadcrm.lib.alone import alone

# Advisory lock of the job: one at a time.
_JOB: Final = 0x4649_474A_4F42  # "FIGJOB"
# Of a run: tasks are ended after a minute.
BUDGET: Final = timedelta(seconds=35)
AT_ONCE: Final = 300
# So many days are counted anew each night, whatever was noted: an error of a watermark heals by itself.
NIGHTLY_DAYS: Final = 35


def keep_figures(*, now: datetime, budget: timedelta = BUDGET) -> bool:
    """Bring the figures up to `now` (aware); True where nothing is left to be counted.

    What is not done within `budget` stays due for the next run, which begins with the newest cells; days that are
    counted whole come after them. A second process that comes meanwhile does nothing.
    """
    until = monotonic() + budget.total_seconds()
    with alone(_JOB) as mine:
        if not mine:
            return False
        note_news(now=now)
        while _count_some():
            if monotonic() > until:
                return False
        FigureState.objects.filter(pk=1).update(as_of=now)
        while count_next_day() is not None:
            if monotonic() > until:
                return not FigureDue.objects.exists()
        return True


def count_recent_days_again(*, now: datetime) -> None:
    """Have the last NIGHTLY_DAYS days counted whole by the next runs, the newest first."""
    today = now.astimezone(settings.AGENCY_ZONE).date()
    note_days(first=today - timedelta(days=NIGHTLY_DAYS - 1), last=today)


def rebuild(*, first: date, last: date, told: Callable[[date], None]) -> int:
    """Count the days from `first` through `last` anew; how many. `told` hears of each that is done.

    The days are noted first, so that the background job finishes what is broken off here.
    """
    note_days(first=first, last=last)
    count = 0
    while (day := count_next_day(first=first, last=last)) is not None:
        told(day)
        count += 1
    return count


def _count_some() -> bool:
    """Count some cells that are due; False where none is."""
    with _taken(FigureDue.objects.exclude(kind=FigureKind.DAY), AT_ONCE) as due:
        count_cells(Cell(FigureKind(row.kind), row.day, row.source_id, row.person_id) for row in due)
        return bool(due)


def count_next_day(*, first: date = date.min, last: date = date.max) -> date | None:
    """Count the newest day that is due from `first` through `last`, whole; None where none is."""
    days = FigureDue.objects.filter(kind=FigureKind.DAY, day__gte=first, day__lte=last)
    with _taken(days, 1) as due:
        for row in due:
            count_day(row.day)
        return due[0].day if due else None


@contextmanager
def _taken(rows: QuerySet[FigureDue], most: int) -> Iterator[list[FigureDue]]:
    """The newest `most` of `rows`, gone when the block ends well: they and what is counted are written together."""
    with transaction.atomic():
        found = list(rows.select_for_update(skip_locked=True).order_by("-day", "pk")[:most])
        FigureDue.objects.filter(pk__in=[row.pk for row in found]).delete()
        yield found
