"""What each step of the chain does to a lead. In a transaction that holds the lead's row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter
from typing import Final

from django.db.models import F

from agents.assignment.assign import write_route
from agents.assignment.claimable import offer
from agents.assignment.eligibility import Wanted, wanted_by
from agents.assignment.roster import AgentCard, PoolCard, Roster
from agents.assignment.route import Route, find_route
from agents.models import (
    AgentLoad,
    Assignment,
    AssignmentKind,
    FollowUp,
    MailState,
    OfferOrigin,
    SlaAct,
    SlaClock,
    SlaEvent,
    SlaEventKind,
)
from agents.notice_mails import wants_mail
from agents.receiving import pause_agent
from intake.models import Lead, LeadEvent, LeadEventKind
from leadcrm.lib.actor import acting
from leadcrm.lib.batch import Batch
from leadcrm.models import User

SLA_RULE: Final = "SLA 1"
_OWNER: Final = (
    "UPDATE intake_lead SET owner_id = %s, assigned_at = %s::timestamptz, unassigned_why = %s WHERE id = %s"
)


@dataclass(frozen=True, slots=True)
class Case:
    """One lead at one step: the step after `minutes` is due at `now`. `lead` with its owner, both rows locked."""

    lead: Lead
    clock: SlaClock
    pool: PoolCard
    roster: Roster
    minutes: int
    now: datetime

    @property
    def agent(self) -> AgentCard | None:
        """Who has the lead, if that is an agent."""
        return self.roster.by_user.get(self.lead.owner_id) if self.lead.owner_id else None

    @property
    def left(self) -> str:
        """What happened, for people."""
        return f"untouched for {self.minutes} working {'minute' if self.minutes == 1 else 'minutes'}"


def nudge(case: Case) -> None:
    """Remind the owner: the queue and the lead's page say so from now on, and a mail where no page is open."""
    case.clock.nudged_at = case.now
    whom = case.lead.owner or "nobody, for it is open to be claimed"
    owner = case.lead.owner_id
    mail_to = owner if owner and wants_mail(owner, now=case.now) else None
    _note(case, SlaEventKind.NUDGE, f"Reminded {whom}: {case.left}", agent=case.agent, mail_to=mail_to)


def tell_manager(case: Case) -> None:
    """Write to the pool's manager, and stand on the managers' desk."""
    whose = f"with {case.lead.owner}" if case.lead.owner else "open to be claimed"
    what = f"{case.left.capitalize()}, {whose}"
    _note(case, SlaEventKind.MANAGER, what, agent=case.agent, mail_to=case.pool.sla_user_id)


def hand_on(case: Case) -> None:
    """To whoever rotation gives it among those who did not have it; where there is nobody, it stays.

    The turn of whoever let it lapse is not given back: it would bring that agent the very next lead. The new owner
    pays a turn of the rotation like any other, so the pool's balances sum to zero as before.
    """
    started, old, agent = perf_counter(), case.lead.owner, case.agent
    route = (
        None if old is None else find_route(wanted=_of_others(case), known=(), roster=case.roster, lock=True)
    )
    if old is None or route is None or route.kind != "rotation":
        why = route.why if route else "it is open to be claimed"
        _note(case, SlaEventKind.HAND_ON, f"Not handed on: {why}", agent=agent)
        return
    _give(case, route, old, ms=(perf_counter() - started) * 1000)
    what = f"Handed on from {old} to {route.owner_name}: {case.left}"
    _note(case, SlaEventKind.HAND_ON, what, agent=agent, lapsed=True)
    _turn(case, route.owner_id)
    _lapse(case, agent)


def _give(case: Case, route: Route, old: User, *, ms: float) -> None:
    lead, batch = case.lead, Batch()
    told = replace(route, why=f"{old} left it {case.left}. {route.why}")
    write_route(lead, told, batch, ms=ms, kind=AssignmentKind.HAND_ON, old=str(old))
    batch.execute(_OWNER, (lead.owner_id, case.now, "", lead.pk))
    batch.flush()
    FollowUp.objects.filter(lead=lead, owner=old, done_at__isnull=True).update(owner=lead.owner_id)


def open_to_all(case: Case) -> None:
    """Take it from its owner and open it to the members of the pool; rotation leaves it alone from then on."""
    lead, old, agent = case.lead, case.lead.owner, case.agent
    if old is None:
        _note(case, SlaEventKind.CLAIM_POOL, "It is open to be claimed already", agent=None)
        return
    why = f"Open to be claimed. {old} left it {case.left}"[:200]
    wanted, batch = _of_others(case), Batch()
    batch.insert(
        Assignment(
            lead_id=lead.pk, kind=AssignmentKind.OFFERED, pool_id=case.pool.id, why=why, rule_version=SLA_RULE,
            state=wanted.state, state_from=wanted.state_from, assigned_at=case.now,
        ),
        LeadEvent(
            lead_id=lead.pk, kind=LeadEventKind.UNASSIGNED, at=case.now, old=str(old)[:60], reason=why
        ),
    )  # fmt: skip
    offer(lead=lead, pool_id=case.pool.id, wanted=wanted, origin=OfferOrigin.SLA, batch=batch)
    batch.execute(_OWNER, (None, None, why, lead.pk))
    batch.flush()
    what = f"Taken from {old} and opened to be claimed: {case.left}"
    _note(case, SlaEventKind.CLAIM_POOL, what, agent=agent, lapsed=True)
    _turn(case, None)
    _lapse(case, agent)


ACTS: Final[Mapping[SlaAct, Callable[[Case], None]]] = {
    SlaAct.NUDGE: nudge,
    SlaAct.HAND_ON: hand_on,
    SlaAct.CLAIM_POOL: open_to_all,
    SlaAct.MANAGER: tell_manager,
}


def _turn(case: Case, owner_id: int | None) -> None:
    """The chain goes on where it is, on the new owner's time."""
    clock, lead = case.clock, case.lead
    clock.owner_id, clock.since, clock.base_minutes, clock.nudged_at = owner_id, case.now, case.minutes, None
    lead.refresh_from_db(fields=["owner", "assigned_at", "unassigned_why"])


def _of_others(case: Case) -> Wanted:
    """What the lead asks for, of agents who did not have it yet."""
    lead, roster = case.lead, case.roster
    had = Assignment.objects.filter(lead=lead, agent__isnull=False).values_list("agent_id", flat=True)
    wanted = wanted_by(lead, line=roster.lines.get(lead.interest, ""), now=case.now)
    own = {case.agent.id} if case.agent else set()
    return replace(wanted, had=frozenset(own | {agent for agent in had if agent}))


def _lapse(case: Case, agent: AgentCard | None) -> None:
    """Count one more lead in a row that the agent lost untouched; at the pool's limit the agent is paused."""
    if agent is None:
        return
    AgentLoad.objects.get_or_create(agent_id=agent.id)
    counted = AgentLoad.objects.filter(agent_id=agent.id)
    counted.update(lapses=F("lapses") + 1)
    lapses = counted.values_list("lapses", flat=True).get()
    limit = case.pool.pause_after
    if limit is None or lapses < limit or not (agent.active and agent.receiving):
        return
    counted.update(lapses=0)  # after the return the count begins anew
    reason = f"{lapses} lead{'s' if lapses > 1 else ''} in a row left untouched"
    with acting(None, via="leads left untouched"):
        pause_agent(agent_id=agent.id, reason=reason, back_at=None, now=case.now)
    what = f"Paused {agent.name}: {reason}"
    _note(case, SlaEventKind.PAUSE, what, agent=agent, mail_to=case.pool.sla_user_id)


def _note(
    case: Case,
    kind: SlaEventKind,
    what: str,
    *,
    agent: AgentCard | None,
    lapsed: bool = False,
    mail_to: int | None = None,
) -> None:
    SlaEvent.objects.create(
        lead=case.lead, pool_id=case.pool.id, agent_id=agent.id if agent else None, kind=kind, at=case.now,
        after_minutes=case.minutes, chain_at=case.clock.chain_at, lapsed=lapsed, what=what[:200],
        mail_to_id=mail_to, mail_state=MailState.WAITING if mail_to else MailState.NONE,
        mail_due_at=case.now if mail_to else None,
    )  # fmt: skip
