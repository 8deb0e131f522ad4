"""What a part of the compliance desk is: a figure, a sentence, a short table, and where to read on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.utils.html import format_html
from django.utils.safestring import SafeString

Level = Literal["good", "warn", "bad", "info", "plain"]
# Tables are for a look; the page behind the link has the rest.
ROWS = 12


@dataclass(frozen=True, slots=True)
class Span:
    """The days looked at: from `since` to `now` (both aware)."""

    now: datetime
    days: int

    @property
    def since(self) -> datetime:
        """The first moment looked at."""
        return self.now - timedelta(days=self.days)

    @property
    def words(self) -> str:
        """For a sentence: “in the last 24 hours”."""
        return "in the last 24 hours" if self.days == 1 else f"in the last {self.days} days"


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the desk. `level` colours the figure, `says` is a sentence in which colour is not needed.

    `head` names the columns of `rows`; the last column holds numbers when `counts`. `url` and `link` lead on.
    """

    key: str
    title: str
    figure: str
    says: str
    level: Level = "plain"
    head: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    url: str = ""
    link: str = ""
    counts: bool = False


@dataclass(frozen=True, slots=True)
class SectionMaker:
    """A part of the desk and the permission to see it. `make` asks a bounded number of bounded questions."""

    permission: str
    make: Callable[[Span], Section]


def bar(value: int, most: int) -> SafeString:
    """A horizontal bar as wide as `value` is of `most`; the number stands beside it, so it is for the eye only."""
    width = round(100 * value / most) if most else 0
    return format_html(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect width="{}" height="8" rx="1"></rect></svg>',
        max(width, 1),
    )


def plural(count: int, one: str, many: str = "") -> str:
    """1 list, 2 lists."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
