"""A file as it was uploaded: sealed in pieces in the database, whichever web machine took it, and read from there."""

import hashlib
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from intake.models import ImportPart, ImportState, LeadImport, Source
from leadcrm.lib import sealing
from leadcrm.models import User

PART: Final = 512 * 1024


def store_file(
    *, source: Source, name: str, chunks: Iterable[bytes], by: User | None, now: datetime
) -> LeadImport:
    """Keep a file for `source`; a worker, or `reading.read_file`, goes on with it.

    `chunks` are its bytes, never all in memory. `now` is aware. Raises ValidationError for an empty file, and for one
    above settings.IMPORT_MAX_BYTES; nothing is kept then.
    """
    digest, size = hashlib.sha256(), 0
    with transaction.atomic():
        row = LeadImport.objects.create(
            source=source, file_name=_plain(name), file_sha256="", file_bytes=0, created_at=now, created_by=by,
            due_at=now,
        )  # fmt: skip
        for number, body in enumerate(_parts(chunks)):
            digest.update(body)
            size += len(body)
            if size > settings.IMPORT_MAX_BYTES:
                most = settings.IMPORT_MAX_BYTES // 1024 // 1024
                raise ValidationError({"file": f"The file is larger than {most} MB: cut it into several."})
            part = ImportPart(of=row, number=number)
            seal_part(part, body)
            part.save()
        if not size:
            raise ValidationError({"file": "The file is empty."})
        row.file_sha256, row.file_bytes = digest.hexdigest(), size
        row.save(update_fields=["file_sha256", "file_bytes"])
    return row


def same_file_before(row: LeadImport) -> LeadImport | None:
    """The last import of the very same file for the same source that took lines, None without one."""
    earlier = LeadImport.objects.filter(source=row.source_id, file_sha256=row.file_sha256, pk__lt=row.pk)
    taking = (ImportState.RUNNING, ImportState.PAUSED, ImportState.DONE, ImportState.CANCELLED)
    return earlier.filter(state__in=taking, seen__gt=0).first()


def seal_part(part: ImportPart, body: bytes) -> None:
    """Put a piece's bytes into it, sealed under the first key."""
    part.body = sealing.seal(body, place=_place(part))


def open_part(part: ImportPart) -> bytes:
    """The bytes of a piece. Raises sealing.CannotOpen."""
    return sealing.unseal(bytes(part.body), place=_place(part))


class StoredFile(io.RawIOBase):
    """A stored file to read from anywhere in it; at most two pieces are in memory."""

    def __init__(self, row: LeadImport) -> None:
        self._import_id, self._size, self._at = row.pk, row.file_bytes, 0
        self._kept: dict[int, bytes] = {}

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, as files do."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Fill `buffer` as far as the piece under the place goes. Raises sealing.CannotOpen."""
        if self._at >= self._size:
            return 0
        number, start = divmod(self._at, PART)
        found = self._part(number)[start : start + len(buffer)]
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def _part(self, number: int) -> bytes:
        if number not in self._kept:
            if len(self._kept) > 1:
                self._kept.pop(next(iter(self._kept)))
            self._kept[number] = open_part(ImportPart.objects.get(of=self._import_id, number=number))
        return self._kept[number]


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of PART; only the last is shorter."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) >= PART:
            yield bytes(held[:PART])
            del held[:PART]
    if held:
        yield bytes(held)


def _plain(name: str) -> str:
    """A file's name without folders and control characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in last if char.isprintable())[-200:] or "leads"


def _place(part: ImportPart) -> str:
    return f"intake_importpart.body:{part.of_id}:{part.number}"
