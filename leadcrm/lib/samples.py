"""What a share says when it was counted in few: its interval, and whether there is anything to say."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

# Below so many a share or a typical value is chance, and pages say so.
FEW: Final = 10
# Of the normal distribution: 95 of 100 lie within so many standard deviations.
_Z: Final = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, both counts. `low` and `high`: the Wilson score interval at 95 %, between 0 and 1."""

    part: int
    whole: int

    @property
    def few(self) -> bool:
        """True where the whole is too small for its share to say anything."""
        return self.whole < FEW

    @property
    def value(self) -> float | None:
        """Between 0 and 1; None of nothing."""
        return self.part / self.whole if self.whole else None

    @property
    def low(self) -> float:
        """The lower end of the interval."""
        return self._interval()[0]

    @property
    def high(self) -> float:
        """The upper end of the interval."""
        return self._interval()[1]

    def _interval(self) -> tuple[float, float]:
        """Wilson's: it stays within 0 and 1 and holds for small counts, where the usual one does not."""
        n = self.whole
        if not n:
            return 0.0, 1.0
        share, z2 = self.part / n, _Z * _Z
        middle = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = _Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        return max(0.0, middle - half), min(1.0, middle + half)

    @property
    def text(self) -> str:
        """“40 %”; of few or nothing what can be said instead."""
        if self.value is None:
            return "\u2013"
        return "too few to say" if self.few else percent(self.value)

    @property
    def between(self) -> str:
        """The interval for people: “25 to 57 %”; empty where there is nothing to say."""
        return "" if self.few else f"{self.low * 100:.0f} to {percent(self.high)}"


def percent(share: float) -> str:
    """0.404 as 40 %."""
    return f"{share * 100:.0f} %"
