"""Days and weeks that figures are added up to, and the same added up again in Python."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from agents.models import ActivityFigures, ActivityWeeks, DayFigures, OwnerWeeks, SourceWeeks
from agents.tests.figures_support import kept_by_owner, kept_by_source, plus, values


def kept_sums() -> dict[str, Any]:
    """What is kept added up once more: all of a day, and by week."""
    return {
        "days": {row.day: values(row, "day") for row in DayFigures.objects.all()},
        "sources": {(row.week, row.source_id): values(row, "week", "source") for row in SourceWeeks.objects.all()},
        "owners": {(row.week, row.owner_id): values(row, "week", "owner") for row in OwnerWeeks.objects.all()},
        "people": {(row.week, row.person_id): values(row, "week", "person") for row in ActivityWeeks.objects.all()},
    }  # fmt: skip


def summed_again() -> dict[str, Any]:
    """The same, of the kept days."""
    did = {
        (row.day, row.person_id): values(row, "day", "person", "outcomes")
        for row in ActivityFigures.objects.all()
    }
    sources = kept_by_source()
    return {
        "days": _summed({(day, source): each for (day, source), each in sources.items()}, lambda key: key[0]),
        "sources": _summed(sources, _week_of), "owners": _summed(kept_by_owner(), _week_of),
        "people": _summed(did, _week_of),
    }  # fmt: skip


def _week_of(key: tuple[date, Any]) -> tuple[date, Any]:
    return key[0] - timedelta(days=key[0].weekday()), key[1]


def _summed(rows: dict[Any, dict[str, Any]], group: Callable[[Any], Any]) -> dict[Any, dict[str, Any]]:
    found: dict[Any, dict[str, Any]] = {}
    for key, row in rows.items():
        held = found.setdefault(group(key), {})
        for name, value in row.items():
            held[name] = plus(held[name], value) if name in held else value
    return found
