"""Which vendor earns money: what was posted and refused, and what became of the leads bought."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from agents.figures.reading import Cohort, Posts, added, cohorts, posts
from agents.reports import names
from agents.reports.periods import Period
from agents.reports.reasons import CONSENT
from agents.reports.report import (
    COHORT_NOTE,
    INTERVAL_NOTE,
    Bars,
    Body,
    Column,
    Report,
    Row,
    Table,
    per,
    share,
    typical,
    word,
)
from intake.reasons import said
from leadcrm.lib.samples import FEW, Share

_WHO: Final = (word("vendor", "Vendor"), word("source", "Source"))
POSTED: Final = (
    Column("posts", "Posts"), share("accepted", "Taken"), Column("own_duplicates", "Own duplicates"),
    Column("other_duplicates", "Others' duplicates"), Column("consent", "Consent faults"),
    Column("refused", "Refused otherwise"), Column("open", "Not decided"), Column("cost", "Cost"),
    Column("answer_ms", "Answer, ms"),
)  # fmt: skip
BECAME: Final = (
    Column("leads", "Leads"), share("contacted", "Spoken with"), share("quoted", "Quoted"),
    share("sold", "Sold"), Column("policies", "Policies"), Column("premium", "Premium a year"),
    share("returned", "Returned"),
    Column("credit", "Credits"), Column("net_cost", "Cost less credits"),
    Column("cost_per_contact", "Cost per contact"), Column("cost_per_quote", "Cost per quote"),
    Column("cost_per_policy", "Cost per policy"),
    Column("first_call", "First call, median"),
)  # fmt: skip
_REASONS: Final = (
    word("vendor", "Vendor"),
    word("code", "Reason code"),
    word("words", "In words"),
    Column("posts", "Posts"),
)


def make(period: Period, now: datetime) -> Body:
    """By source, with a total; each vendor's refusals by reason."""
    known = names.sources()
    span: dict[str, Any] = {"first": period.first, "last": period.last, "by": "source"}
    posted, became = posts(**span), cohorts(**span, spans=["dialed_in"])
    return Body(
        tables=[
            Table(
                "posts", "What was posted", (*_WHO, *POSTED),
                [(name.vendor, name.source, *posted_row(posted[pk])) for pk, name in known.items() if pk in posted],
                total=("All", "", *posted_row(added(posted.values(), Posts()))),
            ),
            Table(
                "leads", "What became of the leads", (*_WHO, *BECAME),
                [(name.vendor, name.source, *became_row(became[pk])) for pk, name in known.items() if pk in became],
                total=("All", "", *became_row(added(became.values(), Cohort()))),
            ),
            Table(
                "reasons", "Why posts were refused", _REASONS, list(_refusals(known, posted)),
                empty="No post was refused.",
            ),
        ],
        notes=(COHORT_NOTE, INTERVAL_NOTE, "Returned leads and what vendors gave back belong to the day of the lead."),
        chart=_chart(known, became),
    )  # fmt: skip


def posted_row(found: Posts) -> Row:
    """The values of POSTED."""
    consent = sum(count for code, count in found.reasons.items() if code in CONSENT)
    otherwise = found.rejected - found.own_duplicates - found.other_duplicates - consent
    return (
        found.posts, Share(found.accepted, found.posts), found.own_duplicates, found.other_duplicates, consent,
        otherwise, found.pending + found.held, found.cost,
        round(found.answer_ms / found.posts) if found.posts else None,
    )  # fmt: skip


def became_row(found: Cohort) -> Row:
    """The values of BECAME."""
    net = found.cost - found.credit
    return (
        found.leads, Share(found.contacted, found.leads), Share(found.quoted, found.leads),
        Share(found.sold, found.leads), found.policies, found.premium, Share(found.returned, found.leads), found.credit,
        net, per(net, found.contacted), per(net, found.quoted), per(net, found.policies), typical(found.dialed_in, 0.5),
    )  # fmt: skip


def _refusals(known: Mapping[int, names.SourceName], posted: Mapping[int, Posts]) -> Iterable[Row]:
    by_vendor: dict[str, list[Posts]] = defaultdict(list)
    for pk, name in known.items():
        if pk in posted:
            by_vendor[name.vendor].append(posted[pk])
    for vendor, found in by_vendor.items():
        for code, count in added(found, Posts()).reasons.items():
            yield vendor, code, said(code), count


def _chart(known: Mapping[int, names.SourceName], became: Mapping[int, Cohort]) -> Bars | None:
    """What a policy cost, vendor by vendor."""
    by_vendor: dict[str, list[Cohort]] = defaultdict(list)
    for pk, found in became.items():
        by_vendor[known[pk].vendor].append(found)
    return policy_costs({vendor: added(found, Cohort()) for vendor, found in by_vendor.items()})


def policy_costs(by_name: Mapping[str, Cohort]) -> Bars | None:
    """What a policy cost, the least first; of those that sold any. None where nobody did."""
    costs: list[tuple[str, Decimal]] = [
        (name, cost)
        for name, found in by_name.items()
        if (cost := per(found.cost - found.credit, found.policies)) is not None
    ]
    if not costs:
        return None
    costs.sort(key=lambda each: each[1])
    best, worst = costs[0], costs[-1]
    summary = f"A policy cost ${best[1]:,.0f} from {best[0]}"
    summary += f", the least, and ${worst[1]:,.0f} from {worst[0]}, the most." if len(costs) > 1 else "."
    bars = [(name, float(cost), f"${cost:,.0f}, {_sold(by_name[name].policies)}") for name, cost in costs]
    return Bars("What a policy cost", summary, bars)


def _sold(count: int) -> str:
    """So few tell little, and so it is told."""
    return f"{count:,} sold" if count >= FEW else f"only {count} sold"


report = Report(
    "vendor_scorecard", "Vendor scorecard",
    "What each vendor posted, what was refused and why, and what the leads earned.",
    make,
)  # fmt: skip
