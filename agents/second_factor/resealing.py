"""Sealing the keys of authenticator apps under the first of EVIDENCE_KEYS, in place of other keys or of none."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from agents.models import Authenticator
from intake.resealing import Resealed
from leadcrm.lib.sealed_json import first_key_mark
from leadcrm.lib.sealing import CannotOpen


def reseal_authenticators(done: Resealed, *, batch: int) -> Iterator[Resealed]:
    """As intake.resealing.reseal_submissions does with posts."""
    others = Authenticator.objects.exclude(sealed_key__startswith=first_key_mark()).order_by("pk")
    after = 0
    while keys := list(others.filter(pk__gt=after).values_list("pk", flat=True)[:batch]):
        after = keys[-1]
        with transaction.atomic():
            for row in Authenticator.objects.filter(pk__in=keys).order_by("pk").select_for_update():
                _reseal(row, done)
        yield done


def _reseal(row: Any, done: Resealed) -> None:
    try:
        row.set_key(row.key)
    except CannotOpen as why:
        done.unopened[f"authenticator {row.pk}"] = str(why)
        return
    row.save(update_fields=["sealed_key"])
    done.sealed += 1
