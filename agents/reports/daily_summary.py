"""The morning's mail: what came in, what was done with it, beside what is usual, and what waits for somebody."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone

from agents.figures.reading import Activity, Cohort, Posts, activity, cohorts, posts
from agents.models import License
from agents.reports import names
from agents.reports.periods import Period
from agents.reports.report import (
    INTERVAL_NOTE,
    Bars,
    Body,
    Column,
    Report,
    Row,
    Table,
    Value,
    per,
    share,
    share_within,
    typical,
    word,
)
from compliance.models import Certificate, CertificateState
from intake.models import OPEN_STATUSES, Lead, Submission, SubmissionState
from leadcrm.lib.counts import count_words
from leadcrm.lib.samples import Share

_USUAL_DAYS: Final = 28
_MOST: Final = 1000
_SOON: Final = timedelta(days=30)

_SHORT: Final = (word("figure", "Figure"), Column("these", "These days"), Column("usual", "Usual"))


def make(period: Period, now: datetime) -> Body:
    """In short, by vendor, by agent, and what waits now."""
    usual = Period(period.first - timedelta(days=_USUAL_DAYS), period.first - timedelta(days=1))
    these, before = list(_in_short(period, 1.0)), list(_in_short(usual, period.days / _USUAL_DAYS))
    bought = cohorts(first=period.first, last=period.last, by="vendor")
    vendors, agents = list(_vendors(period, bought)), list(_agents(period))
    rows = [(name, value, other) for (name, value), (_, other) in zip(these, before, strict=True)]
    return Body(
        tables=[
            Table("short", "In short", _SHORT, rows),
            Table("vendors", "By vendor", _VENDOR, vendors, empty="Nothing was posted."),
            Table("agents", "By agent", _AGENT, agents, empty="Nobody did anything."),
            Table("waits", "Waits for somebody now", (word("what", "What"), Column("count", "How many")), _waits(now)),
        ],
        notes=("Usual: the average of the 4 weeks before, over as many days.", INTERVAL_NOTE),
        chart=_chart(bought),
        nothing=not (vendors or agents),
    )  # fmt: skip


def _in_short(period: Period, part: float) -> Iterable[tuple[str, Value]]:
    """Each figure of `period`; counts and sums times `part`, shares as they are."""
    span: dict[str, Any] = {"first": period.first, "last": period.last}
    came, bought = posts(**span).get(0, Posts()), cohorts(**span, spans=["dialed_in"]).get(0, Cohort())
    did = activity(**span).get(0, Activity())

    def count(number: int) -> int:
        return round(number * part)

    def dollars(amount: Decimal) -> Decimal:
        return round(amount * Decimal(part), 2)

    yield "Posts", count(came.posts)
    yield "Posts taken", Share(came.accepted, came.posts)
    yield "Leads bought", count(bought.leads)
    yield "Cost", dollars(bought.cost)
    yield "First call within 5 minutes", share_within(bought.dialed_in, 300, bought.leads)
    yield "Leads spoken with so far", Share(bought.contacted, bought.leads)
    yield "Calls", count(did.dials)
    yield "Conversations", count(did.talks)
    yield "Leads quoted", count(did.quoted)
    yield "Policies sold", count(did.policies)
    yield "Premium a year", dollars(did.premium)
    yield "Cost for each policy sold", per(bought.cost - bought.credit, did.policies)
    yield "Leads lost untouched", count(did.lapsed)


_VENDOR: Final = (
    word("vendor", "Vendor"), Column("posts", "Posts"), share("accepted", "Taken"), Column("cost", "Cost"),
    share("contacted", "Spoken with"), Column("policies", "Policies"),
)  # fmt: skip


def _vendors(period: Period, bought: dict[Any, Cohort]) -> Iterable[Row]:
    came = posts(first=period.first, last=period.last, by="vendor")
    for pk, name in names.vendors().items():
        if pk in came:
            post, lead = came[pk], bought.get(pk, Cohort())
            yield (
                name, post.posts, Share(post.accepted, post.posts), post.cost, Share(lead.contacted, lead.leads),
                lead.policies,
            )  # fmt: skip


_AGENT: Final = (
    word("agent", "Agent"), Column("given", "Leads"), Column("first_call", "First call, median"),
    Column("dials", "Calls"), Column("talks", "Conversations"), Column("quoted", "Quoted"),
    Column("policies", "Policies"), Column("premium", "Premium a year"),
)  # fmt: skip


def _agents(period: Period) -> Iterable[Row]:
    did = activity(first=period.first, last=period.last, by="person")
    for pk, name in names.people(set(did)).items():
        each = did[pk]
        yield (
            name, each.given, typical(each.called_in, 0.5), each.dials, each.talks, each.quoted, each.policies,
            each.premium,
        )  # fmt: skip


def _waits(now: datetime) -> list[Row]:
    """Counted up to a bound: the pages behind have the rest."""
    today = timezone.localdate(now)
    held = Submission.objects.filter(state=SubmissionState.HELD, test=False)
    alone = Lead.objects.filter(owner__isnull=True, status__in=OPEN_STATUSES, backlog=False)
    risky = Certificate.objects.filter(
        state=CertificateState.WAITING, accepted_at__lt=now - timedelta(minutes=10)
    )
    ending = License.objects.of_people_at_work().ending(first=today, last=today + _SOON, today=today)
    waits = {
        "Posts held for review": held, "Open leads without an owner": alone,
        "Certificates not retained yet": risky, "Licenses that end within 30 days": ending,
    }  # fmt: skip
    return [(what, count_words(rows, _MOST)) for what, rows in waits.items()]


def _chart(bought: dict[Any, Cohort]) -> Bars | None:
    """Leads bought, vendor by vendor."""
    known = names.vendors()
    bars = sorted(((known[pk], each.leads) for pk, each in bought.items()), key=lambda bar: -bar[1])
    if not bars:
        return None
    total = sum(count for _, count in bars)
    summary = f"{total:,} lead{'' if total == 1 else 's'} bought; most from {bars[0][0]} ({bars[0][1]:,})."
    return Bars("Leads bought", summary, [(name, float(count), f"{count:,}") for name, count in bars])


report = Report(
    "daily_summary", "Daily summary",
    "What came in, what was done with it, beside what is usual, and what waits for somebody.", make,
)  # fmt: skip
