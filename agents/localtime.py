"""What time it is where a consumer lives, as far as the ZIP or the state tells."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from compliance.calling import Permission
from compliance.calling.zones import zones_of_state, zones_of_zip
from intake.models import Lead
from leadcrm.lib.clock import day_words, time_words


@dataclass(frozen=True, slots=True)
class LocalTime:
    """The consumer's zone and whether it is sure. `zone` is an IANA key, or "" when nothing tells."""

    zone: str
    sure: bool
    now: datetime | None
    confirmed: bool = False

    @property
    def text(self) -> str:
        """For people: “2:05 PM”, “Mon 2:05 PM” where the day is not ours, a tilde before a guess, else a dash."""
        if self.now is None:
            return "\u2013"
        day = other_day(self.now, self.now)
        clock = " ".join(filter(None, [day, time_words(self.now)]))
        return clock if self.sure else f"~{clock}"

    @property
    def label(self) -> str:
        """The zone's usual letters at this moment, e.g. CST."""
        return self.now.tzname() or "" if self.now else ""

    @property
    def why(self) -> str:
        """How we know, for a hint."""
        if not self.zone:
            return "Neither the ZIP nor the state is known"
        return (
            "By ZIP or state"
            if self.sure
            else "More than one time zone is possible there: ask before you promise a time"
        )


def other_day(there: datetime, now: datetime) -> str:
    """The day of `there`, a moment on the consumer's clock, at `now` (both aware): “Mon”, from a week on “Dec 5”.

    Empty where it is today, there and for the reader (the current time zone) alike: late in the evening and far to
    the west or east the two have different days, and an hour alone would be taken for the reader's.
    """
    today, here = now.astimezone(there.tzinfo).date(), timezone.localdate(now)
    if there.date() == today == here:
        return ""
    return f"{there:%a}" if 0 <= (there.date() - today).days < 7 else day_words(there)


def zone_of(lead: Lead) -> tuple[str, bool]:
    """(IANA key, sure?) of the lead's ZIP, else of its state; ("", False) when neither tells.

    Of several zones the one most ZIPs of the state lie in; then it is a guess.
    """
    zones = zones_of_zip(lead.zip) or zones_of_state(lead.state)
    return (zones[0], len(zones) == 1) if zones else ("", False)


def local_time(lead: Lead, now: datetime) -> LocalTime:
    """What the lead's clock shows at `now` (aware)."""
    zone, sure = zone_of(lead)
    return LocalTime(zone, sure, now.astimezone(ZoneInfo(zone)) if zone else None)


def confirmed_time(permission: Permission, now: datetime) -> LocalTime | None:
    """The lead's clock as a person has confirmed it, None where nobody has."""
    if not any(why.code == "zone_confirmed" for why in permission.warnings):
        return None
    return LocalTime(permission.zone, True, now.astimezone(ZoneInfo(permission.zone)), confirmed=True)


def quick_times(zone: tzinfo, now: datetime) -> list[tuple[str, str]]:
    """(label, wall time in `zone` as a form field takes it) of the moments people usually choose."""
    here = now.astimezone(zone)
    soon = (here + timedelta(hours=2)).replace(second=0, microsecond=0)
    soon -= timedelta(minutes=soon.minute % 5)
    tomorrow = "Tomorrow" if here.date() == timezone.localdate(now) else f"{here + timedelta(days=1):%a}"
    mornings = [(f"{tomorrow} 10 AM", 1), ("In 3 days", 3), ("In a week", 7)]
    later = [
        (label, datetime.combine(here.date() + timedelta(days=days), time(10))) for label, days in mornings
    ]
    return [(label, f"{moment:%Y-%m-%dT%H:%M}") for label, moment in [("In 2 hours", soon), *later]]


SNOOZES: Final = {"hour": "In 1 hour", "tomorrow": "Tomorrow 9 AM", "days": "In 3 days, 9 AM"}


def snooze_time(choice: str, zone: tzinfo, now: datetime) -> datetime:
    """What a key of SNOOZES means in `zone` at `now` (aware). Raises KeyError for another word."""
    if choice == "hour":
        return now + timedelta(hours=1)
    ahead = {"tomorrow": 1, "days": 3}[choice]
    morning = datetime.combine(now.astimezone(zone).date() + timedelta(days=ahead), time(9), zone)
    return morning.astimezone(UTC)


def zone_for_forms(lead: Lead) -> tuple[tzinfo, str]:
    """The zone a time typed on this lead's page is meant in, and its name for the label: theirs, else ours."""
    zone, _ = zone_of(lead)
    if zone:
        return ZoneInfo(zone), "their time"
    return timezone.get_default_timezone(), "agency time"


def when_there(lead: Lead, moment: datetime, now: datetime) -> str:
    """“today 4:05 PM their time”, “Tue 9:00 AM …”, “Dec 12, 9:00 AM …”: on the lead's clock, else on ours.

    Today and tomorrow are said only where they mean the same day there and here.
    """
    zone, whose = zone_for_forms(lead)
    there = moment.astimezone(zone)
    clock = time_words(there)
    day = other_day(there, now)
    if now.astimezone(zone).date() == timezone.localdate(now):
        days = (there.date() - timezone.localdate(now)).days
        day = {0: "today", 1: "tomorrow"}.get(days, day)
    return f"{day}, {clock} {whose}" if day[-1].isdigit() else f"{day} {clock} {whose}"
