"""Small lists for the tests of the do-not-call registry."""

import io
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from compliance.dnc.answers import Listed
from compliance.dnc.imports import ImportResult, import_changes, import_full
from compliance.dnc.lookup import listed

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def named(text: str | bytes, name: str = "list.txt") -> io.BytesIO:
    """A file object as an upload would be."""
    stream = io.BytesIO(text.encode() if isinstance(text, str) else text)
    stream.name = name
    return stream


def lines(numbers: Iterable[str]) -> str:
    """A full list of ten-digit numbers."""
    return "".join(f"{number[:3]},{number[3:]}\n" for number in numbers)


def noon(day: date) -> datetime:
    """Noon of a day, agency time."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("America/New_York"))


def full(numbers: Iterable[str], *, on: date = OCTOBER, code: str = "national", **more: Any) -> ImportResult:
    """Load a full list on its day."""
    options: dict[str, Any] = {"imported_by": "Jo", "now": noon(on), **more}
    return import_full(files=[named(lines(numbers))], list_code=code, effective_on=on, **options)


def changes(text: str, *, on: date = NOVEMBER, code: str = "national", **more: Any) -> ImportResult:
    """Apply a change list on its day."""
    options: dict[str, Any] = {"imported_by": "Jo", "now": noon(on), **more}
    return import_changes(files=[named(text)], list_code=code, effective_on=on, **options)


def state(phone: str, code: str = "national", on: date | datetime | None = None) -> Listed:
    """What one list says about a number."""
    (answer,) = listed(phone, [code], on=on)
    return answer.state
