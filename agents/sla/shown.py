"""What pages show of the chain: what happens next to an untouched lead, and when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agents.assignment.roster import ROSTER, Roster
from agents.models import SlaAct, SlaClock
from agents.sla.sweep import next_step, pool_of, step_due_at, waits
from compliance.calling import calling_windows
from intake.models import Lead
from leadcrm.lib.config import current_version

WORDS: Final = {
    SlaAct.NUDGE: "Reminder", SlaAct.HAND_ON: "Hand-on", SlaAct.CLAIM_POOL: "Open to all",
    SlaAct.MANAGER: "Manager told",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NextStep:
    """The step ahead of an untouched lead. `due_at` is None where nobody can say yet; `nudged`: it was reminded of."""

    what: str
    due_at: datetime | None
    nudged: bool
    takes: bool  # the owner loses the lead by it


def sla_of(*, lead: Lead, now: datetime) -> NextStep | None:
    """The step ahead of `lead`, reckoned anew; None for one that is in no chain. One query where it is in none."""
    clock = SlaClock.objects.filter(lead=lead).first()
    if clock is None or not waits(lead, clock) or not lead.phone:
        return None
    roster = ROSTER.get(None, current_version())
    step = next_step(clock, pool_of(clock, roster))
    window = calling_windows(leads=[lead], now=now)[lead.pk]
    due = step_due_at(clock, step[0], roster, window) if step else None
    return _shown(clock, roster, due)


def sla_marks(*, lead_ids: Iterable[int]) -> dict[int, NextStep]:
    """The same for a list, as the last sweep found it (15 seconds ago, or five minutes where it is far away).

    Two queries, one where no lead is in a chain. For untouched leads that are still with the owner the clock runs for.
    """
    clocks = list(SlaClock.objects.filter(lead__in=list(lead_ids)))
    if not clocks:
        return {}
    roster = ROSTER.get(None, current_version())
    marks = {clock.lead_id: _shown(clock, roster, clock.due_at) for clock in clocks}
    return {key: mark for key, mark in marks.items() if mark}


def _shown(clock: SlaClock, roster: Roster, due: datetime | None) -> NextStep | None:
    step = next_step(clock, pool_of(clock, roster))
    if step is None and clock.nudged_at is None:
        return None
    act = SlaAct(step[1]) if step else None
    return NextStep(
        what=WORDS[act] if act else "", due_at=due, nudged=clock.nudged_at is not None,
        takes=act in (SlaAct.HAND_ON, SlaAct.CLAIM_POOL),
    )  # fmt: skip
