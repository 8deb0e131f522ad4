"""Makes `zips.txt` from the `zipcodes` package: `python -m leadcrm.lib.normalize.build_zips`.

The package itself takes 0.4 s and some 60 MB in every process that asks it one question; its 42,000 ZIPs
as runs per state and zone are read in milliseconds into 110 kB. A test holds file and package together.
"""

from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import zipcodes

from leadcrm.lib.normalize.zips import TABLE

# Places that the package gives as a zone. Napakiak is a village in Alaska.
_CORRECTED = {"Napakiak": "America/Anchorage", "": "-"}


def table_text() -> str:
    """The text of `zips.txt`: one line per state and zone, its ZIPs as runs `first-last`."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    list_all: Callable[[], list[dict[str, Any]]] = zipcodes.list_all  # the package is not typed
    for row in list_all():
        zone = _CORRECTED.get(row["timezone"], row["timezone"])
        groups[row["state"], zone].append(int(row["zip_code"]))
    lines = ["# State, time zone and ZIPs in use; made by build_zips.py, do not edit."]
    lines += [f"{state} {zone} {_runs(sorted(set(zips)))}" for (state, zone), zips in sorted(groups.items())]
    return "\n".join(lines) + "\n"


def _runs(zips: list[int]) -> str:
    starts = [zips[0], *(after for before, after in pairwise(zips) if after != before + 1)]
    ends = [*(before for before, after in pairwise(zips) if after != before + 1), zips[-1]]
    return " ".join(
        f"{first:05}" if first == last else f"{first:05}-{last:05}"
        for first, last in zip(starts, ends, strict=True)
    )


if __name__ == "__main__":
    TABLE.write_text(table_text(), encoding="ascii")
