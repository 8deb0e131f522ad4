"""Is there an agent for a source's leads? Called by compliance as the step "ready_agents"."""

from collections.abc import Sequence
from datetime import date, datetime

from django.conf import settings

from agents.assignment.roster import ROSTER, PoolCard, Roster
from agents.licensing import license_gap
from agents.models import LastLink
from intake.checklist import Item, Standing, names_of
from intake.sources import SourceConfig

TITLE = "An agent is licensed and receiving"
_LAST_LINK = {
    LastLink.WAIT: "Leads from there wait without an owner.",
    LastLink.CLAIM: "Leads from there are open to be claimed.",
    LastLink.PERSON: "Leads from there go to the pool's named person.",
    LastLink.REFUSE: "Leads from there are refused: no_agent.",
}


def ready_agents(
    *, source: SourceConfig, states: Sequence[str], config_version: int, now: datetime
) -> list[Item]:
    """Whether somebody in the pools of `source` may sell what it buys in each of `states` (none: in any) today.

    Hours and loads are left out: they pass. Reads what is kept in the process; no query.
    """
    roster = ROSTER.get(None, config_version)
    pool = next((pool for pool in roster.pools if _takes(pool, source)), None)
    if pool is None:
        return [Item("agents", Standing.MISSING, TITLE, "No pool takes its leads.", "pools")]
    covered = _covered(pool, roster, source, now.astimezone(settings.AGENCY_ZONE).date())
    bare = [state for state in states if state not in covered]
    if not covered or bare:
        where = f" in {names_of(bare)}" if bare else ""
        link = LastLink(list(roster.chain(pool))[-1].last_link)
        words = f"Nobody in {pool.name}{where}. {_LAST_LINK[link]}"
        standing = Standing.MISSING if link == LastLink.REFUSE or not covered else Standing.ADVICE
        return [Item("agents", standing, TITLE, words, "pools")]
    words = f"{pool.name}: {names_of(states or sorted(covered))}."
    return [Item("agents", Standing.DONE, TITLE, words, "pools")]


def _takes(pool: PoolCard, source: SourceConfig) -> bool:
    return pool.fits(source.id, source.source.vendor_id, source.vertical, "en")


def _covered(pool: PoolCard, roster: Roster, source: SourceConfig, today: date) -> set[str]:
    """The states where an agent of the chain of pools may sell it today."""
    lines, found = {source.vertical, source.line}, set()
    for link in roster.chain(pool):
        for agent_id in roster.takers(link):
            card = roster.agents[agent_id]
            held = {state for state, line in card.licenses if line in lines}
            found |= {
                state for state in held if license_gap(card, state=state, lines=lines, today=today) is None
            }
    return found
