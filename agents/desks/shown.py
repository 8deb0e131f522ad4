"""Sheets as a page draws them: words, ways to the rows behind, headings that sort."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Final

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from agents.desks.behind import find_figure
from agents.desks.scope import COUNTED, Scope
from agents.desks.sheets import Entry, Sheet, ordered, rows_told
from agents.reports.render.words import words
from agents.reports.report import Value

SORT: Final = "sort"


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in words, where its rows are ("": nowhere to look), what it was in the days before."""

    text: str
    url: str = ""
    before: str = ""

    def html(self) -> str:
        """As it stands in a table, safe. Thousands of them would take a template most of the page's time."""
        text = escape(self.text)
        if self.url:
            text = f'<a href="{escape(self.url)}">{text}</a>'
        return f"{text}{_BEFORE}{escape(self.before)}</span>" if self.before else text


_BEFORE: Final = '<span class="score-then"><span class="visually-hidden">before </span>'


@dataclass(frozen=True, slots=True)
class Head:
    """A heading; `url` sorts by it, `sorted` is what aria-sort says."""

    title: str
    url: str
    sorted: str = ""
    text: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table."""

    name: str
    url: str
    cells: Sequence[Cell]

    @property
    def html(self) -> SafeString:
        """Its cells, after the name."""
        return mark_safe("".join([f"<td>{cell.html()}</td>" for cell in self.cells]))  # noqa: S308 - escaped above


@dataclass(frozen=True, slots=True)
class ShownSheet:
    """A table for the page."""

    sheet: Sheet
    heads: Sequence[Head]
    lines: Sequence[Line]
    total: Line | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of all: these days and the days before."""

    title: str
    these: Cell
    before: Cell


# Whether a reader may open the list of a model, by its label.
MayOpen = Callable[[str], bool]


class Lists:
    """The lists that are open to a reader: for one page, for thousands of numbers ask for a few."""

    def __init__(self, may_open: MayOpen) -> None:
        self._may_open = may_open
        self._known: dict[str, tuple[str, bool]] = {}

    def url(self, figure: str, scope: Scope, query: str = "") -> str:
        """The list of the rows that `figure` counts in `scope`; "" where there is none, or it is not open to them.

        `query`: that of the scope, where it is known.
        """
        if figure not in self._known:
            self._known[figure] = self._look(figure)
        address, needs_person = self._known[figure]
        if not address or (needs_person and scope.person is None and scope.team is None):
            return ""
        return f"{address}&{query or scope.query()}"

    def _look(self, figure: str) -> tuple[str, bool]:
        found = find_figure(figure)
        if found is None or not self._may_open(found.way.model._meta.label_lower):
            return "", False
        opts = found.way.model._meta
        address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        return f"{address}?{urlencode({COUNTED: figure})}", found.way.needs_person


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at a desk: what lists are open to them, the address of the page, whether the days before stand too."""

    lists: Lists
    query: QueryDict
    compares: bool = False

    @property
    def sort(self) -> str:
        """By which column, with “-” before it from the largest."""
        return self.query.get(SORT, "")


def show_sheet(sheet: Sheet, reader: Reader) -> ShownSheet:
    """The sheet in the reader's order."""
    sheet = ordered(sheet, reader.sort)
    heads = [_head("name", sheet.name, reader, text=True)]
    heads += [_head(column.key, column.title, reader) for column in sheet.columns]
    total = _line(sheet, sheet.total, reader) if sheet.total and sheet.entries else None
    return ShownSheet(sheet, heads, [_line(sheet, entry, reader) for entry in sheet.entries], total)


def compared(sheets: Iterable[Sheet], keys: Mapping[str, Sequence[str]], reader: Reader) -> list[Compared]:
    """The totals of some columns beside those of the days before; `keys`: by sheet, which."""
    found = []
    for sheet in sheets:
        entry = sheet.total
        for at, column in enumerate(sheet.columns):
            if entry is None or entry.before is None or column.key not in keys.get(sheet.key, ()):
                continue
            figure = sheet.figures.get(column.key, "")
            before = replace(entry.scope, period=entry.scope.period.before)
            found.append(
                Compared(
                    column.title, _cell(figure, entry.scope, entry.values[at], reader),
                    _cell(figure, before, entry.before[at], reader),
                )
            )  # fmt: skip
    return found


def _head(key: str, title: str, reader: Reader, *, text: bool = False) -> Head:
    """A first click on numbers shows the largest on top, on names the first."""
    sort = reader.sort
    by = key if sort == f"-{key}" or (text and sort != key) else f"-{key}"
    query = reader.query.copy()
    query[SORT] = by
    way = {key: "ascending", f"-{key}": "descending"}.get(sort, "")
    return Head(title, f"?{query.urlencode()}", way, text)


def _line(sheet: Sheet, entry: Entry, reader: Reader) -> Line:
    cells, query = [], entry.scope.query()
    for at, column in enumerate(sheet.columns):
        before = words(entry.before[at]) if reader.compares and entry.before is not None else ""
        cells.append(
            _cell(sheet.figures.get(column.key, ""), entry.scope, entry.values[at], reader, query, before)
        )
    return Line(entry.name, entry.url, cells)


def _cell(
    figure: str, scope: Scope, value: Value, reader: Reader, query: str = "", before: str = ""
) -> Cell:  # fmt: skip
    url = reader.lists.url(figure, scope, query) if rows_told(value) else ""
    return Cell(words(value), url, before)
