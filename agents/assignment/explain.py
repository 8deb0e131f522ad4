"""Why a lead went where it went, and who would get such a lead now: for pages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agents.assignment.deficit import LEAD
from agents.assignment.eligibility import WORDS, wanted_by
from agents.assignment.record import CandidateRow
from agents.assignment.roster import ROSTER
from agents.assignment.route import find_route
from agents.models import Agent, Assignment, Pool
from compliance.routing import KnownPerson, Routed
from intake.models import Lead, Source
from leadcrm.lib.config import current_version


@dataclass(frozen=True, slots=True)
class Candidate:
    """One agent who was looked at. `before` and `after` are balances in leads; `out` says why not, if not."""

    agent_id: int
    agent: str
    pool: str  # empty: asked because they already work with the person
    chosen: bool
    weight: int | None = None
    before: float | None = None
    after: float | None = None
    out: str = ""
    words: str = ""

    @property
    def stood(self) -> str:
        """How far from their fair share they were when it came: “0.33 behind”, “0.50 ahead”, “even”; "" if unknown."""
        return _share(self.before)

    @property
    def stands(self) -> str:
        """The same, after it was given."""
        return _share(self.after)


def _share(balance: float | None) -> str:
    if balance is None:
        return ""
    leads = f"{abs(balance):.2f}"
    return "even" if leads == "0.00" else f"{leads} {'behind' if balance > 0 else 'ahead'}"


@dataclass(frozen=True, slots=True)
class Simulation:
    """Who would get a lead, and why."""

    routed: Routed
    owner: str
    state: str
    state_from: str
    candidates: list[Candidate]


def explain(assignment: Assignment) -> list[Candidate]:
    """Everyone the record of `assignment` speaks of: those able first, in the order of the pools asked."""
    rows = assignment.candidates
    ids = {agent for row in rows for agent in row.get("agents", [row.get("agent")])}
    agents = {agent.pk: str(agent) for agent in Agent.objects.filter(pk__in=ids).select_related("user")}
    pools = dict(Pool.objects.filter(pk__in={row["pool"] for row in rows}).values_list("pk", "name"))
    return list(_read(rows, agents, pools, assignment.agent_id))


def explain_lead(lead: Lead) -> tuple[Assignment, list[Candidate]] | None:
    """The latest assignment of `lead` with its candidates; None for a lead that never was assigned."""
    assignment = lead.assignments.select_related("pool", "agent__user", "assigned_by").first()
    return None if assignment is None else (assignment, explain(assignment))


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
) -> Simulation:
    """Who would get such a lead of `source` at `now`. Locks and writes nothing; the next lead may change it.

    `interest` defaults to what the source sells. An agent's place in a tie is drawn anew each time.
    """
    roster = ROSTER.get(None, current_version())
    lead = Lead(
        source=source, vendor_id=source.vendor_id, state=state, zip=zip5, phone=phone,
        interest=interest or source.vertical.code, attributes={"language": language},
    )  # fmt: skip
    wanted = wanted_by(lead, line=roster.lines.get(lead.interest, ""), now=now)
    route = find_route(wanted=wanted, known=known, roster=roster, lock=False)
    names = {agent.id: agent.name for agent in roster.agents.values()}
    pools = {pool.id: pool.name for pool in roster.pools}
    chosen = route.agent.id if route.agent else None
    return Simulation(
        routed=route.routed(),
        owner=route.owner_name,
        state=wanted.state,
        state_from=wanted.state_from,
        candidates=list(_read(route.candidates, names, pools, chosen)),
    )


def _read(
    rows: Sequence[CandidateRow],
    agents: Mapping[int, str],
    pools: Mapping[int, str],
    chosen: int | None,
) -> Iterator[Candidate]:
    for row in sorted(rows, key=lambda row: "out" in row):
        pool = pools.get(row["pool"], "")
        for agent_id in row.get("agents", [row.get("agent")]):
            name = agents.get(agent_id, "a former agent")
            if "out" in row:
                words = str(WORDS.get(row["out"], row["out"]))
                yield Candidate(agent_id, name, pool, chosen=False, out=row["out"], words=words)
            else:
                before, after = row["before"] / LEAD, row["after"] / LEAD
                yield Candidate(agent_id, name, pool, agent_id == chosen, row["weight"], before, after)
