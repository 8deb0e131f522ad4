"""How long things took, as counts between fixed bounds: days add up to any period, and still have a median."""

from collections.abc import Sequence
from typing import Final

# Seconds. Neighbours lie 1.25 to 2 times apart, so a median or p90 read from the counts is between the two bounds
# around the true one; shares within a bound (1, 5, 60 minutes are bounds) are exact.
BOUNDS: Final = (
    5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 2700, 3600, 5400, 7200, 10800,
    14400, 21600, 28800, 43200, 57600, 86400, 129600, 172800, 259200, 432000, 604800,
)  # fmt: skip
# The last one: longer than every bound.
SIZE: Final = len(BOUNDS) + 1
# Of a day, by the clock on the wall: where clocks are set back one of them is two hours long.
HOURS: Final = 24


def place_of(seconds: float) -> int:
    """The place of so many seconds in an array of counts: `BOUNDS[place - 1] <= seconds < BOUNDS[place]`."""
    return sum(1 for bound in BOUNDS if seconds >= bound)


def quantile(counts: Sequence[int], part: float) -> float | None:
    """The seconds within which `part` (0 to 1) of those counted were, evenly spread between two bounds; None of none.

    Beyond the last bound the answer is that bound: “a week or more”.
    """
    total = sum(counts)
    if not total:
        return None
    left = part * total
    for place, count in enumerate(counts):
        if count and left <= count:
            low = BOUNDS[place - 1] if place else 0
            high = BOUNDS[place] if place < len(BOUNDS) else low
            return low + (high - low) * left / count
        left -= count
    return float(BOUNDS[-1])


def within(counts: Sequence[int], seconds: int) -> int:
    """How many took less than `seconds`, which must be one of BOUNDS."""
    return sum(counts[: BOUNDS.index(seconds) + 1])
