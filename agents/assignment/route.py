"""Who gets a lead: sticky, then the pools of the chain, then the last link. Writes nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import choice
from typing import Any

from agents.assignment.balances import ReadStanding, Standing, read_standing
from agents.assignment.deficit import Pick, Turn, settle, take_turn
from agents.assignment.eligibility import ExclusionCode, Wanted, load_refusal, standing_refusal
from agents.assignment.record import CandidateRow, able_rows, excluded_rows, nobody_may
from agents.assignment.roster import AgentCard, PoolCard, Roster
from agents.models import LastLink
from compliance.routing import KnownPerson, Routed, RoutedKind


@dataclass(frozen=True, slots=True)
class Link:
    """One pool of the chain: who of its members may have the lead, and why each other may not. Never changed."""

    pool: PoolCard
    able: Mapping[int, int]  # agent -> weight
    out: Mapping[int, ExclusionCode]
    limited: tuple[AgentCard, ...]  # of those able: for whom it depends on how many leads they have

    def without(self, full: Mapping[int, ExclusionCode]) -> "Link":
        """The same, once it is known who has enough leads."""
        if not full:
            return self
        able = {agent: weight for agent, weight in self.able.items() if agent not in full}
        return Link(self.pool, able, {**self.out, **full}, ())


MakeLink = Callable[[PoolCard, Wanted, Roster], Link]


@dataclass(frozen=True, slots=True)
class Route:
    """What assignment found, with everything that its record tells."""

    wanted: Wanted
    kind: RoutedKind
    why: str
    owner_id: int | None = None
    owner_name: str = ""
    agent: AgentCard | None = None
    pool: PoolCard | None = None
    refuse: bool = False
    turn: Turn | None = None
    standing: Standing = field(default_factory=Standing)
    turned_away: Mapping[int, ExclusionCode] = field(default_factory=dict)  # who know the person
    links: tuple[Link, ...] = ()  # those asked, the one that has the lead last

    @property
    def candidates(self) -> list[CandidateRow]:
        """The rows of its record: made here, since a replay of a hundred thousand leads keeps none."""
        rows = excluded_rows(None, self.turned_away)
        for link in self.links:
            if self.turn is not None and link is self.links[-1]:
                rows += able_rows(link.pool.id, link.able, self.turn)
            rows += excluded_rows(link.pool.id, link.out)
        return rows

    @property
    def left_out(self) -> set[ExclusionCode]:
        """The reasons for which agents were left out."""
        return {
            code for out in (self.turned_away, *(link.out for link in self.links)) for code in out.values()
        }

    def routed(self) -> Routed:
        """The answer for the decision."""
        pool_id = self.pool.id if self.pool else None
        return Routed(self.kind, self.owner_id, self.refuse, self.why, pool_id)


def find_route(
    *,
    wanted: Wanted,
    known: Sequence[KnownPerson],
    roster: Roster,
    lock: bool,
    pick: Pick = choice,
    read: ReadStanding = read_standing,
    make_link: MakeLink | None = None,
) -> Route:
    """Decide who gets a lead that asks for `wanted`. One round trip at most; `lock` needs a transaction.

    `read` tells balances and loads: those of the database, unless a replay keeps its own. `make_link` tells who of a
    pool may have such leads; a replay remembers what it was told (agents.routing.links).
    """
    sticky, turned_away = _sticky(wanted, known, roster)
    if sticky and not sticky[0][0].is_limited:
        return _sticky_route(wanted, *sticky[0], turned_away)
    first = first_pool(wanted, roster)
    make = make_link or link_of
    links = [make(pool, wanted, roster) for pool in roster.chain(first)] if first else []
    standing = _read(sticky, links, wanted.now, read, lock=lock)
    for agent, lead_id in sticky:
        refusal = load_refusal(agent, standing.load(agent))
        if refusal is None:
            return _sticky_route(wanted, agent, lead_id, turned_away)
        turned_away[agent.id] = refusal
    asked: tuple[Link, ...] = ()
    for found in links:
        link = found.without(standing.full(found.limited)) if found.limited else found
        asked = (*asked, link)
        if link.able:
            return _rotation(wanted, asked, roster, standing, turned_away, pick)
    return _last_link(wanted, asked, roster, turned_away)


def _sticky(
    wanted: Wanted, known: Sequence[KnownPerson], roster: Roster
) -> tuple[list[tuple[AgentCard, int]], dict[int, ExclusionCode]]:
    """Agents who work with the person already, with the lead that says so; and those who may not now."""
    able: dict[int, tuple[AgentCard, int]] = {}
    refused: dict[int, ExclusionCode] = {}
    for person in known:
        agent = roster.by_user.get(person.owner_id)
        if agent is None or agent.id in able or agent.id in refused:
            continue
        refusal = standing_refusal(agent, wanted)
        if refusal:
            refused[agent.id] = refusal
        else:
            able[agent.id] = (agent, person.lead_id)
    return list(able.values()), refused


def _sticky_route(
    wanted: Wanted, agent: AgentCard, lead_id: int, turned_away: Mapping[int, ExclusionCode]
) -> Route:
    why = f"{agent.name} already works with this person (A-{lead_id})"
    return Route(wanted, "sticky", why, agent.user_id, agent.name, agent, turned_away=turned_away)


def first_pool(wanted: Wanted, roster: Roster) -> PoolCard | None:
    """The pool of the lowest rank that fits; None when none does."""
    for pool in roster.pools:
        if pool.fits(wanted.source_id, wanted.vendor_id, wanted.interest, wanted.language):
            return pool
    return None


def link_of(pool: PoolCard, wanted: Wanted, roster: Roster) -> Link:
    """Who of `pool` may have such a lead, were it not for how many they have already."""
    able: dict[int, int] = {}
    out: dict[int, ExclusionCode] = {}
    for agent_id, weight in pool.weights.items():
        refusal = "no_weight" if weight == 0 else standing_refusal(roster.agents[agent_id], wanted)
        if refusal:
            out[agent_id] = refusal
        else:
            able[agent_id] = weight
    limited = (roster.agents[agent_id] for agent_id in able)
    return Link(pool, able, out, tuple(agent for agent in limited if agent.is_limited))


def _read(
    sticky: Sequence[tuple[AgentCard, int]],
    links: Sequence[Link],
    now: datetime,
    read: ReadStanding,
    *,
    lock: bool,
) -> Standing:
    """Read what the decision can depend on and no more: nothing behind a pool that cannot run dry."""
    pools: list[int] = []
    limited = {agent.id: agent for agent, _ in sticky if agent.is_limited}
    for link in links:
        if link.able:
            pools.append(link.pool.id)
            limited.update({agent.id: agent for agent in link.limited})
        if len(link.limited) < len(link.able):
            break
    return read(pools=pools, limited=limited.values(), now=now, lock=lock)


def _rotation(
    wanted: Wanted,
    links: tuple[Link, ...],
    roster: Roster,
    standing: Standing,
    turned_away: Mapping[int, ExclusionCode],
    pick: Pick,
) -> Route:
    link = links[-1]
    pool = link.pool
    owed = settle(standing.owed.get(pool.id, {}), roster.takers(pool))
    last = standing.last_lead_at.get(pool.id, {})
    turn = take_turn(owed=owed, weights=link.able, last_lead_at=last, pick=pick)
    agent = roster.agents[turn.chosen]
    among = "the only one" if len(link.able) == 1 else f"of {len(link.able)}"
    why = f"{agent.name} was next in turn in {pool.name}, {among} who could have it"
    return Route(
        wanted, "rotation", why, agent.user_id, agent.name, agent, pool, turn=turn, standing=standing,
        turned_away=turned_away, links=links,
    )  # fmt: skip


def _last_link(
    wanted: Wanted, links: tuple[Link, ...], roster: Roster, turned_away: Mapping[int, ExclusionCode]
) -> Route:
    """What the last pool of the chain says when nobody in the chain may have the lead."""
    if not links:
        return Route(wanted, "nobody", "No pool takes this source", refuse=True, turned_away=turned_away)
    record: dict[str, Any] = {"pool": links[-1].pool, "turned_away": turned_away, "links": links}
    pool, nobody = links[-1].pool, nobody_may({link.pool.name: link.out for link in links})
    if pool.last_link == LastLink.PERSON and pool.last_user_id:
        name, agent = pool.last_user_name, roster.by_user.get(pool.last_user_id)
        why = f"{nobody}; {name} takes what is left"
        return Route(wanted, "last_link", why, pool.last_user_id, name, agent, **record)
    if pool.last_link == LastLink.CLAIM:
        why = f"Open to be claimed. {nobody}"  # first, so that cutting it short loses nothing new
        return Route(wanted, "offered", why, **record)
    refuse = pool.last_link == LastLink.REFUSE
    return Route(wanted, "nobody", nobody, refuse=refuse, **record)
