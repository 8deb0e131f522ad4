"""For programs and spreadsheets: JSON and CSV. Shares as fractions with their interval, times in seconds."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from agents.reports.report import Made, Table, Value
from leadcrm.lib.samples import Share
from leadcrm.lib.spreadsheets import harmless


def as_json(made: Made) -> str:
    """One object; money as text with two places, so that nobody adds up binary fractions."""
    return json.dumps(_object(made), indent=2, ensure_ascii=False) + "\n"


def _object(made: Made) -> dict[str, Any]:
    return {
        "report": made.report.name, "title": made.report.title, "from": made.period.first.isoformat(),
        "to": made.period.last.isoformat(), "zone": settings.AGENCY_TIME_ZONE, "made_at": made.made_at.isoformat(),
        "as_of": made.as_of.at.isoformat() if made.as_of.at else None,
        "tables": {table.key: _table(table) for table in made.body.tables},
        "notes": [*made.body.notes, *made.notes],
    }  # fmt: skip


def _table(table: Table) -> dict[str, Any]:
    keys = [column.key for column in table.columns]
    rows = [dict(zip(keys, map(_value, row), strict=True)) for row in table.rows]
    total = dict(zip(keys, map(_value, table.total), strict=True)) if table.total else None
    return {"title": table.title, "rows": rows, "total": total}


def _value(value: Value) -> Any:
    if isinstance(value, Share):
        low, high = (None, None) if value.few else (round(value.low, 4), round(value.high, 4))
        share = None if value.value is None else round(value.value, 4)
        return {"part": value.part, "of": value.whole, "share": share, "low": low, "high": high}
    if isinstance(value, timedelta):
        return round(value.total_seconds())
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else value


def as_csv(made: Made, table: str = "") -> str:
    """The table of that key, else all of them one under the other, each below a line with its key where several are."""
    tables = [each for each in made.body.tables if table in ("", each.key)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for number, each in enumerate(tables):
        if len(tables) > 1:
            writer.writerows([[], [f"# {each.key}"]] if number else [[f"# {each.key}"]])
        writer.writerows([_safe(cell) for cell in row] for row in csv_rows(each))
    return out.getvalue()


def _heads(key: str, *, share: bool) -> list[str]:
    return [key, f"{key}_part", f"{key}_of", f"{key}_low", f"{key}_high"] if share else [key]


def csv_rows(table: Table) -> Iterator[list[Any]]:
    """The headings, then rows without the total, which a spreadsheet would add up again. Money as Decimal."""
    yield [name for column in table.columns for name in _heads(column.key, share=column.share)]
    for row in table.rows:
        cells: list[Any] = []
        for column, value in zip(table.columns, row, strict=True):
            plain = _value(value)
            if isinstance(plain, dict):
                names = ("share", "part", "of", "low", "high") if column.share else ("share",)
                cells += [plain[name] for name in names]
            else:
                cells.append(round(value, 2) if isinstance(value, Decimal) else plain)
        yield cells


def _safe(value: Any) -> Any:
    """Words that a spreadsheet would run are told apart by an apostrophe before them; numbers stay."""
    return harmless(value) if isinstance(value, str) and not _is_number(value) else value


def _is_number(text: str) -> bool:
    return (
        text.removeprefix("-").replace(".", "", 1).isascii()
        and text.removeprefix("-").replace(".", "", 1).isdigit()
    )
