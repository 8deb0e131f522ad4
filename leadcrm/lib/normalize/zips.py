"""ZIP codes: their shape, whether the Postal Service uses them, and the state and time zone they lie in."""

import re
from array import array
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from leadcrm.lib.normalize.base import Clean, Unreadable, as_form
from leadcrm.lib.places import STATE_NAMES

TABLE: Final = Path(__file__).with_name("zips.txt")
_SHAPE: Final = re.compile(r"([0-9]{5})(?:[- ]*([0-9]{4}))?(?:\.0+)?")
_LOST_ZERO: Final = re.compile(r"([0-9]{4})(?:-([0-9]{4}))?(?:\.0+)?")
# Where ZIPs start with 0, apart from the armed forces in Europe; NY has 00501, 00544 and 06390.
_ZERO_STATES: Final = frozenset({"CT", "MA", "ME", "NH", "NJ", "NY", "PR", "RI", "VI", "VT"})
# Test posts name the outcome they want by one of these (wire contract, section 7).
TEST_ZIPS: Final = frozenset({"99999", "00001", "00002", "00003", "00004", "00005", "00006", "00007"})


@dataclass(frozen=True, slots=True)
class Zip:
    """`zip5` and, kept apart, `plus4` ("" when not given)."""

    zip5: str
    plus4: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ZIP lies: state code and IANA time zone, "" where there is none (an army post office)."""

    state: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Table:
    """All ZIPs in use, by number and by prefix."""

    places: tuple[Place, ...]
    of_zip: "array[int]"  # index by ZIP, 0 = not in use, else 1 + position in `places`
    of_prefix: "array[int]"  # the same by the first three digits, as far as all ZIPs of the prefix agree
    prefixes: frozenset[str]


@cache
def load_table() -> Table:
    """The table of 42,000 ZIPs in 110 kB of memory, read once from `zips.txt` (about 15 ms)."""
    places: list[Place] = []
    of_zip, of_prefix = array("B", bytes(100_000)), array("B", bytes(1_000))
    seen: dict[int, set[int]] = {}
    for line in TABLE.read_text(encoding="ascii").splitlines():
        if line.startswith("#"):
            continue
        state, zone, *runs = line.split()
        places.append(Place(state if state in STATE_NAMES else "", "" if zone == "-" else zone))
        for run in runs:
            first, _, last = run.partition("-")
            for number in range(int(first), int(last or first) + 1):
                of_zip[number] = len(places)
                seen.setdefault(number // 100, set()).add(len(places))
    for prefix, indexes in seen.items():
        agreed = {places[index - 1].state for index in indexes}
        if len(agreed) == 1 and len(indexes) > 1:
            places.append(Place(agreed.pop(), ""))
            indexes = {len(places)}
        of_prefix[prefix] = indexes.pop() if len(indexes) == 1 else 0
    return Table(tuple(places), of_zip, of_prefix, frozenset(f"{prefix:03}" for prefix in seen))


def zip_code(raw: object, *, live: bool = True) -> Clean[Zip]:
    """ZIP5 or ZIP+4 with dash, blank or nothing between; a lost leading zero is restored (`repaired`).

    A ZIP that is not in the table but has a prefix in use is new or unknown: note `unlisted`. `live=False`
    (a test post) lets the ZIPs that force an outcome through. Unreadable: `not_a_zip`, `unassigned`.
    """
    if isinstance(raw, Zip):
        raw = f"{raw.zip5}-{raw.plus4}" if raw.plus4 else raw.zip5
    text = as_form(raw)
    found = _SHAPE.fullmatch(text)
    if found is None:
        return _restored(text)
    zip5, plus4 = found[1], found[2] or ""
    if zip5 in TEST_ZIPS:
        if live:
            raise Unreadable("unassigned", "Is a ZIP code that only test posts may use.")
        return Clean(Zip(zip5, plus4))
    table = load_table()
    if zip5[:3] not in table.prefixes:
        raise Unreadable("unassigned", "Is not a ZIP code in use: no ZIP begins like this.")
    return Clean(Zip(zip5, plus4), "" if table.of_zip[int(zip5)] else "unlisted")


def zip_place(zip5: str) -> Place | None:
    """State and time zone of a ZIP5; for one not listed what all ZIPs of its prefix share, else None."""
    if len(zip5) != 5 or not (zip5.isascii() and zip5.isdecimal()):
        return None
    table = load_table()
    index = table.of_zip[int(zip5)] or table.of_prefix[int(zip5[:3])]
    return table.places[index - 1] if index and zip5 not in TEST_ZIPS else None


def _restored(text: str) -> Clean[Zip]:
    """Four digits that a leading zero makes a ZIP of New England, NJ, NY, PR or VI: Excel ate the zero."""
    found = _LOST_ZERO.fullmatch(text)
    if found is None:
        raise Unreadable("not_a_zip", "Is not a ZIP code of five or nine digits.")
    zip5 = "0" + found[1]
    table = load_table()
    index = table.of_zip[int(zip5)]
    if not index or table.places[index - 1].state not in _ZERO_STATES:
        raise Unreadable("not_a_zip", "Has four digits, and no ZIP code is completed by a leading zero.")
    return Clean(Zip(zip5, found[2] or ""), "repaired")
