"""“These are not one person's”: remembered for each pair, and taken back."""

from collections.abc import Collection
from datetime import datetime
from itertools import combinations

from django.db import transaction

from agents.models import NotTwins
from agents.twins.groups import regroup
from leadcrm.models import User


def tell_apart(*, leads: Collection[int], by: User, now: datetime) -> int:
    """Remember that no two of `leads` (keys) are one person's; how many pairs were not remembered before.

    They are not shown as duplicates of each other again, whatever is posted or corrected. Safe to repeat.
    """
    pairs = [
        NotTwins(low_id=low, high_id=high, said_at=now, said_by=by)
        for low, high in combinations(sorted(set(leads)), 2)
    ]
    with transaction.atomic():
        before = NotTwins.objects.filter(low__in=leads, high__in=leads).count()
        NotTwins.objects.bulk_create(pairs, ignore_conflicts=True)
        regroup(leads=leads, now=now)
        return NotTwins.objects.filter(low__in=leads, high__in=leads).count() - before


def take_apart_back(*, pair: NotTwins, now: datetime) -> bool:
    """Forget what was said of `pair`: it is shown again where it looks like one person's. False if it was forgotten."""
    with transaction.atomic():
        gone, _ = NotTwins.objects.filter(pk=pair.pk).delete()
        regroup(leads=[pair.low_id, pair.high_id], now=now)
    return bool(gone)
