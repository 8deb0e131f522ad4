"""Why a lead went where it went: for pages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agents.assignment.deficit import LEAD
from agents.assignment.eligibility import WORDS
from agents.assignment.record import CandidateRow
from agents.models import Agent, Assignment, Pool
from intake.models import Lead


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
        return share_words(self.before)

    @property
    def stands(self) -> str:
        """The same, after it was given."""
        return share_words(self.after)


def share_words(balance: float | None) -> str:
    """A balance in leads as people read it; "" for None."""
    if balance is None:
        return ""
    leads = f"{abs(balance):.2f}"
    return "even" if leads == "0.00" else f"{leads} {'behind' if balance > 0 else 'ahead'}"


def explain(assignment: Assignment) -> list[Candidate]:
    """Everyone the record of `assignment` speaks of: those able first, in the order of the pools asked."""
    rows = assignment.candidates
    ids = {agent for row in rows for agent in row.get("agents", [row.get("agent")])}
    agents = {agent.pk: str(agent) for agent in Agent.objects.filter(pk__in=ids).select_related("user")}
    pools = dict(Pool.objects.filter(pk__in={row["pool"] for row in rows}).values_list("pk", "name"))
    return list(candidates_of(rows, agents, pools, assignment.agent_id))


def explain_lead(lead: Lead) -> tuple[Assignment, list[Candidate]] | None:
    """The latest assignment of `lead` with its candidates; None for a lead that never was assigned."""
    assignment = lead.assignments.select_related("pool", "agent__user", "assigned_by").first()
    return None if assignment is None else (assignment, explain(assignment))


def candidates_of(
    rows: Sequence[CandidateRow],
    agents: Mapping[int, str],
    pools: Mapping[int, str],
    chosen: int | None,
) -> Iterator[Candidate]:
    """The `rows` of a record as people read them, by the names of `agents` and `pools`; those able first."""
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
