"""How far a source's caps can have been used at a decision's moment (see compliance.evidence.past)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db.models import Count, QuerySet, Sum

from compliance.caps import period_of
from compliance.check import CapUsage, Facts
from compliance.evidence.moments import UNSETTLED
from compliance.evidence.past import Asked, Known
from compliance.models import Cap, CapUnit, ConfigChange, ConfigOperation, Decision, Outcome
from intake.models import Ping, Submission
from intake.post import Post

_NO_TIME: Final = timedelta(0)


def know_usage(asked: Asked) -> Known:
    """The caps' usage, for the check `caps`: counted again from the posts that were accepted."""
    post, caps = asked.post, asked.policy.caps
    if not caps or (post.terms is not None and post.terms.holds):
        return Known((Facts(),))
    if post.source.source.pings or _were_pinged(caps, post):
        return Known((), "pings held places for a while, which were given back since")
    if _altered(caps, post):
        return Known((), "a cap was made one of another period or unit meanwhile, and its count went on")
    began = _began(caps)
    least = tuple(
        _usage(cap, post, asked.decision_id, since=began[cap.pk][0], slack=-UNSETTLED) for cap in caps
    )
    most = tuple(
        _usage(cap, post, asked.decision_id, since=began[cap.pk][1], slack=UNSETTLED) for cap in caps
    )
    return Known(
        tuple(dict.fromkeys((Facts(caps=least), Facts(caps=most)))),
        "leads were accepted at that moment, and the rows do not tell who came first",
    )


def _were_pinged(caps: tuple[Cap, ...], post: Post) -> bool:
    """True when the source took pings in the periods that count, though it did no more at that moment."""
    local = post.now.astimezone(settings.AGENCY_ZONE)
    since = min(period_of(cap.period, local)[0] for cap in caps)
    return Ping.objects.filter(
        source=post.source.id, received_at__gte=since, received_at__lte=post.now + UNSETTLED
    ).exists()


def _began(caps: tuple[Cap, ...]) -> dict[int, tuple[datetime | None, datetime | None]]:
    """Since when each cap has counted, at the latest and at the earliest (None: always).

    One that was found when recording began may be as young as that, or as old as its source.
    """
    rows = ConfigChange.objects.filter(
        table_name=Cap._meta.db_table, row_id__in=[str(cap.pk) for cap in caps],
        operation__in=(ConfigOperation.INSERT, ConfigOperation.SNAPSHOT),
    )  # fmt: skip
    first = {int(row.row_id): row for row in rows.order_by("-id")}
    return {
        cap.pk: (row.at, row.at if row.operation == ConfigOperation.INSERT else None)
        if (row := first.get(cap.pk))
        else (None, None)
        for cap in caps
    }


def _altered(caps: tuple[Cap, ...], post: Post) -> bool:
    """True when a cap's count is not of one kind, since its period or unit was changed while it ran."""
    local = post.now.astimezone(settings.AGENCY_ZONE)
    starts = {str(cap.pk): period_of(cap.period, local)[0] for cap in caps}
    changes = ConfigChange.objects.filter(
        table_name=Cap._meta.db_table, row_id__in=starts, operation=ConfigOperation.UPDATE,
        version__lte=post.config_version, at__gte=min(starts.values()),
    )  # fmt: skip
    return any(
        change.at >= starts[change.row_id] and {"period", "unit"} & set(change.columns) for change in changes
    )


def _usage(cap: Cap, post: Post, decision_id: int, *, since: datetime | None, slack: timedelta) -> CapUsage:
    """What the leads accepted in the period until the moment, give or take `slack`, have used of `cap`."""
    start, following = period_of(cap.period, post.now.astimezone(settings.AGENCY_ZONE))
    # A cap counts what is committed after it was made, so what came just then may count or not.
    since = start if since is None else max(start, since - slack if slack > _NO_TIME else since)
    accepted = Decision.objects.filter(
        outcome=Outcome.ACCEPTED, submission__source=post.source.id, submission__test=False,
        decided_at__gte=since, decided_at__lt=post.now + slack,
    ).exclude(pk=decision_id)  # fmt: skip
    return CapUsage(cap, start, following, _counted(accepted, cap))


def _counted(accepted: QuerySet[Decision], cap: Cap) -> Decimal:
    if cap.unit == CapUnit.LEADS:
        return Decimal(accepted.aggregate(leads=Count("pk"))["leads"])
    posts = Submission.objects.filter(pk__in=accepted.order_by().values("submission"))
    spent: Decimal | None = posts.aggregate(spent=Sum("price"))["spent"]
    return spent or Decimal(0)
