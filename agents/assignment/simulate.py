"""Who would get such a lead, and why: the road of a real one as far as its owner, without writing anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import choice

from agents.assignment.assign import find_owner
from agents.assignment.deficit import Pick
from agents.assignment.explain import Candidate, candidates_of
from agents.assignment.route import Route
from compliance.routing import KnownPerson, Routed
from intake.models import Lead, Source
from leadcrm.lib.config import current_version


@dataclass(frozen=True, slots=True)
class Simulation:
    """Who would get a lead, and why. `tied`: names among whom only chance decides; `pools`: those asked, in order."""

    routed: Routed
    owner: str
    state: str
    state_from: str
    candidates: list[Candidate]
    tied: list[str]
    pools: list[str]
    route: Route


def simulate(
    *,
    source: Source,
    now: datetime,
    state: str = "",
    interest: str = "",
    zip5: str = "",
    phone: str = "",
    language: str = "",
    known: Sequence[KnownPerson] = (),
    pick: Pick = choice,
) -> Simulation:
    """Who would get such a lead of `source` at `now` (aware). Locks and writes nothing; the next lead may change it.

    `interest` defaults to what the source sells; `known` are earlier leads of the same person, newest first. Balances
    and counts are those of this moment, whatever `now` is. Where a tie is left to `pick`, `tied` names who is in it.
    """
    lead = Lead(
        source=source, vendor_id=source.vendor_id, state=state, zip=zip5, phone=phone,
        interest=interest or source.vertical.code, attributes={"language": language},
    )  # fmt: skip
    tied: list[int] = []

    def pick_and_tell(agents: Sequence[int]) -> int:
        tied.extend(agents)
        return pick(agents)

    route, roster = find_owner(
        lead=lead, known=known, config_version=current_version(), now=now, lock=False, pick=pick_and_tell
    )
    names = {agent.id: agent.name for agent in roster.agents.values()}
    pools = {pool.id: pool.name for pool in roster.pools}
    asked = dict.fromkeys(row["pool"] for row in route.candidates if row["pool"] is not None)
    return Simulation(
        routed=route.routed(), owner=route.owner_name, state=route.wanted.state, state_from=route.wanted.state_from,
        candidates=list(
            candidates_of(route.candidates, names, pools, route.agent.id if route.agent else None)
        ),
        tied=[names[agent] for agent in tied], pools=[pools.get(pool, "") for pool in asked], route=route,
    )  # fmt: skip
