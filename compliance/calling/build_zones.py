"""Makes `zones.txt`: `python -m compliance.calling.build_zones`. Needs the `zipcodes` package (development only).

Each ZIP there names the area codes that serve it, also those from across a state line; since no area code crosses
one, only ZIPs of the area code's own state count. A test holds table and package together.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

import zipcodes

from compliance.calling.zones import EASTERN, MOUNTAIN, TABLE, ZONE_NAMES
from leadcrm.lib.area_codes import STATE_OF_AREA_CODE

# Places that the package gives as a zone. Napakiak is a village in Alaska.
_CORRECTED: Final = {"Napakiak": "America/Anchorage"}
# Zones count as one when they agree on every week of these years (summer time is as it is since 2007; the last
# places to change sides were Beulah in 2010 and Metlakatla in 2019).
_SAME_FROM, _SAME_UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)

# Area codes of which no ZIP tells yet, with the code each overlays (NANPA's relief planning): they serve the same
# places. 329 overlays 845, 353 608, 369 707, 645 305, 686 804, 738 213, 748 970, 821 864, 975 816 ...
OVERLAYS: Final = {
    "235": "573", "274": "920", "324": "904", "327": "870", "329": "845", "353": "608", "369": "707",
    "645": "305", "686": "804", "728": "561", "730": "618", "738": "213", "748": "970", "821": "864",
    "975": "816",
}  # fmt: skip

# Zones beyond the ZIPs' own, by area code.
MORE_OF_CODE: Final = {
    # Phenix City, Smiths Station, Lanett and Valley keep the time of Columbus, Georgia, though 49 CFR 71.5 puts
    # all of Alabama into the central zone.
    "334": (EASTERN,),
    # West Wendover, Nevada: mountain time by 49 CFR 71.9(b); Jackpot keeps it by custom. The phonenumbers
    # project's map of time zones says so for 775, too.
    "775": (MOUNTAIN,),
}
# By ZIP. Kenton, Oklahoma, and Jackpot, Nevada, keep mountain time by custom. Kenton has 20 people: its zone is not
# added to all of 580.
MORE_OF_ZIP: Final = {
    **dict.fromkeys(
        ("36854", "36856", "36863", "36867", "36868", "36869", "36870", "36872", "36877"), (EASTERN,)
    ),
    "73946": (MOUNTAIN,),
    "89825": (MOUNTAIN,),
    "89883": (MOUNTAIN,),
}
# The phonenumbers project's map (9.0.42, file timezones/1.txt) was laid beside this: it names no further zone but
# central time for 689, which serves Orlando alone, and Hawaii's for 907, which stands for the Aleutians.


def table_text() -> str:
    """The text of `zones.txt`."""
    rows = _rows()
    same = _groups({row["timezone"] for row in rows})
    plain = {zone: name for name, zones in same.items() for zone in zones}
    lines = ["# Zones by area code, state and ZIP, most ZIPs first; made by build_zones.py, do not edit."]
    lines += [f"same {name} {' '.join(zones)}" for name, zones in sorted(same.items())]
    lines += _lines("state", _counted((row["state"], plain[row["timezone"]]) for row in rows))
    lines += _lines("code", _of_codes(rows, plain))
    own = {row["zip_code"]: plain[row["timezone"]] for row in rows}
    lines += _lines("zip", {zip5: (own[zip5], *more) for zip5, more in MORE_OF_ZIP.items()})
    return "\n".join(lines) + "\n"


def _rows() -> list[dict[str, Any]]:
    list_all: Callable[[], list[dict[str, Any]]] = zipcodes.list_all  # the package is not typed
    rows = [{**row, "timezone": _CORRECTED.get(row["timezone"], row["timezone"])} for row in list_all()]
    return [row for row in rows if row["timezone"] and row["state"] not in ("AA", "AE", "AP")]


def _groups(zones: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """All zones under the name that stands for them. Zones that nobody of ZONE_NAMES stands for keep their own."""
    names = {_behaviour(name): name for name in ZONE_NAMES}
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for zone in sorted(zones):
        groups[names.get(_behaviour(zone), zone)].append(zone)
    return {name: tuple(members) for name, members in groups.items()}


def _behaviour(zone: str) -> tuple[timedelta | None, ...]:
    clock: tzinfo = ZoneInfo(zone)
    weeks = range((_SAME_UNTIL - _SAME_FROM).days // 7)
    return tuple((_SAME_FROM + timedelta(weeks=week)).astimezone(clock).utcoffset() for week in weeks)


def _of_codes(rows: list[dict[str, Any]], plain: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found = _counted(
        (code, plain[row["timezone"]])
        for row in rows
        for code in row["area_codes"]
        if STATE_OF_AREA_CODE.get(code) == row["state"]
    )
    found |= {code: found[older] for code, older in OVERLAYS.items() if code not in found}
    return {code: tuple(dict.fromkeys(zones + MORE_OF_CODE.get(code, ()))) for code, zones in found.items()}


def _counted(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Per key its zones, the commonest first."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for key, zone in pairs:
        counts[key][zone] += 1
    return {key: tuple(sorted(zones, key=lambda zone: (-zones[zone], zone))) for key, zones in counts.items()}


def _lines(kind: str, zones: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [f"{kind} {key} {' '.join(zones[key])}" for key in sorted(zones)]


if __name__ == "__main__":
    TABLE.write_text(table_text(), encoding="ascii")
