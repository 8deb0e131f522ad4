"""Hours and days as people write them."""

from datetime import date, datetime, time

import pytest

from leadcrm.lib.clock import date_words, day_words, second_words, short_time_words, time_words


@pytest.mark.parametrize(
    ("at", "words", "short"),
    [
        (time(0), "12:00 AM", "12 AM"),
        (time(9), "9:00 AM", "9 AM"),
        (time(9, 5), "9:05 AM", "9:05 AM"),
        (time(12, 30), "12:30 PM", "12:30 PM"),
        (time(20), "8:00 PM", "8 PM"),
        (time(22, 0, 59), "10:00 PM", "10 PM"),
    ],
)
def test_an_hour_begins_with_no_zero(at: time, words: str, short: str) -> None:
    assert (time_words(at), short_time_words(at)) == (words, short)


def test_a_moment_is_told_to_the_second() -> None:
    assert second_words(datetime(2026, 11, 3, 14, 5, 9)) == "2:05:09 PM"  # noqa: DTZ001 - the zone is no matter


@pytest.mark.parametrize(("day", "words"), [(3, "Nov 3"), (30, "Nov 30")])
def test_a_day_begins_with_no_zero(day: int, words: str) -> None:
    assert (day_words(date(2026, 11, day)), date_words(date(2026, 11, day))) == (words, f"{words}, 2026")
