"""What can be done about a lead that nobody has: read off the record of its assignment. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from agents.assignment.eligibility import ExclusionCode
from agents.models import Assignment, ClaimOffer
from intake.models import Lead


@dataclass(frozen=True, slots=True)
class Advice:
    """A sentence for a manager. `about` names the page that helps: licenses, agents, pools, claim, or nothing."""

    words: str
    about: str = ""


# In the order in which a cure is near: whoever fails a later test of assignment has passed those before it, so that
# an agent who is only full is licensed, while of a paused one nobody asked whether the license would do.
_CURES: Final[tuple[tuple[frozenset[ExclusionCode], str, str], ...]] = (
    (frozenset({"untouched"}), "{n} licensed: the lead goes out once they touch theirs, or raise the limit.", "agents"),
    (frozenset({"hourly_cap"}), "{n} licensed and at the hourly limit: it goes out next hour, or raise it.", "agents"),
    (frozenset({"daily_cap"}), "{n} licensed and at the daily limit: it goes out tomorrow, or raise it.", "agents"),
    (frozenset({"off_hours"}), "{n} licensed and off hours: it goes out when they begin.", "agents"),
    (frozenset({"language"}), "{n} licensed, but nobody speaks the language: note it with who does.", "agents"),
    (frozenset({"state_unknown"}), "Its state is unknown: correct the address on the lead's page.", ""),
    (frozenset({"time_zone"}), "{n} set to a time zone that does not exist: correct it.", "agents"),
    (frozenset({"not_receiving"}), "{n} paused: resume somebody who is licensed for {state}.", "agents"),
    (
        frozenset({"unlicensed", "license_not_yet", "license_expired"}),
        "Nobody at work is licensed for {state}: add a license, or give it by hand.", "licenses",
    ),
    (frozenset({"no_weight"}), "The pool's members have weight 0: raise it.", "pools"),
    (frozenset({"had_it", "left"}), "Everybody who could have it had it: give it by hand.", ""),
)  # fmt: skip


def advice_on(lead: Lead, record: Assignment | None, offer: ClaimOffer | None) -> Advice:
    """What to do about `lead`, by the newest `record` of its assignment and the open `offer` to claim it, if any."""
    if offer is not None:
        return Advice(f"Waits to be claimed in {offer.pool}; give it by hand if nobody does.", "claim")
    out = _excluded(record.candidates if record else ())
    if not out:
        return Advice("Put somebody into a pool that takes this source, or give it by hand.", "pools")
    state = (record.state if record else "") or lead.state or "its state"
    for codes, words, about in _CURES:
        agents = {agent for code in codes for agent in out.get(code, ())}
        if agents:
            return Advice(words.format(n=_people(len(agents)), state=state), about)
    return Advice("Give it by hand.")


def _excluded(rows: Iterable[dict[str, object]]) -> dict[str, set[object]]:
    """Agents by the reason they were left out for, over all pools of the chain."""
    found: dict[str, set[object]] = {}
    for row in rows:
        agents = row.get("agents")
        if "out" in row and isinstance(agents, list):
            found.setdefault(str(row["out"]), set()).update(agents)
    return found


def _people(count: int) -> str:
    return "1 agent is" if count == 1 else f"{count} agents are"
