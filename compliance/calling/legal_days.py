"""Which days are legal holidays of a state, as far as calling rules go.

From the `holidays` package: its categories `public` (by federal and state law) and `government` (offices closed, such
as Louisiana's election day), each on its own date and on the day it is observed instead. A rule that closes "legal
holidays" closes them all: one day too many costs calls, one too few costs a penalty. `unofficial` days
(Valentine's Day) do not count. Holidays that a governor proclaims are not in it: declare an emergency ban.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import holidays


def holiday_name(state: str, day: date) -> str:
    """The name of the legal holiday of `state` (USPS code) that falls on `day`, "" when it is none."""
    return _of_year(state, day.year).get(day, "")


@lru_cache(maxsize=512)
def _of_year(state: str, year: int) -> Mapping[date, str]:
    """All of one state and year, about half a millisecond once."""
    found = holidays.country_holidays(
        "US", subdiv=state, years=year, categories=("public", "government"), observed=True
    )
    return dict(found.items())
