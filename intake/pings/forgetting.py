"""Pings are kept for a while, to argue with a vendor about; what a decision stands on is kept with the decision."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from intake.models import Ping

BATCH: Final = 5000
# What still stands, or holds a place, is nobody's past.
_OLD: Final = """
DELETE FROM intake_ping WHERE id IN (
    SELECT id FROM intake_ping WHERE received_at < %(before)s AND state <> 'accepted' AND place <> 'held'
    ORDER BY received_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
)
"""


def forget_old(*, before: datetime) -> int:
    """Delete pings that came before `before` (aware) and have ended, in batches; how many."""
    count = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_OLD, {"before": before, "batch": BATCH})
            deleted = int(cursor.rowcount)
        count += deleted
        if deleted < BATCH:
            return count


def blank_pings(posts: Sequence[UUID]) -> int:
    """Blank what the pings of `posts` (submissions) said and the vendor's own number; how many there were."""
    return Ping.objects.filter(submission__in=posts).update(fields={}, vendor_lead_id="", answer="")
