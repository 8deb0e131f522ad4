"""The files of an import: opened plain, from gzip or from zip, read as whole lines in bounded memory."""

import gzip
import hashlib
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from compliance.dnc.refusals import FileRefusedError

Given = str | Path | IO[bytes]
ByteStream = IO[bytes] | gzip.GzipFile
CHUNK_BYTES = 1 << 18
_BOM = b"\xef\xbb\xbf"
# Bytes before a line break beyond which a file is no list, whatever it is.
_LONGEST_LINE = 1000


@dataclass(slots=True)
class Source:
    """One file as it was given: its name, its bytes, its sum."""

    name: str
    raw: IO[bytes]
    size: int
    sha256: str


@contextmanager
def open_source(given: Given) -> Iterator[Source]:
    """Open a path (or take a seekable binary file object, which stays open) and sum it up."""
    if isinstance(given, str | Path):
        try:
            with Path(given).open("rb") as raw:
                yield _summed(Path(given).name, raw)
        except OSError as error:
            if error.filename is None:
                raise
            raise FileRefusedError(str(given), (error.strerror or "cannot be read").lower()) from error
    else:
        yield _summed(Path(getattr(given, "name", "") or "upload").name, given)


def _summed(name: str, raw: IO[bytes]) -> Source:
    raw.seek(0)
    digest = hashlib.sha256()
    size = 0
    while piece := raw.read(1 << 20):
        digest.update(piece)
        size += len(piece)
    raw.seek(0)
    return Source(name, raw, size, digest.hexdigest())


def texts(source: Source) -> Iterator[tuple[str, ByteStream]]:
    """(name, unpacked stream) of the file, or of each file in a zip. What it is, its first bytes say."""
    source.raw.seek(0)
    magic = source.raw.read(4)
    source.raw.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        with gzip.open(source.raw) as stream:
            yield source.name, stream
    elif magic.startswith(b"PK\x03\x04"):
        yield from _zipped(source)
    else:
        yield source.name, source.raw


def _zipped(source: Source) -> Iterator[tuple[str, ByteStream]]:
    try:
        with zipfile.ZipFile(source.raw) as folder:
            for member in folder.infolist():
                if member.flag_bits & 1:
                    raise FileRefusedError(f"{source.name}/{member.filename}", "protected by a password")
                if not member.is_dir():
                    with folder.open(member) as stream:
                        yield f"{source.name}/{member.filename}", stream
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise FileRefusedError(source.name, f"broken zip file ({error})") from error


def line_chunks(name: str, stream: ByteStream, seen: Callable[[], None]) -> Iterator[bytes]:
    """The stream as pieces of whole lines, each ended by a line break (one is added to the last line).

    `seen` is called after every piece read. Blank lines at the end are dropped, a byte order mark too.
    """
    rest = b""
    ending = b""
    while piece := _read(name, stream):
        seen()
        rest += piece
        if not ending and b"\n" in rest:
            rest = rest.removeprefix(_BOM)
            ending = b"\r\n" if rest[: rest.index(b"\n")].endswith(b"\r") else b"\n"
        # Line breaks at the very end wait for what follows: they may be the blank tail of the file.
        cut = rest.rstrip(b"\r\n").rfind(b"\n") + 1
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > _LONGEST_LINE + CHUNK_BYTES:
            raise FileRefusedError(name, "no line breaks, or nothing but: not a do-not-call list")
    tail = rest.rstrip(b"\r\n")
    if tail:
        own = re.match(rb"\r?\n", rest[len(tail) :])
        yield tail.removeprefix(b"" if ending else _BOM) + (own.group() if own else ending or b"\n")


def _read(name: str, stream: ByteStream) -> bytes:
    try:
        return stream.read(CHUNK_BYTES)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise FileRefusedError(name, f"broken or cut off ({error})") from error
