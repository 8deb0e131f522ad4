"""Money, ranges, ages, prices and whole numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcrm.lib.normalize import Amount, Unreadable, age, amount, integer, price


@pytest.mark.parametrize(
    ("raw", "low", "high"),
    [
        ("1000", 1000, 1000), ("$1,000", 1000, 1000), ("$ 1,000.00", 1000, 1000), ("1,000 USD", 1000, 1000),
        ("US$1,000", 1000, 1000), ("1000 dollars", 1000, 1000), ("10k", 10_000, 10_000),
        ("10K", 10_000, 10_000),
        ("$10 k", 10_000, 10_000), ("1.5m", 1_500_000, 1_500_000), ("1.5 million", 1_500_000, 1_500_000),
        ("$2M", 2_000_000, 2_000_000), ("25 thousand", 25_000, 25_000), ("0", 0, 0),
        ("1,234,567", 1234567, 1234567),
        ("10-20k", 10_000, 20_000), ("10k-20k", 10_000, 20_000), ("$10k - $20k", 10_000, 20_000),
        ("$10,000 to $20,000", 10_000, 20_000), ("$10,000 - $20,000", 10_000, 20_000),
        ("10000-20000", 10_000, 20_000), ("10,000\u201320,000", 10_000, 20_000),
        ("between $10,000 and $20,000", 10_000, 20_000), ("From 10k to 20k", 10_000, 20_000),
        ("500-1k", 500, 1000), ("1-2m", 1_000_000, 2_000_000),
        ("$100,000 - $150,000 USD", 100_000, 150_000),
        ("5-5", 5, 5), ("10000+", 10_000, None), ("$10,000+", 10_000, None), ("10k +", 10_000, None),
        ("10000 or more", 10_000, None), ("$1m and up", 1_000_000, None), ("over $10,000", 10_000, None),
        ("more than 10k", 10_000, None), ("at least 10000", 10_000, None), (">10000", 10_000, None),
        (">= 10,000", 10_000, None), ("under 10000", None, 10_000), ("Under $10,000", None, 10_000),
        ("less than 10k", None, 10_000), ("up to $10,000", None, 10_000), ("<10000", None, 10_000),
        ("$10,000 or less", None, 10_000), ("below 10k", None, 10_000), (1000, 1000, 1000),
        (1000.0, 1000, 1000),
        (Decimal("1E+3"), 1000, 1000), ("\uff11\uff10k", 10_000, 10_000),
    ],
)  # fmt: skip
def test_an_amount_is_understood_as_number_or_range(raw: object, low: int | None, high: int | None) -> None:
    found = amount(raw).value
    assert (found.low, found.high) == (low, high)
    assert amount(found).value == found


def test_an_integer_that_python_cannot_print_is_refused() -> None:
    with pytest.raises(Unreadable) as caught:
        amount(10**5000)
    assert caught.value.code == "too_long"


def test_fractions_stay_exact() -> None:
    assert amount("0.5").value.value == Decimal("0.5")
    assert amount("$1,234.56").value.value == Decimal("1234.56")
    assert amount("1.25k").value.value == 1250


def test_a_plain_number_column_takes_the_low_end_else_the_only_bound() -> None:
    assert amount("10-20k").value.value == 10_000
    assert amount("10000+").value.value == 10_000
    assert amount("under 10000").value.value == 10_000
    assert amount("5").value.is_range is False
    assert amount("10000+").value.is_range is True


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "blank"), ("abc", "not_a_number"), ("1,00", "not_a_number"), ("1.000,50", "not_a_number"),
        ("10,20", "not_a_number"), ("-5", "not_a_number"), ("1e3", "not_a_number"),
        ("10kk", "not_a_number"),
        ("10b", "not_a_number"), ("20-10", "range_reversed"), ("$20k to $10k", "range_reversed"),
        ("1-2-3", "not_a_number"), ("10 20", "not_a_number"), ("ten", "not_a_number"),
        ("$", "not_a_number"),
        ("k", "not_a_number"), ("none", "not_a_number"), ("10%", "not_a_number"),
        ("\u20ac10", "not_a_number"),
        ("9" * 16, "not_a_number"), (float("nan"), "not_a_number"), (float("inf"), "not_a_number"),
        (Decimal("NaN"), "not_a_number"), (Decimal("1E+999999"), "not_a_number"), ([], "not_text"),
        (1e300, "not_a_number"), (-1.5, "not_a_number"),
        ("\u0661\u0660", "not_a_number"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(raw: object, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        amount(raw)
    assert caught.value.code == code


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_range_reads_the_same_in_every_writing(first: int, second: int) -> None:
    low, high = sorted((first, second))
    expected = Amount(Decimal(low), Decimal(high))
    for written in (
        f"{low}-{high}",
        f"${low:,} to ${high:,}",
        f"between {low} and {high}",
        f"{low} \u2013 {high}",
    ):
        assert amount(written).value == expected


@pytest.mark.parametrize(
    ("raw", "years"),
    [("65", 65), (" 65 ", 65), ("0", 0), ("120", 120), ("65.0", 65), ("65 years", 65), ("65 yrs", 65),
    ("65y", 65),
     ("65 Years Old", 65), ("65 years-old", 65), ("065", 65), (65, 65), (65.0, 65), (b"65", 65)],
)  # fmt: skip
def test_an_age_is_understood(raw: object, years: int) -> None:
    assert age(raw).value == years


@pytest.mark.parametrize(
    ("raw", "code"),
    [("121", "too_old"), ("999", "too_old"), ("1950", "not_a_number"), ("-1", "not_a_number"),
    ("65.5", "not_a_number"),
     ("65-70", "not_a_number"), ("sixty", "not_a_number"), ("65+", "not_a_number"), ("", "blank"),
     ("6 5", "not_a_number"), (None, "not_text")],
)  # fmt: skip
def test_what_is_no_age_is_refused(raw: object, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        age(raw)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("raw", "shown"),
    [("22", "22.00"), ("22.00", "22.00"), ("$22.50", "22.50"), ("22.5", "22.50"), ("22.50 USD", "22.50"),
     ("1,000", "1000.00"), (".5", "0.50"), ("0", "0.00"), ("22.125", "22.1250"), ("22.0000000", "22.00"),
     ("9,999,999.99", "9999999.99"), (22, "22.00"), (22.5, "22.50"), (0.1, "0.10"),
     (Decimal("22.10"), "22.10"),
     ("22.50$", "22.50")],
)  # fmt: skip
def test_a_price_is_exact_with_two_decimals_or_the_four_it_needs(raw: object, shown: str) -> None:
    found = price(raw).value
    assert str(found) == shown
    assert price(found).value == found


@pytest.mark.parametrize(
    "raw",
    ["free", "-1", "22.12345", "22,50", "22.5.0", "$", ".", "10k", "10-20", "1e3", "10000000",
    "9,999,999,999",
     "12345678901", "22 50", "NaN", float("nan"), "\u0662\u0662"],
)  # fmt: skip
def test_what_is_no_price_is_refused(raw: object) -> None:
    with pytest.raises(Unreadable) as caught:
        price(raw)
    assert caught.value.code == "not_a_price"


@pytest.mark.parametrize(
    ("raw", "number"),
    [("5", 5), ("-5", -5), ("+5", 5), ("1,000", 1000), ("5.0", 5), ("007", 7), (5, 5), (5.0, 5)],
)
def test_a_whole_number_is_understood(raw: object, number: int) -> None:
    assert integer(raw).value == number


@pytest.mark.parametrize("raw", ["5.5", "five", "1,00", "1e3", "5 6", "0x10", "9" * 16, "--5"])
def test_what_is_no_whole_number_is_refused(raw: str) -> None:
    with pytest.raises(Unreadable) as caught:
        integer(raw)
    assert caught.value.code == "not_a_number"
