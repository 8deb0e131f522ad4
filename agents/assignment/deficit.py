"""Whose turn it is: the arithmetic of the largest deficit. Pure, in whole billionths of a lead.

At each arrival every eligible agent is credited weight / sum of the eligible weights, and the chosen pays
what was credited. The unit of a turn is `LEAD // sum of weights`, so a credit is exactly `weight` units and
the price exactly the sum of them: nothing is rounded, the balances of a pool sum to exactly zero, and agents
with equal claims have equal balances, to the billionth. (A turn then costs a few billionths less than a lead;
the same for everyone.)

Who is chosen. "The highest balance" alone keeps no agent within one lead of the exact share once weights
differ (weights 20, 100, 1, 1, 100, 3, 1, 5: one is 1.17 leads behind). So the choice follows R. Tijdeman,
"The chairman assignment problem", Discrete Mathematics 32 (1980) 323-330: of the k agents owed at least
1/(2k-2) of a lead, the one who would soonest be owed 1 - 1/(2k-2) if passed over, then the highest balance.
With a fixed pool nobody is ever more than 1 - 1/(2k-2) of a lead away from the exact share. With equal
weights this *is* the highest balance. Ties: longest since the last lead, then chance.

When eligibility changes from lead to lead (licenses, hours), no rule that decides at once can promise that
(M. Ajtai et al., "Fairness in scheduling", J. Algorithms 29 (1998) 306-357): claims of agents who are away
may leave everyone present in debt. Nobody's debt reaches a lead all the same: what the chosen would lack is
taken from the claims of those who are away, in proportion.
"""

from collections.abc import Callable, Container, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import choice
from typing import Final

LEAD: Final = 1_000_000_000
FLOOR: Final = 1 - LEAD  # the lowest balance there can be
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

Balances = dict[int, int]
Pick = Callable[[Sequence[int]], int]


@dataclass(frozen=True, slots=True)
class Turn:
    """Who was chosen, and the pool's balances before (settled) and after."""

    chosen: int
    before: Balances
    after: Balances


def settle(owed: Mapping[int, int], members: Set[int]) -> Balances:
    """The balances of `members` alone, brought to a sum of zero.

    Who leaves a pool, or stops receiving, comes back at zero: the claim or the debt left behind is settled
    with those on the other side of zero, in proportion. So a balance never changes sign and never grows by
    it.
    """
    balances = dict(owed) if owed.keys() == members else {agent: owed.get(agent, 0) for agent in members}
    excess = sum(balances.values())
    if not excess:
        return balances
    sign = 1 if excess > 0 else -1
    side = {agent: sign * value for agent, value in balances.items() if sign * value > 0}
    for agent, cut in _split(side, abs(excess)).items():
        balances[agent] -= sign * cut
    return balances


def take_turn(
    *,
    owed: Mapping[int, int],
    weights: Mapping[int, int],
    last_lead_at: Mapping[int, datetime | None],
    pick: Pick = choice,
) -> Turn:
    """Choose among the agents in `weights` (not empty, all above 0).

    `owed` holds the balances of the whole pool and sums to zero (see `settle`). `last_lead_at` breaks ties,
    then `pick`.
    """
    total = sum(weights.values())
    unit = LEAD // total
    price = unit * total
    claims = {agent: owed.get(agent, 0) + weight * unit for agent, weight in weights.items()}
    first = _first_in_line(claims, weights, price)
    longest = min(last_lead_at.get(agent) or _NEVER for agent in first)
    waited = [agent for agent in first if (last_lead_at.get(agent) or _NEVER) == longest]
    chosen = waited[0] if len(waited) == 1 else pick(sorted(waited))
    after = {**owed, **claims}
    _lift(after, chosen, present=weights)
    after[chosen] -= price
    before = dict(owed) if len(owed) == len(after) else {agent: owed.get(agent, 0) for agent in after}
    return Turn(chosen, before, after)


def give_back(*, owed: Mapping[int, int], weights: Mapping[int, int], chosen: int) -> Balances:
    """The balances as if `chosen` had not taken a turn among `weights`: for a lead that is returned.

    An agent no longer in `owed` has left the pool and has no part in it; without `chosen` nothing changes.
    Where the undoing would put an agent a whole lead into debt, the others' claims pay.
    """
    if chosen not in owed:
        return dict(owed)
    total = sum(weights.values())
    unit = LEAD // total
    undone = {agent: value - weights.get(agent, 0) * unit for agent, value in owed.items()}
    undone[chosen] += unit * total
    return settle({agent: max(value, FLOOR) for agent, value in undone.items()}, set(undone))


def _first_in_line(claims: Mapping[int, int], weights: Mapping[int, int], price: int) -> list[int]:
    """Agents between whom only the tie-break can decide."""
    if len(set(weights.values())) == 1:  # the rule is the highest balance then
        return _highest(claims)
    slack = max(2 * len(claims) - 2, 1)
    unit = price // sum(weights.values())
    owed_enough = [agent for agent, claim in claims.items() if claim * slack >= price]
    if not owed_enough:  # everyone present is in debt to agents who are away
        return _highest(claims)

    def turn_is_due(agent: int) -> tuple[int, int]:
        """Arrivals until it must be this agent's turn, rounded up; then the highest balance first."""
        lacking = price * (slack - 1) - claims[agent] * slack
        return -(-lacking // (weights[agent] * unit * slack)), -claims[agent]

    due = [turn_is_due(agent) for agent in owed_enough]
    earliest = min(due)
    return [agent for agent, when in zip(owed_enough, due, strict=True) if when == earliest]


def _highest(claims: Mapping[int, int]) -> list[int]:
    highest = max(claims.values())
    return [agent for agent, claim in claims.items() if claim == highest]


def _lift(balances: Balances, chosen: int, present: Container[int]) -> None:
    """Raise a claim of `chosen` that is too small to pay a turn with, out of the claims of those away.

    They hold enough: all balances sum to one price, and no one present has more than `chosen`.
    """
    lacking = 1 - balances[chosen]
    if lacking > 0:
        claims = {agent: held for agent, held in balances.items() if held > 0 and agent not in present}
        for agent, cut in _split(claims, lacking).items():
            balances[agent] -= cut
        balances[chosen] += lacking


def _split(holdings: Mapping[int, int], amount: int) -> Balances:
    """`amount` in proportion to `holdings` (positive, together no less), by largest remainder."""
    whole = sum(holdings.values())
    if not amount:
        return {}
    parts = {agent: held * amount // whole for agent, held in holdings.items()}
    by_remainder = sorted(holdings, key=lambda agent: (-(holdings[agent] * amount % whole), agent))
    for agent in by_remainder[: amount - sum(parts.values())]:
        parts[agent] += 1
    return parts
