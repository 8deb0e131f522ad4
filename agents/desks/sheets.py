"""A table of figures on a desk: a report's columns and values, and for each value where the rows behind it are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from agents.desks.scope import Scope
from agents.reports.report import Bars, Column, Row, Table, Value
from leadcrm.lib.samples import Share


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: its name, what it is about, the values of the sheet's columns, the same of the days before.

    `url` leads to what the line consists of; `order` sorts lines that are sorted by name.
    """

    name: str
    scope: Scope
    values: Row
    before: Row | None = None
    url: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Lines under columns. `figures`: by a column's key the figure (agents.desks.behind) whose rows it counts."""

    key: str
    title: str
    name: str
    columns: Sequence[Column]
    figures: Mapping[str, str]
    entries: Sequence[Entry]
    total: Entry | None = None
    empty: str = "Nothing in these days."
    note: str = ""

    def as_table(self) -> Table:
        """The same as a report's table, for files."""
        columns = [Column("name", self.name, text=True), *self.columns]
        rows = [(entry.name, *entry.values) for entry in self.entries]
        return Table(self.key, self.title, columns, rows, empty=self.empty)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Sheets, and a chart of bars that they tell in numbers; None where there is nothing to draw."""

    sheets: Sequence[Sheet]
    chart: Bars | None


def ordered(sheet: Sheet, by: str) -> Sheet:
    """By the column that `by` names, with “-” before it from the largest; nothing to say last. Else as it is."""
    key, falling = by.removeprefix("-"), by.startswith("-")
    if key == "name":
        rows = sorted(
            sheet.entries, key=lambda entry: (entry.order or entry.name).casefold(), reverse=falling
        )
        return replace(sheet, entries=rows)
    at = next((n for n, column in enumerate(sheet.columns) if column.key == key), None)
    if at is None:
        return sheet
    told = [entry for entry in sheet.entries if _size(entry.values[at]) is not None]
    silent = [entry for entry in sheet.entries if _size(entry.values[at]) is None]
    told.sort(key=lambda entry: _size(entry.values[at]) or 0.0, reverse=falling)
    return replace(sheet, entries=[*told, *silent])


def _size(value: Value) -> float | None:
    """What is compared; None of words and of nothing."""
    if isinstance(value, Share):
        return value.value
    if isinstance(value, timedelta):
        return value.total_seconds()
    return float(value) if isinstance(value, int | Decimal) else None


def rows_told(value: Value) -> int:
    """How many rows a value counts, as far as it tells: a share's part, a count. Of amounts 1, of nothing 0."""
    if isinstance(value, Share):
        return value.part
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return int(value != 0)
    return int(value is not None)
