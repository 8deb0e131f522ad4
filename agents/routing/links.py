"""Who of a pool may have such leads, remembered: the leads of a replay ask for the same again and again."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from agents.assignment.eligibility import Wanted
from agents.assignment.roster import AgentCard, PoolCard, Roster
from agents.assignment.route import Link, link_of

Mark = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Clock:
    """The working hours of everybody in one time zone: between two of their edges nobody comes or goes."""

    zone: ZoneInfo
    starts: tuple[time, ...]
    ends: tuple[time, ...]

    def mark(self, now: datetime) -> Mark:
        """The same for moments of which `hours_refusal` says the same of all of them."""
        local = now.astimezone(self.zone)
        clock = local.time().replace(microsecond=0)  # as hours_refusal reads it
        return local.weekday(), bisect_right(self.starts, clock), bisect_left(self.ends, clock)


@dataclass(slots=True)
class Links:
    """A MakeLink of one roster: `link_of`, asked once for each kind of lead while nobody's hours or day change.

    Moments should come in order: of what was found it keeps what holds at the last one.
    """

    clocks: tuple[_Clock, ...]
    _found: dict[Mark, Link] = field(default_factory=dict)
    _now: Mark = ()
    _at: datetime | None = None

    def __call__(self, pool: PoolCard, wanted: Wanted, roster: Roster) -> Link:
        """As `link_of`, which it asks where it does not know. The link is shared."""
        if wanted.now != self._at:
            self._look_at(wanted)
        kind = (pool.id, wanted.interest, wanted.line, wanted.state, wanted.language, wanted.had)
        link = self._found.get(kind)
        if link is None:
            link = self._found[kind] = link_of(pool, wanted, roster)
        return link

    def _look_at(self, wanted: Wanted) -> None:
        self._at = wanted.now
        mark = (wanted.today, *(clock.mark(wanted.now) for clock in self.clocks))
        if mark != self._now:
            self._now = mark
            self._found.clear()


def links_of(roster: Roster) -> Links:
    """Nothing remembered yet of `roster`."""
    return Links(tuple(_clocks(roster.agents.values())))


def _clocks(agents: Iterable[AgentCard]) -> Iterable[_Clock]:
    """Whoever has no hours, or no zone that exists, is the same at all times."""
    hours: defaultdict[ZoneInfo, list[tuple[int, time, time]]] = defaultdict(list)
    for agent in agents:
        if agent.zone is not None and agent.hours:
            hours[agent.zone] += agent.hours
    for zone, spans in hours.items():
        starts, ends = sorted({start for _, start, _ in spans}), sorted({end for _, _, end in spans})
        yield _Clock(zone, tuple(starts), tuple(ends))
