"""Who is fast, who sells, who is drowning: what each person did, and what became of the leads they have."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from agents.figures.promises import Kept, kept_promises
from agents.figures.reading import Activity, Cohort, activity, added, cohorts
from agents.reports import names
from agents.reports.periods import Period
from agents.reports.report import (
    COHORT_NOTE,
    INTERVAL_NOTE,
    SPANS_NOTE,
    Bars,
    Body,
    Column,
    Report,
    Row,
    Table,
    share,
    share_within,
    typical,
    word,
)
from leadcrm.lib.samples import Share

DID: Final = (
    Column("given", "Leads given"), share("within_5", "Called within 5 min"),
    Column("first_call", "First call, median"), Column("nine_of_ten", "9 of 10 within"),
    share("reached", "Spoken with"),
    Column("dials", "Calls"), Column("talks", "Conversations"), Column("texts", "Texts"), Column("emails", "E-mails"),
    Column("quoted", "Quoted"), Column("policies", "Policies"), Column("premium", "Premium a year"),
    share("kept", "Call-backs in time"), Column("lapsed", "Lost untouched"),
)  # fmt: skip
OWNS: Final = (
    Column("leads", "Leads bought"), Column("attempts", "Tries"), share("dialed", "Called"),
    share("contacted", "Spoken with"), share("quoted", "Quoted"), share("sold", "Sold"), Column("policies", "Policies"),
    Column("premium", "Premium a year"), share("returned", "Returned"),
)  # fmt: skip

GIVEN_NOTE: Final = (
    "A lead given twice counts once, on the first day; whole books handed over do not count. Its first call is the "
    "agent's own since then."
)


def make(period: Period, now: datetime) -> Body:
    """What people did in these days, and what became of the leads bought in them that are theirs now."""
    span: dict[str, Any] = {"first": period.first, "last": period.last}
    did, kept = activity(**span, by="person"), kept_promises(**span, now=now)
    owned = cohorts(**span, by="person")
    known = names.people({*did, *kept})
    whole = added(did.values(), Activity())
    kept_whole = Kept(sum(each.promised for each in kept.values()), sum(each.kept for each in kept.values()))
    rows = [
        (name, *did_row(did.get(pk, Activity()), kept.get(pk or 0, Kept()))) for pk, name in known.items()
    ]
    return Body(
        tables=[
            Table(
                "did", "What people did", (word("agent", "Agent"), *DID), rows,
                total=("All", *did_row(whole, kept_whole)),
            ),
            Table(
                "leads", "What became of the leads bought", (word("agent", "Owner now"), *OWNS), list(_owners(owned)),
                total=("All", *owns_row(added(owned.values(), Cohort()))),
            ),
        ],
        notes=(
            GIVEN_NOTE,
            SPANS_NOTE, COHORT_NOTE, INTERVAL_NOTE,
        ),
        chart=conversations((known[pk], each.talks) for pk, each in did.items()),
    )  # fmt: skip


def did_row(found: Activity, kept: Kept) -> Row:
    """The values of DID."""
    return (
        found.given, share_within(found.called_in, 300, found.given), typical(found.called_in, 0.5),
        typical(found.called_in, 0.9), Share(found.reached, found.given), found.dials, found.talks, found.texts,
        found.emails, found.quoted, found.policies, found.premium, Share(kept.kept, kept.promised), found.lapsed,
    )  # fmt: skip


def _owners(owned: "dict[int | None, Cohort]") -> Iterable[Row]:
    for pk, name in names.people(set(owned)).items():
        yield name, *owns_row(owned[pk])


def owns_row(found: Cohort) -> Row:
    """The values of OWNS."""
    return (
        found.leads, found.attempts, Share(found.dialed, found.leads), Share(found.contacted, found.leads),
        Share(found.quoted, found.leads), Share(found.sold, found.leads), found.policies, found.premium,
        Share(found.returned, found.leads),
    )  # fmt: skip


def conversations(by_name: Iterable[tuple[str, int]]) -> Bars | None:
    """How many each had, the most first; None where nobody had any."""
    bars = sorted(((name, count) for name, count in by_name if count), key=lambda bar: -bar[1])
    if not bars:
        return None
    return Bars(
        "Conversations", f"Most conversations: {bars[0][0]}, {bars[0][1]:,}.",
        [(name, float(count), f"{count:,}") for name, count in bars],
    )  # fmt: skip


report = Report(
    "agent_performance", "Agent performance",
    "What each person did, how fast, and what became of the leads they have.", make,
)  # fmt: skip
