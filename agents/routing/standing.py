"""How pools stand now: who shares them by which weight, who got what, who is owed, where a lead goes after them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from agents.assignment.deficit import LEAD, settle
from agents.assignment.explain import share_words
from agents.assignment.roster import ROSTER, PoolCard, Roster
from agents.models import AssignmentKind, Balance, LastLink
from agents.team import Member as AgentNow
from agents.team import team
from intake.models import Source, Vendor, Vertical
from leadcrm.lib.config import current_version
from leadcrm.lib.counts import up_to
from leadcrm.lib.db import Query, fetch_together
from leadcrm.models import User

# What rotation gave is counted over so many days, and no further than so many leads of an agent.
GIVEN_DAYS: Final = 7
COUNTED: Final = 500

# A walk along assignment_of_agent for each agent, ended by the limit.
_GIVEN: Final = """
SELECT found.pool_id, asked.agent_id, count(*) FROM unnest(%(agents)s::bigint[]) AS asked (agent_id)
CROSS JOIN LATERAL (
    SELECT pool_id, kind FROM agents_assignment
    WHERE agent_id = asked.agent_id AND assigned_at >= %(since)s ORDER BY assigned_at DESC LIMIT %(most)s
) AS found
WHERE found.kind = %(kind)s GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Seat:
    """One member of a pool. `expected` and `given_share` are fractions of the pool, None where nothing is to share."""

    agent_id: int
    name: str
    weight: int
    expected: float | None  # by the weights of those who take part now
    given: str
    given_share: float | None
    owed: str  # in words
    last_lead_at: datetime | None
    now: AgentNow | None  # None: not for this reader's eyes


@dataclass(frozen=True, slots=True)
class PoolNow:
    """A pool as it stands. `chain` names the steps that a lead takes which nobody here may have."""

    card: PoolCard
    takes: list[str]
    chain: list[str]
    seats: list[Seat]
    given: int

    @property
    def taking(self) -> int:
        """How many members get leads at this moment, of those whom the reader may see."""
        return sum(1 for seat in self.seats if seat.weight and seat.now and seat.now.state == "receives")


def pools_now(*, user: User, now: datetime) -> list[PoolNow]:
    """Every active pool in the order they are asked, at `now` (aware). Constant queries, whatever is in them.

    How an agent is at present is told of those whom `user` leads (agents.team.agents_led), of others their weight only.
    """
    roster = ROSTER.get(None, current_version())
    seen = {member.agent.pk: member for member in team(user=user, now=now)}
    owed: defaultdict[int, dict[int, int]] = defaultdict(dict)
    last: dict[tuple[int, int], datetime | None] = {}
    for pool, agent, value, at in Balance.objects.values_list("pool_id", "agent_id", "owed", "last_lead_at"):
        owed[pool][agent], last[pool, agent] = value, at
    given, names = _given(roster, now), _criteria()
    return [
        PoolNow(
            card=pool, takes=_takes(pool, names), chain=_chain(pool, roster), given=sum(given[pool.id].values()),
            seats=_seats(pool, roster, owed[pool.id], given[pool.id], last, seen),
        )
        for pool in roster.pools
    ]  # fmt: skip


def _seats(
    pool: PoolCard,
    roster: Roster,
    owed: Mapping[int, int],
    given: Mapping[int, int],
    last: Mapping[tuple[int, int], datetime | None],
    seen: Mapping[int, AgentNow],
) -> list[Seat]:
    takers = roster.takers(pool)
    settled, whole = settle(owed, takers), sum(pool.weights[agent] for agent in takers)
    all_given = sum(given.values())
    seats = [
        Seat(
            agent_id=agent, name=roster.agents[agent].name, weight=weight,
            expected=weight / whole if agent in takers else None, given=up_to(COUNTED - 1, given.get(agent, 0)),
            given_share=given.get(agent, 0) / all_given if all_given else None,
            owed=share_words(settled[agent] / LEAD) if agent in takers else "", last_lead_at=last.get((pool.id, agent)),
            now=seen.get(agent),
        )
        for agent, weight in pool.weights.items()
        if roster.agents[agent].active or given.get(agent)
    ]  # fmt: skip
    return sorted(seats, key=lambda seat: (-seat.weight, seat.name))


def _chain(pool: PoolCard, roster: Roster) -> list[str]:
    """The names of the pools that are asked one after the other, and what the last of them says."""
    links = list(roster.chain(pool))
    end = links[-1]
    words = {
        LastLink.PERSON.value: end.last_user_name,
        LastLink.REFUSE.value: "the post is refused",
        LastLink.WAIT.value: "it waits without an owner",
        LastLink.CLAIM.value: "open to be claimed",
    }
    return [*(link.name for link in links), words[end.last_link]]


def _given(roster: Roster, now: datetime) -> defaultdict[int, dict[int, int]]:
    agents = {agent for pool in roster.pools for agent in pool.weights}
    params = {
        "agents": sorted(agents), "since": now - timedelta(days=GIVEN_DAYS), "most": COUNTED,
        "kind": AssignmentKind.ROTATION.value,
    }  # fmt: skip
    found: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for pool, agent, count in fetch_together(Query(_GIVEN, params))[0]:
        found[pool][agent] = count
    return found


@dataclass(frozen=True, slots=True)
class _Names:
    sources: Mapping[int, str]
    vendors: Mapping[int, str]
    verticals: Mapping[str, str]


def _criteria() -> _Names:
    sources = Source.objects.filter(pools__isnull=False).select_related("vendor").distinct()
    return _Names(
        {source.pk: str(source) for source in sources},
        dict(Vendor.objects.filter(pools__isnull=False).values_list("pk", "name")),
        dict(Vertical.objects.values_list("code", "name")),
    )


def _takes(pool: PoolCard, names: _Names) -> list[str]:
    """Which leads, as people read them; every lead where nothing is said."""
    parts = [
        ", ".join(sorted(names.sources.get(key, "?") for key in pool.sources)),
        ", ".join(sorted(names.vendors.get(key, "?") for key in pool.vendors)),
        ", ".join(sorted(names.verticals.get(code, code) for code in pool.verticals)),
        ", ".join(f"in {language}" for language in sorted(pool.languages)),
    ]
    return [part for part in parts if part] or ["every lead"]
