"""Reading the environment: a value that cannot be meant stops the start with its name."""

import os
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ImproperlyConfigured


def positive_int(name: str, default: int) -> int:
    """The environment variable `name` as an integer above zero, else `default`; ImproperlyConfigured if odd."""
    raw = os.environ.get(name, "")
    if not raw:
        return default
    if not raw.isdecimal() or int(raw) < 1:
        raise ImproperlyConfigured(f"{name} must be a whole number above 0, not {raw!r}")
    return int(raw)


def time_zone(name: str) -> str:
    """`name` if it is an IANA time zone of the United States' kind (a known key), else ImproperlyConfigured."""
    if name not in available_timezones():
        raise ImproperlyConfigured(f"AGENCY_TIME_ZONE: {name!r} is no IANA time zone")
    ZoneInfo(name)
    return name
