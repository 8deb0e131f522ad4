"""Balances and loads kept in memory, for replays: what agents.assignment.balances and .loads keep in rows."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush

from agents.assignment.balances import Standing
from agents.assignment.deficit import Balances
from agents.assignment.eligibility import Load
from agents.assignment.loads import agency_day_start, hour_start
from agents.assignment.roster import AgentCard
from agents.assignment.route import Route


@dataclass(slots=True)
class _Counts:
    """What one agent got: the counters of a day and an hour, and when each untouched lead is touched."""

    day_start: datetime
    hour_start: datetime
    day: int = 0
    hour: int = 0
    untouched: list[datetime] = field(default_factory=list)  # a heap


@dataclass(slots=True)
class Memory:
    """How pools and agents stand in one course of a replay. Everybody begins even and with nothing.

    Moments must come in order. Its `read` is a ReadStanding for find_route.
    """

    owed: defaultdict[int, Balances] = field(default_factory=lambda: defaultdict(dict))
    last: defaultdict[int, dict[int, datetime | None]] = field(default_factory=lambda: defaultdict(dict))
    counts: dict[int, _Counts] = field(default_factory=dict)

    def read(
        self, *, pools: Iterable[int], limited: Iterable[AgentCard], now: datetime, lock: bool
    ) -> Standing:
        """As read_standing; there is nobody to lock out."""
        return Standing(
            owed={pool: self.owed[pool] for pool in pools},
            last_lead_at=self.last,
            loads={agent.id: self._load(agent.id, now) for agent in limited},
        )

    def note(self, route: Route, *, touched_at: datetime) -> None:
        """`route` gave its lead to somebody, who touches it at `touched_at`: what write_route writes about it."""
        now = route.wanted.now
        if route.agent:
            counts = self._counts(route.agent.id, now)
            counts.day += 1
            counts.hour += 1
            if route.agent.untouched_limit is not None:
                heappush(counts.untouched, touched_at)
        if route.turn and route.pool:
            self.owed[route.pool.id] = dict(route.turn.after)
            self.last[route.pool.id][route.turn.chosen] = now

    def _load(self, agent: int, now: datetime) -> Load:
        counts = self._counts(agent, now)
        return Load(counts.day, counts.hour, len(counts.untouched))

    def _counts(self, agent: int, now: datetime) -> _Counts:
        """The agent's counters, begun anew where an hour or a day is over."""
        hour = hour_start(now)
        counts = self.counts.get(agent)
        if counts is None:
            counts = self.counts[agent] = _Counts(agency_day_start(now), hour)
        elif counts.hour_start < hour:
            counts.hour_start, counts.hour = hour, 0
            if counts.day_start < (day := agency_day_start(now)):
                counts.day_start, counts.day = day, 0
        while counts.untouched and counts.untouched[0] <= now:
            heappop(counts.untouched)
        return counts
