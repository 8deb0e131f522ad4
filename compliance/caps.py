"""Places under a source's caps: how many are used, and taking one.

Reading takes no lock. A place is taken by one statement at the very end of the decision, and the database itself
refuses one too many (constraint `race_cap_not_exceeded`): posts for the last place wait for each other only while
they commit, and whoever comes second is decided once more and finds the cap full.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from compliance.check import CapUsage
from compliance.models import Cap, CapPeriod
from leadcrm.lib.batch import Batch

# SQL: cap -> used, as JSON; parameters: usage_params.
USAGE: Final = """
SELECT json_object_agg(use.cap_id, use.used::text) FROM compliance_capuse AS use
JOIN unnest(%(caps)s::bigint[], %(periods)s::timestamptz[]) AS asked (cap_id, period_start)
  ON use.cap_id = asked.cap_id AND use.period_start = asked.period_start
"""
_TAKE: Final = """
INSERT INTO compliance_capuse AS use (cap_id, period_start, used, "limit")
SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::numeric[], %s::numeric[]) ORDER BY 1
ON CONFLICT (cap_id, period_start) DO UPDATE SET used = use.used + excluded.used, "limit" = excluded."limit"
"""
# More than any cap, for the column that a place is held against.
_NO_LIMIT: Final = Decimal("999999999.99")


def usage_params(caps: Iterable[Cap], local: datetime) -> dict[str, Any]:
    """Parameters of USAGE for the periods of `local` (aware, in the agency's zone)."""
    starts = {cap.pk: period_of(cap.period, local)[0] for cap in caps}
    return {"caps": list(starts), "periods": list(starts.values())}


def read_usage(value: Mapping[str, str] | None, caps: Iterable[Cap], local: datetime) -> tuple[CapUsage, ...]:
    """What USAGE found; a period without a row is unused."""
    used = value or {}
    return tuple(
        CapUsage(cap, *period_of(cap.period, local), Decimal(used.get(str(cap.pk), 0))) for cap in caps
    )


def take_place(batch: Batch, usages: Sequence[CapUsage], price: Decimal, *, enforced: bool) -> None:
    """Count one lead of `price` against each cap when `batch` is written.

    The write raises leadcrm.lib.db.LostRace when another post took the last place in the meantime; never where the
    caps are not `enforced`, but only counted.
    """
    if not usages:
        return
    batch.execute(
        _TAKE,
        (
            [usage.cap.pk for usage in usages],
            [usage.period_start for usage in usages],
            [usage.step(price) for usage in usages],
            [usage.cap.limit if enforced else _NO_LIMIT for usage in usages],
        ),
    )


def places_of(usages: Sequence[CapUsage], price: Decimal) -> tuple[dict[str, Any], ...]:
    """What `take_place` takes of each cap for one lead of `price`, in JSON values."""
    return tuple(
        {"cap": usage.cap.pk, "period": usage.period_start.isoformat(), "amount": str(usage.step(price))}
        for usage in usages
    )


def period_of(period: str, local: datetime) -> tuple[datetime, datetime]:
    """First moment of the running period and of the next one, in the zone of `local`."""
    hour = local.replace(minute=0, second=0, microsecond=0)
    if period == CapPeriod.HOUR:
        # Stepped in absolute time, so that the hour repeated in autumn counts twice.
        return hour, (hour.astimezone(UTC) + timedelta(hours=1)).astimezone(local.tzinfo)
    day = hour.replace(hour=0)
    if period == CapPeriod.DAY:
        return day, day + timedelta(days=1)
    month = day.replace(day=1)
    return month, (month + timedelta(days=32)).replace(day=1)
