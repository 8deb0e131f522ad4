"""Who gets a lead of a file of old ones. Nobody is told, no clock runs, no turn, limit or balance is touched."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from agents.assignment.eligibility import WORDS, Wanted, license_refusal, wanted_by
from agents.assignment.roster import ROSTER, AgentCard, PoolCard, Roster
from agents.assignment.route import first_pool
from compliance.routing import KnownPerson, Routed, RoutedKind
from intake.models import ImportGive, Lead, LeadEvent, LeadEventKind
from intake.post import FileTerms
from leadcrm.lib.batch import Batch
from leadcrm.models import User

_WAITS: Final = "waits for a manager to give it out"


def give_backlog(
    *, lead: Lead, terms: FileTerms, known: Sequence[KnownPerson], config_version: int, now: datetime, batch: Batch,
    dry_run: bool,
) -> Routed:  # fmt: skip
    """Find the owner that the import asks for, and add the lead's event to `batch`; with `dry_run` change nothing.

    Nobody gets a lead of a state without a license there. Shares go by weight and by the lead's number, so that no
    lock is held: a pool's balances are those of live leads. Never refuses. No round trip but for a person's name who
    is no agent.
    """
    roster = ROSTER.get(None, config_version)
    wanted = wanted_by(lead, line=roster.lines.get(lead.interest, ""), now=now)
    if terms.give == ImportGive.PERSON:
        routed, name = _to_person(terms, wanted, roster)
    elif terms.give == ImportGive.SHARE:
        routed, name = _shared(lead, wanted, known, roster)
    else:
        routed, name = Routed("nobody", None, False, f"Import {terms.import_id}: {_WAITS}"), ""
    if not dry_run:
        owned = routed.owner_id is not None
        lead.owner_id, lead.assigned_at = routed.owner_id, wanted.now if owned else None
        lead.unassigned_why = "" if owned else routed.why[:200]
        batch.insert(
            LeadEvent(
                lead_id=lead.pk, at=wanted.now, new=name[:60], reason=routed.why[:200],
                kind=LeadEventKind.ASSIGNED if owned else LeadEventKind.UNASSIGNED,
            )
        )  # fmt: skip
    return routed


def _to_person(terms: FileTerms, wanted: Wanted, roster: Roster) -> tuple[Routed, str]:
    assert terms.owner_id is not None  # the database holds imports to it
    agent = roster.by_user.get(terms.owner_id)
    if agent is None:
        name = User.objects.get(pk=terms.owner_id).get_full_name()
        return _given(
            "last_link", terms.owner_id, f"Import {terms.import_id} gives its leads to {name}"
        ), name
    if not agent.active:
        return _nobody(f"{agent.name} {WORDS['left']}"), ""
    if refusal := license_refusal(agent, wanted):
        return _nobody(f"{agent.name}: {WORDS[refusal]}"), ""
    return _given(
        "last_link", agent.user_id, f"Import {terms.import_id} gives its leads to {agent.name}"
    ), agent.name


def _shared(lead: Lead, wanted: Wanted, known: Sequence[KnownPerson], roster: Roster) -> tuple[Routed, str]:
    for person in known:
        agent = roster.by_user.get(person.owner_id)
        if agent and agent.active and license_refusal(agent, wanted) is None:
            why = f"{agent.name} already works with this person (A-{person.lead_id})"
            return _given("sticky", agent.user_id, why), agent.name
    first = first_pool(wanted, roster)
    for pool in roster.chain(first) if first else ():
        able = _able(pool, wanted, roster)
        if able:
            agent = able[lead.pk % len(able)]
            among = len({each.id for each in able})
            why = f"{agent.name} got a share of an import, one of {among} licensed in {pool.name}"
            return _given("rotation", agent.user_id, why, pool.id), agent.name
    return _nobody("Nobody in the source's pools is licensed for it"), ""


def _able(pool: PoolCard, wanted: Wanted, roster: Roster) -> list[AgentCard]:
    """Members who are licensed, each as often as their weight says. Old leads wait: pauses and hours do not matter."""
    members = [(roster.agents[agent_id], weight) for agent_id, weight in sorted(pool.weights.items())]
    return [
        agent
        for agent, weight in members
        if agent.active and license_refusal(agent, wanted) is None
        for _ in range(weight)
    ]


def _given(kind: RoutedKind, owner_id: int, why: str, pool_id: int | None = None) -> Routed:
    return Routed(kind, owner_id, False, why, pool_id)


def _nobody(why: str) -> Routed:
    return Routed("nobody", None, False, f"{why}; {_WAITS}")
