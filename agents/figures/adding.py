"""Cells added up, so that a page about many days reads few rows: by source and by owner, by day, by week.

A week begins on Monday. Every sum is made of the rows below it in the transaction that counted them, never counted up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from agents.figures.spans import HOURS, SIZE

# What is summed in the cohorts of leads, and what in the activity of people.
COHORT: Final = (
    "leads", "cost", "attempts", "dialed", "contacted", "quoted", "sold", "policies", "premium", "returned", "credit",
)  # fmt: skip
ACTIVITY: Final = (
    "given", "called", "reached", "dials", "talks", "texts", "emails", "quoted", "policies", "premium", "lapsed",
)  # fmt: skip
# Arrays of both, and how long they are.
COHORT_ARRAYS: Final = {
    "assigned_in": SIZE, "dialed_in": SIZE, "contacted_in": SIZE, "hours": HOURS, "hours_in_5": HOURS,
}  # fmt: skip
ACTIVITY_ARRAYS: Final = {"called_in": SIZE}
_WEEK_OF_DAY: Final = "day - (extract(isodow FROM day)::int - 1)"
_GIVEN: Final = {"source_id": "sources", "owner_id": "people", "person_id": "people"}


def added_up(name: str, size: int) -> str:
    """An array of sums, place by place."""
    return f"ARRAY[{','.join(f'sum({name}[{place}])' for place in range(1, size + 1))}]::int[]"


@dataclass(frozen=True, slots=True)
class Summed:
    """A sort of figures: what is added up of it."""

    names: Sequence[str]
    arrays: Mapping[str, int]

    @property
    def columns(self) -> str:
        """Their names."""
        return ", ".join((*self.names, *self.arrays))

    @property
    def sums(self) -> str:
        """Their sums, in that order."""
        arrays = (added_up(name, size) for name, size in self.arrays.items())
        return ", ".join((*(f"sum({name})" for name in self.names), *arrays))


OF_COHORTS: Final = Summed(COHORT, COHORT_ARRAYS)
OF_ACTIVITY: Final = Summed(ACTIVITY, ACTIVITY_ARRAYS)


def by_key(table: str, key: str) -> tuple[str, str]:
    """Make the rows of `table`, by day and `key`, anew of the cohorts, for the days and keys of the cells given."""
    cells = f"""(SELECT DISTINCT * FROM unnest(%(days)s::date[], %({_GIVEN[key]})s::bigint[]) AS cell(day, {key})
    ) AS cell"""  # noqa: S608 - constants
    return (
        f"DELETE FROM {table} AS held USING {cells} WHERE held.day = cell.day AND {_same(key)}",  # noqa: S608 - constants
        f"""INSERT INTO {table} (day, {key}, {OF_COHORTS.columns})
SELECT cell.day, cell.{key}, {OF_COHORTS.sums} FROM {cells}
JOIN agents_cohortfigures AS held ON held.day = cell.day AND {_same(key)} GROUP BY 1, 2""",  # noqa: S608 - constants
    )


def by_day() -> tuple[str, str]:
    """Make the days of the cells given anew, of the days of sources."""
    return (
        "DELETE FROM agents_dayfigures WHERE day = ANY(%(days)s)",
        f"""INSERT INTO agents_dayfigures (day, {OF_COHORTS.columns})
SELECT day, {OF_COHORTS.sums} FROM agents_sourcefigures WHERE day = ANY(%(days)s) GROUP BY 1""",  # noqa: S608 - constants
    )


def by_week(table: str, days: str, key: str, summed: Summed) -> tuple[str, str]:
    """Make the rows of `table`, by week and `key`, anew of `days`, for the weeks and keys of the cells given."""
    cells = f"""(SELECT DISTINCT {_WEEK_OF_DAY} AS week, {key}
    FROM unnest(%(days)s::date[], %({_GIVEN[key]})s::bigint[]) AS cell(day, {key})) AS cell"""  # noqa: S608 - constants
    return (
        f"DELETE FROM {table} AS held USING {cells} WHERE held.week = cell.week AND {_same(key)}",  # noqa: S608 - constants
        f"""INSERT INTO {table} (week, {key}, {summed.columns})
SELECT cell.week, cell.{key}, {summed.sums} FROM {cells} CROSS JOIN generate_series(0, 6) AS n
JOIN {days} AS held ON held.day = cell.week + n AND {_same(key)} GROUP BY 1, 2""",  # noqa: S608 - constants
    )


def _same(key: str) -> str:
    """Leads that nobody has are a cell as well."""
    return f"held.{key} {'IS NOT DISTINCT FROM' if key == 'owner_id' else '='} cell.{key}"


def whole_weeks(first: date, last: date) -> tuple[date, date] | None:
    """The Mondays of the first and the last week that lies in these days; None where none does."""
    begins = first + timedelta(days=-first.weekday() % 7)
    ends = last - timedelta(days=(last.weekday() + 1) % 7)
    return (begins, ends - timedelta(days=6)) if begins < ends else None
