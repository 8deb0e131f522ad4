"""What changes with every lead: the pools' balances and the agents' counts: locked, read, written.

Locks are advisory, held to the end of the transaction, and all taken by one statement in one order: pools by
number, then agents by number. So two decisions can wait for each other but never in a circle, whatever their
pools share and however they overflow. (Rows of `agents_pool` are not locked: every foreign key to them would
wait.)
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from agents.assignment.deficit import Balances, Turn
from agents.assignment.eligibility import ExclusionCode, Load, load_refusal
from agents.assignment.loads import agency_day_start, hour_start
from agents.assignment.roster import AgentCard
from leadcrm.lib.batch import Batch
from leadcrm.lib.db import Query, Row, fetch_together

# First half of the key of an advisory lock; the second is the row's number.
_POOL_LOCK: Final = 0x504F4F4C  # "POOL"
_AGENT_LOCK: Final = 0x5245434C

_LOCK: Final = (
    "SELECT pg_advisory_xact_lock(kind, number) FROM unnest(%s::int[], %s::int[]) AS key (kind, number)"
)
_BALANCES: Final = (
    "SELECT pool_id, agent_id, owed, last_lead_at FROM agents_balance WHERE pool_id = ANY(%s::bigint[])"
)
_LOADS: Final = """
    SELECT agent_id, CASE WHEN day_start >= %s THEN day_count ELSE 0 END,
           CASE WHEN hour_start >= %s THEN hour_count ELSE 0 END
    FROM agents_agentload WHERE agent_id = ANY(%s::bigint[])
"""
# Counts no further than the limit, by the index lead_untouched_fresh.
_UNTOUCHED: Final = """
    SELECT asked.agent_id, (
        SELECT count(*) FROM (
            SELECT 1 FROM intake_lead
            WHERE owner_id = asked.user_id AND status = 'new' AND touched_at IS NULL AND NOT backlog
            LIMIT asked.most
        ) AS waiting
    ) FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS asked (agent_id, user_id, most)
"""
_PAY: Final = """
    UPDATE agents_balance AS balance SET owed = turn.owed,
        last_lead_at = CASE WHEN turn.agent_id = %s THEN %s::timestamptz ELSE last_lead_at END
    FROM unnest(%s::bigint[], %s::bigint[]) AS turn (agent_id, owed)
    WHERE balance.pool_id = %s AND balance.agent_id = turn.agent_id
"""
_ENTER: Final = """
    INSERT INTO agents_balance (pool_id, agent_id, owed)
    SELECT %s, agent_id, 0 FROM unnest(%s::bigint[]) AS newcomer (agent_id) ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Balances, moments of the last lead and loads, as they were under the locks."""

    owed: Mapping[int, Balances] = field(default_factory=dict)  # pool -> agent -> billionths
    last_lead_at: Mapping[int, Mapping[int, datetime | None]] = field(default_factory=dict)
    loads: Mapping[int, Load] = field(default_factory=dict)

    def load(self, agent: AgentCard) -> Load:
        """What the agent has already; nothing, for one who never got a lead."""
        return self.loads.get(agent.id, Load())

    def full(self, agents: Iterable[AgentCard]) -> dict[int, ExclusionCode]:
        """Those of `agents` who have enough leads, and of what."""
        refusals = ((agent.id, load_refusal(agent, self.load(agent))) for agent in agents)
        return {agent: refusal for agent, refusal in refusals if refusal}


class ReadStanding(Protocol):
    """Tells how `pools` and the `limited` agents stand at `now`; see `read_standing`."""

    def __call__(
        self, *, pools: Iterable[int], limited: Iterable[AgentCard], now: datetime, lock: bool
    ) -> Standing: ...


def read_standing(
    *, pools: Iterable[int], limited: Iterable[AgentCard], now: datetime, lock: bool
) -> Standing:
    """Lock `pools` and the `limited` agents (unless `lock` is off), read what they protect: one round trip.

    Needs a transaction when it locks. READ COMMITTED gives each statement its own snapshot, so the reads see
    all that was committed before the locks were granted.
    """
    pool_ids, agents = sorted(set(pools)), sorted(limited, key=lambda agent: agent.id)
    if not pool_ids and not agents:
        return Standing()
    agent_ids = [agent.id for agent in agents]
    watched = [agent for agent in agents if agent.untouched_limit is not None]
    queries = [
        Query(_BALANCES, (pool_ids,)),
        Query(_LOADS, (agency_day_start(now), hour_start(now), agent_ids)),
        Query(
            _UNTOUCHED,
            ([a.id for a in watched], [a.user_id for a in watched], [a.untouched_limit for a in watched]),
        ),
    ][: 3 if watched else 2 if agents else 1]
    if lock:
        kinds = [_POOL_LOCK] * len(pool_ids) + [_AGENT_LOCK] * len(agent_ids)
        queries.insert(0, Query(_LOCK, (kinds, pool_ids + agent_ids)))
    found = fetch_together(*queries)[1 if lock else 0 :]
    return _standing(*found, *([],) * (3 - len(found)))


def _standing(balances: list[Row], loads: list[Row], untouched: list[Row]) -> Standing:
    owed: defaultdict[int, Balances] = defaultdict(dict)
    last: defaultdict[int, dict[int, datetime | None]] = defaultdict(dict)
    for pool_id, agent_id, value, moment in balances:
        owed[pool_id][agent_id] = value
        last[pool_id][agent_id] = moment
    waiting: dict[int, int] = dict(untouched)
    counts: dict[int, tuple[int, int]] = {agent_id: (day, hour) for agent_id, day, hour in loads}
    return Standing(
        owed=owed,
        last_lead_at=last,
        loads={
            agent_id: Load(*counts.get(agent_id, (0, 0)), waiting.get(agent_id, 0))
            for agent_id in counts.keys() | waiting.keys()
        },
    )


def save_turn(*, pool_id: int, turn: Turn, known: Balances, now: datetime, batch: Batch) -> None:
    """Add the pool's new balances to `batch`. `known` are the rows as read: what is missing there is made.

    Must be written in the transaction that holds the pool's lock.
    """
    _save(pool_id, turn.after, known, batch, chosen=turn.chosen, now=now)


def save_balances(*, pool_id: int, owed: Balances, known: Balances, batch: Batch) -> None:
    """As `save_turn`, for balances that change without anybody getting a lead."""
    _save(pool_id, owed, known, batch, chosen=None, now=None)


def _save(
    pool_id: int, owed: Balances, known: Balances, batch: Batch, *, chosen: int | None, now: datetime | None
) -> None:
    newcomers = sorted(owed.keys() - known.keys())
    if newcomers:
        batch.execute(_ENTER, (pool_id, newcomers), first=True)
    # Who left is settled: nothing owed either way.
    values = {agent: owed.get(agent, 0) for agent in owed.keys() | known.keys()}
    changed = sorted(a for a, value in values.items() if value != known.get(a, 0) or a == chosen)
    batch.execute(_PAY, (chosen, now, changed, [values[agent] for agent in changed], pool_id))
