"""Who gets a lead: sticky, then the pools of the chain, then the last link. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import choice

from agents.assignment.balances import ReadStanding, Standing, read_standing
from agents.assignment.deficit import Pick, Turn, settle, take_turn
from agents.assignment.eligibility import ExclusionCode, Wanted, load_refusal, standing_refusal
from agents.assignment.record import CandidateRow, able_rows, excluded_rows, nobody_may
from agents.assignment.roster import AgentCard, PoolCard, Roster
from agents.models import LastLink
from compliance.routing import KnownPerson, Routed, RoutedKind


@dataclass(frozen=True, slots=True)
class Link:
    """One pool of the chain: who of its members may have the lead, and why each other may not."""

    pool: PoolCard
    able: dict[int, int]  # agent -> weight
    out: dict[int, ExclusionCode]


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
    candidates: list[CandidateRow] = field(default_factory=list)

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
) -> Route:
    """Decide who gets a lead that asks for `wanted`. One round trip at most; `lock` needs a transaction.

    `read` tells balances and loads: those of the database, unless a replay keeps its own.
    """
    sticky, turned_away = _sticky(wanted, known, roster)
    if sticky and not sticky[0][0].is_limited:
        return _sticky_route(wanted, *sticky[0], turned_away)
    first = first_pool(wanted, roster)
    links = [_link(pool, wanted, roster) for pool in roster.chain(first)] if first else []
    standing = _read(sticky, links, roster, wanted.now, read, lock=lock)
    for agent, lead_id in sticky:
        refusal = load_refusal(agent, standing.load(agent))
        if refusal is None:
            return _sticky_route(wanted, agent, lead_id, turned_away)
        turned_away[agent.id] = refusal
    candidates = excluded_rows(None, turned_away)
    for link in links:
        _drop_the_full(link, roster, standing)
        if link.able:
            return _rotation(wanted, link, roster, standing, candidates, pick)
        candidates += excluded_rows(link.pool.id, link.out)
    return _last_link(wanted, links, roster, candidates)


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
    return Route(
        wanted, "sticky", why, agent.user_id, agent.name, agent, candidates=excluded_rows(None, turned_away)
    )


def first_pool(wanted: Wanted, roster: Roster) -> PoolCard | None:
    """The pool of the lowest rank that fits; None when none does."""
    for pool in roster.pools:
        if pool.fits(wanted.source_id, wanted.vendor_id, wanted.interest, wanted.language):
            return pool
    return None


def _link(pool: PoolCard, wanted: Wanted, roster: Roster) -> Link:
    link = Link(pool, {}, {})
    for agent_id, weight in pool.weights.items():
        refusal = "no_weight" if weight == 0 else standing_refusal(roster.agents[agent_id], wanted)
        if refusal:
            link.out[agent_id] = refusal
        else:
            link.able[agent_id] = weight
    return link


def _read(
    sticky: Sequence[tuple[AgentCard, int]],
    links: Sequence[Link],
    roster: Roster,
    now: datetime,
    read: ReadStanding,
    *,
    lock: bool,
) -> Standing:
    """Read what the decision can depend on and no more: nothing behind a pool that cannot run dry."""
    pools: list[int] = []
    limited = {agent.id: agent for agent, _ in sticky if agent.is_limited}
    for link in links:
        agents = [roster.agents[agent_id] for agent_id in link.able]
        if agents:
            pools.append(link.pool.id)
            limited.update({agent.id: agent for agent in agents if agent.is_limited})
        if not all(agent.is_limited for agent in agents):
            break
    return read(pools=pools, limited=limited.values(), now=now, lock=lock)


def _drop_the_full(link: Link, roster: Roster, standing: Standing) -> None:
    for agent_id in list(link.able):
        agent = roster.agents[agent_id]
        refusal = load_refusal(agent, standing.load(agent))
        if refusal:
            link.out[agent_id] = refusal
            del link.able[agent_id]


def _rotation(
    wanted: Wanted,
    link: Link,
    roster: Roster,
    standing: Standing,
    candidates: list[CandidateRow],
    pick: Pick,
) -> Route:
    pool = link.pool
    owed = settle(standing.owed.get(pool.id, {}), roster.takers(pool))
    last = standing.last_lead_at.get(pool.id, {})
    turn = take_turn(owed=owed, weights=link.able, last_lead_at=last, pick=pick)
    agent = roster.agents[turn.chosen]
    among = "the only one" if len(link.able) == 1 else f"of {len(link.able)}"
    why = f"{agent.name} was next in turn in {pool.name}, {among} who could have it"
    return Route(
        wanted, "rotation", why, agent.user_id, agent.name, agent, pool, turn=turn, standing=standing,
        candidates=[*candidates, *able_rows(pool.id, link.able, turn), *excluded_rows(pool.id, link.out)],
    )  # fmt: skip


def _last_link(
    wanted: Wanted, links: Sequence[Link], roster: Roster, candidates: list[CandidateRow]
) -> Route:
    """What the last pool of the chain says when nobody in the chain may have the lead."""
    if not links:
        return Route(wanted, "nobody", "No pool takes this source", refuse=True, candidates=candidates)
    pool, nobody = links[-1].pool, nobody_may({link.pool.name: link.out for link in links})
    if pool.last_link == LastLink.PERSON and pool.last_user_id:
        name, agent = pool.last_user_name, roster.by_user.get(pool.last_user_id)
        why = f"{nobody}; {name} takes what is left"
        return Route(wanted, "last_link", why, pool.last_user_id, name, agent, pool, candidates=candidates)
    if pool.last_link == LastLink.CLAIM:
        why = f"Open to be claimed. {nobody}"  # first, so that cutting it short loses nothing new
        return Route(wanted, "offered", why, pool=pool, candidates=candidates)
    refuse = pool.last_link == LastLink.REFUSE
    return Route(wanted, "nobody", nobody, pool=pool, refuse=refuse, candidates=candidates)
