"""How moments, numbers and hours are written in the report. Pure."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from compliance.calling.zones import ZONE_NAMES
from leadcrm.lib.clock import date_words, second_words, short_time_words
from leadcrm.templatetags.ui import phone


def clock(moment: datetime, zone: str) -> str:
    """“Tue Nov 3, 2026, 2:05:11 PM CST”."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {date_words(local)}, {second_words(local)} {local:%Z}"


def utc(moment: datetime) -> str:
    """“2026-11-03 20:05:11 UTC”."""
    return f"{moment.astimezone(ZoneInfo('UTC')):%Y-%m-%d %H:%M:%S} UTC"


def both(moment: datetime, zone: str) -> str:
    """The consumer's clock, and UTC."""
    return f"{clock(moment, zone)} ({utc(moment)})"


def hour(text: str | None) -> str:
    """“8 AM”, “8:30 PM” of “08:00”."""
    return short_time_words(time.fromisoformat(text)) if text else ""


def zone_name(zone: str) -> str:
    """“Central” of America/Chicago."""
    return ZONE_NAMES.get(zone, zone)


__all__ = ["both", "clock", "hour", "phone", "utc", "zone_name"]
