"""The hours of every state, to the second; holidays, emergencies, changing clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.calling.hours import Place, day_window, next_opening, open_spans, span_at
from compliance.calling.legal_days import holiday_name
from compliance.calling.rules import Ban, Book, RuleCard, load_book
from compliance.calling.zones import ZONE_NAMES, zones_of_state
from compliance.models import CallingPolicy, CallingRule
from compliance.tests.calling_support import at, is_open
from leadcrm.lib.places import STATES

# Monday to Friday, Saturday, Sunday, a holiday: on December 2, 5, 6 and 25, 2026.
FEDERAL = ((8, 21), (8, 21), (8, 21), (8, 21))
TABLE = {
    "AL": ((8, 20), (8, 20), None, None),
    "CT": ((9, 20), (9, 20), (9, 20), (9, 20)),
    "FL": ((8, 20), (8, 20), (8, 20), (8, 20)),
    "IL": FEDERAL,
    "KY": ((10, 21), (10, 21), (10, 21), (10, 21)),
    "LA": ((8, 20), (8, 20), None, None),
    "MD": ((8, 20), (8, 20), (8, 20), (8, 20)),
    "MA": ((8, 20), (8, 20), (8, 20), (8, 20)),
    "MI": ((9, 21), (9, 21), (9, 21), (9, 21)),
    "MN": ((9, 21), (9, 21), (9, 21), (9, 21)),
    "MS": ((8, 20), (8, 20), None, (8, 20)),
    "NM": ((9, 21), (9, 21), (9, 21), (9, 21)),
    "NV": ((9, 20), (9, 20), (9, 20), (9, 20)),
    "NY": FEDERAL,
    "OK": ((8, 20), (8, 20), (8, 20), (8, 20)),
    "OR": ((8, 20), (8, 20), (8, 20), (8, 20)),
    "PA": ((9, 19), (9, 19), None, None),
    "RI": ((9, 18), (10, 17), None, None),
    "SD": ((9, 21), (9, 21), None, (9, 21)),
    "TX": ((9, 21), (9, 21), (12, 21), (9, 21)),
    "UT": ((8, 21), (8, 21), None, None),
    "VA": FEDERAL,
    "WA": ((8, 20), (8, 20), (8, 20), (8, 20)),
    "WY": ((8, 20), (8, 20), (8, 20), (8, 20)),
}
DAYS = (date(2026, 12, 2), date(2026, 12, 5), date(2026, 12, 6), date(2026, 12, 25))
SECOND = timedelta(seconds=1)


@pytest.fixture
def book(db: None) -> Book:
    return load_book()


@pytest.mark.parametrize("state", STATES)
def test_a_state_is_open_from_the_first_second_to_before_the_last(book: Book, state: str) -> None:
    zone = zones_of_state(state)[0]
    for day, window in zip(DAYS, TABLE.get(state, FEDERAL), strict=True):
        if window is None:
            hours = [at(f"{day} {hour:02}:30:00", zone) for hour in range(24)]
            assert not any(is_open(book, [zone], [state], moment) for moment in hours)
            continue
        starts, ends = (datetime.combine(day, time(hour), ZoneInfo(zone)) for hour in window)
        assert not is_open(book, [zone], [state], starts - SECOND), day
        assert is_open(book, [zone], [state], starts), day
        assert is_open(book, [zone], [state], ends - SECOND), day
        assert not is_open(book, [zone], [state], ends), day


def test_every_row_shipped_says_where_it_stands_and_how_sure_it_is(book: Book) -> None:
    rows = list(CallingRule.objects.all())
    assert all(row.citation and row.source and row.confidence for row in rows)
    unsure = {card.state for cards in book.rules.values() for card in cards if card.doubtful}
    assert unsure == {"AL", "IL", "MI", "MN", "MS", "NM", "NV", "PA", "SD", "UT"}


def test_the_limits_and_bans_are_those_of_the_states_that_have_them(book: Book) -> None:
    cards = [card for each in book.rules.values() for card in each]
    assert {card.state: card.attempts for card in cards if card.attempts} == dict.fromkeys(
        ("FL", "MD", "OK", "OR"), 3
    )
    assert {card.state for card in cards if card.emergency_ban} == {"LA", "NY"}


def test_pennsylvania_closes_sundays_from_october_18_2026(book: Book) -> None:
    eastern = "America/New_York"
    assert is_open(book, [eastern], ["PA"], at("2026-10-11 12:00:00", eastern))
    assert not is_open(book, [eastern], ["PA"], at("2026-10-18 12:00:00", eastern))
    assert is_open(book, [eastern], ["PA"], at("2026-10-17 20:00:00", eastern))
    assert not is_open(book, [eastern], ["PA"], at("2026-10-19 19:00:00", eastern))


def test_oregon_has_a_rule_of_its_own_from_2026(book: Book) -> None:
    pacific = "America/Los_Angeles"
    assert is_open(book, [pacific], ["OR"], at("2025-12-31 20:30:00", pacific))
    assert not is_open(book, [pacific], ["OR"], at("2026-01-01 20:30:00", pacific))


def test_two_states_leave_open_what_both_leave_open(book: Book) -> None:
    eastern = "America/New_York"
    both = [
        is_open(book, [eastern], ["KY", "RI"], at(f"2026-12-02 {hour:02}:00:00", eastern))
        for hour in range(24)
    ]
    assert [hour for hour, yes in enumerate(both) if yes] == list(range(10, 18))


def test_two_clocks_leave_open_what_is_right_on_both(book: Book) -> None:
    zones = ["America/Chicago", "America/New_York"]
    assert not is_open(book, zones, ["FL"], at("2026-12-02 07:59:59"))
    assert is_open(book, zones, ["FL"], at("2026-12-02 08:00:00"))
    assert is_open(book, zones, ["FL"], at("2026-12-02 18:59:59"))
    assert not is_open(book, zones, ["FL"], at("2026-12-02 19:00:00"))


def test_guam_and_new_york_share_four_hours(book: Book) -> None:
    """5 PM to 9 PM in New York is 8 AM to noon in Guam, on the day after."""
    place = Place(("Pacific/Guam", "America/New_York"), ("GU", "NY"))
    spans = open_spans(book, place, at("2026-12-02 12:00:00"))
    assert {ends - starts for starts, ends in spans} == {timedelta(hours=4)}
    assert {starts.time() for starts, _ in spans} == {time(22)}


@pytest.mark.parametrize(
    ("state", "day", "name"),
    [
        ("LA", date(2026, 2, 17), "Mardi Gras"), ("LA", date(2026, 11, 3), "Election Day"),
        ("RI", date(2026, 8, 10), "Victory Day"), ("UT", date(2026, 7, 24), "Pioneer Day"),
        ("AL", date(2027, 4, 26), "Confederate Memorial Day"), ("PA", date(2026, 7, 3), "Independence Day (observed)"),
        ("PA", date(2026, 7, 4), "Independence Day"), ("TX", date(2026, 2, 14), ""),
    ],
)  # fmt: skip
def test_the_holidays_are_the_states_own_on_their_day_and_the_one_observed(
    state: str, day: date, name: str
) -> None:
    assert holiday_name(state, day) == name


def test_spring_takes_an_hour_out_of_the_night_and_none_out_of_the_day(book: Book) -> None:
    """March 14, 2027: 2 AM becomes 3 AM."""
    place = Place(("America/New_York",), ("FL",))
    spans = open_spans(book, place, at("2027-03-13 12:00:00", "America/New_York"))
    starts = [start for start, _ in spans if date(2027, 3, 13) <= start.date() <= date(2027, 3, 15)]
    assert starts == [
        datetime(2027, 3, 13, 13, tzinfo=UTC),
        datetime(2027, 3, 14, 12, tzinfo=UTC),
        datetime(2027, 3, 15, 12, tzinfo=UTC),
    ]
    assert not is_open(book, place.zones, place.states, datetime(2027, 3, 14, 11, 59, 59, tzinfo=UTC))


def test_autumn_repeats_an_hour_of_the_night_and_opens_an_hour_later_by_utc(book: Book) -> None:
    """November 1, 2026: 1 AM comes twice."""
    zones, states = ["America/New_York"], ["FL"]
    assert not is_open(book, zones, states, datetime(2026, 11, 1, 12, 30, tzinfo=UTC))
    assert is_open(book, zones, states, datetime(2026, 11, 1, 13, 0, tzinfo=UTC))
    assert is_open(book, zones, states, datetime(2026, 10, 31, 12, 0, tzinfo=UTC))


def test_a_window_that_ends_in_the_repeated_hour_ends_at_its_first_coming(book: Book) -> None:
    night = make_rule(windows=((time(0), time(1, 30)),) * 7)
    night_book = Book({"US": (night,)}, (), (), CallingPolicy(), frozenset())
    zones = ["America/New_York"]
    assert is_open(night_book, zones, [], datetime(2026, 11, 1, 5, 29, tzinfo=UTC))  # 1:29 for the first time
    assert not is_open(night_book, zones, [], datetime(2026, 11, 1, 5, 30, tzinfo=UTC))
    assert not is_open(night_book, zones, [], datetime(2026, 11, 1, 6, 29, tzinfo=UTC))  # 1:29 once more


def test_arizona_keeps_its_time_when_the_navajo_nation_changes_it(book: Book) -> None:
    summer = datetime(2026, 7, 15, 14, 30, tzinfo=UTC)  # 7:30 in Phoenix, 8:30 in Window Rock
    assert not is_open(book, ["America/Phoenix"], ["AZ"], summer)
    assert is_open(book, ["America/Denver"], ["AZ"], summer)
    assert not is_open(book, ["America/Phoenix", "America/Denver"], ["AZ"], summer)


def test_an_emergency_closes_the_states_whose_rule_says_so(book: Book) -> None:
    ban = Ban(1, frozenset({"LA", "TX"}), at("2026-12-02 10:00:00"), at("2026-12-03 15:00:00"), "Storm")
    stormy = Book(book.rules, (ban,), (), book.policy, frozenset())
    central = ["America/Chicago"]
    assert is_open(stormy, central, ["LA"], at("2026-12-02 09:59:59"))
    assert not is_open(stormy, central, ["LA"], at("2026-12-02 10:00:00"))
    assert not is_open(stormy, central, ["LA"], at("2026-12-03 14:59:59"))
    assert is_open(stormy, central, ["LA"], at("2026-12-03 15:00:00"))
    assert is_open(stormy, central, ["TX"], at("2026-12-02 10:00:00")), "Texas has no such rule"
    spans = open_spans(stormy, Place(("America/Chicago",), ("LA",)), at("2026-12-02 11:00:00"))
    assert next_opening(spans, at("2026-12-02 11:00:00")) == at("2026-12-03 15:00:00")


def make_rule(**fields: object) -> RuleCard:
    defaults: dict[str, object] = {
        "id": 1, "version": 1, "state": "US", "windows": ((time(8), time(21)),) * 7, "holidays": True, "attempts": None,
        "emergency_ban": False, "first": date.min, "last": date.max, "doubtful": False, "citation": "",
    }  # fmt: skip
    return RuleCard(**{**defaults, **fields})  # type: ignore[arg-type]


def test_no_rule_at_all_leaves_nothing_open() -> None:
    assert day_window([], date(2026, 12, 2)) is None
    empty = Book({}, (), (), CallingPolicy(), frozenset())
    assert open_spans(empty, Place(("America/Chicago",), ("TX",)), at("2026-12-02 12:00:00")) == ()


MOMENTS = st.integers(0, 3 * 366 * 86_400).map(
    lambda second: datetime(2026, 1, 1, tzinfo=UTC) + second * SECOND
)
ZONES = st.lists(st.sampled_from(sorted(ZONE_NAMES)), min_size=1, max_size=3, unique=True)


@settings(max_examples=400, deadline=None)
@given(moment=MOMENTS, zones=ZONES, states=st.lists(st.sampled_from(STATES), max_size=3, unique=True))
def test_never_outside_8_to_21_on_any_clock_and_never_looser_than_each_rule(
    shipped: Book, moment: datetime, zones: list[str], states: list[str]
) -> None:
    if not is_open(shipped, zones, states, moment):
        return
    for zone in zones:
        local = moment.astimezone(ZoneInfo(zone))
        assert time(8) <= local.time() < time(21)
        for state in states:
            assert is_open(shipped, [zone], [state], moment)


@settings(max_examples=100, deadline=None)
@given(moment=MOMENTS, zones=ZONES, states=st.lists(st.sampled_from(STATES), max_size=3, unique=True))
def test_the_next_opening_is_open_and_nothing_before_it_is(
    shipped: Book, moment: datetime, zones: list[str], states: list[str]
) -> None:
    spans = open_spans(shipped, Place(tuple(zones), tuple(states)), moment)
    opens = next_opening(spans, moment)
    if opens is None:
        return
    assert span_at(spans, opens)
    step = (opens - moment) / 7
    assert not any(is_open(shipped, zones, states, moment + step * part) for part in range(7) if step)


@pytest.fixture(scope="module")
def shipped(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Book:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        return load_book()
