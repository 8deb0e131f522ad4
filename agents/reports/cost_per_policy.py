"""What a policy costs, source by source, and how sure that is."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from agents.figures.reading import Cohort, added, cohorts
from agents.reports import names
from agents.reports.periods import Period
from agents.reports.report import (
    COHORT_NOTE,
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
    word,
)
from leadcrm.lib.samples import Share

_COLUMNS: Final = (
    word("vendor", "Vendor"), word("source", "Source"), word("product", "Product"), Column("leads", "Leads"),
    Column("cost", "Cost"), Column("credit", "Credits"), share("sold", "Sold"), Column("policies", "Policies"),
    Column("cost_per_policy", "A policy cost"), Column("cost_low", "At least"), Column("cost_high", "At most"),
    Column("premium", "Premium a year"), Column("premium_per_dollar", "Premium for a dollar"),
)  # fmt: skip

_BOUNDS_NOTE: Final = (
    "“At least” and “at most”: what a sale costs if the true share of leads sold is at either end of its interval; "
    "left out below 10 leads. Premium is a year's of the policies that stand."
)


def make(period: Period, now: datetime) -> Body:
    """Leads bought in these days, by source."""
    found, known = cohorts(first=period.first, last=period.last, by="source"), names.sources()
    rows = [
        (name.vendor, name.source, name.product, *_cost(found[pk]))
        for pk, name in known.items()
        if pk in found
    ]
    total = ("All", "", "", *_cost(added(found.values(), Cohort())))
    return Body(
        tables=[Table("sources", "Cost of a policy", _COLUMNS, rows, total=total)],
        notes=(
            COHORT_NOTE,
            _BOUNDS_NOTE,
            INTERVAL_NOTE,
        ),
        chart=_chart([(f"{row[0]} · {row[1]}", row[8]) for row in rows]),
    )  # fmt: skip


def _cost(found: Cohort) -> Row:
    net, sold = found.cost - found.credit, Share(found.sold, found.leads)
    each = net / found.leads if found.leads else Decimal(0)
    surely = not sold.few and sold.part
    return (
        found.leads, found.cost, found.credit, sold, found.policies, per(net, found.policies),
        round(each / Decimal(sold.high), 2) if surely else None,
        round(each / Decimal(sold.low), 2) if surely else None,
        found.premium, round(found.premium / net, 2) if net else None,
    )  # fmt: skip


def _chart(costs: "list[tuple[str, Value]]") -> Bars | None:
    bars = sorted(((name, cost) for name, cost in costs if isinstance(cost, Decimal)), key=lambda bar: bar[1])
    if not bars:
        return None
    return Bars(
        "Cost of a policy", f"Cheapest: {bars[0][0]}, ${bars[0][1]:,.0f} a policy.",
        [(name, float(cost), f"${cost:,.0f}") for name, cost in bars],
    )  # fmt: skip


report = Report(
    "cost_per_policy", "Cost of a policy",
    "What a policy cost, source by source, and between which bounds that surely lies.",
    make,
)  # fmt: skip
