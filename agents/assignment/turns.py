"""Giving a turn back: a lead that is returned to its vendor does not count as the agent's."""

from django.db import transaction

from agents.assignment.balances import read_standing, save_balances
from agents.assignment.deficit import give_back, settle
from agents.assignment.roster import ROSTER
from agents.models import Assignment
from leadcrm.lib.batch import Batch
from leadcrm.lib.config import current_version


def give_turn_back(assignment: Assignment) -> bool:
    """Undo what `assignment` did to its pool's balances; False when it moved none (sticky, by hand, claimed).

    For the use case that returns a lead, in its transaction: call it once for a lead, where the lead's status
    changes to returned. The agent's counts of the day stay: the lead was there.
    """
    turn = turn_of(assignment)
    roster = ROSTER.get(None, current_version())
    pool = next((pool for pool in roster.pools if pool.id == assignment.pool_id), None)
    chosen = assignment.agent_id
    if pool is None or chosen is None or chosen not in turn:
        return False
    with transaction.atomic():
        standing = read_standing(pools=[pool.id], limited=[], now=assignment.assigned_at, lock=True)
        known = standing.owed.get(pool.id, {})
        owed = give_back(owed=settle(known, roster.takers(pool)), weights=turn, chosen=chosen)
        batch = Batch()
        save_balances(pool_id=pool.id, owed=owed, known=known, batch=batch)
        batch.flush()
    return True


def turn_of(assignment: Assignment) -> dict[int, int]:
    """Among whom, and by which weights, a turn of the assignment's pool was taken; {} where none was."""
    rows = (row for row in assignment.candidates if "weight" in row)
    return {row["agent"]: row["weight"] for row in rows if row["pool"] == assignment.pool_id}
