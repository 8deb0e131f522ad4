"""The sealed half: what evidence said of a person who was erased, kept for as long as it may be needed to prove it.

The row itself is blank, its salt stays: what is in the vault can still be verified against the chain, and destroyed
when its time is over (compliance.evidence.forgetting).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from compliance.models import Erasure, EvidenceVault
from intake.resealing import Resealed
from leadcrm.lib.sealing import CannotOpen, prefix_of, seal, unseal

# Where a row's sealed half would not open, why not.
UNOPENED = "(unopened)"


def keep(
    *,
    kind: str,
    halves: Mapping[str, bytes],
    erasure: Erasure,
    phone_hashes: Sequence[str],
    expires_at: datetime,
) -> None:
    """Seal `halves` (JSON by row id) of rows of `kind` until `expires_at`. One statement."""
    EvidenceVault.objects.bulk_create(
        EvidenceVault(
            kind=kind, row_id=row_id, sealed=seal(half, place=_place(kind, row_id)), erasure=erasure,
            phone_hashes=list(phone_hashes), expires_at=expires_at,
        )
        for row_id, half in halves.items()
    )  # fmt: skip


def kept_of(kind: str, row_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What is kept of rows of `kind`, by row id: their personal columns as JSON values. One query.

    In place of what does not open (its key is gone, or it was changed) stands {UNOPENED: why}.
    """
    rows = EvidenceVault.objects.filter(kind=kind, row_id__in=list(row_ids)).values_list("row_id", "sealed")
    return {row_id: _opened(kind, row_id, bytes(sealed)) for row_id, sealed in rows}


def reseal_vault(done: Resealed, *, batch: int) -> Iterator[Resealed]:
    """Seal what is kept under the first of EVIDENCE_KEYS, as intake.resealing.reseal_submissions does with posts."""
    first = prefix_of(settings.EVIDENCE_KEYS[0][0])
    after = 0
    while keys := list(
        EvidenceVault.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:batch]
    ):
        after = keys[-1]
        with transaction.atomic():
            for row in EvidenceVault.objects.filter(pk__in=keys).order_by("pk").select_for_update():
                if not bytes(row.sealed).startswith(first):
                    _reseal(row, done)
        yield done


def _reseal(row: EvidenceVault, done: Resealed) -> None:
    place = _place(row.kind, row.row_id)
    try:
        row.sealed = seal(unseal(bytes(row.sealed), place=place), place=place)
    except CannotOpen as why:
        done.unopened[str(row)] = str(why)
        return
    row.save(update_fields=["sealed"])
    done.sealed += 1


def _opened(kind: str, row_id: str, sealed: bytes) -> dict[str, Any]:
    try:
        half: dict[str, Any] = json.loads(unseal(sealed, place=_place(kind, row_id)))
    except CannotOpen as why:
        return {UNOPENED: str(why)}
    return half


def _place(kind: str, row_id: str) -> str:
    return f"compliance_evidencevault.sealed:{kind}:{row_id}"
