"""The use case: a lead gets its owner, or a stated reason why it has none."""

from collections.abc import Sequence
from datetime import datetime
from secrets import choice
from time import perf_counter
from typing import Final

from agents.assignment.backlog import give_backlog
from agents.assignment.balances import save_turn
from agents.assignment.chain import start_with_route
from agents.assignment.claimable import offer, withdraw
from agents.assignment.deficit import Pick
from agents.assignment.eligibility import wanted_by
from agents.assignment.loads import count_lead
from agents.assignment.roster import ROSTER, Roster
from agents.assignment.route import Route, find_route
from agents.models import Assignment, AssignmentKind, OfferOrigin
from compliance.routing import KnownPerson, Routed
from intake.models import Lead, LeadEvent, LeadEventKind
from intake.post import FileTerms
from intake.webhooks.events import note_assigned
from leadcrm.lib.batch import Batch
from leadcrm.models import User

# Goes up when the rule decides differently; kept with every assignment.
RULE: Final = "largest deficit 1"


def assign_lead(
    *,
    lead: Lead,
    known: Sequence[KnownPerson],
    config_version: int,
    now: datetime,
    batch: Batch,
    dry_run: bool = False,
    pick: Pick = choice,
    file: FileTerms | None = None,
) -> Routed:
    """Find the owner of `lead` (its key is known, its row may come later in `batch`) and say who and why.

    `known` are earlier leads of the same person, whose owners are asked first. Sets `owner_id`, `assigned_at`
    and `unassigned_why` of `lead`; adds the record, the lead's event and the new balances and loads to
    `batch`, which must be written in the caller's transaction: it holds the locks of the pools concerned
    until it ends. A refusal (`refuse`) adds nothing, for there is no lead then. With `dry_run` the answer is
    the same, but nothing is locked, added or set. At most one round trip. `pick` decides what is left to
    chance. A lead of a `file` of old ones is given as its import says, quietly (agents.assignment.backlog).
    """
    started = perf_counter()
    if file is not None and file.backlog:
        return give_backlog(
            lead=lead,
            terms=file,
            known=known,
            config_version=config_version,
            now=now,
            batch=batch,
            dry_run=dry_run,
        )
    route, roster = find_owner(
        lead=lead, known=known, config_version=config_version, now=now, lock=not dry_run, pick=pick
    )
    if not (dry_run or route.refuse):
        write_route(lead, route, batch, config_version=config_version, ms=(perf_counter() - started) * 1000)
        start_with_route(lead=lead, route=route, roster=roster, batch=batch)
    return route.routed()


def find_owner(
    *,
    lead: Lead,
    known: Sequence[KnownPerson],
    config_version: int,
    now: datetime,
    lock: bool,
    pick: Pick = choice,
) -> tuple[Route, Roster]:
    """Who gets `lead` (saved or not), and the agents and pools that were asked. Sets and writes nothing."""
    roster = ROSTER.get(None, config_version)
    wanted = wanted_by(lead, line=roster.lines.get(lead.interest, ""), now=now)
    return find_route(wanted=wanted, known=known, roster=roster, lock=lock, pick=pick), roster


def write_route(
    lead: Lead, route: Route, batch: Batch, *, ms: float, kind: AssignmentKind | None = None, old: str = "",
    config_version: int | None = None, by: User | None = None,
) -> None:  # fmt: skip
    """Give `lead` the owner of `route`, and add everything that goes with it to `batch`.

    `kind` says what the record calls it, if that is not what the route found; `old` names who had the lead before.
    `config_version` spares webhooks a look, where the caller knows it. `by` is a person who had the rules decide.
    """
    now, wanted, waited = route.wanted.now, route.wanted, bool(lead.unassigned_why)
    lead.owner_id, lead.assigned_at = route.owner_id, now if route.owner_id else None
    lead.unassigned_why = "" if route.owner_id else route.why[:200]
    batch.insert(
        Assignment(
            lead_id=lead.pk, kind=kind or AssignmentKind(route.kind), why=route.why[:200], rule_version=RULE,
            pool_id=route.pool.id if route.pool else None, agent_id=route.agent.id if route.agent else None,
            state=wanted.state, state_from=wanted.state_from, candidates=route.candidates,
            assigned_at=now, ms=round(ms, 3), assigned_by_id=by.pk if by else None,
        )
    )  # fmt: skip
    if route.owner_id or not waited:  # that it still waits is no news for its history
        batch.insert(
            LeadEvent(
                lead_id=lead.pk, at=now, old=old[:60], new=route.owner_name[:60], reason=route.why[:200],
                actor_id=by.pk if by else None,
                kind=LeadEventKind.ASSIGNED if route.owner_id else LeadEventKind.UNASSIGNED,
            )
        )  # fmt: skip
    if route.kind == "offered" and route.pool:
        offer(lead=lead, pool_id=route.pool.id, wanted=wanted, origin=OfferOrigin.LAST_LINK, batch=batch)
    elif route.owner_id and waited:
        withdraw(lead_id=lead.pk, now=now, batch=batch)
    if route.owner_id:
        note_assigned(lead=lead, owner_id=route.owner_id, at=now, batch=batch, config_version=config_version)
    if route.agent:
        count_lead(agent_id=route.agent.id, now=now, batch=batch)
    if route.turn and route.pool:
        owed = route.standing.owed.get(route.pool.id, {})
        save_turn(pool_id=route.pool.id, turn=route.turn, known=owed, now=now, batch=batch)
