"""A person has the rules decide once more who works a lead: among the others than its owner."""

from dataclasses import replace
from datetime import datetime
from time import perf_counter
from typing import Final

from django.db import transaction

from agents.assignment.assign import write_route
from agents.assignment.balances import read_standing
from agents.assignment.chain import start_with_route
from agents.assignment.eligibility import wanted_by
from agents.assignment.roster import ROSTER, AgentCard, Roster
from agents.assignment.route import Route, find_route, first_pool
from agents.assignment.turns import give_turn_back, turn_of
from agents.assignment.waiting import known_people
from agents.casework import lock_lead
from agents.models import Assignment, FollowUp
from intake.models import OPEN_STATUSES, Lead
from leadcrm.lib.batch import Batch
from leadcrm.lib.config import current_version
from leadcrm.models import User

_OWNED: Final = (
    "UPDATE intake_lead SET owner_id = %s, assigned_at = %s::timestamptz, unassigned_why = '' WHERE id = %s"
)


class CannotAssign(ValueError):
    """The rules find nobody, or the lead is closed; the message says why, for people. Nothing was written."""


def assign_again(*, lead: Lead, actor: User, reason: str, now: datetime) -> Assignment:
    """Take the open `lead` from its owner, if it has one, and give it to whom the rules choose among all others.

    Who already works with the person comes first, as ever, and moves no rotation; whoever is next in turn pays a
    turn. Where the old owner paid one for this lead, it comes back: nobody is to blame. What is promised goes along.
    One transaction, the lead's row first and then all pools it may touch. Raises CannotAssign.
    """
    started = perf_counter()
    with transaction.atomic():
        lock_lead(lead)
        if lead.status not in OPEN_STATUSES or lead.erased_at:
            raise CannotAssign(
                f"It is {lead.get_status_display().lower()}: only open leads go back to the pools"
            )
        old, roster = lead.owner, ROSTER.get(None, current_version())
        route = _route_of_others(lead, roster, now)
        told = replace(route, why=f"{reason.strip()[:80]}. {route.why}")
        batch = Batch()
        write_route(lead, told, batch, ms=(perf_counter() - started) * 1000, old=str(old or ""), by=actor)
        if lead.touched_at is None:
            start_with_route(lead=lead, route=route, roster=roster, batch=batch)
        batch.execute(_OWNED, (route.owner_id, now, lead.pk))
        batch.flush()
        if old is not None:
            FollowUp.objects.filter(lead=lead, owner=old, done_at__isnull=True).update(owner=route.owner_id)
        lead.refresh_from_db(fields=["owner", "assigned_at", "unassigned_why"])
        return Assignment.objects.filter(lead=lead).order_by("-assigned_at", "-pk")[0]


def _route_of_others(lead: Lead, roster: Roster, now: datetime) -> Route:
    """To whom the rules give `lead` if its owner is left out and has the turn back. Raises CannotAssign."""
    holder = roster.by_user.get(lead.owner_id) if lead.owner_id else None
    wanted = wanted_by(lead, line=roster.lines.get(lead.interest, ""), now=now)
    wanted = replace(wanted, had=frozenset({holder.id} if holder else ()))
    first, turn = first_pool(wanted, roster), _turn_paid(lead, holder)
    pools = {pool.id for pool in roster.chain(first)} if first else set()
    pools |= {turn.pool_id} if turn and turn.pool_id else set()
    # In one go, in the order that every decision keeps: the turn that comes back may be of a pool further down.
    read_standing(pools=pools, limited=(), now=now, lock=True)
    if turn is not None:
        give_turn_back(turn)
    known = [person for person in known_people(lead) if person.owner_id != lead.owner_id]
    route = find_route(wanted=wanted, known=known, roster=roster, lock=True)
    if route.owner_id is None or route.owner_id == lead.owner_id:
        raise CannotAssign(f"The rules find nobody else. {route.why}")
    return route


def _turn_paid(lead: Lead, holder: AgentCard | None) -> Assignment | None:
    """The assignment by which the owner came to the lead, if that cost a turn of a rotation."""
    rows = Assignment.objects.filter(lead=lead, agent__isnull=False).order_by("-assigned_at", "-pk")
    newest = rows.first()
    if newest is None or holder is None or newest.agent_id != holder.id or holder.id not in turn_of(newest):
        return None
    return newest
