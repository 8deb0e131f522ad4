"""Balances and loads kept in memory, for replays: what agents.assignment.balances and .loads keep in rows."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Final

from agents.assignment.balances import Standing
from agents.assignment.deficit import Balances
from agents.assignment.eligibility import ExclusionCode, Load, load_refusal
from agents.assignment.loads import agency_day_start, hour_start
from agents.assignment.roster import AgentCard, Roster
from agents.assignment.route import Route
from agents.routing.past import NEVER

# Hours begin on such marks on every clock.
_QUARTER: Final = timedelta(minutes=15)
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Counts:
    """What one agent got: the counters of a day and an hour, and how many leads are untouched."""

    day_start: datetime
    hour_start: datetime
    day: int = 0
    hour: int = 0
    untouched: int = 0


@dataclass(slots=True)
class Memory:
    """How pools and agents stand in one course of a replay. Everybody begins even and with nothing.

    Moments must come in order. Its `read` is a ReadStanding for find_route. Who has enough leads is kept, and looked at
    again only where somebody got a lead, a lead was touched, or an hour began.
    """

    limited: dict[int, AgentCard]
    owed: defaultdict[int, Balances] = field(default_factory=lambda: defaultdict(dict))
    last: defaultdict[int, dict[int, datetime | None]] = field(default_factory=lambda: defaultdict(dict))
    counts: dict[int, _Counts] = field(default_factory=dict)
    full: dict[int, ExclusionCode] = field(default_factory=dict)
    _touches: list[tuple[datetime, int]] = field(
        default_factory=list
    )  # a heap: when each untouched lead is touched
    _hour: datetime = _EPOCH
    _day: datetime = _EPOCH
    _holds_until: datetime = _EPOCH

    def __post_init__(self) -> None:
        """A limit of none is reached from the start."""
        for agent in self.limited:
            self._weigh(agent)

    def read(
        self, *, pools: Iterable[int], limited: Iterable[AgentCard], now: datetime, lock: bool
    ) -> Standing:
        """As read_standing; there is nobody to lock out."""
        self._go_on(now)
        return Remembered(owed={pool: self.owed[pool] for pool in pools}, last_lead_at=self.last, memory=self)

    def note(self, route: Route, *, touched_at: datetime) -> None:
        """`route` gave its lead to somebody, who touches it at `touched_at`: what write_route writes about it."""
        now = route.wanted.now
        if route.agent is not None and route.agent.id in self.limited:
            self._go_on(now)
            counts = self._counts(route.agent.id)
            counts.day += 1
            counts.hour += 1
            if route.agent.untouched_limit is not None and touched_at > now:
                counts.untouched += 1
                if touched_at < NEVER:
                    heappush(self._touches, (touched_at, route.agent.id))
            self._weigh(route.agent.id)
        if route.turn and route.pool:
            self.owed[route.pool.id] = route.turn.after
            self.last[route.pool.id][route.turn.chosen] = now

    def load(self, agent: int) -> Load:
        """What the agent has at the last moment that was told."""
        counts = self._counts(agent)
        return Load(counts.day, counts.hour, counts.untouched)

    def _go_on(self, now: datetime) -> None:
        """Leads that were touched by `now` wait no longer; a new hour makes room for who had enough of the last one."""
        while self._touches and self._touches[0][0] <= now:
            agent = heappop(self._touches)[1]
            self.counts[agent].untouched -= 1
            self._weigh(agent)
        if now < self._holds_until:
            return
        self._holds_until = _EPOCH + ((now - _EPOCH) // _QUARTER + 1) * _QUARTER
        # In UTC: on one clock the two hours of the night in which clocks go back compare as the same.
        if self._hour < (hour := hour_start(now).astimezone(UTC)):
            self._hour, self._day = hour, agency_day_start(now).astimezone(UTC)
            for agent in list(self.full):
                self._weigh(agent)

    def _weigh(self, agent: int) -> None:
        """Note whether the agent has enough."""
        if refusal := load_refusal(self.limited[agent], self.load(agent)):
            self.full[agent] = refusal
        else:
            self.full.pop(agent, None)

    def _counts(self, agent: int) -> _Counts:
        """The agent's counters, begun anew where an hour or a day is over."""
        counts = self.counts.get(agent)
        if counts is None:
            counts = self.counts[agent] = _Counts(self._day, self._hour)
        elif counts.hour_start < self._hour:
            counts.hour_start, counts.hour = self._hour, 0
            if counts.day_start < self._day:
                counts.day_start, counts.day = self._day, 0
        return counts


@dataclass(frozen=True, slots=True)
class Remembered(Standing):
    """A Standing that looks into a memory when it is asked: two hundred agents are not read for each lead."""

    memory: Memory = field(default_factory=lambda: Memory({}))

    def load(self, agent: AgentCard) -> Load:
        """What the agent has already."""
        return self.memory.load(agent.id)

    def full(self, agents: Iterable[AgentCard]) -> dict[int, ExclusionCode]:
        """Those of `agents` who have enough leads, and of what."""
        full = self.memory.full
        return {agent.id: full[agent.id] for agent in agents if agent.id in full} if full else {}


def memory_of(roster: Roster) -> Memory:
    """Everybody of `roster` even and with nothing."""
    return Memory({agent.id: agent for agent in roster.agents.values() if agent.is_limited})
