"""The one writer of the chain: takes noted rows in small batches and seals each in a transaction of its own.

A worker that is killed leaves the rows noted, and the next one seals them. Rows are noted in the transaction that adds
them, so one that commits late, with a lower number, is noted late and goes into a later batch: nothing is passed over.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from compliance.evidence import leaves, merkle
from compliance.evidence.chain import GENESIS, batch_hash
from compliance.evidence.kinds import KINDS
from compliance.models import EvidenceBatch, EvidenceLeaf, EvidencePending
from compliance.models.evidence import SALT_BYTES

BATCH: Final = 1000
# A run ends after so many, well within a task's time; the next one goes on.
MOST_BATCHES: Final = 40
_LOCK: Final = (0x45564944, 0)  # "EVID"

Noted = tuple[str, str]  # kind, row id


def seal_pending(*, now: datetime, batch: int = BATCH, most: int = MOST_BATCHES) -> int:
    """Seal what is noted, oldest first, at most `most` batches of `batch` rows. Returns how many rows.

    Where another process is sealing, this one leaves it to that one and returns at once.
    """
    sealed = 0
    for _ in range(most):
        taken, rows = _seal_next(now=now, batch=batch)
        sealed += rows
        if taken < batch:
            break
    return sealed


def wait_for_sealer() -> None:
    """Keep every other sealer out until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _LOCK)


def seal_now(*, rows: Mapping[str, Sequence[Any]], now: datetime) -> int:
    """Seal those of `rows` (primary keys by kind) that are noted still, in the caller's transaction.

    Call `wait_for_sealer` before. Returns how many.
    """
    wanted = Q()
    for kind, keys in rows.items():
        wanted |= Q(kind=kind, row_id__in=[str(key) for key in keys])
    sealed, taken = 0, BATCH if wanted else 0
    while taken == BATCH:
        taken, made = _seal(EvidencePending.objects.filter(wanted).order_by("pk")[:BATCH], now=now)
        sealed += made
    return sealed


def _seal_next(*, now: datetime, batch: int) -> tuple[int, int]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", _LOCK)
            if not cursor.fetchone()[0]:
                return 0, 0
        # A kind that this version does not know waits for the one that does.
        known = EvidencePending.objects.filter(kind__in=list(KINDS))
        return _seal(known.order_by("pk")[:batch], now=now)


def _seal(pending: QuerySet[EvidencePending], *, now: datetime) -> tuple[int, int]:
    """Seal `pending`, in its order, as one batch. How many entries were taken, and how many leaves that made."""
    taken = list(pending.values_list("pk", "kind", "row_id"))
    noted = _not_sealed_yet(dict.fromkeys((kind, row_id) for _, kind, row_id in taken))
    if noted:
        _write_batch(noted, now=now)
    EvidencePending.objects.filter(pk__in=[pk for pk, _, _ in taken]).delete()
    return len(taken), len(noted)


def _not_sealed_yet(noted: Iterable[Noted]) -> list[Noted]:
    """A row is sealed once, however often it was noted."""
    by_kind = _by_kind(noted)
    sealed: set[Noted] = set()
    for kind, row_ids in by_kind.items():
        known = EvidenceLeaf.objects.filter(kind=kind, row_id__in=row_ids).order_by()
        sealed.update(known.values_list("kind", "row_id"))
    return [each for each in noted if each not in sealed]


def _write_batch(noted: Sequence[Noted], *, now: datetime) -> None:
    newest = EvidenceBatch.objects.order_by("-number").first()
    number = newest.number + 1 if newest else 1
    previous = bytes(newest.hash) if newest else GENESIS
    made = _leaves(noted, number)
    root = merkle.root_of([bytes(leaf.commitment) for leaf in made])
    said: dict[str, Any] = {"number": number, "previous": previous, "root": root, "leaves": len(made)}
    linked = batch_hash(**said, sealed_at=now)
    EvidenceBatch.objects.create(**said, sealed_at=now, hash=linked)
    EvidenceLeaf.objects.bulk_create(made)


def _leaves(noted: Sequence[Noted], batch: int) -> list[EvidenceLeaf]:
    rows = {
        (kind, row_id): row
        for kind, row_ids in _by_kind(noted).items()
        for row_id, row in leaves.rows_of(KINDS[kind], row_ids).items()
    }
    salts = os.urandom(2 * SALT_BYTES * len(noted))
    return [
        _leaf(each, rows.get(each), batch, position, salts[2 * SALT_BYTES * position :][: 2 * SALT_BYTES])
        for position, each in enumerate(noted)
    ]


def _leaf(
    noted: Noted, row: Mapping[str, Any] | None, batch: int, position: int, salts: bytes
) -> EvidenceLeaf:
    """The leaf of one row. One that is gone already is sealed as that, and `verify` names it."""
    name, row_id = noted
    kind, public_salt, personal_salt = KINDS[name], salts[:SALT_BYTES], salts[SALT_BYTES:]
    public, personal = leaves.content(kind, row) if row is not None else (None, {})
    hidden = leaves.personal_digest(salt=personal_salt, personal=personal)
    shown = leaves.public_digest(
        salt=public_salt, kind=name, row_id=row_id, batch=batch, position=position, public=public
    )
    return EvidenceLeaf(
        batch_id=batch, position=position, kind=name, row_id=row_id, public_salt=public_salt,
        personal_salt=personal_salt, personal_digest=hidden, commitment=leaves.commitment(shown, hidden),
    )  # fmt: skip


def _by_kind(noted: Iterable[Noted]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, row_id in noted:
        found.setdefault(kind, []).append(row_id)
    return found
