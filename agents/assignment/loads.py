"""How many leads an agent got, this day, this hour and ever: behind the caps, and what open pages ask for."""

from datetime import datetime
from typing import Final

from django.conf import settings

from leadcrm.lib.batch import Batch

# Relative, so that it is right without the agent's lock too. A post decided just before midnight but written
# after one of the new day counts into the new day: a cap may only ever be met early.
_COUNT: Final = """
    INSERT INTO agents_agentload AS load (agent_id, day_start, day_count, hour_start, hour_count, arrivals)
    VALUES (%s, %s, 1, %s, 1, 1)
    ON CONFLICT (agent_id) DO UPDATE SET
        day_count = CASE WHEN load.day_start >= excluded.day_start THEN load.day_count + 1 ELSE 1 END,
        day_start = greatest(load.day_start, excluded.day_start),
        hour_count = CASE WHEN load.hour_start >= excluded.hour_start THEN load.hour_count + 1 ELSE 1 END,
        hour_start = greatest(load.hour_start, excluded.hour_start),
        arrivals = load.arrivals + 1
"""


def agency_day_start(now: datetime) -> datetime:
    """Midnight before `now` (aware) on the agency's clock."""
    local = now.astimezone(settings.AGENCY_ZONE)
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def hour_start(now: datetime) -> datetime:
    """The full hour before `now` (aware) on the agency's clock."""
    local = now.astimezone(settings.AGENCY_ZONE)
    return local.replace(minute=0, second=0, microsecond=0)


def count_lead(*, agent_id: int, now: datetime, batch: Batch) -> None:
    """Add the statement that counts one more lead of the agent at `now`."""
    batch.execute(_COUNT, (agent_id, agency_day_start(now), hour_start(now)))
