"""Working minutes: when so many of them have passed. Pure.

The clock of a lead runs while its owner works *and* its person may be called. Both are lists of spans in UTC, so
minutes are real minutes: where the clocks change, the hour that is skipped is not counted and the hour that comes
twice is counted twice.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from agents.assignment.roster import AgentCard

Span = tuple[datetime, datetime]
# As far ahead as calling hours are known (compliance.calling.hours); a step further away is looked for again later.
HORIZON: Final = timedelta(days=14)
_LAST_MINUTE: Final = time(23, 59)


def due_at(
    *, since: datetime, minutes: int, works: Sequence[Span], may_call: Sequence[Span]
) -> datetime | None:
    """The moment at which `minutes` have passed since `since` inside both lists; None within what they cover.

    Both are sorted and without overlap. With 0 minutes or less the answer is `since`.
    """
    left = timedelta(minutes=minutes)
    if left <= timedelta(0):
        return since
    for starts, ends in _both(works, may_call):
        begins = max(starts, since)
        if begins >= ends:
            continue
        if ends - begins >= left:
            return begins + left
        left -= ends - begins
    return None


def working_spans(card: AgentCard | None, since: datetime) -> list[Span]:
    """When the agent works, from `since` on through HORIZON. Always, without hours (or without an agent)."""
    until = since + HORIZON
    if card is None or card.zone is None or not card.hours:
        return [(since, until)]
    first = since.astimezone(card.zone).date() - timedelta(days=1)
    days = [first + timedelta(days=ahead) for ahead in range(HORIZON.days + 3)]
    return _joined(sorted(span for day in days for span in _of_day(card, day)))


def _of_day(card: AgentCard, day: date) -> Iterator[Span]:
    for weekday, starts, ends in card.hours:
        if weekday == day.weekday():
            begin = datetime.combine(day, starts, card.zone)
            # What ends in the last minute of a day ends with the day; an end that comes twice is the later one.
            end = (
                datetime.combine(day + timedelta(days=1), time(0), card.zone)
                if ends >= _LAST_MINUTE
                else datetime.combine(day, ends, card.zone).replace(fold=1)
            )
            yield begin.astimezone(UTC), end.astimezone(UTC)


def _joined(spans: list[Span]) -> list[Span]:
    """Overlapping spans as one: nobody works twice at once."""
    found: list[Span] = []
    for starts, ends in spans:
        if found and starts <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        elif starts < ends:
            found.append((starts, ends))
    return found


def _both(ones: Sequence[Span], others: Sequence[Span]) -> Iterator[Span]:
    """What lies in a span of each list, in order."""
    a = b = 0
    while a < len(ones) and b < len(others):
        starts, ends = max(ones[a][0], others[b][0]), min(ones[a][1], others[b][1])
        if starts < ends:
            yield starts, ends
        if ones[a][1] < others[b][1]:
            a += 1
        else:
            b += 1
