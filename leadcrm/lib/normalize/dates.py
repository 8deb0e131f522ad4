"""Calendar days: ISO, the American order and month names. A day that does not exist is never mended."""

import re
from datetime import date, datetime
from typing import Final

from leadcrm.lib.normalize.base import Clean, Unreadable, as_form

OLDEST: Final = 120  # years; older than anyone whose birth is documented, bar one
_MONTH_NAMES: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_MONTHS: Final = {
    name[:length]: number for number, name in enumerate(_MONTH_NAMES, start=1) for length in {3, len(name)}
} | {"sept": 9}
_ISO: Final = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_SLASHED: Final = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_SOLID: Final = re.compile(r"([0-9]{8})(?:\.0+)?")
_MONTH_FIRST: Final = re.compile(
    r"([a-z]{3,9})\.?[\s-]+([0-9]{1,2})(?:st|nd|rd|th)?(?:\s*,\s*|[\s-]+)([0-9]{4}|[0-9]{2})"
)
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?[\s-]+([a-z]{3,9})\.?[\s,-]+([0-9]{4}|[0-9]{2})")
# Many senders keep a day as a moment; the day is what was written, in whatever zone.
_CLOCK: Final = re.compile(r"(?<=[0-9])(?:T|\s+)[0-9]{1,2}:[0-9]{2}.*$", re.IGNORECASE | re.DOTALL)


def day(raw: object, *, today: date) -> Clean[date]:
    """A calendar day. Two-digit years lie between 80 years before and 19 years after `today`.

    A time of day behind it is left off. Where only day-month order makes sense (25/12/2026) it is used,
    with the note `day_first`; otherwise month-day is meant. Unreadable: `not_a_date`, `no_such_day`.
    """
    if isinstance(raw, date):
        return Clean(raw.date() if isinstance(raw, datetime) else raw)
    return read_day(_CLOCK.sub("", as_form(raw)), latest=today.year + 19)


def birth_date(raw: object, *, today: date) -> Clean[date]:
    """A day of birth: not after `today` (the agency's day), at most 120 years ago; two-digit years are past.

    Unreadable: those of `day`, `in_future`, `too_old`.
    """
    if isinstance(raw, date):
        found = Clean(raw.date() if isinstance(raw, datetime) else raw)
    else:
        found = read_day(_CLOCK.sub("", as_form(raw)), latest=today.year, not_after=today)
    if found.value > today:
        raise Unreadable("in_future", "Is a day of birth in the future.")
    if age_on(found.value, today) > OLDEST:
        raise Unreadable("too_old", f"Is a day of birth more than {OLDEST} years ago.")
    return found


def age_on(born: date, today: date) -> int:
    """Completed years on `today`; someone born on 29 February has the birthday on 1 March in common years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def read_day(text: str, *, latest: int, not_after: date | None = None) -> Clean[date]:
    """The day that `text` writes; two-digit years end with year `latest`, or before the day `not_after`."""
    if found := _ISO.fullmatch(text):
        return Clean(_day(int(found[1]), int(found[3]), int(found[4])))
    if found := _SLASHED.fullmatch(text):
        return _american(found[4], int(found[1]), int(found[3]), latest, not_after)
    if found := _SOLID.fullmatch(text):
        return Clean(_solid(found[1]))
    lowered = text.lower()
    if found := _MONTH_FIRST.fullmatch(lowered):
        return Clean(_with_century(found[3], _month(found[1]), int(found[2]), latest, not_after))
    if found := _DAY_FIRST.fullmatch(lowered):
        return Clean(_with_century(found[3], _month(found[2]), int(found[1]), latest, not_after))
    raise Unreadable("not_a_date", "Is not a date like 1950-12-31, 12/31/1950 or Dec 31, 1950.")


def _american(year: str, first: int, second: int, latest: int, not_after: date | None) -> Clean[date]:
    if first > 12 >= second:
        return Clean(_with_century(year, second, first, latest, not_after), "day_first")
    return Clean(_with_century(year, first, second, latest, not_after))


def _solid(digits: str) -> date:
    """Eight digits: YYYYMMDD when they begin like a year of our time, which no month does, else MMDDYYYY."""
    if digits[:2] in {"19", "20"}:
        return _day(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    return _day(int(digits[4:]), int(digits[:2]), int(digits[2:4]))


def _with_century(year: str, month: int, day_of_month: int, latest: int, not_after: date | None) -> date:
    if len(year) == 4:
        return _day(int(year), month, day_of_month)
    full = latest - (latest - int(year)) % 100
    if not_after and full == not_after.year and (month, day_of_month) > (not_after.month, not_after.day):
        full -= 100
    return _day(full, month, day_of_month)


def _month(name: str) -> int:
    month = _MONTHS.get(name)
    if month is None:
        raise Unreadable("not_a_date", "Names no month.")
    return month


def _day(year: int, month: int, day_of_month: int) -> date:
    if not 1800 <= year <= 2200:
        raise Unreadable("no_such_day", "Has a year that is out of range.")
    try:
        return date(year, month, day_of_month)
    except ValueError:
        raise Unreadable("no_such_day", "Is not a day of the calendar.") from None
