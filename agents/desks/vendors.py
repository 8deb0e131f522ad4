"""The vendor scorecard: vendors, or the sources of one, by what they posted and what became of the leads."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from agents.desks.behind import figure_of_reason
from agents.desks.scope import Scope
from agents.desks.sheets import Entry, Scorecard, Sheet
from agents.figures.reading import By, Cohort, Posts, added, cohorts, posts
from agents.reports import names
from agents.reports.periods import Period
from agents.reports.report import Column, Row
from agents.reports.vendor_scorecard import BECAME, POSTED, became_row, policy_costs, posted_row
from intake.models import Source
from intake.reasons import said

_POSTED_FIGURES: Final = {
    "posts": "posts", "accepted": "accepted", "own_duplicates": "own_duplicates",
    "other_duplicates": "other_duplicates", "consent": "consent", "refused": "refused_otherwise", "open": "undecided",
    "cost": "accepted",
}  # fmt: skip
_BECAME_FIGURES: Final = {
    "leads": "leads", "contacted": "contacted", "quoted": "quoted", "sold": "sold", "policies": "policies",
    "premium": "policies", "returned": "returned", "credit": "credits", "net_cost": "leads",
    "cost_per_contact": "contacted", "cost_per_quote": "quoted", "cost_per_policy": "policies", "first_call": "dialed",
}  # fmt: skip
# What stands on top, beside the days before.
IN_SHORT: Final = {
    "posts": ("posts", "accepted"),
    "leads": ("leads", "contacted", "quoted", "sold", "net_cost", "cost_per_policy", "premium", "returned"),
}


@dataclass(frozen=True, slots=True)
class _Found:
    """Figures by vendor or source, of a period."""

    posted: Mapping[int, Posts]
    became: Mapping[int, Cohort]


def vendor_scorecard(*, period: Period, vendor: int | None, page_of: Callable[[int], str]) -> Scorecard:
    """All vendors, or with `vendor` (a key) its sources, in `period` and the days before it.

    `page_of(vendor)` is the address of a vendor's own page. Nine queries, whatever there is to count.
    """
    known = names.vendors() if vendor is None else _sources(vendor)
    these, before = (_read(days, vendor, list(known)) for days in (period, period.before))

    def scope(pk: int) -> Scope:
        return Scope(period, vendor=pk) if vendor is None else Scope(period, source=pk)

    line = _Lines(known, scope, Scope(period, vendor=vendor), page_of if vendor is None else lambda _: "")
    name = "Vendor" if vendor is None else "Source"
    return Scorecard(
        sheets=[
            Sheet(
                "posts", "What was posted", name, POSTED, _POSTED_FIGURES,
                *line.of(these.posted, before.posted, Posts(), posted_row),
            ),
            Sheet(
                "leads", "What became of the leads", name, BECAME, _BECAME_FIGURES,
                *line.of(these.became, before.became, Cohort(), became_row),
            ),
            _reasons(name, line, these, before),
        ],
        chart=policy_costs({known[pk]: found for pk, found in these.became.items() if pk in known}),
    )  # fmt: skip


def _sources(vendor: int) -> dict[int, str]:
    return dict(Source.objects.filter(vendor=vendor).order_by("name", "pk").values_list("pk", "name"))


def _read(period: Period, vendor: int | None, known: list[int]) -> _Found:
    by: By = "vendor" if vendor is None else "source"
    span: dict[str, Any] = {"first": period.first, "last": period.last, "by": by}
    if vendor is not None:
        span["sources"] = known
    return _Found(posts(**span), cohorts(**span, spans=["dialed_in"]))


@dataclass(frozen=True, slots=True)
class _Lines:
    """Makes lines of figures: whose they are, and where each leads."""

    known: Mapping[int, str]
    scope: Callable[[int], Scope]
    whole: Scope
    page_of: Callable[[int], str]

    def of(
        self, these: Mapping[int, Any], before: Mapping[int, Any], nothing: Any, values: Callable[[Any], Row]
    ) -> tuple[list[Entry], Entry]:
        """The lines in the order of names, and all of them as one."""
        entries = [
            Entry(
                name, self.scope(pk), values(these.get(pk, nothing)), values(before.get(pk, nothing)),
                self.page_of(pk),
            )
            for pk, name in self.known.items() if pk in these
        ]  # fmt: skip
        whole, then = (added(found.values(), nothing) for found in (these, before))
        return entries, Entry("All", self.whole, values(whole), values(then))


def _reasons(name: str, line: _Lines, these: _Found, before: _Found) -> Sheet:
    """A column for each reason that there was, the most frequent first."""
    count = sum((Counter(found.reasons) for found in these.posted.values()), Counter[str]())
    codes = [code for code, _ in sorted(count.items(), key=lambda item: (-item[1], item[0]))]
    columns = [Column("rejected", "Refused"), *(Column(code, said(code)) for code in codes)]

    def values(found: Posts) -> Row:
        return (found.rejected, *(found.reasons.get(code, 0) for code in codes))

    entries, total = line.of(these.posted, before.posted, Posts(), values)
    return Sheet(
        "reasons", "Why posts were refused", name, columns,
        {"rejected": "rejected", **{code: figure_of_reason(code) for code in codes}},
        [entry for entry in entries if entry.values[0]], total, empty="No post was refused.",
    )  # fmt: skip
