"""Erasing the personal half of evidence, in two steps: out of sight into the vault, then for good.

What a row said of a person is gone from it at once; that it said it stays proved. While the vault keeps the half, the
whole row can be verified; once its salt is destroyed, nobody can find out any more whom the row was about.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from compliance.evidence import leaves, vault
from compliance.evidence.kinds import KINDS, Kind
from compliance.evidence.sealing import seal_now, wait_for_sealer
from compliance.evidence.triggers import ERASING
from compliance.models import Erasure, EvidenceLeaf, EvidenceVault

Rows = Mapping[str, Sequence[Any]]


def put_away(
    *, rows: Rows, erasure: Erasure, phone_hashes: Sequence[str], expires_at: datetime, now: datetime
) -> dict[str, int]:
    """Move the personal columns of `rows` (primary keys by kind) into the vault until `expires_at`. Rows by kind.

    In one transaction, the caller's if there is one. Rows that are in no batch yet are sealed first, so that the chain
    holds what they said. Those put away or erased before stay as they are. `phone_hashes` (leadcrm.lib.lookup) by
    which legal holds find them. Raises KeyError for a kind there is none of.
    """
    moved: dict[str, int] = {}
    with transaction.atomic():
        wait_for_sealer()
        seal_now(rows=rows, now=now)
        for name, keys in rows.items():
            kind = KINDS[name]
            halves = _halves(kind, keys)
            said = {row_id: leaves.canonical(half) for row_id, half in halves.items()}
            vault.keep(
                kind=name, halves=said, erasure=erasure, phone_hashes=phone_hashes, expires_at=expires_at
            )
            with _erasing(str(erasure.pk)):
                kind.model._base_manager.filter(pk__in=list(halves)).update(**kind.blanks)
            moved[name] = len(halves)
    return moved


def forget(*, rows: Rows, erasure: str, now: datetime) -> int:
    """Blank the personal columns of `rows` (primary keys by kind) and destroy their salts. Returns how many leaves.

    In the caller's transaction, which must write the receipt that `erasure` names as well. Rows that are not sealed
    yet are sealed first, so that the chain holds what they said. What the vault keeps of them goes too. Erasing twice
    changes nothing: the first receipt stands. Raises KeyError for a kind there is none of, ValueError without a
    receipt, and IntegrityError where the table cannot do without what would be blanked (a suppression needs whom it
    is about).
    """
    if not erasure:
        raise ValueError("An erasure needs a receipt")
    kinds = {name: KINDS[name] for name in rows}
    with transaction.atomic():
        wait_for_sealer()
        seal_now(rows=rows, now=now)
        erased = 0
        with _erasing(erasure):
            for name, kind in kinds.items():
                if kind.blanks:
                    there = {f"{kind.moment}__isnull": False} if kind.moment else {}
                    kind.model._base_manager.filter(pk__in=rows[name], **there).update(**kind.blanks)
                    EvidenceVault.objects.filter(
                        kind=name, row_id__in=[str(key) for key in rows[name]]
                    ).delete()
                    erased += _destroy_salts(name, rows[name], erasure, now)
    return erased


def _halves(kind: Kind, keys: Sequence[Any]) -> dict[str, leaves.Half]:
    """What those of the rows still say of a person that the vault does not keep."""
    found = leaves.rows_of(kind, [str(key) for key in keys])
    kept = vault.kept_of(kind.name, found)
    there = {
        row_id: leaves.personal_of(kind, row)
        for row_id, row in found.items()
        if row_id not in kept and (not kind.moment or row[kind.moment] is not None)
    }
    return {row_id: half for row_id, half in there.items() if half != dict(kind.blanks)}


def _destroy_salts(kind: str, keys: Sequence[Any], erasure: str, now: datetime) -> int:
    sealed = EvidenceLeaf.objects.filter(
        kind=kind, row_id__in=[str(key) for key in keys], erased_at__isnull=True
    )
    return sealed.update(personal_salt=None, erased_at=now, erasure=erasure)


@contextmanager
def _erasing(erasure: str) -> Iterator[None]:
    """Within, the guards of evidence let personal columns become blank."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [ERASING, erasure])
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, '', true)", [ERASING])
