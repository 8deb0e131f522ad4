"""Values of a report in words, the same wherever people read them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from agents.reports.report import Value
from leadcrm.lib.samples import Share

DASH: Final = "\N{EN DASH}"
_UNITS: Final = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def words(value: Value) -> str:
    """“$1,234.50”, “1,234”, “24 % (16 to 34)”, “4 min”; a dash of nothing."""
    if value is None:
        return DASH
    if isinstance(value, Share):
        return _share(value)
    if isinstance(value, Decimal):
        return f"-${-value:,.2f}" if value < 0 else f"${value:,.2f}"
    if isinstance(value, timedelta):
        return duration(value)
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:,}" if isinstance(value, int) else value


def _share(share: Share) -> str:
    """The share and its interval; of few, the counts."""
    if share.value is None:
        return DASH
    if share.few:
        return f"{share.part} of {share.whole}"
    return f"{share.value * 100:.0f} % ({share.low * 100:.0f}\N{EN DASH}{share.high * 100:.0f})"


def duration(length: timedelta) -> str:
    """Two units at most: “45 s”, “4 min”, “1 h 20 min”, “3 d 4 h”."""
    left = round(length.total_seconds())
    for (size, unit), (smaller, small_unit) in zip(_UNITS, (*_UNITS[1:], (1, "")), strict=True):
        if left >= size:
            more = left % size // smaller if size > 60 else 0
            return f"{left // size} {unit}" + (f" {more} {small_unit}" if more else "")
    return "0 s"
