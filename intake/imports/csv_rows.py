"""CSV as people have it: UTF-8, UTF-16 or Windows-1252, with commas, semicolons, tabs or bars.

Read as a stream with line numbers.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import Final

from intake.imports.lines import Line
from intake.imports.refusal import FileRefused

# What one line of text may be long; a file without line ends would else be read as one.
LONGEST_LINE: Final = 1024 * 1024
SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
ENCODINGS: Final = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Excel's own first line of a CSV file that names its separator.
_NAMED: Final = re.compile(r'"?sep=([,;|\t])"?[\r\n]*')
_CHUNK: Final = 256 * 1024


def encoding_of(file: io.RawIOBase) -> str:
    """“utf-16” behind its mark, “utf-8-sig” where the whole file is UTF-8, else “cp1252”. FileRefused for no text."""
    file.seek(0)
    if file.read(2) in _UTF_16:
        return "utf-16"
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    utf8, at = True, 0
    while chunk := file.read(_CHUNK):
        if b"\x00" in chunk:
            raise FileRefused(f"Byte {at + chunk.index(0) + 1:,} is a zero byte: this is no text file.")
        at += len(chunk)
        try:
            decoder.decode(chunk) if utf8 else None
        except UnicodeDecodeError:
            utf8 = False
    try:
        decoder.decode(b"", final=True) if utf8 else None
    except UnicodeDecodeError:
        utf8 = False
    return "utf-8-sig" if utf8 else "cp1252"


class CsvRows:
    """The rows of a CSV file, the header first. `format` says how it is read, for people."""

    exact = True

    def __init__(self, file: io.RawIOBase) -> None:
        encoding = encoding_of(file)
        file.seek(0)
        self._text = io.TextIOWrapper(
            io.BufferedReader(file, _CHUNK), encoding=encoding, errors="replace", newline=""
        )
        self._replaces = encoding != "utf-8-sig"
        self._first, self._skipped = self._first_line()
        separator = self._separator()
        self.format = f"CSV, {ENCODINGS[encoding]}, {SEPARATORS[separator]}"
        self._reader = csv.reader(self._lines(), delimiter=separator, strict=True)

    def __iter__(self) -> Iterator[Line]:
        """Every row that is not empty. Raises FileRefused where a quotation mark is never closed."""
        while True:
            number = self._reader.line_num + self._skipped + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                why = self._what_is_wrong(error, number)
                yield Line(number, (), why, last=self._reader.line_num + self._skipped)
                continue
            if not any(cell.strip() for cell in cells):
                continue
            yield self._checked(number, cells)

    def _checked(self, number: int, cells: list[str]) -> Line:
        """A byte that is no character was replaced; whose cell it is in is told by its place."""
        odd = next((n for n, cell in enumerate(cells) if self._replaces and "\ufffd" in cell), None)
        last = self._reader.line_num + self._skipped
        if odd is None:
            return Line(number, cells, last=last)
        return Line(
            number, (), "Holds a byte that is no character in UTF-8 or Windows-1252.", str(odd + 1), last=last
        )

    def _what_is_wrong(self, error: csv.Error, number: int) -> str:
        words = str(error)
        if "field larger" in words:
            raise FileRefused(
                f"Line {number:,}: a cell is longer than {csv.field_size_limit():,} characters, or a quotation mark "
                "that is opened there is not closed again."
            ) from None
        if "unexpected end of data" in words:
            raise FileRefused(
                f"A quotation mark is opened in line {number:,} and not closed again: the lines behind it would "
                "be read as one text. Mend that line, or write quotation marks inside a text twice."
            ) from None
        return "A quotation mark stands inside a text: it must be written twice, and the whole text in quotation marks."

    def _first_line(self) -> tuple[str, int]:
        """The header's line of text, and how many lines stand before it."""
        for skipped in range(100):
            line = self._read_line()
            if line.strip() and not _NAMED.fullmatch(line):
                return line, skipped
            if not line:
                break
        raise FileRefused("The file holds no text.")

    def _separator(self) -> str:
        """What stands most often in the header outside quotation marks."""
        bare = re.sub(r'"[^"]*"', "", self._first)
        counts = {separator: bare.count(separator) for separator in SEPARATORS}
        found = max(counts, key=lambda separator: counts[separator])
        if not counts[found]:
            raise FileRefused(
                f"Line {self._skipped + 1} has one column only: no comma, semicolon, tab or bar stands in it. "
                "The first line that is not empty must name the columns."
            )
        return found

    def _lines(self) -> Iterator[str]:
        yield self._first
        while line := self._read_line():
            yield line

    def _read_line(self) -> str:
        line = self._text.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise FileRefused(
                f"A line is longer than {LONGEST_LINE:,} characters: this is no table of leads."
            )
        return line
