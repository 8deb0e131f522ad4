"""Replays as rows: asked for by a person, worked off by a worker, begun again by another where that one died."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.module_loading import import_string

from agents.assignment.roster import ROSTER
from agents.models import ReplayState, RoutingReplay
from agents.reports.periods import Period
from agents.routing.changes import MOST, Change, UnknownChange, change_of, changed
from agents.routing.outcome import compare
from agents.routing.past import count_leads
from leadcrm.lib.config import current_version
from leadcrm.lib.doorbell import ring_after_commit
from leadcrm.models import User

log = structlog.get_logger(__name__)

MOST_DAYS: Final = 31
MOST_LEADS: Final = 100_000
KEEP: Final = timedelta(days=90)
MAX_ATTEMPTS: Final = 3
_LEASE: Final = timedelta(minutes=2)
_RETRY: Final = timedelta(seconds=30)
# Longer than any replay takes, and less than the task's time limit.
_MOST_SECONDS: Final = 600.0
_NOTE_EVERY: Final = 1.0

_CLAIM: Final = """
    UPDATE agents_routingreplay SET due_at = %s, attempts = attempts + 1, seen = 0 WHERE id = (
        SELECT id FROM agents_routingreplay WHERE due_at <= %s ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING id
"""


class CannotReplay(ValueError):
    """These leads cannot be replayed; the message says why, for people."""


class _TakenAway(Exception):
    """Another worker has the row, since this one was thought dead; or somebody stopped it."""


def ask_replay(
    *, first: date, last: date, changes: Sequence[Change], by: User, request_id: UUID, now: datetime
) -> RoutingReplay:
    """Have the leads of the days `first` through `last` (agency calendar) given out again under `changes`.

    A worker does it; without changes it shows what today's rules would have done. A repeated `request_id` returns the
    replay it made. Raises CannotReplay for more than MOST_DAYS days or MOST_LEADS leads, days to come, changes of what
    is not there, and while another replay of the same person is under way.
    """
    if (made := RoutingReplay.objects.filter(request_id=request_id).first()) is not None:
        return made
    total = _checked(first, last, changes, now)
    try:
        with transaction.atomic():
            row = RoutingReplay.objects.create(
                request_id=request_id, first=first, last=last, changes=[each.as_json() for each in changes],
                asked_at=now, asked_by=by, due_at=now, total=total,
            )  # fmt: skip
            ring_after_commit(import_string("agents.tasks.replay_routing"), {})
            return row
    except IntegrityError:
        if (made := RoutingReplay.objects.filter(request_id=request_id).first()) is not None:
            return made
        raise CannotReplay(
            "Your last replay is still under way: wait until it is done, or open and stop it below."
        ) from None


def _checked(first: date, last: date, changes: Sequence[Change], now: datetime) -> int:
    """How many leads there are. Raises CannotReplay."""
    if first > last:
        raise CannotReplay("The first day is after the last.")
    if (last - first).days >= MOST_DAYS:
        raise CannotReplay(f"A replay goes over {MOST_DAYS} days at most.")
    if first > now.astimezone(settings.AGENCY_ZONE).date():
        raise CannotReplay("These days are still to come.")
    if len(changes) > MOST:
        raise CannotReplay(f"A replay tries {MOST} changes at most.")
    try:
        changed(ROSTER.get(None, current_version()), changes)
    except UnknownChange as error:
        raise CannotReplay(str(error)) from None
    days = Period(first, last)
    total = count_leads(since=days.begins, until=days.ends, most=MOST_LEADS + 1)
    if total > MOST_LEADS:
        raise CannotReplay(f"There are more than {MOST_LEADS:,} leads in these days: choose fewer days.")
    return total


def stop_replay(*, replay: RoutingReplay, now: datetime) -> bool:
    """Have nobody go on with `replay`; False where it was over already. Its worker leaves it within seconds.

    Safe to repeat. What was worked out so far is dropped: half of the days would compare nothing.
    """
    waiting = RoutingReplay.objects.filter(pk=replay.pk, state=ReplayState.WAITING)
    stopped = waiting.update(state=ReplayState.STOPPED, due_at=None, finished_at=now)
    replay.refresh_from_db()
    return bool(stopped)


def replay_due(*, now: datetime) -> bool:
    """Work off the replay that is due longest; False when none is. At most one worker has a row at a time."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [now + _LEASE, now])
        found = cursor.fetchone()
    if found is None:
        return False
    row = RoutingReplay.objects.get(pk=found[0])
    work = _Work(row, now)
    try:
        if row.attempts > MAX_ATTEMPTS:
            work.finish(ReplayState.FAILED, error="It was begun three times and never ended.")
        else:
            work.run()
    except _TakenAway:
        log.warning("routing.replay_taken_away", replay=row.pk)
    except UnknownChange as error:
        work.finish(ReplayState.FAILED, error=str(error))
    except Exception as error:
        log.error("routing.replay_broke", replay=row.pk, exc_info=error)
        work.put_off(error)
    return True


@dataclass(slots=True)
class _Work:
    """One worker's hold on a row, which is lost when another one has begun it meanwhile."""

    row: RoutingReplay
    began: datetime
    started: float = field(default_factory=time.monotonic)
    noted: float = 0.0

    def run(self) -> None:
        """Replay, and write what came of it."""
        now = ROSTER.get(None, current_version())
        changes = [change_of(values) for values in self.row.changes]
        then = changed(now, changes) if changes else now
        days = Period(self.row.first, self.row.last)
        result = compare(
            since=days.begins, until=min(days.ends, self.began), now=now, then=then, seen=self.note
        )
        self.finish(ReplayState.DONE, result=result)

    def note(self, seen: int) -> None:
        """How far it is, at most once a second. Raises _TakenAway."""
        passed = time.monotonic() - self.started
        if passed - self.noted < _NOTE_EVERY:
            return
        if passed > _MOST_SECONDS:
            raise TimeoutError
        self.noted = passed
        self._write(seen=seen, due_at=self.began + timedelta(seconds=passed) + _LEASE)

    def finish(self, state: ReplayState, *, result: object = None, error: str = "") -> None:
        """Done, or given up."""
        at = self.began + timedelta(seconds=time.monotonic() - self.started)
        seen = self.row.total if state == ReplayState.DONE else self.row.seen
        self._write(state=state, due_at=None, finished_at=at, result=result, error=error, seen=seen)

    def put_off(self, error: Exception) -> None:
        """Another time, or given up after MAX_ATTEMPTS."""
        if self.row.attempts >= MAX_ATTEMPTS:
            self.finish(ReplayState.FAILED, error=type(error).__name__)
        else:
            self._write(due_at=self.began + _RETRY, error=type(error).__name__)

    def _write(self, **values: object) -> None:
        mine = RoutingReplay.objects.filter(
            pk=self.row.pk, state=ReplayState.WAITING, attempts=self.row.attempts
        )
        if not mine.update(**values):
            raise _TakenAway


def forget_replays(*, now: datetime) -> int:
    """Delete replays that were asked for longer ago than KEEP; how many."""
    return (
        RoutingReplay.objects.filter(asked_at__lt=now - KEEP).exclude(state=ReplayState.WAITING).delete()[0]
    )
