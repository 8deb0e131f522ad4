"""Which clocks a called party may live by: the zones of a ZIP, of a state, of an area code.

The table `zones.txt` is made by build_zones.py from the ZIPs that each area code serves. Zones that have kept the
same time since 2020 stand under one name (Detroit and Indianapolis as New York), so that nothing is asked twice.
An area code on both sides of a line has both zones, most ZIPs first: a call is right only where it is right in each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from leadcrm.lib.area_codes import area_code_state
from leadcrm.lib.normalize.zips import zip_place
from leadcrm.lib.places import STATES

TABLE: Final = Path(__file__).with_name("zones.txt")

EASTERN, CENTRAL, MOUNTAIN = "America/New_York", "America/Chicago", "America/Denver"
PACIFIC, ALASKA, ATLANTIC = "America/Los_Angeles", "America/Anchorage", "America/Puerto_Rico"
# What people call them.
ZONE_NAMES: Final[Mapping[str, str]] = {
    EASTERN: "Eastern",
    CENTRAL: "Central",
    MOUNTAIN: "Mountain",
    "America/Phoenix": "Arizona (Mountain without summer time)",
    PACIFIC: "Pacific",
    ALASKA: "Alaska",
    "America/Adak": "Aleutian",
    "Pacific/Honolulu": "Hawaii",
    ATLANTIC: "Atlantic (Puerto Rico)",
    "Pacific/Guam": "Chamorro (Guam)",
    "Pacific/Pago_Pago": "Samoa",
}


@dataclass(frozen=True, slots=True)
class Table:
    """What is in `zones.txt`. Zones are IANA keys of ZONE_NAMES."""

    codes: Mapping[str, tuple[str, ...]]  # by area code
    states: Mapping[str, tuple[str, ...]]
    zips: Mapping[str, tuple[str, ...]]  # those with more clocks than the ZIP table says
    aliases: Mapping[str, str]  # IANA key -> the name it stands under here


@dataclass(frozen=True, slots=True)
class Clocks:
    """All clocks that may hang on the called party's wall, the likeliest first.

    `unplaced`: the number itself is of no place (toll-free, of another country, of an unknown area code).
    """

    zones: tuple[str, ...]
    unplaced: bool = False


@cache
def load_table() -> Table:
    """The table, read once (some 5 ms)."""
    parts: dict[str, dict[str, tuple[str, ...]]] = {"code": {}, "state": {}, "zip": {}, "same": {}}
    for line in TABLE.read_text(encoding="ascii").splitlines():
        if not line.startswith("#"):
            kind, key, *zones = line.split()
            parts[kind][key] = tuple(zones)
    aliases = {alias: name for name, others in parts["same"].items() for alias in others}
    return Table(parts["code"], parts["state"], parts["zip"], aliases)


def plain_zone(zone: str) -> str:
    """The name a zone stands under here: America/New_York for America/Detroit; an unknown one as it is."""
    return load_table().aliases.get(zone, zone)


def zones_of_zip(zip5: str) -> tuple[str, ...]:
    """The zones of a ZIP5, () for an army post office or one that is not in use.

    More than one where people keep their neighbours' time (Phenix City, Alabama).
    """
    listed = load_table().zips.get(zip5)
    if listed:
        return listed
    place = zip_place(zip5)
    if place is None:
        return ()
    if place.time_zone:
        return (plain_zone(place.time_zone),)
    # A new ZIP in a district on both sides of a line.
    return zones_of_state(place.state)


def zones_of_state(state: str) -> tuple[str, ...]:
    """The zones of a state or territory by its USPS code, that of most ZIPs first; () for no such code."""
    return load_table().states.get(state, ())


def zones_of_phone(phone: str) -> tuple[str, ...]:
    """Every zone an E.164 number's area code serves, that of most ZIPs first; () when it serves no place here."""
    return load_table().codes.get(phone[2:5], ()) if phone.startswith("+1") else ()


def clocks_of(*, phone: str, state: str, zip5: str) -> Clocks:
    """Every clock the person may live by: their ZIP's (else their state's) and all of the area code's.

    A state that is not the ZIP's is doubt, so its zones are added.
    """
    place = zip_place(zip5) if zip5 else None
    by_address = zones_of_zip(zip5) if zip5 else ()
    if not by_address or (place is not None and state and place.state != state):
        by_address += zones_of_state(state)
    by_phone = zones_of_phone(phone)
    return Clocks(tuple(dict.fromkeys(by_address + by_phone)), unplaced=not by_phone)


def states_of(*, phone: str, state: str, zip5: str) -> tuple[str, ...]:
    """The states whose rules may hold: the posted one, the ZIP's, the area code's. Without repetition."""
    place = zip_place(zip5) if zip5 else None
    found = (state, place.state if place else "", area_code_state(phone))
    return tuple(dict.fromkeys(code for code in found if code in STATES))
