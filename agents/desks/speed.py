"""The speed board: how long people wait, by source, team, owner, day and hour of arrival."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from agents.desks.people import teams_of
from agents.desks.scope import NONE, Scope
from agents.desks.sheets import Entry, Sheet
from agents.figures.reading import Cohort, added, cohorts
from agents.figures.spans import HOURS
from agents.models import Team
from agents.reports import names
from agents.reports.periods import Period
from agents.reports.report import Column, Row, share
from agents.reports.speed_to_contact import SPEED, WAITS, speed_row
from leadcrm.lib.charts import Cell, Chart, Group, Table, Value, columns
from leadcrm.lib.clock import day_words
from leadcrm.lib.samples import FEW, Share, percent

_FIGURES: Final = {
    "leads": "leads", "assigned": "assigned", "assigned_p90": "assigned", "within_1": "dialed_60",
    "within_5": "dialed_300", "within_60": "dialed_3600", "called": "dialed", "called_p90": "dialed",
    "contacted": "contacted", "contacted_p90": "contacted",
}  # fmt: skip
IN_SHORT: Final = {"sources": tuple(_FIGURES)}
_BY_HOUR: Final = (Column("leads", "Leads"), share("within_5", "Called in 5 min"))
_HOUR_FIGURES: Final = {"leads": "leads", "within_5": "dialed_300"}
# A longer period is drawn week by week.
_MOST_BARS: Final = 45


@dataclass(frozen=True, slots=True)
class SpeedBoard:
    """Its sheets, and charts by day and by hour of arrival."""

    sheets: Sequence[Sheet]
    charts: Sequence[Chart]


def speed_board(
    *, period: Period, link: Callable[[str, Scope], str], compares: bool = True
) -> SpeedBoard:  # fmt: skip
    """All leads bought in `period`; the days before it stand beside. `link(figure, scope)`: the list of its rows.

    Without `compares` the days before are read for the total alone. Nine queries at most, whatever there is to count.
    """
    days = _read(period, "day", "hours", "hours_in_5")
    sources, people = (_read(period, by) for by in ("source", "person"))
    before = _read(period.before, "source" if compares else "all")
    people_before = _read(period.before, "person") if compares else {}
    every = added(days.values(), Cohort())
    whole = Entry(
        "All", Scope(period), speed_row(every),
        speed_row(added(before.values(), Cohort())),
    )  # fmt: skip

    def sheet(key: str, title: str, name: str, entries: Iterable[Entry]) -> Sheet:
        return Sheet(key, title, name, SPEED, _FIGURES, list(entries), whole)

    return SpeedBoard(
        sheets=[
            sheet("sources", "By source", "Source", _by_source(period, sources, before)),
            sheet("teams", "By team", "Team of the owner", _by_team(period, people, people_before)),
            sheet("owners", "By agent", "Owner now", _by_owner(period, people, people_before)),
            sheet("days", "By day", "Day", _by_day(days)),
            Sheet(
                "hours", "By hour of arrival", "Hour", _BY_HOUR, _HOUR_FIGURES, list(_by_hour(period, every)),
                Entry("All", Scope(period), _hour_row(sum(every.hours), sum(every.hours_in_5))),
            ),
        ],
        charts=[_days_chart(period, days, link), _hours_chart(period, every, link)],
    )  # fmt: skip


def _read(period: Period, by: Any, *more: str) -> dict[Any, Cohort]:
    return cohorts(first=period.first, last=period.last, by=by, spans=[*WAITS, *more])


def _by_source(period: Period, found: Mapping[int, Cohort], before: Mapping[int, Cohort]) -> Iterable[Entry]:
    for pk, name in names.sources().items():
        if pk in found:
            yield Entry(
                f"{name.vendor} · {name.source}", Scope(period, source=pk), speed_row(found[pk]),
                speed_row(before.get(pk, Cohort())),
            )  # fmt: skip


def _by_owner(
    period: Period, found: Mapping[int | None, Cohort], before: Mapping[int | None, Cohort]
) -> Iterable[Entry]:
    for pk, name in names.people(set(found)).items():
        yield Entry(
            name, Scope(period, person=pk or NONE), speed_row(found[pk]), speed_row(before.get(pk, Cohort()))
        )


def _by_team(
    period: Period, found: Mapping[int | None, Cohort], before: Mapping[int | None, Cohort]
) -> Iterable[Entry]:
    """Teams as they are now; leads that nobody has are in none."""
    teams = teams_of()
    these, then = (_added_by_team(each, teams) for each in (found, before))
    known = {**dict(Team.objects.order_by("name").values_list("pk", "name")), NONE: "Without a team"}
    for pk, name in known.items():
        if pk in these:
            yield Entry(name, Scope(period, team=pk), speed_row(these[pk]), speed_row(then.get(pk, Cohort())))


def _added_by_team(found: Mapping[int | None, Cohort], teams: Mapping[int, int]) -> dict[int, Cohort]:
    groups: dict[int, list[Cohort]] = {}
    for pk, cohort in found.items():
        if pk is not None:
            groups.setdefault(teams.get(pk, NONE), []).append(cohort)
    return {team: added(each, Cohort()) for team, each in groups.items()}


def _by_day(found: Mapping[date, Cohort]) -> Iterable[Entry]:
    for day in sorted(found):
        yield Entry(
            f"{day:%a} {day.isoformat()}", Scope(Period(day, day)), speed_row(found[day]), order=str(day)
        )


def _by_hour(period: Period, found: Cohort) -> Iterable[Entry]:
    for hour in range(HOURS):
        if found.hours[hour]:
            row = _hour_row(found.hours[hour], found.hours_in_5[hour])
            yield Entry(f"{hour:02}:00", Scope(period, hour=hour), row)


def _hour_row(leads: int, quick: int) -> Row:
    return leads, Share(quick, leads)


def _days_chart(period: Period, found: Mapping[date, Cohort], link: Callable[[str, Scope], str]) -> Chart:
    step = 1 if period.days <= _MOST_BARS else 7
    spans = [
        Period(
            period.first + timedelta(days=n), min(period.first + timedelta(days=n + step - 1), period.last)
        )
        for n in range(0, period.days, step)
    ]
    parts = [(day_words(span.first), Scope(span), added(_within(found, span), Cohort())) for span in spans]
    counted = [(name, scope, _quick(cohort)) for name, scope, cohort in parts]
    title = "Called within 5 minutes, by day" if step == 1 else "Called within 5 minutes, by week"
    return _chart("days", title, "Day" if step == 1 else "Week of", counted, link)


def _within(found: Mapping[date, Cohort], span: Period) -> Iterable[Cohort]:
    return (cohort for day, cohort in found.items() if span.first <= day <= span.last)


def _quick(found: Cohort) -> Share:
    value = dict(zip((column.key for column in SPEED), speed_row(found), strict=True))["within_5"]
    assert isinstance(value, Share)
    return value


def _hours_chart(period: Period, found: Cohort, link: Callable[[str, Scope], str]) -> Chart:
    counted = [
        (f"{hour}h", Scope(period, hour=hour), Share(found.hours_in_5[hour], found.hours[hour]))
        for hour in range(HOURS)
    ]
    return _chart("hours", "Called within 5 minutes, by hour of arrival", "Hour", counted, link)


def _chart(
    key: str, title: str, name: str, parts: Sequence[tuple[str, Scope, Share]], link: Callable[[str, Scope], str]
) -> Chart:  # fmt: skip
    whole = Share(sum(each.part for _, _, each in parts), sum(each.whole for _, _, each in parts))
    return columns(
        key=key, title=title, summary=_summary(whole, parts), series=("Share (line: 95 in 100 sure)",),
        groups=[Group(label, (_bar(each),)) for label, _, each in parts],
        table=Table(
            (name, "Leads", "In 5 min", "Share", "Between"),
            [(label, _cells(scope, each, link)) for label, scope, each in parts],
        ),
        tick=percent, most=1.0,
    )  # fmt: skip


def _bar(found: Share) -> Value:
    if found.few or found.value is None:
        return Value(None)
    return Value(found.value, f"{found.text} of {found.whole} ({found.between})", found.low, found.high)


def _cells(scope: Scope, found: Share, link: Callable[[str, Scope], str]) -> Sequence[Cell]:
    return (
        Cell(f"{found.whole:,}", link("leads", scope) if found.whole else ""),
        Cell(f"{found.part:,}", link("dialed_300", scope) if found.part else ""),
        Cell(found.text), Cell(found.between or "\N{EN DASH}"),
    )  # fmt: skip


def _summary(whole: Share, parts: Sequence[tuple[str, Scope, Share]]) -> str:
    """“412 of 900 leads were called within 5 minutes. Best Nov 3 (61 %), worst Nov 8 (12 %).”"""
    if not whole.whole:
        return "No leads in these days."
    said = f"{whole.part:,} of {whole.whole:,} lead{'' if whole.whole == 1 else 's'} had a call within 5 minutes."
    sure = [
        (each.value, label, each.text) for label, _, each in parts if each.value is not None and not each.few
    ]
    if not sure:
        return f"{said} Fewer than {FEW} leads in each part: too few to draw."
    if len(sure) < 2:
        return said
    best, worst = max(sure, key=lambda each: each[0]), min(sure, key=lambda each: each[0])
    return f"{said} Best: {best[1]} ({best[2]}); worst: {worst[1]} ({worst[2]})."
