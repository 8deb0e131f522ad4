"""When the rules leave a person open to calls: spans of time right by every rule on every clock. Pure.

A moment is compared on the clock it falls on, so a changing clock moves nothing: an hour that comes twice is inside a
window twice or not at all, and an end is the first moment that is too late (21:00:00 is late).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from compliance.calling.legal_days import holiday_name
from compliance.calling.rules import Ban, Book, RuleCard, Span, Window
from compliance.calling.zones import EASTERN, zones_of_state

# How far ahead the next allowed moment is sought.
HORIZON_DAYS: Final = 14
# For a number of no place: business hours from coast to coast. 2 PM Eastern is 8 AM in Hawaii in summer (9 AM in
# winter), 8 PM Eastern the end of the strictest common evening.
PLACELESS: Final[Window] = (time(14), time(20))


@dataclass(frozen=True, slots=True)
class Place:
    """Whom the rules are asked about: the clocks, the rules, the states; `placeless` adds 14-20 Eastern."""

    zones: tuple[str, ...]
    states: tuple[str, ...]
    placeless: bool = False


def open_spans(book: Book, place: Place, moment: datetime) -> tuple[Span, ...]:
    """The spans [start, end) in which `book` lets `place` be called, from `moment`'s day on for HORIZON_DAYS.

    UTC, sorted, without overlap. Remembered in the book by place and day.
    """
    day = moment.astimezone(UTC).date()
    key = (place, day)
    found = book.spans.get(key)
    if found is None:
        if len(book.spans) > 4096:
            book.spans.clear()
        found = book.spans[key] = tuple(_open_spans(book, place, day))
    return found


def _open_spans(book: Book, place: Place, day: date) -> list[Span]:
    rules = book.of_states(place.states)
    days = [day + timedelta(days=ahead) for ahead in range(-1, HORIZON_DAYS + 2)]
    parts = [list(_of_zone(rules, ZoneInfo(zone), days)) for zone in place.zones]
    if place.placeless:
        parts.append([_span(PLACELESS, each, ZoneInfo(EASTERN)) for each in days if PLACELESS])
    if not parts:
        return []
    spans = parts[0]
    for part in parts[1:]:
        spans = _both(spans, part)
    for ban in book.bans:
        if any(_banned(rule, ban) for rule in rules):
            spans = list(_without(spans, ban, rules))
    return spans


def _of_zone(rules: Sequence[RuleCard], zone: ZoneInfo, days: Iterable[date]) -> Iterator[Span]:
    for day in days:
        window = day_window(rules, day)
        if window is not None:
            span = _span(window, day, zone)
            if span[0] < span[1]:
                yield span


def day_window(rules: Iterable[RuleCard], day: date) -> Window:
    """What all of `rules` that hold on `day` leave open of it; None: nothing. No rule at all leaves nothing."""
    windows = [window_of(rule, day) for rule in rules if rule.holds_on(day)]
    open_ones = [window for window in windows if window is not None]
    if not windows or len(open_ones) < len(windows):
        return None
    starts, ends = max(window[0] for window in open_ones), min(window[1] for window in open_ones)
    return (starts, ends) if starts < ends else None


def window_of(rule: RuleCard, day: date) -> Window:
    """What one rule leaves open of a day, by weekday and holiday."""
    if not rule.holidays and holiday_name(rule.state, day):
        return None
    return rule.windows[day.weekday()]


def _span(window: tuple[time, time], day: date, zone: ZoneInfo) -> Span:
    """In UTC. Where the clock skips or repeats a time, the reading that leaves less open."""
    starts, ends = (datetime.combine(day, clock, zone) for clock in window)
    readings = [
        (starts.replace(fold=fold).astimezone(UTC), ends.replace(fold=fold).astimezone(UTC))
        for fold in (0, 1)
    ]
    return max(reading[0] for reading in readings), min(reading[1] for reading in readings)


def _both(ones: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    return sorted(
        (max(one[0], other[0]), min(one[1], other[1]))
        for one in ones
        for other in others
        if max(one[0], other[0]) < min(one[1], other[1])
    )


def _banned(rule: RuleCard, ban: Ban) -> bool:
    return rule.emergency_ban and rule.state in ban.states


def _without(spans: Iterable[Span], ban: Ban, rules: Sequence[RuleCard]) -> Iterator[Span]:
    """`spans` less the ban, on the days one of the rules that obey it is effective."""
    for starts, ends in spans:
        if not any(_banned(rule, ban) and rule.holds_on(_day_there(rule.state, starts)) for rule in rules):
            yield starts, ends
            continue
        if ban.starts_at > starts:
            yield starts, min(ends, ban.starts_at)
        if ban.ends_at is not None and ban.ends_at < ends:
            yield max(starts, ban.ends_at), ends


def _day_there(state: str, moment: datetime) -> date:
    """The date in the state at a moment inside calling hours: every zone of a state has the same."""
    zones = zones_of_state(state)
    return moment.astimezone(ZoneInfo(zones[0]) if zones else UTC).date()


def span_at(spans: Iterable[Span], moment: datetime) -> Span | None:
    """The span that holds `moment`, or None."""
    return next((span for span in spans if span[0] <= moment < span[1]), None)


def next_opening(spans: Iterable[Span], moment: datetime) -> datetime | None:
    """The first moment from `moment` on that lies in a span; None within the horizon."""
    return next((max(starts, moment) for starts, ends in spans if ends > moment), None)
