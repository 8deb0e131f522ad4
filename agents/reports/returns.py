"""Leads that went back to their vendors: what was asked, taken and refused, what it brought, what still could go."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Q, Sum

from agents.reports.periods import Period
from agents.reports.report import INTERVAL_NOTE, Bars, Body, Column, Report, Row, Table, share, word
from intake.models import CandidateState, Return, ReturnCandidate, ReturnReason
from intake.returns.spending import Cost, costs
from leadcrm.lib.counts import count_words
from leadcrm.lib.samples import Share

_MOST: Final = 1000
_CLOSING: Final = timedelta(hours=48)
_SOURCES: Final = (
    word("vendor", "Vendor"), word("source", "Source"), Column("leads", "Leads bought"), Column("spent", "Spent"),
    Column("taken", "Taken back"), Column("refused", "Refused"), share("granted", "Granted"),
    Column("credit", "Credits"),
    Column("net", "Spent less credits"), Column("waiting", "Waiting now"), Column("waiting_price", "Their price"),
)  # fmt: skip
_REASONS: Final = (
    word("reason", "Reason"), Column("asked", "Asked"), Column("taken", "Taken back"), Column("refused", "Refused"),
    Column("credit", "Credits"),
)  # fmt: skip

_BOOKS_NOTE: Final = (
    "Credits count on the day the vendor gave them, whenever the lead was bought; the vendor scorecard sets them "
    "against the leads' own days."
)


def make(period: Period, now: datetime) -> Body:
    """By the day a vendor decided, as an agency's books have it; by reason, by the day it was asked."""
    found = costs(since=period.begins, until=period.ends)
    open_now = _open(now)
    reasons = list(_reasons(period))
    return Body(
        tables=[
            Table("sources", "By source", _SOURCES, [_source(each) for each in found]),
            Table("reasons", "Asked in these days, by reason", _REASONS, reasons, empty="None was asked."),
            Table("open", "Could still go back now", (word("what", "What"), Column("count", "How many")), open_now),
        ],
        notes=(
            _BOOKS_NOTE,
            INTERVAL_NOTE,
        ),
        chart=_chart(found),
        nothing=not (found or reasons),
    )  # fmt: skip


def _source(each: Cost) -> Row:
    return (
        each.vendor, each.source, each.leads, each.spent, each.taken, each.refused,
        Share(each.taken, each.taken + each.refused), each.credit, each.net, each.waiting, each.waiting_price,
    )  # fmt: skip


def _reasons(period: Period) -> Iterable[Row]:
    asked = Return.objects.filter(asked_at__gte=period.begins, asked_at__lt=period.ends).order_by()
    rows = asked.values_list("reason").annotate(
        n=Count("pk"), taken=Count("pk", filter=Q(state="taken")), refused=Count("pk", filter=Q(state="refused")),
        back=Sum("credit"),
    )  # fmt: skip
    for reason, count, taken, refused, credit in rows.order_by("-n", "reason"):
        yield ReturnReason(reason).label, count, taken, refused, credit


def _open(now: datetime) -> list[Row]:
    candidates = ReturnCandidate.objects.filter(state=CandidateState.OPEN, until_at__gt=now)
    closing = candidates.filter(until_at__lte=now + _CLOSING)
    waits = {
        "Leads that may be returned": candidates,
        "Of these, windows that close within 48 hours": closing,
    }
    return [(what, count_words(rows, _MOST)) for what, rows in waits.items()]


def _chart(found: list[Cost]) -> Bars | None:
    credited = [each for each in found if each.credit]
    if not credited:
        return None
    total = sum(each.credit for each in credited)
    bars = sorted(credited, key=lambda each: -each.credit)
    return Bars(
        "Credits", f"Vendors gave back ${total:,.2f}.",
        [(f"{each.vendor} · {each.source}", float(each.credit), f"${each.credit:,.2f}") for each in bars],
    )  # fmt: skip


report = Report(
    "returns", "Returns",
    "What was asked, taken back and refused, what it brought, and what could still go back.", make,
)  # fmt: skip
