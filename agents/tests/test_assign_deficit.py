"""The arithmetic of the largest deficit, for any pool and any order of arrivals."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agents.assignment.deficit import FLOOR, LEAD, Balances, give_back, settle, take_turn

WEIGHTS = st.lists(st.integers(1, 200) | st.sampled_from([1, 1, 1, 32767]), min_size=1, max_size=12)
QUICK = settings(deadline=None, max_examples=60)


def first(tied: Sequence[int]) -> int:
    return tied[0]


def rotate(weights: dict[int, int], leads: int, pick: Callable[[Sequence[int]], int] = first) -> list[int]:
    """Who got each lead of a pool in which everybody may have every lead."""
    owed: Balances = dict.fromkeys(weights, 0)
    last: dict[int, datetime | None] = {}
    got = []
    for n in range(leads):
        turn = take_turn(owed=owed, weights=weights, last_lead_at=last, pick=pick)
        owed = turn.after
        last[turn.chosen] = datetime(2026, 11, 25, tzinfo=UTC) + timedelta(seconds=n)
        got.append(turn.chosen)
    return got


def furthest_from_share(weights: dict[int, int], got: list[int]) -> Fraction:
    total, counts, worst = sum(weights.values()), Counter[int](), Fraction(0)
    for n, agent in enumerate(got, start=1):
        counts[agent] += 1
        worst = max(worst, *(abs(Fraction(n * w, total) - counts[a]) for a, w in weights.items()))
    return worst


@QUICK
@given(WEIGHTS, st.integers(1, 400))
def test_with_a_fixed_pool_nobody_is_ever_a_full_lead_from_the_exact_share(
    given: list[int], leads: int
) -> None:
    weights = dict(enumerate(given))
    worst = furthest_from_share(weights, rotate(weights, leads))
    bound = 1 - Fraction(1, 2 * len(weights) - 2) if len(weights) > 1 else 0
    assert worst <= bound


@pytest.mark.parametrize(
    "given",
    [[20, 100, 1, 1, 100, 3, 1, 5], [3, 100, 3, 1, 20, 100, 3, 1, 1], [1, 20, 1, 20, 1, 100, 100, 100]],
)
def test_pools_in_which_the_highest_balance_alone_goes_wrong_come_out_right(given: list[int]) -> None:
    weights = dict(enumerate(given))
    assert furthest_from_share(weights, rotate(weights, 3 * sum(given))) < 1


@QUICK
@given(WEIGHTS)
def test_after_a_round_everybody_has_exactly_their_share(given: list[int]) -> None:
    assume(sum(given) <= 1000)
    weights = dict(enumerate(given))
    assert Counter(rotate(weights, sum(given))) == weights


@QUICK
@given(st.integers(2, 12), st.integers(1, 100))
def test_equal_agents_take_turns_in_order_of_their_last_lead(agents: int, rounds: int) -> None:
    got = rotate(dict.fromkeys(range(agents), 7), agents * min(rounds, 10), pick=lambda tied: tied[-1])
    for begin in range(0, len(got), agents):
        assert got[begin : begin + agents] == got[:agents]


def test_chance_decides_only_between_those_who_waited_as_long() -> None:
    long_ago, yesterday = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
    asked: list[Sequence[int]] = []

    def pick(tied: Sequence[int]) -> int:
        asked.append(tied)
        return tied[-1]

    last = {1: yesterday, 2: long_ago, 3: long_ago}
    turn = take_turn(owed={1: 0, 2: 0, 3: 0}, weights={1: 1, 2: 1, 3: 1}, last_lead_at=last, pick=pick)
    assert (asked, turn.chosen) == ([[2, 3]], 3)
    newcomer = take_turn(
        owed={1: 0, 2: 0, 3: 0, 4: 0}, weights={1: 1, 2: 1, 3: 1, 4: 1}, last_lead_at=last, pick=pick
    )
    assert newcomer.chosen == 4


ARRIVALS = st.lists(st.sets(st.integers(0, 7), min_size=1), min_size=1, max_size=150)


@QUICK
@given(st.lists(st.integers(1, 50), min_size=8, max_size=8), ARRIVALS)
def test_whoever_is_eligible_balances_sum_to_zero_and_stay_less_than_a_lead_behind(
    given: list[int], arrivals: list[set[int]]
) -> None:
    owed: Balances = dict.fromkeys(range(8), 0)
    for able in arrivals:
        turn = take_turn(owed=owed, weights={a: given[a] for a in able}, last_lead_at={}, pick=first)
        owed = turn.after
        assert turn.chosen in able
        assert sum(owed.values()) == 0
        assert min(owed.values()) > -LEAD


def test_claims_of_absent_agents_pay_when_everyone_present_is_in_debt() -> None:
    owed = {1: FLOOR, 2: FLOOR, 3: LEAD - 1, 4: LEAD - 1}
    turn = take_turn(owed=owed, weights={1: 1, 2: 1}, last_lead_at={}, pick=first)
    assert turn.after[1] == FLOOR
    assert sum(turn.after.values()) == 0
    assert turn.after[3] == turn.after[4] < owed[3]


@QUICK
@given(
    st.lists(st.integers(-LEAD + 1, LEAD), min_size=1, max_size=10),
    st.sets(st.integers(0, 9), min_size=1),
    st.sets(st.integers(10, 12)),
)
def test_who_leaves_is_settled_with_the_rest_and_who_comes_starts_at_zero(
    given: list[int], staying: set[int], newcomers: set[int]
) -> None:
    before = dict(enumerate(given))
    after = settle(before, staying | newcomers)
    assert after.keys() == staying | newcomers
    assert sum(after.values()) == 0
    for agent, balance in after.items():
        low, high = sorted((0, before.get(agent, 0)))
        assert low <= balance <= high


@QUICK
@given(st.dictionaries(st.integers(0, 6), st.integers(1, 9), min_size=2), st.integers(0, 30))
def test_a_returned_lead_leaves_the_balances_as_if_it_had_not_been(
    weights: dict[int, int], leads: int
) -> None:
    owed: Balances = dict.fromkeys(weights, 0)
    for _ in range(leads):
        owed = take_turn(owed=owed, weights=weights, last_lead_at={}, pick=first).after
    turn = take_turn(owed=owed, weights=weights, last_lead_at={}, pick=first)
    assert give_back(owed=turn.after, weights=weights, chosen=turn.chosen) == owed


@QUICK
@given(st.lists(st.integers(1, 9), min_size=5, max_size=5), st.data())
def test_giving_turns_back_late_and_in_any_order_keeps_the_invariants(
    given: list[int], data: st.DataObject
) -> None:
    owed: Balances = dict.fromkeys(range(5), 0)
    taken: list[tuple[dict[int, int], int]] = []
    for undo in data.draw(st.lists(st.booleans(), min_size=1, max_size=40)):
        if taken and undo:
            weights, chosen = taken.pop(data.draw(st.integers(0, len(taken) - 1)))
            owed = give_back(owed=owed, weights=weights, chosen=chosen)
        else:
            able = data.draw(st.sets(st.integers(0, 4), min_size=1))
            weights = {a: given[a] for a in able}
            turn = take_turn(owed=owed, weights=weights, last_lead_at={}, pick=first)
            owed = turn.after
            taken.append((weights, turn.chosen))
        assert sum(owed.values()) == 0
        assert min(owed.values()) > -LEAD


def test_who_left_the_pool_gets_no_turn_back() -> None:
    assert give_back(owed={1: 5, 2: -5}, weights={1: 1, 3: 1}, chosen=3) == {1: 5, 2: -5}
