"""Days of the agency that a report is about."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError

# What people mean by a period's name.
NAMES: Final = {"yesterday": "Yesterday", "last-week": "Last week", "last-month": "Last month"}
# Longer ones are asked for year by year.
MOST_DAYS: Final = 400


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of the agency's calendar, `first` through `last`."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    @property
    def begins(self) -> datetime:
        """The agency's midnight before the first day."""
        return datetime.combine(self.first, time.min, tzinfo=settings.AGENCY_ZONE)

    @property
    def ends(self) -> datetime:
        """The agency's midnight after the last day."""
        return datetime.combine(self.last + timedelta(days=1), time.min, tzinfo=settings.AGENCY_ZONE)

    def __str__(self) -> str:
        if self.first == self.last:
            return f"{self.first:%A, %B} {self.first.day}, {self.first.year}"
        return f"{_short(self.first)} to {_short(self.last)}"


def _short(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"


def named(name: str, today: date) -> Period:
    """The period a name means on `today` (the agency's): weeks begin on Monday. Raises ValidationError."""
    if name == "yesterday":
        return Period(today - timedelta(days=1), today - timedelta(days=1))
    if name == "last-week":
        monday = today - timedelta(days=today.weekday() + 7)
        return Period(monday, monday + timedelta(days=6))
    if name == "last-month":
        last = today.replace(day=1) - timedelta(days=1)
        return Period(last.replace(day=1), last)
    raise ValidationError({"period": f"“{name}” is none of {', '.join(NAMES)}"})


def from_to(first: date, last: date) -> Period:
    """The days from `first` through `last`. Raises ValidationError naming first or last."""
    if last < first:
        raise ValidationError({"last": f"{last} lies before the first day, {first}"})
    if (last - first).days >= MOST_DAYS:
        raise ValidationError({"last": f"a report covers {MOST_DAYS} days at most"})
    return Period(first, last)
