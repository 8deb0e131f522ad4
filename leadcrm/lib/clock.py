"""Hours and days as people write them, without a zero before: 2:05 PM, Nov 3, 2026. In the zone they are given in."""

from datetime import date, datetime, time


def time_words(at: datetime | time) -> str:
    """2:05 PM."""
    return f"{at:%I:%M %p}".lstrip("0")


def second_words(at: datetime) -> str:
    """2:05:11 PM."""
    return f"{at:%I:%M:%S %p}".lstrip("0")


def short_time_words(at: datetime | time) -> str:
    """2:05 PM, and 9 AM of a whole hour."""
    return time_words(at).replace(":00 ", " ")


def day_words(on: date) -> str:
    """Nov 3."""
    return f"{on:%b} {on.day}"


def date_words(on: date) -> str:
    """Nov 3, 2026."""
    return f"{day_words(on)}, {on.year}"
