"""How full tried caps would be: what a trial has bought so far, and what was bought before it began."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, Sum

from compliance.caps import period_of
from compliance.check import CapUsage
from compliance.models import Cap, CapPeriod, CapUnit
from intake.models import Submission, SubmissionState
from leadcrm.lib.db import Query, Row

_PERIODS: Final = tuple(CapPeriod.values)
_COLUMNS: Final = ", ".join(
    f"count(*) FILTER (WHERE at >= %({period})s), coalesce(sum(price) FILTER (WHERE at >= %({period})s), 0)"
    for period in _PERIODS
)
# Two statements, since an index on a column is of no use to IS NOT DISTINCT FROM.
_BOUGHT: Final = {
    live: f"""
SELECT {_COLUMNS} FROM compliance_trialverdict
WHERE trial_id = %(trial)s AND look_back_id {"IS NULL" if live else "= %(look_back)s"}
    AND at >= %(since)s AND would_outcome = 'accepted'
"""  # noqa: S608 - constants
    for live in (True, False)
}


def bought_query(trial_id: int, look_back_id: int | None, caps: Iterable[Cap], local: datetime) -> Query:
    """What the trial has bought in the running periods, for `tried_usage`. `local`: aware, in the agency's zone."""
    starts = {period: period_of(period, local)[0] for period in _PERIODS}
    since = min((starts[cap.period] for cap in caps), default=local)
    return Query(
        _BOUGHT[look_back_id is None],
        {"trial": trial_id, "look_back": look_back_id, "since": since, **starts},
    )


def tried_usage(row: Row, caps: Iterable[Cap], used: dict[str, Any], local: datetime) -> tuple[CapUsage, ...]:
    """The usage of `caps` by what `bought_query` found and `used_before` had found."""
    found = {period: row[2 * number : 2 * number + 2] for number, period in enumerate(_PERIODS)}
    return tuple(_usage(cap, found[cap.period], used, local) for cap in caps)


def _usage(cap: Cap, found: Sequence[Any], used: dict[str, Any], local: datetime) -> CapUsage:
    start, following = period_of(cap.period, local)
    bought = Decimal(found[0] if cap.unit == CapUnit.LEADS else found[1])
    before = used.get(f"{cap.period} {cap.unit}", {})
    earlier = Decimal(before.get("used", 0)) if before.get("start") == start.isoformat() else Decimal(0)
    return CapUsage(cap, start, following, bought + earlier)


def used_before(source_id: int, caps: Iterable[Cap], local: datetime) -> dict[str, Any]:
    """What the source has delivered in the running period of each cap until `local`, as JSON. One query a cap."""
    found = {}
    for cap in caps:
        start = period_of(cap.period, local)[0]
        accepted = Submission.objects.filter(
            source=source_id, received_at__gte=start, received_at__lt=local, test=False,
            state=SubmissionState.ACCEPTED,
        )  # fmt: skip
        sums = accepted.order_by().aggregate(leads=Count("pk"), spend=Sum("price"))
        found[f"{cap.period} {cap.unit}"] = {
            "start": start.isoformat(), "used": str(sums[cap.unit] or 0)
        }  # fmt: skip
    return found
