"""What time it is where a consumer lives, as far as the ZIP or the state tells."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from intake.models import Lead
from leadcrm.lib.normalize import zip_place

EASTERN, CENTRAL, MOUNTAIN = "America/New_York", "America/Chicago", "America/Denver"
PACIFIC, ALASKA, ATLANTIC = "America/Los_Angeles", "America/Anchorage", "America/Puerto_Rico"

# The zone most of a state's people live in; source: 49 CFR part 71 (limits of the standard time zones).
_STATES: Final = {
    EASTERN: "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
    CENTRAL: "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    MOUNTAIN: "CO ID MT NM UT WY",
    PACIFIC: "CA NV OR WA",
    ATLANTIC: "PR VI",
    ALASKA: "AK",
    "America/Phoenix": "AZ",
    "Pacific/Honolulu": "HI",
    "Pacific/Pago_Pago": "AS",
    "Pacific/Guam": "GU MP",
}
STATE_ZONES: Final = {state: zone for zone, states in _STATES.items() for state in states.split()}
# States whose map shows more than one zone: without a ZIP the local time is a guess, and said to be one.
SPLIT_STATES: Final = frozenset(
    ("AK", "AZ", "FL", "ID", "IN", "KS", "KY", "MI", "ND", "NE", "NV", "OR", "SD", "TN", "TX")
)


@dataclass(frozen=True, slots=True)
class LocalTime:
    """The consumer's zone and whether it is sure. `zone` is an IANA key, or "" when nothing tells."""

    zone: str
    sure: bool
    now: datetime | None

    @property
    def text(self) -> str:
        """For people: “2:05 PM”, with a tilde where it is a guess; a dash when unknown."""
        if self.now is None:
            return "\u2013"
        clock = f"{self.now:%I:%M %p}".lstrip("0")
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
            "By ZIP"
            if self.sure
            else "By state, which has more than one time zone: ask before you promise a time"
        )


def zone_of(lead: Lead) -> tuple[str, bool]:
    """(IANA key, sure?) of the lead's ZIP, else of its state; ("", False) when neither tells."""
    place = zip_place(lead.zip) if lead.zip else None
    if place and place.time_zone:
        return place.time_zone, True
    zone = STATE_ZONES.get(lead.state, "")
    return zone, bool(zone) and lead.state not in SPLIT_STATES


def local_time(lead: Lead, now: datetime) -> LocalTime:
    """What the lead's clock shows at `now` (aware)."""
    zone, sure = zone_of(lead)
    return LocalTime(zone, sure, now.astimezone(ZoneInfo(zone)) if zone else None)


def quick_times(zone: tzinfo, now: datetime) -> list[tuple[str, str]]:
    """(label, wall time in `zone` as a form field takes it) of the moments people usually choose."""
    here = now.astimezone(zone)
    soon = (here + timedelta(hours=2)).replace(second=0, microsecond=0)
    soon -= timedelta(minutes=soon.minute % 5)
    mornings = [("Tomorrow 10 AM", 1), ("In 3 days", 3), ("In a week", 7)]
    later = [
        (label, datetime.combine(here.date() + timedelta(days=days), time(10))) for label, days in mornings
    ]
    return [(label, f"{moment:%Y-%m-%dT%H:%M}") for label, moment in [("In 2 hours", soon), *later]]


def zone_for_forms(lead: Lead) -> tuple[tzinfo, str]:
    """The zone a time typed on this lead's page is meant in, and its name for the label: theirs, else ours."""
    zone, _ = zone_of(lead)
    if zone:
        return ZoneInfo(zone), "their time"
    return timezone.get_default_timezone(), "agency time"
