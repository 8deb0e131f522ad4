"""Which cells something has happened in: read from what is new in the tables that are only ever added to.

A row may be committed after one with a higher number was read. So a table is read again from a point behind which
nothing can be under way any more. Of what lies behind it, rows of transactions that were over when the last run began
are left out: it saw them. A cell noted twice is counted twice, to the same end.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from agents.figures.counting import UNCOUNTED, basis
from agents.figures.sql import DAY_OF
from agents.models import FigureDue, FigureKind, FigureMark, FigureState

# No transaction is open for so long: statements and idle sessions are ended after a minute (settings).
OVERLAP: Final = timedelta(minutes=5)
# Rows read at once, and in one run: after a long stop the next runs go on.
CHUNK: Final = 20_000
MOST: Final = 400_000
# A table that was never read begins so far from its end, for what is just being written.
FIRST_OVERLAP: Final = 5_000

_NOTE: Final = "INSERT INTO agents_figuredue (kind, day, source_id, person_id) "
# Written by a transaction that was not over for certain when the last run began: as young as `seen`, or a little older.
_UNSEEN: Final = """age(new.xmin) <=
    (SELECT least(2147483647, pg_snapshot_xmax(pg_current_snapshot())::text::bigint - %(seen)s + 1000))"""
_NEW: Final = f"new.id > %(low)s AND new.id <= %(high)s AND {_UNSEEN}"
_LEAD_DAY: Final = DAY_OF.format("lead.received_at")


def _lead_cells(table: str) -> str:
    """The cohorts of the leads that new rows of `table` are about."""
    return (
        f"SELECT DISTINCT 'cohort', {_LEAD_DAY}, lead.source_id, lead.owner_id FROM {table} AS new "  # noqa: S608
        f"JOIN intake_lead AS lead ON lead.id = new.lead_id WHERE {_NEW}"
    )


def _doings(table: str, person: str, moment: str, only: str = "true") -> str:
    """What people did by new rows of `table`."""
    day = DAY_OF.format(f"new.{moment}")
    return (
        f"SELECT DISTINCT 'activity', {day}, NULL::bigint, {person} FROM {table} AS new "  # noqa: S608 - constants
        f"WHERE {_NEW} AND {person} IS NOT NULL AND {only}"
    )


# A lead that changed hands is missing in the cohort of whoever had it: an event names people by name only, so every
# owner's cohort of that day and source is counted. A lead that had no owner before is missing there.
_HANDS: Final = f"""
SELECT DISTINCT 'cohort', held.day, held.source_id, held.owner_id FROM intake_leadevent AS new
JOIN intake_lead AS lead ON lead.id = new.lead_id
JOIN agents_cohortfigures AS held ON held.day = {_LEAD_DAY} AND held.source_id = lead.source_id
    AND (new.old <> '' OR held.owner_id IS NULL)
WHERE {_NEW} AND new.kind IN ('assigned', 'unassigned')
"""  # noqa: S608 - constants


def _came_to(table: str, person: str, only: str) -> str:
    """A call or talk says how long a lead had waited: the days on which it came to whoever called."""
    day = DAY_OF.format("came.assigned_at")
    return f"""
SELECT DISTINCT 'activity', {day}, NULL::bigint, {person} FROM {table} AS new
JOIN agents_agent AS agent ON agent.user_id = {person}
JOIN agents_assignment AS came ON came.lead_id = new.lead_id AND came.agent_id = agent.id
WHERE {_NEW} AND {only}
"""  # noqa: S608 - constants


_ASSIGNED: Final = f"""
SELECT DISTINCT 'activity', {DAY_OF.format("new.assigned_at")}, NULL::bigint, agent.user_id
FROM agents_assignment AS new JOIN agents_agent AS agent ON agent.id = new.agent_id
WHERE {_NEW} AND new.kind <> ALL(%(uncounted)s)
"""  # noqa: S608 - constants
_LAPSED: Final = f"""
SELECT DISTINCT 'activity', {DAY_OF.format("new.at")}, NULL::bigint, agent.user_id
FROM agents_slaevent AS new JOIN agents_agent AS agent ON agent.id = new.agent_id WHERE {_NEW} AND new.lapsed
"""  # noqa: S608 - constants
_POLICY: Final = "FROM agents_policychange AS new JOIN agents_policy AS policy ON policy.id = new.policy_id"
_SOLD: Final = f"""
SELECT DISTINCT 'activity', {DAY_OF.format("policy.sold_at")}, NULL::bigint, policy.sold_by_id {_POLICY} WHERE {_NEW}
"""
_SOLD_LEADS: Final = f"""
SELECT DISTINCT 'cohort', {_LEAD_DAY}, lead.source_id, lead.owner_id {_POLICY}
JOIN intake_lead AS lead ON lead.id = policy.lead_id WHERE {_NEW}
"""
_DECIDED: Final = f"""
SELECT DISTINCT 'posts', {DAY_OF.format("post.received_at")}, post.source_id, NULL::bigint
FROM compliance_decision AS new JOIN intake_submission AS post ON post.id = new.submission_id
WHERE {_NEW} AND NOT post.test
"""  # noqa: S608 - constants
# Posts without a decision; by their moment, for their key is no number.
_POSTED: Final = f"""
SELECT DISTINCT 'posts', {DAY_OF.format("new.received_at")}, new.source_id, NULL::bigint
FROM intake_submission AS new WHERE new.received_at >= %(since)s AND NOT new.test AND {_UNSEEN}
"""  # noqa: S608 - constants

# Leads that their vendor took back, of which nothing new need stand in their history.
_CREDITED: Final = f"""
SELECT DISTINCT 'cohort', {_LEAD_DAY}, lead.source_id, lead.owner_id
FROM intake_return AS new JOIN intake_lead AS lead ON lead.id = new.lead_id
WHERE new.state = 'taken' AND new.decided_at >= %(since)s AND {_UNSEEN}
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Stream:
    """A table that is only added to, with a growing key, and what its new rows touch."""

    table: str
    touches: tuple[str, ...]


_EVENTS, _ATTEMPTS = "intake_leadevent", "compliance_contactattempt"
_TALKS: Final = "agents_communication"
STREAMS: Final = (
    Stream("compliance_decision", (_DECIDED,)),
    Stream(
        _EVENTS,
        (
            _lead_cells(_EVENTS), _HANDS,
            _doings(_EVENTS, "new.actor_id", "at", "new.kind = 'status' AND new.new = 'quoted'"),
        ),
    ),
    Stream(
        _ATTEMPTS,
        (
            _lead_cells(_ATTEMPTS), _doings(_ATTEMPTS, "new.user_id", "at", "new.channel = 'call'"),
            _came_to(_ATTEMPTS, "new.user_id", "new.channel = 'call'"),
        ),
    ),
    Stream(
        _TALKS,
        (
            _lead_cells(_TALKS), _doings(_TALKS, "new.author_id", "at"),
            _came_to(_TALKS, "new.author_id", "new.outcome <> ''"),
        ),
    ),
    Stream("agents_policychange", (_SOLD, _SOLD_LEADS)),
    Stream("agents_assignment", (_ASSIGNED,)),
    Stream("agents_slaevent", (_LAPSED,)),
)  # fmt: skip


def note_news(*, now: datetime) -> None:
    """Note the cells that anything happened in up to `now` (aware), to be counted.

    Before the first run, and where the agency's time zone or what counts as reaching a person was changed, all days.
    Safe to repeat; a run that breaks off is made up for by the next.
    """
    rules, oldest = basis(), _oldest_transaction()
    state = FigureState.objects.filter(pk=1).first()
    if state is None:
        state = FigureState(pk=1, noted_at=now, basis={}, seen_xid=oldest)
    params = {**rules, "uncounted": UNCOUNTED, "seen": _known(state.seen_xid)}
    whole = sum(_read_on(stream, params, now) for stream in STREAMS) == len(STREAMS)
    _note([_POSTED, _CREDITED], {**params, "since": state.noted_at - OVERLAP})
    with transaction.atomic():
        if state.basis != rules:
            note_days(first=first_day(), last=now.astimezone(settings.AGENCY_ZONE).date())
        state.basis, state.noted_at, state.seen_xid = rules, now, oldest if whole else state.seen_xid
        state.save()


def note_days(*, first: date | None, last: date) -> int:
    """Note every day from `first` through `last`, to be counted whole; how many. None: there is nothing yet."""
    if first is None:
        return 0
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    FigureDue.objects.bulk_create(
        (FigureDue(kind=FigureKind.DAY, day=day) for day in days), ignore_conflicts=True
    )
    return len(days)


def _read_on(stream: Stream, params: dict[str, Any], now: datetime) -> bool:
    """Note what is new in one table, in portions, and remember how far everything was read for good.

    False where a part was left to the next run. A table that was never read begins near its end: its days are counted
    whole.
    """
    end = _top(stream.table)
    mark = FigureMark.objects.filter(pk=stream.table).first()
    if mark is None:
        mark = FigureMark(stream=stream.table, floor=max(0, end - FIRST_OVERLAP), ahead=end, ahead_at=now)
    settled = now - mark.ahead_at >= OVERLAP
    top = min(end, mark.floor + MOST)
    for low in range(mark.floor, top, CHUNK):
        high = min(low + CHUNK, top)
        _note(stream.touches, {**params, "low": low, "high": high})
        if settled:
            mark.floor = max(mark.floor, min(high, mark.ahead))
            mark.save()
    if settled:
        mark.ahead, mark.ahead_at = top, now
    mark.save()
    return top == end


def _note(statements: Any, params: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(f"{_NOTE} {statement} ON CONFLICT DO NOTHING", params)


def _oldest_transaction() -> int:
    """The oldest one that writes now: all before it are over."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def _known(seen: int) -> int:
    """The transaction `seen`; 0, before all, where this database has not come so far (it was restored)."""
    return seen if seen <= _oldest_transaction() else 0


def _top(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608 - our tables
        return int(cursor.fetchone()[0])


def first_day() -> date | None:
    """The first day that anything can have happened on: that of the first post, or of the first figures."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT least((SELECT {DAY_OF.format("min(received_at)")} FROM intake_submission),
                (SELECT min(day) FROM agents_cohortfigures), (SELECT min(day) FROM agents_activityfigures))""",  # noqa: S608 - constants
            {"zone": settings.AGENCY_TIME_ZONE},
        )
        found: date | None = cursor.fetchone()[0]
        return found
