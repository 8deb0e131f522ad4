"""Sealing stored files under the first of EVIDENCE_KEYS, in place of other keys or of none."""

from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from intake.imports.files import open_part, seal_part
from intake.imports.lines import lines_of, seal_lines
from intake.models import ImportBlock, ImportPart
from intake.resealing import Resealed
from leadcrm.lib.sealing import CannotOpen, prefix_of

_NEXT: Final = """
SELECT id FROM {table} WHERE id > %(after)s AND substring(body FROM 1 FOR %(bytes)s) <> %(prefix)s
ORDER BY id LIMIT %(batch)s
"""


def reseal_imports(done: Resealed, *, batch: int) -> Iterator[Resealed]:
    """As intake.resealing.reseal_submissions does with posts."""
    for model in (ImportBlock, ImportPart):
        yield from _reseal_table(model, done, batch)


def _reseal_table(model: Any, done: Resealed, batch: int) -> Iterator[Resealed]:
    prefix, after = prefix_of(settings.EVIDENCE_KEYS[0][0]), 0
    sql = _NEXT.format(table=model._meta.db_table)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sql, {"after": after, "bytes": len(prefix), "prefix": prefix, "batch": batch})
            keys = [key for (key,) in cursor.fetchall()]
        if not keys:
            return
        after = keys[-1]
        with transaction.atomic():
            for row in model.objects.filter(pk__in=keys).order_by("pk").select_for_update():
                _reseal(row, done)
        yield done


def _reseal(row: Any, done: Resealed) -> None:
    try:
        if isinstance(row, ImportBlock):
            seal_lines(row, lines_of(row))
        else:
            seal_part(row, open_part(row))
    except CannotOpen as reason:
        done.unopened[f"{row._meta.model_name} {row.pk}"] = str(reason)
        return
    row.save(update_fields=["body"])
    done.sealed += 1
