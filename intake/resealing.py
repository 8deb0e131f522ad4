"""Sealing stored posts under the first of EVIDENCE_KEYS: those of other keys, and those of before there were keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from intake.models import Submission
from intake.originals import body_of, keep_as_it_came, query_of
from leadcrm.lib.sealing import CannotOpen, prefix_of

BATCH = 500
# By primary key, so that each batch begins where the last one ended. A post's query string is always sealed with its
# body, so the beginning of the body tells of both.
_NEXT = """
SELECT id FROM intake_submission
WHERE (%(after)s::uuid IS NULL OR id > %(after)s::uuid) AND substring(body FROM 1 FOR %(bytes)s) <> %(prefix)s
ORDER BY id LIMIT %(batch)s
"""


@dataclass(slots=True)
class Resealed:
    """How far a run is: rows sealed anew, and the ids of those that could not be opened, with the reason."""

    sealed: int
    unopened: dict[str, str]


def reseal_submissions(done: Resealed | None = None, *, batch: int = BATCH) -> Iterator[Resealed]:
    """Seal all posts under the first key, a transaction for every `batch` of them; yields `done` so far after each.

    Safe beside the running product (each row is locked, and read under its lock) and to stop and start again: what
    is sealed under the first key already is left alone. A row that does not open stays as it is and is told of.
    Raises ValidationError without keys.
    """
    if not settings.EVIDENCE_KEYS:
        raise ValidationError("EVIDENCE_KEYS is empty: there is no key to seal under")
    done = done or Resealed(0, {})
    after: UUID | None = None
    while ids := _next_ids(after, batch):
        with transaction.atomic():
            for row in Submission.objects.filter(pk__in=ids).order_by("pk").select_for_update():
                _reseal(row, done)
        after = ids[-1]
        yield done


def _next_ids(after: UUID | None, batch: int) -> list[UUID]:
    prefix = prefix_of(settings.EVIDENCE_KEYS[0][0])
    asked = {"after": after, "bytes": len(prefix), "prefix": prefix, "batch": batch}
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, asked)
        return [row_id for (row_id,) in cursor.fetchall()]


def _reseal(row: Submission, done: Resealed) -> None:
    try:
        body, query = body_of(row), query_of(row)
    except CannotOpen as reason:
        done.unopened[row.pk.hex] = str(reason)
        return
    keep_as_it_came(row, body=body, query=query)
    row.save(update_fields=["body", "query"])
    done.sealed += 1
