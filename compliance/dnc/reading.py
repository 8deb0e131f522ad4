"""Read whole files of a list into memory, refusing the first line of another shape. Writes nothing."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from compliance.dnc.bitmaps import new_area
from compliance.dnc.files import Source, line_chunks, texts
from compliance.dnc.layout import Layout, LayoutError, digits_of, find_layout, seconds_of, shape
from compliance.dnc.refusals import FileRefusedError

# told of every piece read: the file, and its rows so far
Progress = Callable[[Source, int], None]
# area code -> bitmap of its listed numbers
Bitmaps = dict[int, bytearray]
# area code -> its changes in the order read: seconds << 25 | seven digits << 1 | 1 to add, 0 to delete
Changes = dict[int, "array[int]"]

_DIGITS_TO_0 = bytes.maketrans(b"0123456789", b"0" * 10)
_PUNCTUATION = b",;\t|()- \r"
_AREA_SPAN = 10_000_000
_NO_AREA = "no such area code (it starts with 0 or 1)"


@dataclass(slots=True)
class FileFacts:
    """What one file held."""

    source: Source
    rows: int = 0
    areas: set[int] = field(default_factory=set)


def read_full(sources: Iterable[Source], *, progress: Progress) -> tuple[Bitmaps, list[FileFacts]]:
    """The numbers of a full list. Raises FileRefusedError."""
    bitmaps: Bitmaps = {}
    facts = [_read_file(source, progress, _FullReader(bitmaps)) for source in sources]
    return bitmaps, facts


def read_changes(sources: Iterable[Source], *, progress: Progress) -> tuple[Changes, list[FileFacts]]:
    """The additions and deletions of a change list. Raises FileRefusedError."""
    changes: Changes = {}
    facts = [_read_file(source, progress, _ChangeReader(changes)) for source in sources]
    return changes, facts


def _read_file(source: Source, progress: Progress, reader: "_FullReader | _ChangeReader") -> FileFacts:
    facts = FileFacts(source)
    for name, stream in texts(source):
        before = facts.rows
        for chunk in line_chunks(name, stream, lambda: progress(source, facts.rows)):
            line = facts.rows - before + 1
            facts.rows += reader.take(name, chunk, line, facts.areas)
    return facts


class _FullReader:
    """Lines of a full list have one width: a chunk is checked in one comparison, read without a regex."""

    def __init__(self, bitmaps: Bitmaps) -> None:
        self.bitmaps = bitmaps
        self._template = b""

    def take(self, name: str, chunk: bytes, line: int, areas: set[int]) -> int:
        """Set the bits of a chunk of whole lines, of which the first is number `line`. Gives the lines."""
        if line == 1:
            self._template = _full_template(name, chunk[: chunk.index(b"\n") + 1])
        width = len(self._template)
        rows = len(chunk) // width
        if chunk.translate(_DIGITS_TO_0) != self._template * rows:
            raise _odd_line(name, chunk, line, self._template)
        self._set(chunk, _one_area(name, chunk, line, self._template), areas)
        return rows

    def _set(self, chunk: bytes, area: int | None, areas: set[int]) -> None:
        numbers = map(int, chunk.translate(None, _PUNCTUATION).split())
        if area is None:
            self._set_mixed(numbers, areas)
            return
        areas.add(area)
        bits = self.bitmaps.get(area) or self.bitmaps.setdefault(area, new_area())
        # An area code's numbers start at a multiple of eight, so the bit needs no subtraction.
        first = area * _AREA_SPAN >> 3
        for number in numbers:
            bits[(number >> 3) - first] |= 1 << (number & 7)

    def _set_mixed(self, numbers: Iterator[int], areas: set[int]) -> None:
        last, bits = 0, bytearray()
        for number in numbers:
            area, seven = divmod(number, _AREA_SPAN)
            if area != last:
                last = area
                areas.add(area)
                bits = self.bitmaps.get(area) or self.bitmaps.setdefault(area, new_area())
            bits[seven >> 3] |= 1 << (seven & 7)


def _full_template(name: str, first: bytes) -> bytes:
    layout = _layout(name, first)
    if layout.is_changes:
        raise FileRefusedError(name, "has a column of A and D: a change list, import it with --changes", 1)
    if layout.date_format or layout.pattern.pattern.startswith(b"(?P<seven>"):
        raise FileRefusedError(name, "a full list has the area code and the number, nothing else", 1)
    return first.translate(_DIGITS_TO_0)


def _one_area(name: str, chunk: bytes, line: int, template: bytes) -> int | None:
    """The area code all lines of the chunk have, None if several; refuses codes that cannot be."""
    place, width = template.index(b"0"), len(template)
    columns = [chunk[place + digit :: width] for digit in range(3)]
    if columns[0].translate(None, b"23456789"):
        bad = next(row for row, digit in enumerate(columns[0]) if digit in b"01")
        raise FileRefusedError(name, _NO_AREA, line + bad)
    if all(column.count(column[0]) == len(column) for column in columns):
        return int(chunk[place : place + 3])
    return None


class _ChangeReader:
    """Change lists are short: every line is matched."""

    def __init__(self, changes: Changes) -> None:
        self.changes = changes
        self._layout: Layout | None = None

    def take(self, name: str, chunk: bytes, line: int, areas: set[int]) -> int:
        """Keep the changes of a chunk of whole lines, the first of them number `line`. Gives the lines."""
        lines = chunk.splitlines(keepends=True)
        if line == 1 or self._layout is None:
            self._layout = _change_layout(name, lines[0])
        for offset, text in enumerate(lines):
            try:
                self._keep(self._layout, text, areas)
            except LayoutError as error:
                raise FileRefusedError(name, str(error), line + offset) from error
        return len(lines)

    def _keep(self, layout: Layout, text: bytes, areas: set[int]) -> None:
        match = layout.pattern.fullmatch(text)
        if match is None:
            raise LayoutError(f"not of the shape of line 1: {shape(text)}")
        area, seven = divmod(int(digits_of(match)), _AREA_SPAN)
        if area < 200:
            raise LayoutError(_NO_AREA)
        areas.add(area)
        second = seconds_of(match["date"], layout.date_format) if layout.date_format else 0
        add = match["action"] in b"Aa"
        if area not in self.changes:
            self.changes[area] = array("Q")
        self.changes[area].append(second << 25 | seven << 1 | add)


def _change_layout(name: str, first: bytes) -> Layout:
    layout = _layout(name, first)
    if not layout.is_changes:
        raise FileRefusedError(name, "has no column of A and D: a full list, import it without --changes", 1)
    return layout


def _layout(name: str, first: bytes) -> Layout:
    try:
        return find_layout(first)
    except LayoutError as error:
        raise FileRefusedError(name, f"{error}: {shape(first)}", 1) from error


def _odd_line(name: str, chunk: bytes, line: int, template: bytes) -> FileRefusedError:
    """The refusal for the first line that has not the shape of line 1."""
    lines = chunk.split(b"\n")
    bad = next(row for row, text in enumerate(lines) if (text + b"\n").translate(_DIGITS_TO_0) != template)
    return FileRefusedError(
        name, f"not of the shape of line 1: {shape(lines[bad])}, expected {shape(template)}", line + bad
    )


def in_order(changes: "array[int]", bits: bytearray) -> None:
    """Play one area code's changes onto its bitmap: by their dates, those of one second as they stood."""
    for change in sorted(changes, key=lambda packed: packed >> 25):
        number = change >> 1 & 0xFFFFFF
        if change & 1:
            bits[number >> 3] |= 1 << (number & 7)
        else:
            bits[number >> 3] &= ~(1 << (number & 7))
