"""What a workbook's sheets refer to: which sheets there are, how numbers are to be read, and the table of all texts."""

import posixpath
import re
import zipfile
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from intake.imports.refusal import FileRefused
from intake.imports.xlsx_xml import BadXml, Handler, read_xml

MB: Final = 1024 * 1024
# The table of all texts is kept in memory, packed: as large as its texts, and four bytes for each.
MOST_TEXTS: Final = 64 * MB
MOST_STRINGS: Final = 4_000_000
MOST_OF_OTHERS: Final = 16 * MB
_MOST_SHEETS: Final = 1_000
_MOST_FORMATS: Final = 65_536  # Excel has fewer
# What a text is kept of: longer ones are no value of a field, and are told by their line.
LONGEST_TEXT: Final = 32_767
_ROOT: Final = "_rels/.rels"
# 00000 and 00000-0000: a ZIP code, of which the file holds the number.
_ZEROS: Final = re.compile(r"0{2,12}")


@dataclass(frozen=True, slots=True)
class Format:
    """How a number is to be read: as a moment, as a span of time, or with leading zeros to `digits` of them."""

    date: bool = False
    span: bool = False
    digits: int = 0


PLAIN: Final = Format()


@dataclass(slots=True)
class Parts:
    """A workbook less its rows. `sheet` is the member that holds the first sheet that people see."""

    sheet: str
    name: str
    sheets: int
    hidden: int
    epoch: datetime
    formats: Mapping[int, Format]
    texts: "Texts"


class Texts(Handler):
    """The table of texts, packed."""

    def __init__(self) -> None:
        self._body, self._ends = bytearray(), array("I")
        self._open = self._phonetic = False
        self._length = 0

    def __getitem__(self, number: int) -> str:
        """The text of that number. Raises IndexError."""
        if number < 0:
            raise IndexError(number)
        start = self._ends[number - 1] if number else 0
        return self._body[start : self._ends[number]].decode()

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """A text, or a piece of one."""
        if name == "si":
            self._length = 0
        elif name == "rPh":
            self._phonetic = True
        elif name == "t":
            self._open = not self._phonetic

    def end(self, name: str) -> None:
        """Its end."""
        if name == "t":
            self._open = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            self._ends.append(len(self._body))
            if len(self._ends) > MOST_STRINGS:
                raise FileRefused(
                    "The workbook holds more texts than are read from one: save it as CSV (UTF-8)."
                )

    def text(self, text: str) -> None:
        """Kept as far as a cell of Excel goes."""
        if self._open and self._length <= LONGEST_TEXT:
            self._length += len(text)
            self._body += text.encode()


@dataclass(slots=True)
class _Relations(Handler):
    base: str
    found: dict[str, tuple[str, str]] = field(default_factory=dict)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            if len(self.found) > _MOST_SHEETS * 4:
                raise BadXml("too many relations")
            target = posixpath.normpath(posixpath.join(self.base, attributes["Target"])).lstrip("/")
            self.found[attributes["Id"]] = (attributes["Type"].rpartition("/")[2], target)

    def only(self, kind: str) -> str:
        """The target of that kind, "" without one."""
        return next((target for found, target in self.found.values() if found == kind), "")


@dataclass(slots=True)
class _Workbook(Handler):
    sheets: list[tuple[str, str, bool]] = field(default_factory=list)  # name, relation, visible
    epoch: datetime = WINDOWS_EPOCH

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.epoch = MAC_EPOCH
        elif name == "sheet" and len(self.sheets) < _MOST_SHEETS:
            relation = next((value for key, value in attributes.items() if key.endswith(" id")), "")
            visible = attributes.get("state", "visible") == "visible"
            self.sheets.append((attributes.get("name", "")[:31], relation, visible))


@dataclass(slots=True)
class _Styles(Handler):
    codes: dict[int, str] = field(default_factory=dict)
    formats: dict[int, Format] = field(default_factory=dict)
    _in_cells: bool = False
    _count: int = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "numFmt" and len(self.codes) < _MOST_FORMATS:
            self.codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")[:255]
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells and self._count < _MOST_FORMATS:
            number = int(attributes.get("numFmtId", 0))
            found = _format(self.codes.get(number) or BUILTIN_FORMATS.get(number, ""))
            if found != PLAIN:
                self.formats[self._count] = found
            self._count += 1

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False


def _format(code: str) -> Format:
    bare = re.sub(r'[\\" ()-]', "", code.partition(";")[0])
    if _ZEROS.fullmatch(bare):
        return Format(digits=len(bare))
    return Format(date=bool(is_date_format(code)), span=bool(is_timedelta_format(code)))


def read_parts(archive: zipfile.ZipFile) -> Parts:
    """A workbook's parts but its sheets. Raises as read_xml, KeyError and ValueError for what is no workbook."""
    book_at = _relations(archive, _ROOT, "").only("officeDocument")
    folder, _, file = book_at.rpartition("/")
    relations = _relations(archive, posixpath.join(folder, "_rels", f"{file}.rels"), folder)
    book = _Workbook()
    read_xml(archive, book_at, book, most=MOST_OF_OTHERS)
    tables = [each for each in book.sheets if relations.found.get(each[1], ("", ""))[0] == "worksheet"]
    if not tables:
        raise FileRefused("The workbook holds no sheet with cells.")
    seen = [each for each in tables if each[2]] or tables
    name, relation, _ = seen[0]
    styles, texts = _Styles(), Texts()
    if at := relations.only("styles"):
        read_xml(archive, at, styles, most=MOST_OF_OTHERS)
    if at := relations.only("sharedStrings"):
        _refuse_texts(archive, at)
        read_xml(archive, at, texts, most=MOST_TEXTS)
    return Parts(
        relations.found[relation][1],
        name,
        len(tables),
        len(tables) - len(seen),
        book.epoch,
        styles.formats,
        texts,
    )


def _relations(archive: zipfile.ZipFile, name: str, base: str) -> _Relations:
    found = _Relations(base)
    read_xml(archive, name, found, most=MOST_OF_OTHERS)
    return found


def _refuse_texts(archive: zipfile.ZipFile, name: str) -> None:
    if archive.getinfo(name).file_size > MOST_TEXTS:
        raise FileRefused("The workbook holds more text than is read from one: save it as CSV (UTF-8).")
