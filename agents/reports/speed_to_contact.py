"""How long people wait: from arrival to an owner, to the first call, to a conversation."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from agents.figures.reading import By, Cohort, added, cohorts
from agents.reports import names
from agents.reports.periods import Period
from agents.reports.report import (
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
from leadcrm.lib.samples import Share, percent

SPEED: Final = (
    Column("leads", "Leads"), Column("assigned", "Owner, median"), Column("assigned_p90", "Owner, 9 of 10"),
    share("within_1", "Called in 1 min"), share("within_5", "Called in 5 min"), share("within_60", "Called in 60 min"),
    Column("called", "First call, median"), Column("called_p90", "First call, 9 of 10"),
    Column("contacted", "Spoken with, median"), Column("contacted_p90", "Spoken with, 9 of 10"),
)  # fmt: skip

# What the values of SPEED are read from.
WAITS: Final = ("assigned_in", "dialed_in", "contacted_in")
WAITING_NOTE: Final = (
    "Waiting begins when a lead arrives, and counts for whoever owns it now. Shares are of all leads, called or not; "
    "medians of those called or spoken with."
)


def make(period: Period, now: datetime) -> Body:
    """All leads bought in these days: by owner, by source, by day."""
    days = _cohorts(period, "day")
    whole = added(days.values(), Cohort())
    by_day = [(day, *speed_row(days[day])) for day in sorted(days)]
    total: Row = ("All", *speed_row(whole))
    return Body(
        tables=[
            Table("owners", "By owner", (word("agent", "Owner now"), *SPEED), list(_owners(period)), total),
            Table("sources", "By source", (word("source", "Source"), *SPEED), list(_sources(period)), total),
            Table("days", "By day", (word("day", "Day"), *SPEED), by_day, total),
        ],
        notes=(
            WAITING_NOTE,
            SPANS_NOTE, INTERVAL_NOTE,
        ),
        chart=_chart(whole),
    )  # fmt: skip


def _cohorts(period: Period, by: By) -> dict[Any, Cohort]:
    return cohorts(first=period.first, last=period.last, by=by, spans=WAITS)


def speed_row(found: Cohort) -> Row:
    """The values of SPEED."""
    called = (share_within(found.dialed_in, seconds, found.leads) for seconds in (60, 300, 3600))
    return (
        found.leads, typical(found.assigned_in, 0.5), typical(found.assigned_in, 0.9), *called,
        typical(found.dialed_in, 0.5), typical(found.dialed_in, 0.9),
        typical(found.contacted_in, 0.5), typical(found.contacted_in, 0.9),
    )  # fmt: skip


def _owners(period: Period) -> Iterable[Row]:
    found = _cohorts(period, "person")
    for pk, name in names.people(set(found)).items():
        yield name, *speed_row(found[pk])


def _sources(period: Period) -> Iterable[Row]:
    found = _cohorts(period, "source")
    for pk, name in names.sources().items():
        if pk in found:
            yield f"{name.vendor} · {name.source}", *speed_row(found[pk])


def _chart(whole: Cohort) -> Bars | None:
    """The shares called within 1, 5 and 60 minutes, and at all."""
    if not whole.leads:
        return None
    shares = {m: share_within(whole.dialed_in, m * 60, whole.leads) for m in (1, 5, 60)}
    steps = [
        *((f"Within {m} min", each) for m, each in shares.items()),
        ("At all", Share(whole.dialed, whole.leads)),
    ]
    bars = [(name, each.value or 0.0, percent(each.value or 0.0)) for name, each in steps]
    of = f"{whole.leads:,} lead{'' if whole.leads == 1 else 's'}"
    return Bars("First call", f"{shares[5].part:,} of {of} had a first call within 5 minutes.", bars)


report = Report(
    "speed_to_contact", "Speed to contact",
    "From arrival to an owner, to the first call, to a conversation: medians, 9 of 10, shares in 1, 5 and 60 minutes.",
    make,
)  # fmt: skip
