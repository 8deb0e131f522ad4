"""What is committed to: a row's columns as bytes that never vary, in two salted halves.

    public half    SHA-256(public salt   + JSON of [kind, row id, batch, position, {public columns}])
    personal half  SHA-256(personal salt + JSON of {personal columns})
    commitment     SHA-256(0x00 + public half + personal half)

JSON as `canonical` writes it. The salts (16 random bytes) keep a commitment from being guessed at: whoever holds a
batch's proofs learns nothing of the rows beside the one proved. There are two of them, so that the personal half can
be made undiscoverable for ever by destroying its salt, while the public half is still verified.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model

from compliance.evidence.kinds import Kind
from compliance.evidence.vault import kept_of

LEAF: Final = b"\x00"
Row = Model | Mapping[str, Any]
Half = dict[str, Any]


def content(kind: Kind, row: Row) -> tuple[Half, Half]:
    """The public and the personal half of `row` (an instance, or its columns by attname) as JSON values."""
    return public_of(kind, row), personal_of(kind, row)


def public_of(kind: Kind, row: Row) -> Half:
    """What of `row` stays for ever."""
    values = row if isinstance(row, Mapping) else vars(row)
    return {column: as_json(values[column]) for column in kind.public}


def personal_of(kind: Kind, row: Row) -> Half:
    """What of `row` is about a person."""
    values = row if isinstance(row, Mapping) else vars(row)
    return {column: as_json(values[column]) for column in kind.blanks}


def rows_of(kind: Kind, row_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """The columns that `content` asks for, of the rows that are there, by row id. Two queries at most.

    What of a row is in the vault stands in place of its blanks, and UNOPENED where the vault does not open.
    """
    key = kind.model._meta.pk
    assert key is not None
    wanted = []
    for row_id in row_ids:
        try:
            wanted.append(key.to_python(row_id))
        except ValidationError:
            continue  # no id of this table: as good as gone
    # Without personal columns as without public ones, the key alone says that the row is there.
    there = kind.model._base_manager.filter(pk__in=wanted).order_by().values(key.attname, *kind.columns)
    found: dict[str, Mapping[str, Any]] = {str(row[key.attname]): row for row in there.iterator()}
    for row_id, half in (kept_of(kind.name, found) if kind.blanks else {}).items():
        found[row_id] = {**found[row_id], **half}
    return found


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no blanks, nothing escaped that need not be, in UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def public_digest(
    *, salt: bytes, kind: str, row_id: str, batch: int, position: int, public: Half | None
) -> bytes:
    """The public half's digest. `public` is None for a row that was gone before it could be sealed."""
    return sha256(salt + canonical([kind, row_id, batch, position, public])).digest()


def personal_digest(*, salt: bytes, personal: Half) -> bytes:
    """The personal half's digest."""
    return sha256(salt + canonical(personal)).digest()


def commitment(public: bytes, personal: bytes) -> bytes:
    """The leaf of the Merkle tree, from the two halves' digests."""
    return sha256(LEAF + public + personal).digest()


def as_json(value: Any) -> Any:
    """A column's value in JSON: moments in UTC to the microsecond, decimals and ids as text, bytes in hex."""
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float) and value != value:
        return "NaN"
    return value


def moment_text(moment: datetime) -> str:
    """An aware moment as 2026-11-25T21:45:00.000000Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
