"""What the clock and the count of contacts say: reasons against a call now, and when they end. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from compliance.calling.facts import DAY
from compliance.calling.hours import PLACELESS, Place, next_opening, open_spans, span_at, window_of
from compliance.calling.legal_days import holiday_name
from compliance.calling.permission import Why
from compliance.calling.rules import Book, RuleCard, Span
from compliance.calling.zones import EASTERN, ZONE_NAMES
from compliance.models.calling import FEDERAL
from leadcrm.lib.clock import short_time_words
from leadcrm.lib.places import STATE_NAMES

# Whole days first: they say more than an hour would.
_ORDER: Final = ("emergency", "holiday", "closed_day", "hours")


def against_now(book: Book, place: Place, spans: Sequence[Span], now: datetime) -> list[Why]:
    """Why the rules do not let `place` be called at `now`: one Why per kind; none while a span is open."""
    if span_at(spans, now):
        return []
    opens_at = next_opening(spans, now)
    found: dict[str, list[tuple[RuleCard, str]]] = {}
    for rule in book.of_states(place.states):
        for zone in place.zones:
            for code, text in _objections(book, rule, zone, now):
                found.setdefault(code, []).append((rule, text))
    reasons = [_why(code, found[code], opens_at) for code in _ORDER if code in found]
    if place.placeless and not _in_placeless(now):
        text = "This number is of no place: it may be called from 2 PM to 8 PM Eastern only"
        reasons.append(Why("hours", text, opens_at))
    return reasons or [Why("hours", "The rules leave no time open today", opens_at)]


def _in_placeless(now: datetime) -> bool:
    starts, ends = PLACELESS or (time.min, time.min)
    return starts <= now.astimezone(ZoneInfo(EASTERN)).time() < ends


def _why(code: str, found: list[tuple[RuleCard, str]], opens_at: datetime | None) -> Why:
    """One reason in the words of the state's own rule where there is one."""
    texts = [text for rule, text in found if rule.state != FEDERAL] or [text for _, text in found]
    rules = tuple(dict.fromkeys(rule.key for rule, _ in found))
    return Why(code, "; ".join(dict.fromkeys(texts)), opens_at, rules)


def _objections(book: Book, rule: RuleCard, zone: str, now: datetime) -> Iterator[tuple[str, str]]:
    """What one rule has against `now` on one clock: (code, words)."""
    local = now.astimezone(ZoneInfo(zone))
    day, clock = local.date(), local.time()
    if not rule.holds_on(day):
        return
    where = "the United States" if rule.state == FEDERAL else STATE_NAMES[rule.state]
    for ban in book.bans:
        if rule.emergency_ban and rule.state in ban.states and ban.holds_at(now):
            yield "emergency", f"{where} lets nobody call during an emergency: {ban.reason}"
    window = window_of(rule, day)
    if window is None:
        name = "" if rule.holidays else holiday_name(rule.state, day)
        if name:
            yield "holiday", f"{where} lets nobody call on a legal holiday: {name}"
        else:
            yield "closed_day", f"{where} lets nobody call on a {day:%A}"
    elif not window[0] <= clock < window[1]:
        here = f"it is {short_time_words(clock)} {ZONE_NAMES.get(zone, zone)} time"
        hours = f"{short_time_words(window[0])} to {short_time_words(window[1])}"
        yield "hours", f"{where} leaves {hours} open; {here}"


def against_count(
    rules: Iterable[RuleCard], attempts: Sequence[datetime], place: Place, now: datetime
) -> Why | None:
    """The smallest limit on attempts in 24 hours that is reached, else None. `attempts` newest first.

    An attempt counts for 24:00:00 less a microsecond: exactly 24 hours later there is room for the next one.
    """
    limited = [rule for rule in rules if rule.attempts is not None and _holds_somewhere(rule, place, now)]
    if not limited:
        return None
    strictest = min(limited, key=lambda rule: (rule.attempts or 0, rule.id))
    limit = strictest.attempts or 0
    counted = [at for at in attempts if now - DAY < at <= now]
    if len(counted) < limit:
        return None
    opens_at = counted[limit - 1] + DAY if limit else None
    state = "Federal rules" if strictest.state == FEDERAL else STATE_NAMES[strictest.state]
    text = f"{state}: {limit} calls and texts in 24 hours are the limit, and there were {len(counted)}"
    return Why("attempts", text, opens_at, (strictest.key,))


def _holds_somewhere(rule: RuleCard, place: Place, now: datetime) -> bool:
    zones = place.zones or (EASTERN,)
    return any(rule.holds_on(now.astimezone(ZoneInfo(zone)).date()) for zone in zones)


def rules_used(book: Book, place: Place, now: datetime) -> tuple[RuleCard, ...]:
    """The rows that have a say at `now` on one of the clocks."""
    return tuple(rule for rule in book.of_states(place.states) if _holds_somewhere(rule, place, now))


def opening(
    book: Book, place: Place, spans: Sequence[Span], earliest: datetime | None, now: datetime
) -> datetime | None:
    """The first moment at or after both `earliest` and `now` that the rules leave open; None within the horizon."""
    moment = max(now, earliest) if earliest else now
    if moment > now + timedelta(days=1):
        spans = open_spans(book, place, moment)
    return next_opening(spans, moment)
