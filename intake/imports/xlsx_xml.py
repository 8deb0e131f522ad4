"""XML of workbooks, read in pieces as it is unpacked: never a tree, never more at once than a piece.

Expat by itself expands entities; a document that declares any, or any type, is none that Excel writes and is refused.
"""

import zipfile
from collections.abc import Iterator, Mapping
from typing import Final
from xml.parsers import expat  # nosec - documents that declare a type are refused

from intake.imports.refusal import FileRefused

_PIECE: Final = 64 * 1024
# A tag, a comment or a declaration that is longer is made to fill memory: expat keeps it until it ends.
_LONGEST_TAG: Final = 1024 * 1024


class BadXml(ValueError):
    """XML that is no part of a workbook."""


class Handler:
    """What is made of a document, tag by tag; names come without their namespaces."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """A tag begins."""

    def end(self, name: str) -> None:
        """A tag ends."""

    def text(self, text: str) -> None:
        """Text, in pieces."""


def read_xml(archive: zipfile.ZipFile, name: str, handler: Handler, *, most: int) -> None:
    """Give the member `name` to `handler`, of at most `most` bytes. Raises as `pieces` does."""
    for _ in pieces(archive, name, handler, most=most):
        pass


def pieces(archive: zipfile.ZipFile, name: str, handler: Handler, *, most: int) -> Iterator[None]:
    """As read_xml, pausing after each piece, so that what was found may be taken away.

    Raises FileRefused above `most` bytes, BadXml, expat.ExpatError, and what zipfile raises; KeyError without a member.
    """
    feed = _Feed(handler)
    with archive.open(name) as member:
        read = 0
        while piece := member.read(_PIECE):
            read += len(piece)
            if read > most:
                raise FileRefused("A part of the workbook is too large: save it as CSV (UTF-8).")
            feed.give(piece)
            yield
    feed.close()
    yield


class _Feed:
    """Expat, and what it calls."""

    def __init__(self, handler: Handler) -> None:
        self._handler, self._silent = handler, 0
        self._names: dict[str, str] = {}
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype

    def give(self, piece: bytes) -> None:
        """The next bytes."""
        self._silent += len(piece)
        self._parser.Parse(piece, False)
        if self._silent > _LONGEST_TAG:
            raise BadXml("a tag does not end")

    def close(self) -> None:
        """There are no more."""
        self._parser.Parse(b"", True)

    def _local(self, name: str) -> str:
        found: str | None = self._names.get(name)
        if found is None:
            if len(self._names) > 1_000:
                raise BadXml("too many names")
            found = self._names[name] = name.rpartition(" ")[2]
        return found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._silent = 0
        self._handler.start(self._local(name), attributes)

    def _end(self, name: str) -> None:
        self._silent = 0
        self._handler.end(self._local(name))

    def _text(self, text: str) -> None:
        self._silent = 0
        self._handler.text(text)

    def _doctype(self, *_: object) -> None:
        raise BadXml("a document type")
