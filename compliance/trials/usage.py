"""How full tried caps would be: what a trial has bought so far, and what was bought before it began.

`used` is JSON: period, unit and first moment of the period -> what it had taken (see `used_before`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models import Count, Sum

from compliance.caps import period_of
from compliance.check import CapUsage
from compliance.models import Cap, CapUnit, Trial, TrialState
from intake.models import Submission, SubmissionState
from leadcrm.lib.db import Query, Row

_ACCEPTED: Final = """
    SELECT count(*) AS leads, coalesce(sum(price), 0) AS spend FROM compliance_trialverdict
    WHERE trial_id = %(trial)s AND look_back_id IS NULL AND would_outcome = 'accepted' AND at >= {since}
"""
# What was counted a few minutes ago, and the posts since then.
_BOUGHT: Final = f"""
SELECT asked.period, coalesce(counted.leads, 0) + later.leads, coalesce(counted.spend, 0) + later.spend
FROM unnest(%(periods)s::text[], %(starts)s::timestamptz[]) AS asked (period, start)
LEFT JOIN compliance_trialuse AS counted
    ON counted.trial_id = %(trial)s AND counted.period = asked.period AND counted.start = asked.start
CROSS JOIN LATERAL ({_ACCEPTED.format(since="coalesce(counted.until, asked.start)")}) AS later
"""  # noqa: S608 - constants
_COUNT: Final = f"""
INSERT INTO compliance_trialuse (trial_id, period, start, until, leads, spend)
SELECT %(trial)s, %(period)s, %(start)s, %(until)s, found.leads, found.spend
FROM ({_ACCEPTED.format(since="%(start)s")} AND at < %(until)s) AS found
ON CONFLICT (trial_id, period) DO UPDATE
SET start = excluded.start, until = excluded.until, leads = excluded.leads, spend = excluded.spend
"""  # noqa: S608 - constants
# A post is decided and committed within this time of its arrival.
_SETTLED: Final = timedelta(minutes=5)


def bought_query(trial_id: int, caps: Iterable[Cap], local: datetime) -> Query:
    """What the trial has bought in the running periods of `caps`: period, leads, dollars.

    `local` is the moment in the agency's zone.
    """
    starts = {cap.period: period_of(cap.period, local)[0] for cap in caps}
    return Query(_BOUGHT, {"trial": trial_id, "periods": list(starts), "starts": list(starts.values())})


def tried_usage(
    rows: Iterable[Row], caps: Iterable[Cap], used: Mapping[str, str], local: datetime
) -> tuple[CapUsage, ...]:
    """The usage of `caps`: what `bought_query` has found (`rows`) on top of `used`."""
    found = {period: {CapUnit.LEADS: leads, CapUnit.SPEND: spend} for period, leads, spend in rows}
    return tuple(
        CapUsage(
            cap, *period_of(cap.period, local),
            Decimal(found.get(cap.period, {}).get(CapUnit(cap.unit), 0)) + Decimal(used.get(_key(cap, local), 0)),
        )
        for cap in caps
    )  # fmt: skip


def used_before(source_id: int, caps: Iterable[Cap], local: datetime) -> dict[str, str]:
    """What the source has delivered in the running period of each cap until `local`. One query a cap."""
    found = {}
    for cap in caps:
        accepted = Submission.objects.filter(
            source=source_id, received_at__gte=period_of(cap.period, local)[0], received_at__lt=local,
            test=False, state=SubmissionState.ACCEPTED,
        )  # fmt: skip
        sums = accepted.order_by().aggregate(leads=Count("pk"), spend=Sum("price"))
        found[_key(cap, local)] = str(sums[cap.unit] or 0)
    return found


def add_bought(used: dict[str, Any], caps: Iterable[Cap], price: Decimal, local: datetime) -> None:
    """Count one lead of `price` in `used`: for who asks the posts one after the other."""
    for cap in caps:
        step = Decimal(1) if cap.unit == CapUnit.LEADS else price
        used[_key(cap, local)] = str(Decimal(used.get(_key(cap, local), 0)) + step)


def _key(cap: Cap, local: datetime) -> str:
    return f"{cap.period} {cap.unit} {period_of(cap.period, local)[0].isoformat()}"


def count_bought(*, now: datetime) -> None:
    """Count anew what running trials of caps have bought. Two at once do no harm: each writes a whole count."""
    until = now - _SETTLED
    local = until.astimezone(settings.AGENCY_ZONE)
    trials = Trial.objects.filter(state=TrialState.RUNNING, caps__isnull=False)
    with connection.cursor() as cursor:
        for trial in trials:
            for period in sorted({each["period"] for each in trial.caps or ()}):
                start = period_of(period, local)[0]
                about = {"trial": trial.pk, "period": period, "start": start, "until": until}
                cursor.execute(_COUNT, about)
