"""Agents and pools as assignment needs them: read once, kept until the configuration changes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from agents.models import Agent, AgentHours, LastLink, License, Membership, Pool, SlaStep
from intake.models import Vertical
from leadcrm.lib.config import ConfigCache

Validity = tuple[date, date | None]


@dataclass(frozen=True, slots=True)
class AgentCard:
    """One agent. Shared between threads, never changed."""

    id: int
    user_id: int
    name: str
    active: bool  # both as an agent and as a login
    receiving: bool
    zone: ZoneInfo | None  # None: the zone set does not exist
    languages: frozenset[str]
    hours: tuple[tuple[int, time, time], ...]
    licenses: Mapping[tuple[str, str], tuple[Validity, ...]]  # (state, line or interest)
    daily_cap: int | None
    hourly_cap: int | None
    untouched_limit: int | None

    @property
    def is_limited(self) -> bool:
        """True when whether the agent may have a lead depends on how many there are already."""
        return (self.daily_cap, self.hourly_cap, self.untouched_limit) != (None, None, None)


@dataclass(frozen=True, slots=True)
class PoolCard:
    """One active pool with its members and their weights. Shared between threads, never changed."""

    id: int
    name: str
    sources: frozenset[int]
    vendors: frozenset[int]
    verticals: frozenset[str]
    languages: frozenset[str]
    overflow_id: int | None
    last_link: str
    last_user_id: int | None
    last_user_name: str
    weights: Mapping[int, int]  # by agent
    steps: tuple[tuple[int, str], ...]  # (working minutes, SlaAct), soonest first
    pause_after: int | None
    sla_user_id: int | None

    def fits(self, source_id: int, vendor_id: int, interest: str, language: str) -> bool:
        """True when each criterion that is filled matches."""
        return (
            (not self.sources or source_id in self.sources)
            and (not self.vendors or vendor_id in self.vendors)
            and (not self.verticals or interest in self.verticals)
            and (not self.languages or language in self.languages)
        )


@dataclass(frozen=True, slots=True)
class Roster:
    """The agency's agents and pools."""

    agents: Mapping[int, AgentCard]
    by_user: Mapping[int, AgentCard]
    pools: tuple[PoolCard, ...]  # lowest rank first
    lines: Mapping[str, str]  # interest -> line of authority
    products: Mapping[str, str] = field(default_factory=dict)  # interest -> as people call it
    _takers: dict[int, frozenset[int]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def chain(self, first: PoolCard) -> Iterator[PoolCard]:
        """`first` and the pools it overflows into; a pool that is inactive or comes again ends the chain."""
        by_id = {pool.id: pool for pool in self.pools}
        seen: set[int] = set()
        pool: PoolCard | None = first
        while pool is not None and pool.id not in seen:
            seen.add(pool.id)
            yield pool
            pool = by_id.get(pool.overflow_id) if pool.overflow_id else None

    def takers(self, pool: PoolCard) -> frozenset[int]:
        """Members of one of `pools` that take part in the rotation at all; the others' balances are settled."""
        if (known := self._takers.get(pool.id)) is not None:
            return known
        found = self._takers[pool.id] = frozenset(
            agent_id
            for agent_id, weight in pool.weights.items()
            if weight > 0 and self.agents[agent_id].active and self.agents[agent_id].receiving
        )
        return found


def load_roster(_: None = None) -> Roster:
    """Read all agents and pools: ten statements."""
    hours, licenses = defaultdict(list), defaultdict(list)
    for row in AgentHours.objects.all():
        hours[row.agent_id].append((row.weekday, row.starts_at, row.ends_at))
    for held in License.objects.all():
        licenses[held.agent_id].append(held)
    agents = {
        agent.pk: _agent_card(agent, hours[agent.pk], licenses[agent.pk])
        for agent in Agent.objects.select_related("user")
    }
    verticals = list(Vertical.objects.only("code", "line", "name"))
    return Roster(
        agents=agents,
        by_user={card.user_id: card for card in agents.values()},
        pools=_pools(),
        lines={each.code: each.line for each in verticals},
        products={each.code: each.name for each in verticals},
    )


def _agent_card(agent: Agent, hours: list[tuple[int, time, time]], licenses: list[License]) -> AgentCard:
    by_line: defaultdict[tuple[str, str], list[Validity]] = defaultdict(list)
    for held in licenses:
        by_line[held.state, held.line].append((held.effective_on, held.expires_on))
    return AgentCard(
        id=agent.pk,
        user_id=agent.user_id,
        name=str(agent),
        active=agent.active and agent.user.is_active,
        receiving=agent.receiving,
        zone=_zone(agent.time_zone or settings.AGENCY_TIME_ZONE),
        languages=frozenset(language.lower() for language in agent.languages),
        hours=tuple(hours),
        licenses={key: tuple(validities) for key, validities in by_line.items()},
        daily_cap=agent.daily_cap,
        hourly_cap=agent.hourly_cap,
        untouched_limit=agent.untouched_limit,
    )


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None  # the agent is left out of assignment, and every record says why


def _pools() -> tuple[PoolCard, ...]:
    pools = list(Pool.objects.filter(active=True).select_related("last_person").order_by("rank", "name"))
    weights: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for pool_id, agent_id, weight in Membership.objects.values_list("pool_id", "agent_id", "weight"):
        weights[pool_id][agent_id] = weight
    steps: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for pool_id, minutes, act in SlaStep.objects.order_by("after_minutes").values_list(
        "pool_id", "after_minutes", "act"
    ):
        steps[pool_id].append((minutes, act))
    sources = _by_pool(Pool.sources.through.objects.values_list("pool_id", "source_id"))
    vendors = _by_pool(Pool.vendors.through.objects.values_list("pool_id", "vendor_id"))
    verticals = _by_pool(Pool.verticals.through.objects.values_list("pool_id", "vertical__code"))
    return tuple(
        PoolCard(
            id=pool.pk,
            name=pool.name,
            sources=frozenset(sources[pool.pk]),
            vendors=frozenset(vendors[pool.pk]),
            verticals=frozenset(verticals[pool.pk]),
            languages=frozenset(language.lower() for language in pool.languages),
            overflow_id=pool.overflow_id,
            **_last_link(pool),
            weights=weights[pool.pk],
            steps=tuple(steps[pool.pk]),
            pause_after=pool.pause_after,
            sla_user_id=pool.sla_person_id,
        )
        for pool in pools
    )


def _last_link(pool: Pool) -> dict[str, Any]:
    """A person who may no longer log in owns nothing: the lead then waits, where a manager sees it."""
    person = pool.last_person if pool.last_link == LastLink.PERSON else None
    if pool.last_link == LastLink.PERSON and not (person and person.is_active):
        return {"last_link": LastLink.WAIT, "last_user_id": None, "last_user_name": ""}
    return {
        "last_link": pool.last_link,
        "last_user_id": person.pk if person else None,
        "last_user_name": str(person or ""),
    }


def _by_pool(pairs: Iterable[tuple[int, Any]]) -> defaultdict[int, set[Any]]:
    found: defaultdict[int, set[Any]] = defaultdict(set)
    for pool_id, value in pairs:
        found[pool_id].add(value)
    return found


ROSTER: Final = ConfigCache[None, Roster](load_roster)
