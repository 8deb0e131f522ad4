"""Adding days up: figures of a period as a whole, by source, vendor, person or day. A few small rows, never leads."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any, Final, Literal, TypeVar

from django.db import connection

from agents.figures.adding import ACTIVITY, COHORT, COHORT_ARRAYS, added_up, whole_weeks
from agents.figures.spans import HOURS, SIZE
from agents.models import FigureDue, FigureKind, FigureState

By = Literal["all", "source", "vendor", "person", "day"]
Spans = tuple[int, ...]
F = TypeVar("F", "Posts", "Cohort", "Activity")
# The key of a period as a whole.
WHOLE: Final = 0
NOTHING: Final[Spans] = (0,) * SIZE
NO_HOURS: Final[Spans] = (0,) * HOURS


@dataclass(frozen=True, slots=True)
class Posts:
    """What was posted; see the fields of PostFigures."""

    posts: int = 0
    accepted: int = 0
    rejected: int = 0
    pending: int = 0
    held: int = 0
    own_duplicates: int = 0
    other_duplicates: int = 0
    cost: Decimal = Decimal(0)
    answer_ms: float = 0
    slowest_ms: float = 0
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cohort:
    """What became of leads by when they were bought; see the fields of CohortFigures."""

    leads: int = 0
    cost: Decimal = Decimal(0)
    attempts: int = 0
    dialed: int = 0
    contacted: int = 0
    quoted: int = 0
    sold: int = 0
    policies: int = 0
    premium: Decimal = Decimal(0)
    returned: int = 0
    credit: Decimal = Decimal(0)
    assigned_in: Spans = NOTHING
    dialed_in: Spans = NOTHING
    contacted_in: Spans = NOTHING
    hours: Spans = NO_HOURS
    hours_in_5: Spans = NO_HOURS


@dataclass(frozen=True, slots=True)
class Activity:
    """What people did; see the fields of ActivityFigures."""

    given: int = 0
    called: int = 0
    reached: int = 0
    dials: int = 0
    talks: int = 0
    texts: int = 0
    emails: int = 0
    quoted: int = 0
    policies: int = 0
    premium: Decimal = Decimal(0)
    lapsed: int = 0
    called_in: Spans = NOTHING
    outcomes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AsOf:
    """The moment that figures tell of (None: not counted yet), and how many days are still to be counted whole."""

    at: datetime | None
    days_left: int


def as_of() -> AsOf:
    """How fresh the figures are."""
    at = FigureState.objects.values_list("as_of", flat=True).first()
    return AsOf(at, FigureDue.objects.filter(kind=FigureKind.DAY).count())


_POSTS: Final = (
    "posts",
    "accepted",
    "rejected",
    "pending",
    "held",
    "own_duplicates",
    "other_duplicates",
    "cost",
)
_KEYS: Final[Mapping[By, str]] = {
    "all": str(WHOLE), "source": "source_id", "vendor": "source.vendor_id", "day": "day",
}  # fmt: skip


def posts(
    *, first: date, last: date, by: By = "all", sources: Sequence[int] | None = None
) -> dict[Any, Posts]:
    """Posts received from `first` through `last`, by the agency's days. Nothing posted, no entry.

    `sources`: those of these sources only.
    """
    sums = (*_sums(_POSTS), "sum(answer_ms)", "max(slowest_ms)")
    part = _Part("agents_postfigures", _KEYS[by], first, last, sources)
    reasons = _worded(part, "reasons")
    names = (*_POSTS, "answer_ms", "slowest_ms")
    rows = _added(part, sums)
    return {key: Posts(**dict(zip(names, row, strict=True)), reasons=reasons[key]) for key, *row in rows}


def cohorts(
    *,
    first: date,
    last: date,
    by: By = "all",
    spans: Sequence[str] = (),
    sources: Sequence[int] | None = None,
) -> dict[Any, Cohort]:
    """Leads bought from `first` through `last` and what became of them since. By person: their owner, None without.

    `spans` names those of assigned_in, dialed_in, contacted_in, hours and hours_in_5 that are wanted: they cost more
    than all the rest. `sources`: leads of these sources only, which by person costs much more.
    """
    key, (days, weeks) = _KEYS.get(by, "owner_id"), _tables(by, sources)
    sums = [*_sums(COHORT), *(added_up(name, COHORT_ARRAYS[name]) for name in spans)]
    names = (*COHORT, *spans)
    part = _Part(days, key, first, last, sources, weeks, names)
    found: dict[Any, Cohort] = {}
    for who, *row in _added(part, sums):
        found[who] = Cohort(**{name: _plain(value) for name, value in zip(names, row, strict=True)})
    return found


def _tables(by: By, sources: Sequence[int] | None) -> tuple[str, str]:
    """Where the fewest rows tell it, by day and by week ("": not kept by week)."""
    if by == "person":
        of_all = ("agents_ownerfigures", "agents_ownerweeks")
        return of_all if sources is None else ("agents_cohortfigures", "")
    if by in ("all", "day") and sources is None:
        return "agents_dayfigures", ""
    return "agents_sourcefigures", "" if by == "day" else "agents_sourceweeks"


def activity(*, first: date, last: date, by: By = "all", outcomes: bool = True) -> dict[Any, Activity]:
    """What people did from `first` through `last`. Of sources and vendors there is none. Without `outcomes` quicker."""
    key = "person_id" if by == "person" else _KEYS[by]
    part = _Part("agents_activityfigures", key, first, last)
    weeks = "" if by == "day" else "agents_activityweeks"
    summed = replace(part, weeks=weeks, names=(*ACTIVITY, "called_in"))
    rows = _added(summed, [*_sums(ACTIVITY), added_up("called_in", SIZE)])
    worded = _worded(part, "outcomes") if outcomes else defaultdict(dict)
    found: dict[Any, Activity] = {}
    for who, *row in rows:
        numbers = dict(zip(ACTIVITY, row, strict=False))
        found[who] = Activity(**numbers, called_in=tuple(row[-1]), outcomes=worded[who])
    return found


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def added(rows: Iterable[F], nothing: F) -> F:
    """All of `rows` as one; `nothing` where there is none."""
    return reduce(_plus, rows, nothing)


def _plus(one: F, other: F) -> F:
    return replace(one, **{each.name: _sum(each.name, one, other) for each in fields(one)})


def _sum(name: str, one: Any, other: Any) -> Any:
    first, second = getattr(one, name), getattr(other, name)
    if isinstance(first, tuple):
        return tuple(map(add, first, second))
    if isinstance(first, Mapping):
        both = Counter(first) + Counter(second)
        return dict(sorted(both.items(), key=lambda item: (-item[1], item[0])))
    return max(first, second) if name == "slowest_ms" else first + second


def _sums(names: tuple[str, ...]) -> list[str]:
    return [f"sum({name})" for name in names]


@dataclass(frozen=True, slots=True)
class _Part:
    """Which rows of a table of figures, and by which column they are added up.

    `weeks`: the table that holds whole weeks of the same, of which `names` are read.
    """

    table: str
    key: str
    first: date
    last: date
    sources: Sequence[int] | None = None
    weeks: str = ""
    names: Sequence[str] = ()

    def rows(self) -> tuple[str, list[Any]]:
        """What to add up, as a part of a statement, and its parameters. Weeks where whole ones lie in the days."""
        weeks = whole_weeks(self.first, self.last) if self.weeks else None
        if weeks is None:
            return self._of(self.table, "day", "*", self.first, self.last)
        begins, ends = weeks
        whose = "" if self.key in (str(WHOLE), "day") else self.key.replace("source.vendor_id", "source_id")
        columns = ", ".join([*([whose] if whose else []), *self.names])
        spans = (
            (self.table, "day", self.first, begins - timedelta(days=1)),
            (self.weeks, "week", begins, ends),
            (self.table, "day", ends + timedelta(days=7), self.last),
        )
        parts = [self._of(table, day, columns, *span) for table, day, *span in spans]
        return " UNION ALL ".join(sql for sql, _ in parts), [each for _, params in parts for each in params]

    def _of(self, table: str, day: str, columns: str, first: date, last: date) -> tuple[str, list[Any]]:
        of_sources = "" if self.sources is None else " AND source_id = ANY(%s)"
        sql = f"SELECT {columns} FROM {table} WHERE {day} BETWEEN %s AND %s{of_sources}"  # noqa: S608 - names of ours
        return sql, [first, last, *([] if self.sources is None else [list(self.sources)])]

    @property
    def joined(self) -> str:
        """The source, where the vendor is asked for."""
        return " JOIN intake_source AS source ON source.id = source_id" if "vendor" in self.key else ""


def _added(part: _Part, sums: Sequence[str]) -> list[tuple[Any, ...]]:
    rows, params = part.rows()
    return _rows(
        f"SELECT {part.key}, {', '.join(sums)} FROM ({rows}) AS held{part.joined} "  # noqa: S608 - names of ours
        "GROUP BY 1 HAVING count(*) > 0",
        params,
    )


def _worded(part: _Part, column: str) -> dict[Any, dict[str, int]]:
    """Counts by code, the most frequent first."""
    found: dict[Any, dict[str, int]] = defaultdict(dict)
    rows, params = part.rows()
    for about, code, count in _rows(
        f"SELECT {part.key}, said.key, sum(said.value::int) FROM ({rows}) AS held{part.joined} "  # noqa: S608 - names of ours
        f"CROSS JOIN LATERAL jsonb_each_text({column}) AS said GROUP BY 1, 2 ORDER BY 3 DESC, 2",
        params,
    ):
        found[about][code] = count
    return found


def _rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
