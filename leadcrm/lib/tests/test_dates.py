"""Days and moments, as forms, spreadsheets and programs write them."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcrm.lib.normalize import Unreadable, age_on, birth_date, day, moment

TODAY = date(2026, 11, 25)
EASTERN = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    "raw",
    [
        "1950-03-15", "1950-3-15", "1950/03/15", "1950.03.15", "19500315", "19500315.0", "03/15/1950",
        "3/15/1950",
        "03-15-1950", "3-15-1950", "03.15.1950", "03151950", "3/15/50", "03-15-50", "Mar 15, 1950",
        "Mar 15 1950",
        "March 15, 1950", "MARCH 15,1950", "mar. 15, 1950", "March 15th, 1950", "15 Mar 1950",
        "15-Mar-1950",
        "15-MAR-50", "15th March 1950", "Mar-15-1950", "1950-03-15T00:00:00Z",
        "1950-03-15T00:00:00.000-05:00",
        "1950-03-15 00:00:00", "3/15/1950 12:00:00 AM", "1950-03-15T23:59:59+14:00", " 1950-03-15 ",
        "1950\u201303\u201315", date(1950, 3, 15),
        datetime(1950, 3, 15, 12, tzinfo=UTC), 19500315, b"1950-03-15",
    ],
)  # fmt: skip
def test_a_birth_date_is_understood_in_every_usual_form(raw: object) -> None:
    assert birth_date(raw, today=TODAY).value == date(1950, 3, 15)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("01/02/1950", date(1950, 1, 2)),
        ("1-2-1950", date(1950, 1, 2)),
        ("12/11/1950", date(1950, 12, 11)),
        ("02/29/1952", date(1952, 2, 29)),
    ],
)
def test_the_american_order_is_meant_where_both_could_be(raw: str, expected: date) -> None:
    found = birth_date(raw, today=TODAY)
    assert (found.value, found.note) == (expected, "")


def test_a_day_that_only_fits_before_the_month_is_read_so_and_noted() -> None:
    found = birth_date("25/12/1950", today=TODAY)
    assert (found.value, found.note) == (date(1950, 12, 25), "day_first")


@pytest.mark.parametrize(
    ("raw", "year"),
    [("11/25/26", 2026), ("11/26/26", 1926), ("12/31/26", 1926), ("1/1/27", 1927), ("1/1/00", 2000),
    ("1/1/99", 1999),
     ("25-Nov-26", 2026), ("26-Nov-26", 1926), ("Nov 26 26", 1926)],
)  # fmt: skip
def test_a_birth_year_of_two_digits_means_the_past(raw: str, year: int) -> None:
    assert birth_date(raw, today=TODAY).value.year == year


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("1950-13-01", "no_such_day"), ("1950", "not_a_date"), ("1950-03", "not_a_date"), ("", "blank"),
        ("02/30/1950", "no_such_day"), ("02/29/1951", "no_such_day"), ("1950-00-10", "no_such_day"),
        ("1950-01-00", "no_such_day"), ("13/13/1950", "no_such_day"), ("31/04/1950", "no_such_day"),
        ("00/00/0000", "no_such_day"), ("0000-00-00", "no_such_day"), ("0001-01-01", "no_such_day"),
        ("9999-12-31", "no_such_day"), ("2026-11-26", "in_future"), ("12/31/2026", "in_future"),
        ("1906-11-25", None), ("1905-11-25", "too_old"), ("1900-01-01", "too_old"),
        ("1899-12-31", "too_old"),
        ("tomorrow", "not_a_date"), ("65", "not_a_date"), ("03/15", "not_a_date"),
        ("Foo 15, 1950", "not_a_date"),
        ("15 Foo 1950", "not_a_date"), ("3/15/195", "not_a_date"), ("3/15-1950", "not_a_date"),
        ("N/A", "not_a_date"),
        ("1950-03-15 or 1951", "not_a_date"), ("-626486400", "not_a_date"), ("19501315", "no_such_day"),
        ("20121950", "no_such_day"), ("1950-03-15\x00", "nul_character"), (None, "not_text"),
        ([1950], "not_text"),
        ("\u0661\u0669\u0665\u0660-03-15", "not_a_date"), ("x" * 501, "too_long"),
        (date(2030, 1, 1), "in_future"),
        (date(1800, 1, 1), "too_old"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_birth_date_is_refused(raw: object, code: str | None) -> None:
    if code is None:
        assert age_on(birth_date(raw, today=TODAY).value, TODAY) == 120
        return
    with pytest.raises(Unreadable) as caught:
        birth_date(raw, today=TODAY)
    assert caught.value.code == code


def test_age_counts_completed_years() -> None:
    assert age_on(date(1950, 11, 25), TODAY) == 76
    assert age_on(date(1950, 11, 26), TODAY) == 75
    assert age_on(date(2000, 2, 29), date(2026, 2, 28)) == 25
    assert age_on(date(2000, 2, 29), date(2026, 3, 1)) == 26
    assert age_on(TODAY, TODAY) == 0


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("12/31/26", date(2026, 12, 31)), ("1/1/45", date(2045, 1, 1)), ("1/1/46", date(1946, 1, 1)),
     ("2031-05-06", date(2031, 5, 6))],
)  # fmt: skip
def test_a_day_that_is_no_birthday_may_lie_ahead(raw: str, expected: date) -> None:
    assert day(raw, today=TODAY).value == expected
    assert day(expected, today=TODAY).value == expected


START, END = datetime.min, datetime.max  # noqa: DTZ901 - naive is the case
TEN_UTC = datetime(2026, 11, 24, 10, tzinfo=UTC)
TEN_EASTERN = datetime(2026, 11, 24, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "expected", "note"),
    [
        ("2026-11-24T10:00:00Z", TEN_UTC, ""),
        ("2026-11-24t10:00:00z", TEN_UTC, ""),
        ("2026-11-24T10:00Z", TEN_UTC, ""),
        ("2026-11-24T10:00:00+00:00", TEN_UTC, ""),
        ("2026-11-24T10:00:00+0000", TEN_UTC, ""),
        ("2026-11-24T05:00:00-05:00", TEN_UTC, ""),
        ("2026-11-24T05:00:00-0500", TEN_UTC, ""),
        ("2026-11-24T05:00:00-05", TEN_UTC, ""),
        ("2026-11-24 15:30:00+05:30", TEN_UTC, ""),
        ("2026-11-24 10:00:00 UTC", TEN_UTC, ""),
        ("2026-11-24 10:00:00 GMT", TEN_UTC, ""),
        ("2026-11-24T10:00:00 00:00", TEN_UTC, "repaired"),
        ("2026-11-24T10:00:00.000Z", TEN_UTC, ""),
        ("2026-11-24T10:00:00,000Z", TEN_UTC, ""),
        ("2026-11-24T10:00:00.123456789Z", TEN_UTC + timedelta(microseconds=123456), ""),
        ("2026-11-24T10:00:00", TEN_EASTERN, ""),
        ("2026-11-24 10:00:00", TEN_EASTERN, ""),
        ("2026-11-24 10:00", TEN_EASTERN, ""),
        ("2026/11/24 10:00", TEN_EASTERN, ""),
        ("11/24/2026 10:00", TEN_EASTERN, ""),
        ("11/24/2026 10:00:00", TEN_EASTERN, ""),
        ("11/24/2026 10:00 AM", TEN_EASTERN, ""),
        ("11/24/26 10:00am", TEN_EASTERN, ""),
        ("11/24/2026, 10:00:00 a.m.", TEN_EASTERN, ""),
        ("11-24-2026 10:00", TEN_EASTERN, ""),
        ("11/24/2026 10:00:00 PM", TEN_EASTERN + timedelta(hours=12), ""),
        ("11/24/2026 12:00 AM", TEN_EASTERN - timedelta(hours=10), ""),
        ("11/24/2026 12:00 PM", TEN_EASTERN + timedelta(hours=2), ""),
        ("11/24/2026 10:00 EST", TEN_EASTERN, ""),
        ("11/24/2026 9:00 CST", TEN_EASTERN, ""),
        ("11/24/2026 07:00 AM PST", TEN_EASTERN, ""),
        ("11/24/2026 07:00 AM PT", TEN_EASTERN, ""),
        ("Nov 24, 2026 10:00 AM", TEN_EASTERN, ""),
        ("November 24, 2026, 10:00", TEN_EASTERN, ""),
        ("Tue, 24 Nov 2026 10:00:00 +0000", TEN_UTC, ""),
        ("Tue, 24 Nov 2026 10:00:00 GMT", TEN_UTC, ""),
        ("Tue Nov 24 2026 05:00:00 GMT-0500 (Eastern Standard Time)", TEN_UTC, ""),
        ("Tue Nov 24 10:00:00 UTC 2026", TEN_UTC, ""),
        ("20261124T100000Z", TEN_UTC, ""),
        ("20261124100000", TEN_EASTERN, ""),
        ("1795514400", TEN_UTC, ""),
        ("1795514400.0", TEN_UTC, ""),
        ("1795514400000", TEN_UTC, ""),
        ("1795514400000000", TEN_UTC, ""),
        (1795514400, TEN_UTC, ""),
        (1795514400000, TEN_UTC, ""),
        (1795514400.5, TEN_UTC + timedelta(seconds=0.5), ""),
        ("2026-11-24", datetime(2026, 11, 24, 5, tzinfo=UTC), "date_only"),
        ("11/24/2026", datetime(2026, 11, 24, 5, tzinfo=UTC), "date_only"),
        ("20261124", datetime(2026, 11, 24, 5, tzinfo=UTC), "date_only"),
        ("2026-07-01 10:00", datetime(2026, 7, 1, 14, tzinfo=UTC), ""),
        (TEN_UTC.astimezone(timezone(timedelta(hours=3))), TEN_UTC, ""),
        (datetime(2026, 11, 24, 10), TEN_EASTERN, ""),  # noqa: DTZ001 - naive is the case
        (date(2026, 11, 24), datetime(2026, 11, 24, 5, tzinfo=UTC), "date_only"),
    ],
)
def test_a_moment_is_understood_and_told_in_utc(raw: object, expected: datetime, note: str) -> None:
    found = moment(raw, zone=EASTERN)
    assert (found.value, found.note) == (expected, note)
    assert found.value.tzinfo is UTC


def test_a_moment_without_a_zone_is_the_agencys_time() -> None:
    written = "2026-11-24 10:00"
    assert moment(written, zone=ZoneInfo("America/Los_Angeles")).value == TEN_UTC + timedelta(hours=8)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "blank"), ("now", "not_a_date"), ("10:00", "not_a_moment"),
        ("2026-11-24 25:00", "not_a_moment"),
        ("2026-11-24 10:61", "not_a_moment"), ("2026-11-24 13:00 PM", "not_a_moment"),
        ("2026-11-24 0:30 AM", "not_a_moment"), ("2026-13-24 10:00", "no_such_day"),
        ("2026-02-29T10:00:00Z", "no_such_day"), ("2026-11-24 10:00 XYZ", "not_a_moment"),
        ("2026-11-24T10:00:00+25:00", "not_a_moment"), ("1795514", "not_a_date"),
        ("-1795514400", "not_a_date"),
        ("179551440000", "not_a_date"), ("1950-11-24 10:00", "not_a_moment"),
        ("2199-01-01", "not_a_moment"),
        ("0001-01-01T00:00:00Z", "no_such_day"), ("9999-12-31T23:59:59-14:00", "no_such_day"),
        (None, "not_text"),
        ("2026-11-24T10:00:00Z\x00", "nul_character"), ("99999999999999", "not_a_date"),
        ("9999999999999999", "not_a_moment"), ("9999999999999", "not_a_moment"),
        (float("nan"), "not_a_date"),
        (float("inf"), "not_a_date"), (END, "not_a_moment"), (START, "not_a_moment"),
        (date.min, "not_a_moment"),
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused(raw: object, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        moment(raw, zone=EASTERN)
    assert caught.value.code == code


@given(st.datetimes(datetime(1971, 1, 1), datetime(2068, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_moment_survives_being_written_and_read(when: datetime) -> None:
    whole = when.replace(microsecond=0)
    assert moment(when.isoformat(), zone=EASTERN).value == when
    assert moment(whole.strftime("%m/%d/%Y %I:%M:%S %p UTC"), zone=EASTERN).value == whole
    assert moment(whole.strftime("%a, %d %b %Y %H:%M:%S +0000"), zone=EASTERN).value == whole


@given(st.dates(date(1907, 1, 1), TODAY))
def test_every_birth_date_survives_being_written_and_read(born: date) -> None:
    for form in ("%Y-%m-%d", "%m/%d/%Y", "%m-%d-%Y", "%Y%m%d", "%m%d%Y", "%b %d, %Y", "%d-%b-%Y", "%B %d %Y"):
        assert birth_date(born.strftime(form), today=TODAY).value == born
