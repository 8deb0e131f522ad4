"""Counting cells anew, exactly, from the rows themselves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from agents.figures.adding import OF_ACTIVITY, OF_COHORTS, by_day, by_key, by_week
from agents.figures.sql import ACTIVITY, COHORTS, POSTS
from agents.models import AssignmentKind, FigureKind, Outcome
from agents.models.policies import FALLEN
from leadcrm.lib.alone import wait_for_turn

# Assignments by which no lead came to anybody: a whole book, or nobody's.
UNCOUNTED: Final = [
    str(kind) for kind in (AssignmentKind.HAND_OVER, AssignmentKind.OFFERED, AssignmentKind.NOBODY)
]
# One at a time writes figures; whoever comes second reads what happened meanwhile.
_LOCK: Final = 0x4649_4755_5245  # "FIGURE"
_LARGEST_STATEMENT: Final = 500
# Goes up when something more is counted: figures from before are counted anew.
_COUNTED: Final = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """What one row of figures is about. `source` of posts and cohorts; `person` owner of cohorts, doer of activity."""

    kind: FigureKind
    day: date
    source: int | None = None
    person: int | None = None


def basis() -> dict[str, Any]:
    """The rules that figures are counted by: other ones make all of them wrong."""
    reached = Outcome.objects.filter(reached=True).order_by("code").values_list("code", flat=True)
    return {"zone": settings.AGENCY_TIME_ZONE, "reached": list(reached), "counted": _COUNTED}


def count_cells(cells: Iterable[Cell]) -> None:
    """Count these cells anew. Cells that hold nothing any more are gone afterwards."""
    rules = basis()
    by_kind: dict[FigureKind, list[Cell]] = {}
    for cell in cells:
        by_kind.setdefault(cell.kind, []).append(cell)
    for kind, found in by_kind.items():
        for start in range(0, len(found), _LARGEST_STATEMENT):
            _count(kind, found[start : start + _LARGEST_STATEMENT], rules)


def count_day(day: date) -> None:
    """Count everything of `day` anew, in one transaction for each kind."""
    rules = basis()
    for kind in _WRITE:
        with transaction.atomic():
            _one_at_a_time()
            _count(kind, _of_day(kind, day, rules), rules)


_SPAN: Final = """(SELECT %(day)s::timestamp AT TIME ZONE %(zone)s AS at) AS begins,
    (SELECT (%(day)s::date + 1)::timestamp AT TIME ZONE %(zone)s AS at) AS ends"""
# Which cells a day may have: those that stand, and those that anything was posted or bought in. Of people all: few.
_OF_DAY: Final = {
    FigureKind.POSTS: f"""SELECT source_id, NULL::bigint FROM agents_postfigures WHERE day = %(day)s UNION
        SELECT DISTINCT row.source_id, NULL::bigint FROM intake_submission AS row, {_SPAN}
        WHERE row.received_at >= begins.at AND row.received_at < ends.at AND NOT row.test""",  # noqa: S608 - constants
    FigureKind.COHORT: f"""SELECT source_id, owner_id FROM agents_cohortfigures WHERE day = %(day)s UNION
        SELECT DISTINCT row.source_id, row.owner_id FROM intake_lead AS row, {_SPAN}
        WHERE row.received_at >= begins.at AND row.received_at < ends.at""",  # noqa: S608 - constants
    FigureKind.ACTIVITY: "SELECT NULL::bigint, id FROM leadcrm_user",
}  # fmt: skip


def _of_day(kind: FigureKind, day: date, rules: dict[str, Any]) -> list[Cell]:
    with connection.cursor() as cursor:
        cursor.execute(_OF_DAY[kind], {"day": day, "zone": rules["zone"]})
        return [Cell(kind, day, source, person) for source, person in cursor.fetchall()]


_DELETE: Final = """DELETE FROM {table} AS held USING
    unnest(%(days)s::date[], %(sources)s::bigint[], %(people)s::bigint[]) AS cell(day, source_id, person_id)
    WHERE held.day = cell.day AND {same}"""
_WRITE: Final = {
    FigureKind.POSTS: (
        _DELETE.format(table="agents_postfigures", same="held.source_id = cell.source_id"), POSTS,
    ),
    FigureKind.COHORT: (
        _DELETE.format(
            table="agents_cohortfigures",
            same="held.source_id = cell.source_id AND held.owner_id IS NOT DISTINCT FROM cell.person_id",
        ),
        COHORTS,
        *by_key("agents_sourcefigures", "source_id"), *by_key("agents_ownerfigures", "owner_id"), *by_day(),
        *by_week("agents_sourceweeks", "agents_sourcefigures", "source_id", OF_COHORTS),
        *by_week("agents_ownerweeks", "agents_ownerfigures", "owner_id", OF_COHORTS),
    ),
    FigureKind.ACTIVITY: (
        _DELETE.format(table="agents_activityfigures", same="held.person_id = cell.person_id"), ACTIVITY,
        *by_week("agents_activityweeks", "agents_activityfigures", "person_id", OF_ACTIVITY),
    ),
}  # fmt: skip


def _count(kind: FigureKind, cells: Sequence[Cell], rules: dict[str, Any]) -> None:
    if not cells:
        return
    params = {
        "days": [cell.day for cell in cells], "sources": [cell.source for cell in cells],
        "people": [cell.person for cell in cells], "uncounted": UNCOUNTED, "fallen": FALLEN, **rules,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        _one_at_a_time()
        for statement in _WRITE[kind]:
            cursor.execute(statement, params)


def _one_at_a_time() -> None:
    """Until the end of the transaction; what is read from then on is what was committed before."""
    wait_for_turn(_LOCK)
