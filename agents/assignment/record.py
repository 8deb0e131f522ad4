"""The rows of an assignment's record, kept small: a million leads have one each."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from agents.assignment.deficit import Turn
from agents.assignment.eligibility import WORDS, ExclusionCode

# {"pool", "agent", "weight", "before", "after"} for one who could have had the lead (balances in
# billionths, before and after the turn), {"pool", "out", "agents"} for all who were left out for one reason.
# Without a pool: agents who already work with the person.
CandidateRow = dict[str, Any]


def able_rows(pool_id: int, weights: Mapping[int, int], turn: Turn) -> list[CandidateRow]:
    """One row for each agent among whom the turn was taken."""
    return [
        {"pool": pool_id, "agent": a, "weight": weight, "before": turn.before[a], "after": turn.after[a]}
        for a, weight in sorted(weights.items())
    ]


def excluded_rows(pool_id: int | None, out: Mapping[int, ExclusionCode]) -> list[CandidateRow]:
    """One row for each reason: a pool of hundreds stays a record of a few lines."""
    by_code: defaultdict[ExclusionCode, list[int]] = defaultdict(list)
    for agent_id, code in out.items():
        by_code[code].append(agent_id)
    return [{"pool": pool_id, "out": code, "agents": sorted(ids)} for code, ids in by_code.items()]


def nobody_may(out_of: Mapping[str, Mapping[int, ExclusionCode]]) -> str:
    """One sentence for managers: which pools were asked, how many agents had which reason."""
    reasons: dict[int, ExclusionCode] = {}
    for out in out_of.values():
        reasons.update(out)
    pools = ", ".join(out_of)
    if not reasons:
        return f"Nobody is in {pools}"
    found = Counter(reasons.values()).most_common()
    return f"Nobody in {pools} may have it: " + ", ".join(f"{WORDS[code]} ({n})" for code, n in found)
