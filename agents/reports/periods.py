"""Days of the agency that a report is about."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError

from leadcrm.lib.clock import date_words

# What people mean by a period's name.
NAMES: Final = {
    "yesterday": "Yesterday", "last-week": "Last week", "last-month": "Last month", "last-7-days": "Last 7 days",
    "last-30-days": "Last 30 days", "last-90-days": "Last 90 days",
}  # fmt: skip
_DAYS: Final = re.compile(r"last-(7|30|90)-days")
# Longer ones are asked for year by year.
MOST_DAYS: Final = 400
# No agency kept leads here before, none does after; Python's own calendar ends where a day more or less is added.
_EARLIEST, _LATEST = date(2000, 1, 1), date(2999, 12, 31)


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
    def before(self) -> "Period":
        """As many days just before; before a whole month the whole month before."""
        last = self.first - timedelta(days=1)
        if self == month_of(self.first):
            return month_of(last)
        return Period(last - timedelta(days=self.days - 1), last)

    @property
    def begins(self) -> datetime:
        """The agency's midnight before the first day."""
        return datetime.combine(self.first, time.min, tzinfo=settings.AGENCY_ZONE)

    @property
    def ends(self) -> datetime:
        """The agency's midnight after the last day."""
        return datetime.combine(self.last + timedelta(days=1), time.min, tzinfo=settings.AGENCY_ZONE)

    def __str__(self) -> str:
        if self == month_of(self.first):
            return f"{self.first:%B %Y}"
        if self.first == self.last:
            return f"{self.first:%A, %B} {self.first.day}, {self.first.year}"
        return f"{date_words(self.first)} to {date_words(self.last)}"


def month_of(day: date) -> Period:
    """The whole month that `day` lies in."""
    return Period(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def named(name: str, today: date) -> Period:
    """The period a name means on `today` (the agency's): whole days before it, weeks begin on Monday.

    Also a month, as 2026-10; of this one the days up to `today`. Raises ValidationError.
    """
    if name == "yesterday":
        return Period(today - timedelta(days=1), today - timedelta(days=1))
    if name == "last-week":
        monday = today - timedelta(days=today.weekday() + 7)
        return Period(monday, monday + timedelta(days=6))
    if name == "last-month":
        last = today.replace(day=1) - timedelta(days=1)
        return Period(last.replace(day=1), last)
    if days := _DAYS.fullmatch(name):
        return Period(today - timedelta(days=int(days[1])), today - timedelta(days=1))
    return _month(name, today)


def _month(name: str, today: date) -> Period:
    try:
        month = month_of(date.fromisoformat(f"{name}-01"))
    except ValueError:
        known = f"{', '.join(NAMES)}, nor a month as {today:%Y-%m}"
        raise ValidationError({"period": f"“{name}” is none of {known}"}) from None
    if month.first < _EARLIEST:
        raise ValidationError({"period": f"{name} lies before 2000"})
    if month.first > today:
        raise ValidationError({"period": f"{name} is still to come"})
    return Period(month.first, min(month.last, today))


def from_to(first: date, last: date) -> Period:
    """The days from `first` through `last`. Raises ValidationError naming first or last."""
    if first < _EARLIEST:
        raise ValidationError({"first": f"{first} lies before 2000"})
    if last > _LATEST:
        raise ValidationError({"last": f"{last} is too far ahead"})
    if last < first:
        raise ValidationError({"last": f"{last} lies before the first day, {first}"})
    if (last - first).days >= MOST_DAYS:
        raise ValidationError({"last": f"a report covers {MOST_DAYS} days at most"})
    return Period(first, last)


def asked(*, period: str, first: date | None, last: date | None, today: date) -> Period:
    """What somebody asks for: a period by name, or days, or with neither yesterday. Raises ValidationError by name."""
    if period:
        if first or last:
            raise ValidationError({"period": "give either this or days"})
        return named(period, today)
    if first is None:
        if last:
            raise ValidationError({"first": "is missing beside the last day"})
        return named("yesterday", today)
    found = from_to(first, last or first)
    if found.first > today:
        raise ValidationError({"first": f"{found.first} is still to come"})
    return found
