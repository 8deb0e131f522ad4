"""Workbooks (XLSX) read as a stream, behind limits: a small file must not become a big one in memory, whoever made it.

In memory are a piece of the sheet, one row, and the packed table of texts (intake.imports.xlsx_parts).
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import IO, Any, Final, cast
from xml.parsers.expat import ExpatError  # nosec - see intake.imports.xlsx_xml

import structlog
from openpyxl.utils.datetime import from_excel

from intake.flatten import MAX_FIELDS, BodyRefused, scalar
from intake.imports.lines import Line
from intake.imports.refusal import FileRefused
from intake.imports.xlsx_parts import LONGEST_TEXT, MB, PLAIN, Parts, read_parts
from intake.imports.xlsx_xml import Handler, pieces

log = structlog.get_logger(__name__)
# What the members of the workbook may be unpacked; a ZipFile never unpacks more of one than it declares.
MOST_UNPACKED: Final = 600 * MB
MOST_MEMBERS: Final = 2_000
# The list of members stands at the end of a file and is read at once.
_MOST_OF_LIST: Final = 1 * MB
# A sheet is text that repeats: it is packed to a tenth or a thirtieth. What grows a hundredfold was made to: it costs
# the reader minutes.
LOOSELY_PACKED: Final = 8 * MB
_MOST_GROWTH: Final = 100
# Excel's sheets have no more rows and columns.
_LAST_ROW: Final = 1_048_576
_LAST_COLUMN: Final = 16_384
_REFERENCE: Final = re.compile(r"\$?([A-Z]{1,3})")
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FAULTS: Final = frozenset({"#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})
_UNCOUNTED: Final = "Holds a formula without its result. Open the file in Excel and save it again."
_DAMAGED: Final = (
    "The workbook cannot be opened: it is damaged or protected. Save it again, or as CSV (UTF-8)."
)
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, ExpatError, KeyError, ValueError, IndexError, EOFError, NotImplementedError,
    RuntimeError, OverflowError,
)  # fmt: skip


class Fault:
    """A cell that holds no value, and why."""

    def __init__(self, why: str) -> None:
        self.why = why


class XlsxRows:
    """The rows of a workbook's first sheet that is not hidden, the header first. `format` says how it is read."""

    exact = False

    def __init__(self, file: io.RawIOBase) -> None:
        file.seek(0)
        self._file = cast(IO[bytes], io.BufferedReader(file, 64 * 1024))
        try:
            refuse_bombs(self._file)
            self._archive = zipfile.ZipFile(self._file)
            self._parts = read_parts(self._archive)
        except FileRefused:
            raise
        except _BROKEN as error:
            log.info("import.workbook_broken", error=type(error).__name__)
            raise FileRefused(_DAMAGED) from None
        self._sheet = _Sheet(self._parts)

    @property
    def format(self) -> str:
        """Which sheet is read and which are not; once they were read, whether cells are merged."""
        parts, merged = self._parts, self._sheet.merged
        words = "XLSX"
        if parts.sheets > 1:
            hidden = f", {parts.hidden} of them hidden" if parts.hidden else ""
            words += f", only sheet “{parts.name}” of {parts.sheets}{hidden}"
        return f"{words}, {merged} merged: only the first cell of these holds a value" if merged else words

    def __iter__(self) -> Iterator[Line]:
        """Every row that is not empty. Raises FileRefused where the sheet breaks off."""
        number = 0
        try:
            for _ in pieces(self._archive, self._parts.sheet, self._sheet, most=MOST_UNPACKED):
                found, self._sheet.rows = self._sheet.rows, []
                for number, cells in found:
                    yield _line(number, cells)
        except _BROKEN as error:
            if isinstance(error, FileRefused):
                raise
            log.info("import.workbook_broken", error=type(error).__name__)
            raise FileRefused(f"Behind row {number:,} the sheet cannot be read. {_DAMAGED}") from None


class _Sheet(Handler):
    """Rows as they end: number, and cells by their place."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.rows: list[tuple[int, list[Any]]] = []
        self.merged = 0
        self._row = self._column = self._length = 0
        self._cells: list[Any] = []
        self._kind, self._format, self._formula = "n", PLAIN, False
        self._in_cell = self._open = self._phonetic = False
        self._text: list[str] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """A row, a cell, or what is in it."""
        if name == "v" or name == "t":
            self._open = self._in_cell and not self._phonetic
        elif name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            self._begin_row(int(attributes.get("r", self._row + 1)))
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._phonetic = True
        elif name == "mergeCell":
            self.merged += 1

    def end(self, name: str) -> None:
        """Its end."""
        if name == "v" or name == "t":
            self._open = False
        elif name == "c":
            self._end_cell()
        elif name == "rPh":
            self._phonetic = False
        elif name == "row" and self._cells:
            self.rows.append((self._row, self._cells))
            self._cells = []

    def text(self, text: str) -> None:
        """Of a value; one that is longer than Excel's is told by its line, and not kept whole."""
        if self._open and self._length <= LONGEST_TEXT:
            self._length += len(text)
            self._text.append(text)

    def _begin_row(self, number: int) -> None:
        if number > _LAST_ROW:
            raise FileRefused(f"A row of the workbook stands below row {_LAST_ROW:,}. {_DAMAGED}")
        if number <= self._row:
            raise FileRefused(f"Row {number:,} of the workbook stands in it twice. {_DAMAGED}")
        self._row, self._column, self._cells = number, 0, []

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        place = _REFERENCE.match(attributes.get("r", ""))
        self._column = _column(place[1]) if place else self._column + 1
        self._kind = attributes.get("t", "n")
        style = attributes.get("s")
        self._format = self._parts.formats.get(int(style), PLAIN) if style else PLAIN
        self._in_cell, self._formula, self._length = True, False, 0
        self._text.clear()

    def _end_cell(self) -> None:
        self._in_cell = False
        value = self._value("".join(self._text))
        if value is None or value == "" or self._column > MAX_FIELDS + 1:
            return
        self._cells.extend([None] * (self._column - len(self._cells)))
        self._cells[self._column - 1] = value

    def _value(self, raw: str) -> Any:
        if not raw:
            return Fault(_UNCOUNTED) if self._formula and self._kind != "str" else None
        if self._kind == "s":
            raw = self._parts.texts[int(raw)]
        if self._kind in ("s", "str", "inlineStr", "e"):
            return Fault(f"Holds the error {raw} of a formula.") if raw in _FAULTS else raw
        if self._kind == "b":
            return raw not in ("0", "false")
        return raw if self._kind == "d" else self._number(raw)

    def _number(self, raw: str) -> Any:
        number = float(raw) if any(sign in raw for sign in ".eE") else int(raw)
        if self._format.digits and number == int(number) >= 0:
            return str(int(number)).zfill(self._format.digits)
        if not (self._format.date or self._format.span):
            return number
        try:
            return from_excel(number, self._parts.epoch, timedelta=self._format.span)
        except (OverflowError, ValueError):
            return Fault("Holds a number that is written as a date and is none.")


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    if number > _LAST_COLUMN:
        raise ValueError("a column that Excel does not have")
    return number


def refuse_bombs(file: IO[bytes]) -> None:
    """Raise FileRefused for a workbook that would be unpacked into more than is borne; zipfile.BadZipFile for none."""
    _refuse_long_list(file)
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise FileRefused(
            f"The workbook is larger than {MOST_UNPACKED // MB} MB unpacked: save it as CSV (UTF-8)."
        )
    for member in members:
        if member.flag_bits & 1 or member.compress_type not in _METHODS:
            raise FileRefused(
                "The workbook is protected by a password, or packed in a way that Excel does not use."
            )
        if member.file_size > max(LOOSELY_PACKED, _MOST_GROWTH * member.compress_size):
            raise FileRefused(
                "A part of the workbook is packed more tightly than any table is: save it as CSV (UTF-8)."
            )


def _refuse_long_list(file: IO[bytes]) -> None:
    """The list of members is read whole by zipfile, half a kilobyte of memory for each: first its size is looked at."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 22 - 65_535 - 20))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise zipfile.BadZipFile("no list of members")
    # A list for files above 4 GB has another size than this record says.
    if (
        b"PK\x06\x07" in tail[max(0, at - 20) : at]
        or int.from_bytes(tail[at + 12 : at + 16], "little") > _MOST_OF_LIST
    ):
        raise FileRefused(f"The workbook has too many parts: save it as CSV (UTF-8). {_DAMAGED}")
    file.seek(0)


def _line(number: int, cells: list[Any]) -> Line:
    texts: list[str] = []
    for place, cell in enumerate(cells, 1):
        if isinstance(cell, Fault):
            return Line(number, (), cell.why, str(place))
        try:
            texts.append(_text(cell))
        except BodyRefused as refusal:
            return Line(number, (), refusal.message, str(place))
    return Line(number, texts)


def _text(cell: Any) -> str:
    """A cell as a person would write it: a day without a time of day is a date."""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    if isinstance(cell, timedelta):
        return str(cell)
    return scalar(cell.isoformat() if hasattr(cell, "isoformat") else cell)
