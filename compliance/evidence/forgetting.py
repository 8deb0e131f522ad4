"""Erasing the personal half of evidence: what it said of a person is gone, that it said it stays proved."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from compliance.evidence.kinds import KINDS
from compliance.evidence.sealing import seal_now, wait_for_sealer
from compliance.evidence.triggers import ERASING
from compliance.models import EvidenceLeaf


def forget(*, rows: Mapping[str, Sequence[Any]], erasure: str, now: datetime) -> int:
    """Blank the personal columns of `rows` (primary keys by kind) and destroy their salts. Returns how many leaves.

    In the caller's transaction, which must write the receipt that `erasure` names as well. Rows that are not sealed
    yet are sealed first, so that the chain holds what they said. Erasing twice changes nothing: the first receipt
    stands. Raises KeyError for a kind there is none of, ValueError without a receipt, and IntegrityError where the
    table cannot do without what would be blanked (a suppression needs whom it is about).
    """
    if not erasure:
        raise ValueError("An erasure needs a receipt")
    kinds = {name: KINDS[name] for name in rows}
    with transaction.atomic():
        wait_for_sealer()
        seal_now(rows=rows, now=now)
        _set_erasing(erasure)
        erased = 0
        for name, kind in kinds.items():
            if kind.blanks:
                there = {f"{kind.moment}__isnull": False} if kind.moment else {}
                kind.model._base_manager.filter(pk__in=rows[name], **there).update(**kind.blanks)
                erased += _destroy_salts(name, rows[name], erasure, now)
        _set_erasing("")
    return erased


def _destroy_salts(kind: str, keys: Sequence[Any], erasure: str, now: datetime) -> int:
    leaves = EvidenceLeaf.objects.filter(
        kind=kind, row_id__in=[str(key) for key in keys], erased_at__isnull=True
    )
    return leaves.update(personal_salt=None, erased_at=now, erasure=erasure)


def _set_erasing(erasure: str) -> None:
    """As SET LOCAL: until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [ERASING, erasure])
