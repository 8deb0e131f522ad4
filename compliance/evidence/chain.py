"""What links the batches, and the head that is taken elsewhere.

A chain that lies beside the data it is about proves little: whoever can rewrite one can rewrite the other. Its head,
mailed or printed every day, is what a later rewriting cannot agree with.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from django.db.models import Sum

from compliance.evidence.leaves import canonical, moment_text
from compliance.models import EvidenceBatch, EvidencePending

GENESIS: Final = bytes(32)


def batch_hash(*, number: int, previous: bytes, root: bytes, leaves: int, sealed_at: datetime) -> bytes:
    """The hash that the next batch builds on: SHA-256 of the JSON of these five, bytes in hex."""
    return sha256(canonical([number, previous.hex(), root.hex(), leaves, moment_text(sealed_at)])).digest()


def hash_of(batch: EvidenceBatch) -> bytes:
    """What the hash of `batch` must be by its other columns."""
    return batch_hash(
        number=batch.number, previous=bytes(batch.previous), root=bytes(batch.root), leaves=batch.leaves,
        sealed_at=batch.sealed_at,
    )  # fmt: skip


def header_of(batch: EvidenceBatch) -> dict[str, Any]:
    """`batch` as JSON, for proofs."""
    return {
        "number": batch.number, "previous": bytes(batch.previous).hex(), "root": bytes(batch.root).hex(),
        "leaves": batch.leaves, "sealed_at": moment_text(batch.sealed_at), "hash": bytes(batch.hash).hex(),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """The newest batch as it was at a moment: number 0 and zeros before the first."""

    number: int
    hash: str

    @classmethod
    def from_json(cls, value: Any) -> "Head":
        """Read an exported head back. Raises ValueError."""
        if not isinstance(value, dict) or not isinstance(value.get("number"), int):
            raise ValueError("no head of a chain of evidence")
        if not isinstance(value.get("hash"), str) or len(value["hash"]) != 64:
            raise ValueError("its hash is not 64 hexadecimal digits")
        return cls(value["number"], value["hash"].lower())


def export_head(*, now: datetime) -> dict[str, Any]:
    """The head of the chain as JSON, with how much stands behind it and how much waits. No personal data."""
    newest = EvidenceBatch.objects.order_by("-number").first()
    rows = EvidenceBatch.objects.aggregate(rows=Sum("leaves"))["rows"] or 0
    return {
        "number": newest.number if newest else 0,
        "hash": (bytes(newest.hash) if newest else GENESIS).hex(),
        "sealed_at": moment_text(newest.sealed_at) if newest else None,
        "rows": rows,
        "waiting": EvidencePending.objects.count(),
        "exported_at": moment_text(now),
    }
