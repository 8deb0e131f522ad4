"""For terminals and mail programs without HTML: columns of text."""

from collections.abc import Iterable, Sequence

from agents.reports.render.words import words
from agents.reports.report import Made, Row, Table


def as_text(made: Made) -> str:
    """Titles, tables, chart in words, notes."""
    lines = [made.report.title, str(made.period), ""]
    if made.body.chart:
        lines += [made.body.chart.summary, ""]
    for table in made.body.tables:
        lines += [*_table(table), ""]
    lines += [*made.body.notes, *made.notes]
    return "\n".join(line.rstrip() for line in lines).strip() + "\n"


def _table(table: Table) -> Iterable[str]:
    yield table.title
    if not table.rows:
        yield f"  {table.empty}"
        return
    heads = [column.title for column in table.columns]
    rows = [[words(value) for value in row] for row in _all_rows(table)]
    widths = [max(map(len, cells)) for cells in zip(heads, *rows, strict=True)]
    left = [column.text for column in table.columns]
    yield _line(heads, widths, left)
    yield "  " + "  ".join("-" * width for width in widths)
    for row in rows:
        yield _line(row, widths, left)


def _all_rows(table: Table) -> list[Row]:
    return [*table.rows, *([table.total] if table.total else [])]


def _line(cells: Sequence[str], widths: Sequence[int], left: Sequence[bool]) -> str:
    padded = (
        cell.ljust(width) if to_left else cell.rjust(width)
        for cell, width, to_left in zip(cells, widths, left, strict=True)
    )
    return "  " + "  ".join(padded)
