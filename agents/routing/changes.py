"""Rules that somebody thinks of, laid over the agents and pools as they are. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from django.db.models import TextChoices

from agents.assignment.roster import AgentCard, PoolCard, Roster

# Of one replay: more are hard to read anything from.
MOST: Final = 10
# The span of a license that is tried: always.
_ALWAYS: Final = ((date.min, None),)


class What(TextChoices):
    """What would be otherwise."""

    PAUSES = "pauses", "takes no leads"
    RECEIVES = "receives", "takes leads"
    WEIGHT = "weight", "has this weight in the pool"
    LEAVES = "leaves", "is not in the pool"
    LICENSE = "license", "is licensed in these states"
    DAILY_CAP = "daily_cap", "gets at most so many a day"
    HOURLY_CAP = "hourly_cap", "gets at most so many an hour"
    UNTOUCHED = "untouched", "gets none while so many are untouched"
    NEWCOMER = "newcomer", "has a double who joins the pool"


class UnknownChange(ValueError):
    """The change speaks of an agent or a pool that is not there (any more); the message says so, for people."""


@dataclass(frozen=True, slots=True)
class Change:
    """One rule that would be otherwise, of an agent.

    `pool` and `number` (a weight, or a limit, None for no limit), `states` and `line` as `what` needs them. A NEWCOMER
    has the licenses, hours, languages and limits of the agent, and `number` as weight in `pool`.
    """

    what: What
    agent: int
    pool: int | None = None
    number: int | None = None
    states: tuple[str, ...] = ()
    line: str = ""

    def as_json(self) -> dict[str, Any]:
        """For a row; `change_of` reads it."""
        return {
            "what": self.what.value, "agent": self.agent, "pool": self.pool, "number": self.number,
            "states": list(self.states), "line": self.line,
        }  # fmt: skip


def change_of(values: Mapping[str, Any]) -> Change:
    """The change that `as_json` wrote."""
    return Change(
        What(values["what"]), values["agent"], values["pool"], values["number"], tuple(values["states"]), values["line"]
    )  # fmt: skip


def changed(roster: Roster, changes: Sequence[Change]) -> Roster:
    """`roster` with `changes` made one after the other; itself stays as it is. Raises UnknownChange."""
    draft = _Draft(dict(roster.agents), {pool.id: pool for pool in roster.pools})
    for change in changes:
        draft.make(change)
    return replace(
        roster,
        agents=draft.agents,
        by_user={card.user_id: card for card in draft.agents.values()},
        pools=tuple(draft.pools[pool.id] for pool in roster.pools),
    )


@dataclass(slots=True)
class _Draft:
    agents: dict[int, AgentCard]
    pools: dict[int, PoolCard]
    newcomers: list[int] = field(default_factory=list)

    def make(self, change: Change) -> None:
        """Raises UnknownChange."""
        card = self.agents.get(change.agent)
        if card is None:
            raise UnknownChange("An agent that this speaks of is not there any more.")
        match change.what:
            case What.PAUSES | What.RECEIVES:
                self._put(replace(card, receiving=change.what is What.RECEIVES))
            case What.LICENSE:
                more = {(state, change.line): _ALWAYS for state in change.states}
                self._put(replace(card, licenses={**card.licenses, **more}))
            case What.WEIGHT | What.LEAVES:
                self._seat(card.id, change)
            case What.NEWCOMER:
                self._welcome(card, change)
            case What.DAILY_CAP:
                self._put(replace(card, daily_cap=change.number))
            case What.HOURLY_CAP:
                self._put(replace(card, hourly_cap=change.number))
            case What.UNTOUCHED:
                self._put(replace(card, untouched_limit=change.number))

    def _put(self, card: AgentCard) -> None:
        self.agents[card.id] = card

    def _seat(self, agent: int, change: Change) -> None:
        pool = self.pools.get(change.pool or 0)
        if pool is None:
            raise UnknownChange("A pool that this speaks of is not active any more.")
        weights = {key: weight for key, weight in pool.weights.items() if key != agent}
        if change.what is not What.LEAVES:
            weights[agent] = change.number or 0
        self.pools[pool.id] = replace(pool, weights=weights)

    def _welcome(self, like: AgentCard, change: Change) -> None:
        """Keys below zero: no agent and no user has one."""
        key = -1 - len(self.newcomers)
        self.newcomers.append(key)
        self._put(
            replace(
                like, id=key, user_id=key, name=newcomer_name(-key, like.name), active=True, receiving=True
            )
        )
        self._seat(key, change)


def newcomer_name(number: int, like: str) -> str:
    """What the `number`th double is called."""
    return f"Newcomer {number} (like {like})"
