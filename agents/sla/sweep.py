"""Taking the steps that are due. Periodic; safe to run twice at once, bounded, and it takes the lead's row first."""

from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from django.db import transaction

from agents.assignment.chain import TAKING
from agents.assignment.roster import ROSTER, PoolCard, Roster
from agents.callbadge import FOR_GOOD
from agents.models import SlaAct, SlaClock
from agents.sla.acts import ACTS, Case
from agents.sla.minutes import due_at, working_spans
from compliance.calling import Windows, calling_windows
from intake.models import OPEN_STATUSES, Lead, LeadStatus
from leadcrm.lib.config import current_version

# A clock is looked at again after so long at the latest: then changed steps, hours and bans have their effect.
LOOK_AGAIN: Final = timedelta(minutes=5)
_BATCH: Final = 200


def pass_sla_steps(*, now: datetime, seconds: float = 10.0) -> int:
    """Look at every clock whose time has come, for `seconds` at most; how many steps were taken.

    One transaction per lead. A lead whose row somebody holds (an agent who saves, another run) is left to the next
    run. A touched, closed or erased lead loses its clock, as does one that must not be called at all.
    """
    ends, taken = monotonic() + seconds, 0
    due = SlaClock.objects.filter(look_at__lte=now).order_by("look_at").select_related("lead")
    clocks = list(due[:_BATCH])
    windows = (
        calling_windows(leads=[clock.lead for clock in clocks if clock.lead.phone], now=now) if clocks else {}
    )
    for clock in clocks:
        if monotonic() > ends:
            break
        taken += _look(clock.lead_id, windows.get(clock.lead_id), now)
    return taken


def _look(lead_id: int, window: Windows | None, now: datetime) -> int:
    """Take the steps of one lead that are due; how many those were."""
    with transaction.atomic():
        rows = Lead.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        lead = rows.select_related("owner").filter(pk=lead_id).first()
        clock = (
            SlaClock.objects.select_for_update().filter(lead=lead_id, look_at__lte=now).first()
            if lead
            else None
        )
        if lead is None or clock is None:
            return 0
        roster = ROSTER.get(None, current_version())
        if window is None or not waits(lead, clock) or not FOR_GOOD.isdisjoint(window.codes):
            clock.delete()
            return 0
        taken = 0
        while _is_due(clock, roster, window, now):
            _take(lead, clock, roster, now)
            taken += 1
        return taken


def waits(lead: Lead, clock: SlaClock) -> bool:
    """True while the lead is untouched and with whoever the clock runs for."""
    untouched = lead.touched_at is None and lead.erased_at is None
    fits = lead.status == LeadStatus.NEW if clock.owner_id else lead.status in OPEN_STATUSES
    return untouched and fits and lead.owner_id == clock.owner_id


def next_step(clock: SlaClock, pool: PoolCard | None) -> tuple[int, str] | None:
    """(working minutes, act) of the step ahead; None at the end of the chain."""
    steps = pool.steps if pool else ()
    return next(
        (
            (minutes, act) for minutes, act in steps
            if minutes > clock.passed_minutes and not (clock.by_hand and act in TAKING)
        ),
        None,
    )  # fmt: skip


def pool_of(clock: SlaClock, roster: Roster) -> PoolCard | None:
    """The clock's pool, unless it was switched off."""
    return next((pool for pool in roster.pools if pool.id == clock.pool_id), None)


def step_due_at(clock: SlaClock, minutes: int, roster: Roster, window: Windows) -> datetime | None:
    """When so many minutes of the chain have passed, as far ahead as is known."""
    card = roster.by_user.get(clock.owner_id) if clock.owner_id else None
    works = working_spans(card, clock.since)
    return due_at(since=clock.since, minutes=minutes - clock.base_minutes, works=works, may_call=window.spans)


def _is_due(clock: SlaClock, roster: Roster, window: Windows, now: datetime) -> bool:
    """Whether a step is to be taken now; else the clock is set to when it is looked at next, or ended."""
    step = next_step(clock, pool_of(clock, roster))
    if step is None:
        if clock.pk:
            clock.delete()
        return False
    clock.due_at = step_due_at(clock, step[0], roster, window)
    if clock.due_at is not None and clock.due_at <= now:
        return True
    again = now + LOOK_AGAIN
    clock.look_at = again if clock.due_at is None else min(clock.due_at, again)
    clock.save()
    return False


def _take(lead: Lead, clock: SlaClock, roster: Roster, now: datetime) -> None:
    pool = pool_of(clock, roster)
    step = next_step(clock, pool)
    assert pool is not None  # _is_due found both
    assert step is not None
    minutes, act = step
    ACTS[SlaAct(act)](Case(lead, clock, pool, roster, minutes, now))
    clock.passed_minutes = minutes
