"""Adding days up: figures of a period as a whole, by source, vendor, person or day. A few small rows, never leads."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any, Final, Literal, TypeVar

from django.db import connection

from agents.figures.spans import HOURS, SIZE
from agents.figures.sql import ARRAYS, added_up
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
_COHORT: Final = (
    "leads", "cost", "attempts", "dialed", "contacted", "quoted", "sold", "policies", "premium", "returned", "credit",
)  # fmt: skip
_ACTIVITY: Final = (
    "given", "called", "reached", "dials", "talks", "texts", "emails", "quoted", "policies", "premium", "lapsed",
)  # fmt: skip
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
    if by != "person":
        part = _Part("agents_sourcefigures", _KEYS[by], first, last, sources)
    else:
        table = "agents_ownerfigures" if sources is None else "agents_cohortfigures"
        part = _Part(table, "owner_id", first, last, sources)
    sums = [*_sums(_COHORT), *(added_up(name, ARRAYS[name]) for name in spans)]
    names = (*_COHORT, *spans)
    found: dict[Any, Cohort] = {}
    for who, *row in _added(part, sums):
        found[who] = Cohort(**{name: _plain(value) for name, value in zip(names, row, strict=True)})
    return found


def activity(*, first: date, last: date, by: By = "all", outcomes: bool = True) -> dict[Any, Activity]:
    """What people did from `first` through `last`. Of sources and vendors there is none. Without `outcomes` quicker."""
    key = "person_id" if by == "person" else _KEYS[by]
    part = _Part("agents_activityfigures", key, first, last)
    rows = _added(part, [*_sums(_ACTIVITY), added_up("called_in", SIZE)])
    worded = _worded(part, "outcomes") if outcomes else defaultdict(dict)
    found: dict[Any, Activity] = {}
    for who, *row in rows:
        numbers = dict(zip(_ACTIVITY, row, strict=False))
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
    """Which rows of a table of figures, and by which column they are added up."""

    table: str
    key: str
    first: date
    last: date
    sources: Sequence[int] | None = None

    @property
    def rows(self) -> str:
        """With the sources, where the vendor is asked for."""
        joined = " JOIN intake_source AS source ON source.id = source_id" if "vendor" in self.key else ""
        return f"{self.table}{joined}"

    @property
    def where(self) -> str:
        """Of these days, and sources."""
        return "day BETWEEN %s AND %s" + ("" if self.sources is None else " AND source_id = ANY(%s)")

    @property
    def params(self) -> list[Any]:
        """What `where` asks for."""
        return [self.first, self.last, *([] if self.sources is None else [list(self.sources)])]


def _added(part: _Part, sums: Sequence[str]) -> list[tuple[Any, ...]]:
    return _rows(
        f"SELECT {part.key}, {', '.join(sums)} FROM {part.rows} "  # noqa: S608 - names of ours
        f"WHERE {part.where} GROUP BY 1 HAVING count(*) > 0",
        part.params,
    )


def _worded(part: _Part, column: str) -> dict[Any, dict[str, int]]:
    """Counts by code, the most frequent first."""
    found: dict[Any, dict[str, int]] = defaultdict(dict)
    for about, code, count in _rows(
        f"SELECT {part.key}, said.key, sum(said.value::int) FROM {part.rows} "  # noqa: S608 - names of ours
        f"CROSS JOIN LATERAL jsonb_each_text({column}) AS said WHERE {part.where} GROUP BY 1, 2 ORDER BY 3 DESC, 2",
        part.params,
    ):
        found[about][code] = count
    return found


def _rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
