"""What a report is: tables of typed values with totals and notes, and perhaps bars; drawn by agents.reports.render."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from agents.figures.reading import AsOf
from agents.figures.spans import quantile, within
from agents.reports.periods import Period
from leadcrm.lib.samples import FEW, Share

# int: a count. Decimal: dollars. timedelta: how long something took. None: nothing to say.
Value = str | int | Decimal | Share | timedelta | date | None
Row = Sequence[Value]


@dataclass(frozen=True, slots=True)
class Column:
    """A heading. `key` names it to programs; `text`: words, set to the left."""

    key: str
    title: str
    text: bool = False
    share: bool = False


def word(key: str, title: str) -> Column:
    """A column of words."""
    return Column(key, title, text=True)


def share(key: str, title: str) -> Column:
    """A column of shares: programs get the share and both ends of its interval."""
    return Column(key, title, share=True)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns. `total` has a value for each column; None without a total. `empty` is said of no rows."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    total: Row | None = None
    empty: str = "Nothing in these days."


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of lying bars: name, length, and what is written beside it. `summary` says it in words."""

    title: str
    summary: str
    bars: Sequence[tuple[str, float, str]]


@dataclass(frozen=True, slots=True)
class Body:
    """What one making of a report found."""

    tables: Sequence[Table]
    notes: Sequence[str] = ()
    chart: Bars | None = None
    nothing: bool | None = None

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(len(table.rows) for table in self.tables)

    @property
    def is_empty(self) -> bool:
        """True where there is nothing to tell: no rows, or what `nothing` says, where some rows always stand."""
        return self.rows == 0 if self.nothing is None else self.nothing


@dataclass(frozen=True, slots=True)
class Report:
    """A report by its name. `make(period, now)` reads it; `live`: it tells of `now`, whatever the period."""

    name: str
    title: str
    blurb: str
    make: Callable[[Period, datetime], Body]
    live: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A report of a period as it was made."""

    report: Report
    period: Period
    body: Body
    made_at: datetime
    as_of: AsOf
    notes: Sequence[str] = field(default=())


def per(amount: Decimal, count: int) -> Decimal | None:
    """What one of `count` cost; None of nothing."""
    return round(amount / count, 2) if count else None


def typical(spans: Sequence[int], part: float) -> timedelta | str | None:
    """The time within which `part` of those counted were; words where they are too few to say."""
    counted = sum(spans)
    found = quantile(spans, part)
    if found is None:
        return None
    return "too few" if counted < FEW else timedelta(seconds=round(found))


def share_within(spans: Sequence[int], seconds: int, of: int) -> Share:
    """Of `of`, those that took less than `seconds`."""
    return Share(within(spans, seconds), of)


INTERVAL_NOTE = (
    "In brackets the 95 % interval (Wilson): the true share lies between its ends 19 times of 20. Shares of fewer than "
    "10 are too few to say, and told as they were counted."
)
SPANS_NOTE = (
    "Times are the wall clock, nights and Sundays included. Shares within 1, 5 and 60 minutes are exact; a median or "
    "“9 of 10” is read between fixed bounds and off by at most one step of them."
)
COHORT_NOTE = (
    "Leads count on the day they were bought, with what became of them since; recent days still grow."
)
