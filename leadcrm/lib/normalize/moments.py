"""Moments: ISO 8601, RFC 2822, epochs, American forms, what JavaScript prints. Always answered in UTC."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from leadcrm.lib.normalize.base import Clean, Unreadable, as_form
from leadcrm.lib.normalize.dates import read_day

_WEEKDAY: Final = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}[,.]?\s+", re.IGNORECASE)
_CLOCK: Final = re.compile(
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,:](?P<fraction>[0-9]{1,9}))?)?"
    r"(?:\s*(?P<half>[ap]\.?m\.?))?",
    re.IGNORECASE,
)
_OFFSET: Final = re.compile(r"(?:utc|gmt)?\s*(?P<sign>[+\- ])\s?(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2})?")
_BRACKETED: Final = re.compile(r"\s*[(\[].*[)\]]$", re.DOTALL)
_EPOCH: Final = re.compile(r"([0-9]{10})(?:\.([0-9]{1,9}))?|([0-9]{13})(?:\.0+)?|([0-9]{16})")
_SOLID: Final = re.compile(
    r"((?:19|20)[0-9]{6})T?([0-9]{2})([0-9]{2})([0-9]{2})?(Z|[+-][0-9]{4})?", re.IGNORECASE
)
_FIXED: Final = {
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "akst": -9, "akdt": -8, "hst": -10,
}  # fmt: skip
_NAMED: Final = {
    "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles",
    "eastern": "America/New_York", "central": "America/Chicago", "mountain": "America/Denver",
    "pacific": "America/Los_Angeles",
}  # fmt: skip


def moment(raw: object, *, zone: ZoneInfo) -> Clean[datetime]:
    """A moment as an aware datetime in UTC, between 1970 and 2100. Without a zone it is read in `zone`.

    Understands ISO 8601, RFC 2822, epoch seconds and milliseconds, American dates with a 12- or 24-hour
    clock, US zone names. A day alone is its first moment, note `date_only`; a blank where `+` was meant (a
    form that was not encoded) is noted `repaired`. Unreadable: `not_a_moment` and those of `day`.
    """
    if isinstance(raw, datetime):
        return Clean(_in_utc(raw if raw.tzinfo else raw.replace(tzinfo=zone)))
    if isinstance(raw, date):
        return Clean(_in_utc(datetime(raw.year, raw.month, raw.day, tzinfo=zone)), "date_only")
    text = _WEEKDAY.sub("", as_form(raw))
    if found := _EPOCH.fullmatch(text):
        return Clean(_from_epoch(found))
    if found := _SOLID.fullmatch(text):
        iso = f"{found[1]} {found[2]}:{found[3]}:{found[4] or '00'}{found[5] or ''}"
        return moment(iso, zone=zone)
    return _written(text, zone)


def _written(text: str, zone: ZoneInfo) -> Clean[datetime]:
    clock = _CLOCK.search(text)
    if clock is None:
        found = read_day(text, latest=2069)
        return Clean(_in_utc(_at(found.value, 0, 0, 0, 0, zone)), found.note or "date_only")
    before = text[: clock.start()].rstrip(" ,T\tt")
    behind = text[clock.end() :]
    if not before:
        raise Unreadable("not_a_moment", "Is a time without a day.")
    behind, before = _year_behind(behind, before)
    found = read_day(before, latest=2069)
    where, note = _zone(behind, zone)
    fraction = int((clock["fraction"] or "0").ljust(6, "0")[:6])
    written = _at(found.value, _hour(clock), int(clock["minute"]), int(clock["second"] or 0), fraction, where)
    return Clean(_in_utc(written), note or found.note)


def _year_behind(behind: str, before: str) -> tuple[str, str]:
    """`Nov 24 10:11:12 UTC 2026`, as Unix prints it: the year comes last."""
    found = re.search(r"\s([0-9]{4})$", behind)
    if found and re.fullmatch(r"[A-Za-z]{3,9}\.?\s+[0-9]{1,2}", before):
        return behind[: found.start()], f"{before} {found[1]}"
    return behind, before


def _hour(clock: re.Match[str]) -> int:
    hour = int(clock["hour"])
    half = (clock["half"] or "").lower()
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise Unreadable("not_a_moment", "Has an hour that the 12-hour clock does not have.")
    return hour % 12 + (12 if half.startswith("p") else 0)


def _zone(behind: str, zone: ZoneInfo) -> tuple[tzinfo, str]:
    text = _BRACKETED.sub("", behind).rstrip().lower()
    name = text.strip()
    if not name:
        return zone, ""
    if name in {"z", "utc", "gmt", "+0000"}:
        return UTC, ""
    if name in _FIXED:
        return timezone(timedelta(hours=_FIXED[name])), ""
    if name in _NAMED:
        return ZoneInfo(_NAMED[name]), ""
    found = _OFFSET.fullmatch(text) or _OFFSET.fullmatch(name)
    if found is None:
        raise Unreadable("not_a_moment", "Names a time zone that is not known.")
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    if offset > timedelta(hours=14):
        raise Unreadable("not_a_moment", "Has a time zone offset that does not exist.")
    return timezone(-offset if found["sign"] == "-" else offset), "repaired" if found["sign"] == " " else ""


def _from_epoch(found: re.Match[str]) -> datetime:
    if found[3]:
        micros = int(found[3]) * 1_000
    elif found[4]:
        micros = int(found[4])
    else:
        micros = int(found[1]) * 1_000_000 + int((found[2] or "0").ljust(6, "0")[:6])
    return _in_utc(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros))


def _at(day: date, hour: int, minute: int, second: int, micros: int, zone: tzinfo) -> datetime:
    try:
        return datetime(day.year, day.month, day.day, hour, minute, second, micros, tzinfo=zone)
    except ValueError:
        raise Unreadable("not_a_moment", "Has a time of day that does not exist.") from None


def _in_utc(when: datetime) -> datetime:
    if not 1970 <= when.year <= 2100:
        raise Unreadable("not_a_moment", "Is not a moment between 1970 and 2100.")
    return when.astimezone(UTC)
