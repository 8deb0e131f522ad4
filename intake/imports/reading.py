"""From the stored file to sealed blocks of lines, all or nothing: a file whose structure is broken is refused whole."""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Final, Protocol

import structlog
from django.db import transaction

from intake.api.parsers import MAX_BODY
from intake.imports.csv_rows import CsvRows
from intake.imports.files import StoredFile
from intake.imports.forgetting import without_erased
from intake.imports.header import read_header
from intake.imports.lines import BLOCK, Line, new_block
from intake.imports.refusal import FileRefused
from intake.imports.xlsx_rows import XlsxRows
from intake.models import ImportBlock, ImportState, LeadImport

log = structlog.get_logger(__name__)
MOST_LINES: Final = 2_000_000
_AT_ONCE: Final = 100
# Bytes of sealed blocks that wait to be written.
_ROOM: Final = 4 * 1024 * 1024
# A post of as much is not taken either; fifty such lines make a block.
_LONGEST: Final = MAX_BODY
# First bytes of what people upload in place of a table, and what to do about it.
_NOT_TABLES: Final = (
    (b"\xd0\xcf\x11\xe0", "This is an old Excel file (.xls). Save it as .xlsx or as CSV (UTF-8)."),
    (b"%PDF", "This is a PDF, not a table."),
    (b"\x1f\x8b", "The file is compressed. Unpack it first."),
)


class Rows(Protocol):
    """What a reader of a kind of file gives."""

    @property
    def format(self) -> str: ...

    exact: bool  # whether each row must have as many cells as the header

    def __iter__(self) -> Iterator[Line]: ...


def read_file(*, import_id: int, now: datetime) -> LeadImport:
    """Read a stored file into blocks; the import is then ready, or refused with the reason. `now` is aware.

    In one transaction, so a process that dies leaves the file as it was, to be read again. Safe to repeat and under
    concurrency: the row is locked, and one that is read already is left alone.
    """
    with transaction.atomic():
        row = LeadImport.objects.select_for_update().get(pk=import_id)
        if row.state != ImportState.READING:
            return row
        try:
            with transaction.atomic():
                _read(row)
            row.state, row.error = ImportState.READY, ""
        except FileRefused as refusal:
            row.state, row.error, row.lines = ImportState.REFUSED, str(refusal)[:300], 0
            row.finished_at = now
        row.due_at, row.attempts, row.erased = None, 0, []
        row.save()
        row.parts.all().delete()
    log.info("import.read", import_id=row.pk, state=row.state, lines=row.lines)
    return row


def _read(row: LeadImport) -> None:
    rows = open_rows(StoredFile(row))
    row.format, lines = rows.format, iter(rows)
    row.header = read_header(next(lines, Line(1, ())))
    row.lines = 0
    blocks: list[ImportBlock] = []
    room = _ROOM
    fitting = (_fitting(line, row.header, exact=rows.exact) for line in lines)
    for number, held in enumerate(_in_blocks(without_erased(fitting, row.erased))):
        row.lines += len(held)
        if row.lines > MOST_LINES:
            raise FileRefused(f"The file has more than {MOST_LINES:,} lines: cut it into several.")
        blocks.append(new_block(row.pk, number, held))
        room -= len(blocks[-1].body)
        if len(blocks) == _AT_ONCE or room < 0:
            ImportBlock.objects.bulk_create(blocks)
            blocks, room = [], _ROOM
    ImportBlock.objects.bulk_create(blocks)
    row.format = rows.format[:120]  # what a workbook says of itself at its end
    if not row.lines:
        raise FileRefused("There is no line beneath the names of the columns.")


def open_rows(file: io.RawIOBase) -> Rows:
    """The rows of a file, by what it begins with. Raises FileRefused."""
    start = file.read(8) or b""
    if start.startswith(b"PK\x03\x04"):
        return XlsxRows(file)
    for beginning, words in _NOT_TABLES:
        if start.startswith(beginning):
            raise FileRefused(words)
    return CsvRows(file)


def _fitting(line: Line, header: list[str], *, exact: bool) -> Line:
    """A line with as many cells as there are columns, or why it has not; columns by their names."""
    over = f" It goes on to line {line.last:,}." if line.last > line.number else ""
    if line.wrong:
        return Line(line.number, (), line.wrong + over, _named(line.column, header))
    cells = list(line.cells)
    while len(cells) > len(header) and not cells[-1].strip():
        cells.pop()
    if sum(map(len, cells)) > _LONGEST:
        return Line(line.number, (), f"Is larger than {_LONGEST // 1024} kB.{over}")
    if len(cells) > len(header) or (exact and len(cells) < len(header)):
        few = (
            "a cell is missing"
            if len(cells) < len(header)
            else "a text with a separator needs quotation marks"
        )
        why = f"Has {len(cells)} cells where the header names {len(header)}: {few}.{over}"
        return Line(line.number, (), why, _named(str(min(len(cells), len(header)) + 1), header))
    return Line(line.number, cells)


def _named(place: str, header: list[str]) -> str:
    """A column by its name; by its place where the header has none there."""
    number = int(place or 0)
    return header[number - 1] if 0 < number <= len(header) else place and f"column {place}"


def _in_blocks(lines: Iterator[Line]) -> Iterator[list[Line]]:
    held: list[Line] = []
    for line in lines:
        held.append(line)
        if len(held) == BLOCK:
            yield held
            held = []
    if held:
        yield held
