"""The ZIP: every file of the pack, written one after the other in pieces, with the sum of each."""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final

from compliance.evidence.pack.collect import FORMAT
from leadcrm.lib.spreadsheets import csv_lines

# Above this a pack is spooled to an unnamed file on disk instead of kept in memory.
IN_MEMORY: Final = 8 * 1024 * 1024
HERE: Final = Path(__file__).parent
VERIFY: Final = HERE / "verify.py"
README: Final = HERE / "README.txt"
CHUNK: Final = 1024 * 1024


class Archive:
    """A ZIP being written into an unnamed temporary file, readable by this process alone."""

    def __init__(self, now: datetime) -> None:
        self.file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (handed out)
        self._zip = zipfile.ZipFile(self.file, "w", zipfile.ZIP_DEFLATED)
        self._when = now.astimezone(UTC).timetuple()[:6]
        self.sums: dict[str, dict[str, Any]] = {}

    def discard(self) -> None:
        """Give up: nothing of it stays."""
        self._zip.close()
        self.file.close()

    def add(self, name: str, pieces: Iterable[bytes]) -> str:
        """Write one file; gives its SHA-256."""
        info = zipfile.ZipInfo(name, date_time=self._when)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
        self.sums[name] = {"sha256": digest.hexdigest(), "bytes": size}
        return digest.hexdigest()

    def close(self) -> tuple[str, int]:
        """Write the manifest; gives the SHA-256 of the whole, and its size. The file is at its beginning then."""
        sums = dict(self.sums)
        self.add("manifest.json", document([("format", FORMAT), ("files", sums)]))
        self._zip.close()
        size = self.file.tell()
        self.file.seek(0)
        digest = hashlib.sha256()
        while chunk := self.file.read(CHUNK):
            digest.update(chunk)
        self.file.seek(0)
        return digest.hexdigest(), size


def document(parts: Iterable[tuple[str, Any]]) -> Iterator[bytes]:
    """A JSON object in pieces, one line for each row: what is iterated over is never held as a whole."""
    yield from _members(parts, deep=1)
    yield b"\n"


def lines(rows: Iterable[Any]) -> Iterator[bytes]:
    """JSON Lines."""
    for row in rows:
        yield _text(row) + b"\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """A CSV file for spreadsheets, where a cell that begins like a formula gets a quote before it."""
    yield b"\xef\xbb\xbf"  # else they read UTF-8 as something else
    for line in csv_lines(chain([head], rows)):
        yield line.encode()


def _members(parts: Iterable[tuple[str, Any]], *, deep: int) -> Iterator[bytes]:
    comma = b""
    yield b"{"
    for name, value in parts:
        yield comma + b"\n" + _text(name) + b": "
        yield from _value(value, deep=deep)
        comma = b","
    yield b"\n}"


def _value(value: Any, *, deep: int) -> Iterator[bytes]:
    if isinstance(value, Mapping) and deep:
        yield from _members(value.items(), deep=deep - 1)
    elif isinstance(value, list | Iterator):
        yield from _elements(value)
    else:
        yield _text(value)


def _elements(values: Iterable[Any]) -> Iterator[bytes]:
    comma = b""
    yield b"["
    for value in values:
        yield comma + b"\n" + _text(value)
        comma = b","
    yield b"\n]" if comma else b"]"


def _text(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
