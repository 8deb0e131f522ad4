"""Starting a lead's clock, in the transaction that gives it an owner or opens it to be claimed."""

from datetime import datetime
from typing import Final

from agents.assignment.eligibility import wanted_by
from agents.assignment.roster import ROSTER, PoolCard, Roster
from agents.assignment.route import Route, first_pool
from agents.models import SlaAct
from intake.models import Lead
from leadcrm.lib.batch import Batch
from leadcrm.lib.config import current_version

# Steps that take a lead from its owner; what a person decided is only reminded of.
TAKING: Final = frozenset({SlaAct.HAND_ON.value, SlaAct.CLAIM_POOL.value})
_START: Final = """
    INSERT INTO agents_slaclock AS clock (
        lead_id, pool_id, owner_id, by_hand, chain_at, since, base_minutes, passed_minutes, look_at
    ) VALUES (%s, %s, %s, %s, %s::timestamptz, %s::timestamptz, 0, 0, %s::timestamptz)
    ON CONFLICT (lead_id) DO UPDATE SET pool_id = excluded.pool_id, owner_id = excluded.owner_id,
        by_hand = excluded.by_hand, chain_at = excluded.chain_at, since = excluded.since, base_minutes = 0,
        passed_minutes = 0, nudged_at = NULL, due_at = NULL, look_at = excluded.look_at
    WHERE clock.owner_id IS DISTINCT FROM excluded.owner_id
"""
_STOP: Final = "DELETE FROM agents_slaclock WHERE lead_id = %s"


def start_with_route(*, lead: Lead, route: Route, roster: Roster, batch: Batch) -> None:
    """After `route` was written for `lead`: its clock begins, if its pool has steps and somebody can be reminded.

    The first look, within a sweep's period, finds out when the first step is due: here nothing is reckoned, for a
    vendor waits.
    """
    if route.owner_id is None and route.kind != "offered":
        return
    pool = route.pool or first_pool(route.wanted, roster)
    _start(lead, pool, owner_id=route.owner_id, by_hand=False, now=route.wanted.now, batch=batch)


def start_by_person(
    *, lead: Lead, owner_id: int, now: datetime, batch: Batch, pool_id: int | None = None
) -> None:
    """A person gave the untouched `lead` to `owner_id`, or (with `pool_id`) claimed it from that pool.

    The chain begins anew. After a claim it is the pool's whole chain; of a lead given by hand its reminders only.
    """
    roster = ROSTER.get(None, current_version())
    if lead.touched_at is not None:
        batch.execute(_STOP, (lead.pk,))
        return
    pool = next((pool for pool in roster.pools if pool.id == pool_id), None)
    if pool is None:
        wanted = wanted_by(lead, line=roster.lines.get(lead.interest, ""), now=now)
        pool = first_pool(wanted, roster)
    _start(lead, pool, owner_id=owner_id, by_hand=pool_id is None, now=now, batch=batch)


def _start(
    lead: Lead, pool: PoolCard | None, *, owner_id: int | None, by_hand: bool, now: datetime, batch: Batch
) -> None:
    if pool is None or not pool.steps:
        return
    batch.execute(_START, (lead.pk, pool.id, owner_id, by_hand, now, now, now))
