"""Working minutes: hours of the agent, hours of the person, and clocks that change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agents.assignment.roster import AgentCard
from agents.sla.minutes import HORIZON, due_at, working_spans

NEW_YORK = ZoneInfo("America/New_York")
ALWAYS = [(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))]


def card(*hours: tuple[int, time, time], zone: ZoneInfo | None = NEW_YORK) -> AgentCard:
    return AgentCard(
        id=1, user_id=1, name="A", active=True, receiving=True, zone=zone, languages=frozenset(), hours=hours,
        licenses={}, daily_cap=None, hourly_cap=None, untouched_limit=None,
    )  # fmt: skip


def office(*days: int) -> AgentCard:
    return card(*((day, time(9), time(17)) for day in days))


def there(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=NEW_YORK).astimezone(UTC)  # type: ignore[arg-type, misc]


def after(minutes: int, since: datetime, agent: AgentCard | None) -> datetime | None:
    return due_at(since=since, minutes=minutes, works=working_spans(agent, since), may_call=ALWAYS)


def test_without_hours_the_clock_runs_day_and_night() -> None:
    since = there(2026, 11, 24, 23, 58)
    assert after(5, since, card()) == after(5, since, None) == there(2026, 11, 25, 0, 3)


def test_what_is_left_at_the_end_of_a_day_runs_on_when_the_agent_is_back() -> None:
    """Friday 16:57: three minutes are left of the day, two more pass on Monday."""
    assert after(5, there(2026, 11, 27, 16, 57), office(0, 1, 2, 3, 4)) == there(2026, 11, 30, 9, 2)


def test_a_lead_that_comes_at_night_begins_in_the_morning() -> None:
    assert after(5, there(2026, 11, 24, 2), office(1)) == there(2026, 11, 24, 9, 5)


def test_exactly_the_last_minute_of_a_day_is_enough() -> None:
    assert after(5, there(2026, 11, 24, 16, 55), office(1, 2)) == there(2026, 11, 24, 17)


def test_hours_that_touch_or_overlap_count_once() -> None:
    agent = card((1, time(9), time(12)), (1, time(11), time(13)), (1, time(13), time(17)))
    assert after(240, there(2026, 11, 24, 9), agent) == there(2026, 11, 24, 13)


def test_hours_through_the_last_minute_of_a_day_go_on_at_midnight() -> None:
    agent = card((1, time(22), time(23, 59)), (2, time(0), time(2)))
    assert after(130, there(2026, 11, 24, 22), agent) == there(2026, 11, 25, 0, 10)


def test_the_clock_stands_while_the_person_may_not_be_called() -> None:
    """The agent works from nine, the person may be called from eleven to twelve and from two on."""
    may_call = [
        (there(2026, 11, 24, 11), there(2026, 11, 24, 12)),
        (there(2026, 11, 24, 14), there(2026, 11, 24, 20)),
    ]
    since = there(2026, 11, 24, 9, 30)
    works = working_spans(office(1), since)
    assert due_at(since=since, minutes=60, works=works, may_call=may_call) == there(2026, 11, 24, 12)
    assert due_at(since=since, minutes=61, works=works, may_call=may_call) == there(2026, 11, 24, 14, 1)


def test_the_hour_that_the_clock_skips_in_spring_is_not_counted() -> None:
    """March 8, 2026: 2:00 is 3:00. From 1:00 to 4:00 on the wall are two hours."""
    agent = card((6, time(1), time(4)))
    since = there(2026, 3, 8, 1)
    assert after(120, since, agent) == there(2026, 3, 8, 4) == since + timedelta(hours=2)
    assert after(121, since, agent) == there(2026, 3, 15, 1, 1)


def test_the_hour_that_comes_twice_in_autumn_is_worked_twice() -> None:
    """November 1, 2026: 1:00 to 2:00 comes twice. From 0:30 to 1:30 on the wall are two hours."""
    agent = card((6, time(0, 30), time(1, 30)))
    since = there(2026, 11, 1, 0, 30)
    assert after(120, since, agent) == since + timedelta(hours=2)
    assert after(121, since, agent) == there(2026, 11, 8, 0, 31)


def test_who_works_on_no_day_within_reach_leaves_it_open() -> None:
    since = there(2026, 11, 24, 9)
    assert due_at(since=since, minutes=5, works=working_spans(card(), since), may_call=[]) is None
    assert after(int(HORIZON.total_seconds() // 60) + 1, since, card()) is None


def test_an_agent_whose_zone_does_not_exist_has_no_hours_to_mind() -> None:
    since = there(2026, 11, 24, 3)
    assert after(5, since, card((1, time(9), time(17)), zone=None)) == since + timedelta(minutes=5)


def test_nothing_left_is_due_at_once() -> None:
    since = there(2026, 11, 24, 3)
    assert after(0, since, office(1)) == since
