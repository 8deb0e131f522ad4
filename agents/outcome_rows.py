"""Keeping the outcomes: which may be deleted, and changing their places."""

from django.db import transaction
from django.db.models import Case, Value, When

from agents.models import Communication, Outcome


def is_used(outcome: Outcome) -> bool:
    """True when a call ended so: then the row can be switched off, never deleted."""
    return Communication.objects.filter(outcome=outcome.code).exists()


def only_stop(outcome: Outcome) -> bool:
    """True when no other active outcome stops contact: then this one must stay as it is."""
    return not Outcome.objects.filter(active=True, stops=True).exclude(pk=outcome.pk).exists()


def move_up(*, outcome: Outcome) -> bool:
    """Change keys with the active outcome before `outcome`; False where there is none."""
    with transaction.atomic():
        rows = Outcome.objects.select_for_update().filter(active=True).order_by("position")
        keys = {row.pk: row.position for row in rows}
        order = list(keys)
        if outcome.pk not in keys or order[0] == outcome.pk:
            return False
        before = order[order.index(outcome.pk) - 1]
        # One statement: the database looks at its end whether two share a key.
        Outcome.objects.filter(pk__in=[before, outcome.pk]).update(
            position=Case(
                When(pk=outcome.pk, then=Value(keys[before])),
                When(pk=before, then=Value(keys[outcome.pk])),
            )
        )
    return True
