"""The list as it was: every version held in five years can still be asked."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.dnc import bitmaps
from compliance.dnc.answers import Listed, Why
from compliance.dnc.lookup import list_ids, listed, scrub
from compliance.models import DncBlock, DncDelta, DncFile, DncList, DncVersion
from compliance.tests.dnc_support import changes, full, noon, state
from leadcrm.testing.altering import altering

A, B, C, NEVER = "2015550101", "2015550102", "9795550103", "2015550199"
MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)

pytestmark = pytest.mark.django_db


def test_a_past_day_is_answered_from_the_version_held_then() -> None:
    full([A, B], on=MAY)
    changes("201,5550101,D\n979,5550103,A\n", on=JUNE, confirm=True)
    full([A, C], on=JULY, confirm=True)

    then = {day: [state(phone, on=day) for phone in (A, B, C, NEVER)] for day in (MAY, JUNE, JULY)}

    yes, no, unknown = Listed.LISTED, Listed.CLEAR, Listed.UNKNOWN
    assert then[MAY] == [yes, yes, unknown, no]  # area code 979 was not held in May
    assert then[JUNE] == [no, yes, yes, no]
    assert then[JULY] == [yes, no, yes, no]
    assert [state(phone) for phone in (A, B, C)] == [yes, no, yes]


def test_the_day_before_a_switch_belongs_to_the_version_before() -> None:
    full([A], on=MAY)
    changes("201,5550101,D\n", on=JUNE)
    assert state(A, on=JUNE - timedelta(1)) == Listed.LISTED
    assert state(A, on=JUNE) == Listed.CLEAR


def test_a_moment_is_answered_to_the_minute() -> None:
    full([A], on=MAY)
    changes("201,5550101,D\n", on=JUNE)
    eastern = ZoneInfo("America/New_York")
    assert state(A, on=datetime(2026, 6, 1, 11, 59, tzinfo=eastern)) == Listed.LISTED
    assert state(A, on=datetime(2026, 6, 1, 12, 0, tzinfo=eastern)) == Listed.CLEAR


def test_what_was_held_counts_not_what_was_published() -> None:
    """The June list came in on June 10: on June 5 we still called by the one of May."""
    full([A], on=MAY)
    changes("201,5550101,D\n", on=JUNE, now=noon(date(2026, 6, 10)))
    (answer,) = listed(A, ["national"], on=date(2026, 6, 5))
    assert (answer.state, answer.effective_on, answer.why) == (Listed.LISTED, MAY, Why.PLAIN)


def test_before_anything_was_held_the_lists_own_date_answers_and_says_so() -> None:
    full([A], on=MAY, now=noon(JULY))
    changes("201,5550101,D\n", on=JUNE, now=noon(JULY) + timedelta(minutes=1))
    (answer,) = listed(A, ["national"], on=date(2026, 5, 15))
    assert (answer.state, answer.effective_on, answer.why) == (Listed.LISTED, MAY, Why.LOADED_LATER)
    (moment,) = listed(A, ["national"], on=noon(MAY))
    assert (moment.state, moment.why) == (Listed.UNKNOWN, Why.BEFORE_FIRST_VERSION)


def test_before_the_first_version_nothing_is_known() -> None:
    full([A], on=MAY)
    (answer,) = listed(A, ["national"], on=MAY - timedelta(1))
    assert (answer.state, answer.why, answer.version_id) == (Listed.UNKNOWN, Why.BEFORE_FIRST_VERSION, None)


def test_staleness_is_judged_on_the_day_asked_about() -> None:
    full([A], on=MAY)
    changes("201,5550102,A\n", on=JULY)
    fresh, stale = (listed(A, ["national"], on=MAY + timedelta(days))[0] for days in (31, 32))
    assert (fresh.stale, stale.stale) == (False, True)


def test_history_older_than_five_years_is_let_go_and_said_to_be() -> None:
    start = date(2020, 1, 1)
    full([A], on=start)
    changes("201,5550101,D\n", on=date(2020, 6, 1))
    changes("201,5550101,A\n", on=date(2021, 6, 1))
    assert DncDelta.objects.count() == 2

    changes("201,5550102,A\n", on=date(2026, 1, 1))

    # The version of June 2020 was in use until June 2021, less than five years before January 2026.
    assert state(A, on=date(2020, 12, 1)) == Listed.CLEAR
    (gone,) = listed(A, ["national"], on=date(2020, 3, 1))
    assert (gone.state, gone.why) == (Listed.UNKNOWN, Why.HISTORY_NOT_KEPT)
    assert DncDelta.objects.count() == 2


def test_a_list_turned_over_completely_costs_at_most_a_bitmap_an_area_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bitmaps, "SPARSE_LIMIT", 2)
    full([A, B, "2015550110", "2015550111"], on=MAY)
    full(["2015550120"], on=JUNE, confirm=True)
    assert DncDelta.objects.get().dense
    changes("201,5550101,A\n201,5550120,D\n", on=JULY)
    assert [state(A, on=day) for day in (MAY, JUNE, JULY)] == [Listed.LISTED, Listed.CLEAR, Listed.LISTED]
    assert [state("2015550120", on=day) for day in (MAY, JUNE, JULY)] == [
        Listed.CLEAR,
        Listed.LISTED,
        Listed.CLEAR,
    ]


# --- The whole registry against Python sets --------------------------------------------------------

# Few area codes, exchanges and lines, at the edges, so that imports meet the same numbers again and again.
_NUMBERS = st.builds(
    "{}{}{:04d}".format,
    st.sampled_from(["201", "202", "989"]),
    st.sampled_from(["200", "555", "999"]),
    st.sampled_from([0, 1, 7, 8, 9, 4999, 9998, 9999]),
)
_FULL = st.tuples(st.just("full"), st.sets(_NUMBERS, min_size=1, max_size=40))
_CHANGES = st.tuples(
    st.just("changes"), st.lists(st.tuples(st.sampled_from("AD"), _NUMBERS), min_size=1, max_size=20)
)
ALL = [f"{a}{x}{n:04d}" for a in ("201", "202", "989") for x in ("200", "555", "999") for n in (0, 1, 7, 8, 9, 4999, 9998, 9999)]  # fmt: skip # noqa: E501


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=_FULL,
    later=st.lists(st.one_of(_FULL, _CHANGES), max_size=5),
    sparse_limit=st.sampled_from([0, 3, 1000]),
)
def test_bitmaps_equal_a_set_after_any_imports_at_every_past_version(
    monkeypatch: pytest.MonkeyPatch, first: tuple[Any, ...], later: list[tuple[Any, ...]], sparse_limit: int
) -> None:
    monkeypatch.setattr(bitmaps, "SPARSE_LIMIT", sparse_limit)
    _wipe()
    expected: dict[date, set[str]] = {}
    held: set[str] = set()
    for turn, (kind, numbers) in enumerate([first, *later]):
        day = date(2026, 1, 1) + timedelta(turn)
        if kind == "full":
            held = set(numbers)
            version = full(sorted(numbers), on=day, code="litigator", confirm=True).version
        else:
            held = _played(held, numbers)
            text = "".join(f"{action},{number}\n" for action, number in numbers)
            version = changes(text, on=day, code="litigator", confirm=True).version
        assert version.numbers == len(held)
        expected[day] = held

    ids = list_ids(["litigator"])
    assert _listed_in(scrub(ALL, lists=ids)) == held
    for day, then in expected.items():
        assert _listed_in(scrub(ALL, lists=ids, on=day, batch=13)) == then


def _played(held: set[str], changes_: list[tuple[str, str]]) -> set[str]:
    after = set(held)
    for action, number in changes_:
        (after.add if action == "A" else after.discard)(number)
    return after


def _listed_in(found: object) -> set[str]:
    return {one.phone for one in found if one.answers[0].state == Listed.LISTED}  # type: ignore[attr-defined]


def _wipe() -> None:
    DncList.objects.update(current=None)
    DncDelta.objects.all().delete()
    DncBlock.objects.all().delete()
    with altering(DncVersion, DncFile):
        for version in DncVersion.objects.order_by("-pk"):
            version.files.all().delete()
            version.delete()
