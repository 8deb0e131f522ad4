"""What the lines of a list look like. Found on the first line, then demanded of every other one. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

_AREA, _SEVEN, _TEN, _PRETTY = rb"(?P<area>\d{3})", rb"(?P<seven>\d{7})", rb"(?P<ten>\d{10})", (
    rb"(?P<pretty>\(\d{3}\) \d{3}-\d{4})"
)  # fmt: skip
_ACTION = rb"(?P<action>[ADad])"
_CLOCK = rb"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?: ?[AaPp][Mm])?Z?)?"
# The pattern of a column and, for a date, how it is read.
_DATES = {
    rb"(?P<date>\d{4}-\d{2}-\d{2}" + _CLOCK + rb")": "%Y-%m-%d",
    rb"(?P<date>\d{1,2}/\d{1,2}/\d{4}" + _CLOCK + rb")": "%m/%d/%Y",
    rb"(?P<date>\d{8})": "%Y%m%d",
}
_COLUMNS = (_AREA, _SEVEN, _TEN, _PRETTY, _ACTION, *_DATES)
_DELIMITER = re.compile(rb"[,;\t|]")
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001  only the order of dates matters
_DIGITS_TO_9 = bytes.maketrans(b"0123456789", b"9" * 10)
_NUMBER_COLUMNS = ({"area", "seven"}, {"ten"}, {"pretty"})


class LayoutError(ValueError):
    """A line is not of any shape we read."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The shape of a file's lines."""

    pattern: re.Pattern[bytes]
    columns: frozenset[str]
    ending: bytes
    date_format: str = ""

    @property
    def is_changes(self) -> bool:
        """Whether the lines say add or delete."""
        return "action" in self.columns


def shape(line: bytes) -> str:
    """A line for an error message: digits become 9, so that no number is shown."""
    text = line.removesuffix(b"\n")[:40].translate(_DIGITS_TO_9).decode("latin-1")
    return repr(re.sub(r"[B-CE-Zb-ce-z]", "x", text))


def find_layout(line: bytes) -> Layout:
    """The layout of a first line, with its line break. Raises LayoutError."""
    body = line.rstrip(b"\r\n")
    ending = line[len(body) :]
    found = _DELIMITER.search(body)
    delimiter = found.group() if found else None
    patterns = [_column(text) for text in (body.split(delimiter) if delimiter else [body])]
    names = [re.findall(rb"\(\?P<(\w+)>", pattern)[0].decode() for pattern in patterns]
    _check(names)
    date_format = next((_DATES[pattern] for pattern in patterns if pattern in _DATES), "")
    whole = re.escape(delimiter or b"").join(patterns) + re.escape(ending)
    return Layout(re.compile(whole), frozenset(names), ending, date_format)


def _column(text: bytes) -> bytes:
    for pattern in _COLUMNS:
        if re.fullmatch(pattern, text):
            return pattern
    raise LayoutError("cannot be read as a number, an A or D, or a date")


def _check(names: list[str]) -> None:
    if len(set(names)) != len(names):
        raise LayoutError("the same kind of column twice")
    if set(names) - {"action", "date"} not in _NUMBER_COLUMNS:
        raise LayoutError("no number, or more than one")


def digits_of(match: re.Match[bytes]) -> bytes:
    """The ten digits of a matched line."""
    groups = match.groupdict()
    if "area" in groups:
        return bytes(groups["area"] + groups["seven"])
    return bytes(groups.get("ten") or groups["pretty"].translate(None, b"()- "))


@lru_cache(maxsize=100_000)
def seconds_of(text: bytes, date_format: str) -> int:
    """Seconds since 2000 of a date column, for ordering. Raises LayoutError for a day that does not exist."""
    words = text.decode().rstrip("Z").replace("T", " ").upper()
    day, _, clock = words.partition(" ")
    try:
        moment = datetime.strptime(day, date_format)  # noqa: DTZ007
        if clock:
            moment += _time_of_day(clock)
    except ValueError as error:
        raise LayoutError("no such date") from error
    seconds = int((moment - _EPOCH).total_seconds())
    if not 0 <= seconds < 1 << 32:
        raise LayoutError("a date before 2000 or far ahead")
    return seconds


def _time_of_day(clock: str) -> timedelta:
    half = clock[-2:] if clock[-1] == "M" else ""
    parts = clock.removesuffix("M").rstrip("AP ").split(":")
    hours, minutes, seconds = int(parts[0]), int(parts[1]), float(parts[2]) if len(parts) > 2 else 0.0
    if hours > (12 if half else 23) or minutes > 59 or seconds >= 60:
        raise ValueError(clock)
    if half:
        hours = hours % 12 + (12 if half == "PM" else 0)
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
