"""A source's opening hours, set for several days at once."""

from collections.abc import Iterable
from datetime import time
from typing import Final

from django.db import transaction

from intake.models import Source, SourceHours

# Hours are written to the minute; the last one of a day lasts to its end.
LAST_MINUTE: Final = time(23, 59)
DAY_ENDS: Final = time(23, 59, 59)


def set_hours(
    *, source: Source, weekdays: Iterable[int], opens_at: time, closes_at: time, only: bool
) -> None:
    """Let `source` take posts on `weekdays` (0 is Monday) from `opens_at` to `closes_at`, in the agency's zone.

    What was set for these days is replaced; with `only` the other days are closed. All or nothing.
    """
    days = sorted(set(weekdays))
    closes_at = DAY_ENDS if closes_at == LAST_MINUTE else closes_at
    with transaction.atomic():
        locked = Source.objects.select_for_update().get(pk=source.pk)
        old = locked.hours.all() if only else locked.hours.filter(weekday__in=days)
        old.delete()
        SourceHours.objects.bulk_create(
            [SourceHours(source=locked, weekday=day, opens_at=opens_at, closes_at=closes_at) for day in days]
        )
