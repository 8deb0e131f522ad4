"""Sealing what services answered under the first of EVIDENCE_KEYS, in place of other keys or of none."""

from collections.abc import Iterator
from typing import Any, Final

from django.db import transaction
from django.db.models import Model, Q

from compliance.models import CertificateAnswer, ScrubAnswer
from intake.models import WebhookAttempt, WebhookEndpoint
from intake.resealing import Resealed
from leadcrm.lib.sealed_json import UNOPENED, first_key_mark

COLUMNS: Final[tuple[tuple[type[Model], tuple[str, ...]], ...]] = (
    (CertificateAnswer, ("asked", "raw")),
    (ScrubAnswer, ("raw",)),
    (WebhookEndpoint, ("secrets",)),
    (WebhookAttempt, ("exchange",)),
)


def reseal_answers(done: Resealed, *, batch: int) -> Iterator[Resealed]:
    """As intake.resealing.reseal_submissions does with posts."""
    for model, columns in COLUMNS:
        yield from _reseal_table(model, columns, done, batch)


def _reseal_table(model: Any, columns: tuple[str, ...], done: Resealed, batch: int) -> Iterator[Resealed]:
    other = Q()
    for column in columns:
        open_ones = Q(**{f"{column}__sealed__isnull": True}) & ~Q(**{column: {}})
        other |= open_ones | ~Q(**{f"{column}__sealed__startswith": first_key_mark()})
    after = 0
    while keys := list(
        model.objects.filter(other, pk__gt=after).order_by("pk").values_list("pk", flat=True)[:batch]
    ):
        after = keys[-1]
        with transaction.atomic():
            for row in model.objects.filter(pk__in=keys).order_by("pk").select_for_update():
                _reseal(row, columns, done)
        yield done


def _reseal(row: Any, columns: tuple[str, ...], done: Resealed) -> None:
    shut = [getattr(row, column)[UNOPENED] for column in columns if UNOPENED in getattr(row, column)]
    if shut:
        done.unopened[f"{row._meta.model_name} {row.pk}"] = shut[0]
        return
    row.save(update_fields=columns)
    done.sealed += 1
