"""Workbooks (XLSX) read as a stream by openpyxl, behind limits: a small file must not become a big one in memory."""

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from typing import IO, Any, Final, cast
from xml.etree.ElementTree import ParseError

import openpyxl
import structlog
from defusedxml import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException

from intake.flatten import MAX_FIELDS, BodyRefused, scalar
from intake.imports.lines import Line
from intake.imports.refusal import FileRefused

log = structlog.get_logger(__name__)
MB: Final = 1024 * 1024
# What the members of the workbook may be unpacked; a ZipFile never unpacks more of one than it declares.
MOST_UNPACKED: Final = 600 * MB
# The table of all texts is read into memory, several times as large as it is written.
MOST_TEXTS: Final = 64 * MB
MOST_MEMBERS: Final = 2_000
_TEXTS: Final = "xl/sharedStrings.xml"
# Unpacked as one text: everything but sheets and the table of texts.
_MOST_OF_OTHERS: Final = 16 * MB
# A sheet is text that repeats: it is packed to a tenth or a thirtieth. What grows a hundredfold was made to: it costs
# the reader minutes, or memory where it is one row.
LOOSELY_PACKED: Final = 8 * MB
_MOST_GROWTH: Final = 100
# Excel's sheets have no more rows. One that says it is further down would have all between counted off.
_LAST_ROW: Final = 1_048_576
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FAULTS: Final = frozenset({"#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})
_DAMAGED: Final = (
    "The workbook cannot be opened: it is damaged or protected. Save it again, or as CSV (UTF-8)."
)
_BROKEN: Final = (
    zipfile.BadZipFile, InvalidFileException, ParseError, DefusedXmlException, KeyError, ValueError, TypeError,
    IndexError, AttributeError, EOFError, NotImplementedError, RuntimeError, OverflowError,
)  # fmt: skip


class XlsxRows:
    """The rows of a workbook's first sheet, the header first. `format` says how it is read, for people."""

    exact = False

    def __init__(self, file: io.RawIOBase) -> None:
        file.seek(0)
        self._file = io.BufferedReader(file, 64 * 1024)
        try:
            refuse_bombs(cast(IO[bytes], self._file))
            # Cached values of formulas; macros and links are not looked at. XML is read by defusedxml (requirements).
            self._book = openpyxl.load_workbook(self._file, read_only=True, data_only=True, keep_links=False)
        except FileRefused:
            raise
        except _BROKEN as error:
            log.info("import.workbook_broken", error=type(error).__name__)
            raise FileRefused(_DAMAGED) from None
        if not self._book.worksheets:
            raise FileRefused("The workbook holds no sheet with cells.")
        sheets = len(self._book.worksheets)
        self.format = "XLSX" if sheets == 1 else f"XLSX, the first of {sheets} sheets"

    def __iter__(self) -> Iterator[Line]:
        """Every row that is not empty. Raises FileRefused where the sheet breaks off."""
        sheet: Any = self._book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size need not be so
        rows = sheet.iter_rows(values_only=True, max_col=MAX_FIELDS + 1)
        number = 0
        while True:
            number += 1
            try:
                cells = next(rows)
            except StopIteration:
                return
            except _BROKEN as error:
                log.info("import.workbook_broken", error=type(error).__name__)
                raise FileRefused(f"Row {number:,} cannot be read. {_DAMAGED}") from None
            if number > _LAST_ROW:
                raise FileRefused(f"A row of the workbook stands below row {_LAST_ROW:,}. {_DAMAGED}")
            if any(cell is not None and cell != "" for cell in cells):
                yield _line(number, cells)


def refuse_bombs(file: IO[bytes]) -> None:
    """Raise FileRefused for a workbook that would be unpacked into more than is borne; zipfile.BadZipFile for none."""
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise FileRefused(
            f"The workbook is larger than {MOST_UNPACKED // MB} MB unpacked: save it as CSV (UTF-8)."
        )
    for member in members:
        name = member.filename.lstrip("/")
        if member.flag_bits & 1 or member.compress_type not in _METHODS:
            raise FileRefused(
                "The workbook is protected by a password, or packed in a way that Excel does not use."
            )
        if name == _TEXTS and member.file_size > MOST_TEXTS:
            raise FileRefused("The workbook holds more text than is read from one: save it as CSV (UTF-8).")
        if not name.startswith("xl/worksheets/") and name != _TEXTS and _is_read(name, member):
            raise FileRefused("A part of the workbook is too large: save it as CSV (UTF-8).")
        if member.file_size > max(LOOSELY_PACKED, _MOST_GROWTH * member.compress_size):
            raise FileRefused(
                "A part of the workbook is packed more tightly than any table is: save it as CSV (UTF-8)."
            )
    file.seek(0)


def _is_read(name: str, member: zipfile.ZipInfo) -> bool:
    return name.endswith((".xml", ".rels")) and member.file_size > _MOST_OF_OTHERS


def _line(number: int, cells: tuple[Any, ...]) -> Line:
    texts: list[str] = []
    for place, cell in enumerate(cells, 1):
        if isinstance(cell, str) and cell in _FAULTS:
            return Line(number, (), f"Holds the error {cell} of a formula.", str(place))
        try:
            texts.append(_text(cell))
        except BodyRefused as refusal:
            return Line(number, (), refusal.message, str(place))
    while texts and not texts[-1]:
        texts.pop()
    return Line(number, texts)


def _text(cell: Any) -> str:
    """A cell as a person would write it: a day without a time of day is a date."""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    return scalar(cell.isoformat() if hasattr(cell, "isoformat") else cell)
