"""Writing a file: page after page by key, never more than one in memory, and the record of it.

No cursor is held open: a download lasts as long as somebody's line is slow, and a transaction that long would keep
the database from tidying up. A row that arrives meanwhile is above the first page and not in the file.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final

import structlog
from django.db.models import QuerySet
from django.utils import timezone

from agents.exports.columns import Around, Column, Sheet, read_names
from agents.models import Export, ExportKind, ExportState
from intake.queries import product_names
from leadcrm.lib.spreadsheets import csv_lines
from leadcrm.models import User

log = structlog.get_logger(__name__)

CHUNK: Final = 1000
# Without it spreadsheets take the letters of other alphabets for something else.
BYTE_ORDER_MARK: Final = "\ufeff"
# An export of which nothing was heard for so long is over: its process was killed.
SILENT: Final = timedelta(minutes=15)


class NothingChosen(ValueError):
    """No column that there is."""


def start_export(
    *, kind: ExportKind, sheet: Sheet[Any], what: str, columns: Sequence[str], by: User, now: datetime
) -> Export:
    """Record that `by` takes a file of `kind`: `what` says in words of which list. Raises NothingChosen."""
    chosen = [column.name for column in sheet.chosen(columns)]
    if not chosen:
        raise NothingChosen
    return Export.objects.create(
        kind=kind, made_by=by, what=what[:300], columns=chosen, started_at=now, seen_at=now
    )


def lines_of(*, export: Export, sheet: Sheet[Any], rows: QuerySet[Any]) -> Iterator[str]:
    """The file of `export`, some thousand lines at a time: `rows` newest first, by `received_at` and key.

    The record is brought up to date with each part. It says that the file was finished, or broken off where whoever
    reads stops reading, or something breaks, which is raised.
    """
    columns, ended = sheet.chosen(export.columns), ExportState.BROKEN_OFF
    try:
        yield BYTE_ORDER_MARK + "".join(csv_lines([[column.label for column in columns]]))
        around = read_names(product_names())
        for found in _pages(_lean(rows, columns)):
            _look_around(sheet, columns, found, around)
            yield "".join(csv_lines([column.value(row, around) for column in columns] for row in found))
            _note(export, len(found))
        ended = ExportState.FINISHED
    finally:
        _end(export, ended)


def _lean(rows: QuerySet[Any], columns: Sequence[Column[Any]]) -> QuerySet[Any]:
    """Without names of other tables, and with nothing read that no column asks for."""
    fields = set(chain.from_iterable(column.fields for column in columns))
    return rows.select_related(None).defer(None).only("received_at", *sorted(fields))


def _pages(rows: QuerySet[Any]) -> Iterator[Sequence[Any]]:
    following = rows = rows.order_by("-received_at", "-pk")
    while found := list(following[:CHUNK]):
        yield found
        if len(found) < CHUNK:
            return
        last = found[-1]
        following = rows.filter(received_at__lte=last.received_at).exclude(
            received_at=last.received_at, pk__gte=last.pk
        )


def _look_around(
    sheet: Sheet[Any], columns: Sequence[Column[Any]], found: Sequence[Any], around: Around
) -> None:
    for name in {column.look for column in columns if column.look}:
        around.found[name] = sheet.looks[name](found)


def _note(export: Export, written: int) -> None:
    export.rows += written
    export.seen_at = timezone.now()
    Export.objects.filter(pk=export.pk).update(rows=export.rows, seen_at=export.seen_at)


def _end(export: Export, state: ExportState) -> None:
    export.state, export.ended_at = state, timezone.now()
    Export.objects.filter(pk=export.pk).update(state=state, ended_at=export.ended_at, rows=export.rows)
    log.info("export.ended", export_id=export.pk, state=state.value, rows=export.rows)


def end_silent_exports(*, now: datetime) -> int:
    """Say of exports whose process was killed that they were broken off; how many. Safe to run twice at once.

    One that was only slow says itself in the end that it was finished.
    """
    silent = Export.objects.filter(state=ExportState.RUNNING, seen_at__lt=now - SILENT)
    return silent.update(state=ExportState.BROKEN_OFF, ended_at=now)


def columns_of(*, user: User, kind: ExportKind, sheet: Sheet[Any]) -> list[str]:
    """The names of the columns that `user` took the last time, else the usual ones."""
    last = Export.objects.filter(made_by=user, kind=kind).values_list("columns", flat=True).first()
    return [column.name for column in sheet.chosen(last or ())] or sheet.usual()
