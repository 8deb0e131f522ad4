"""The re-scrub: the numbers of open leads are asked again when a list has a newer version. Set-based, in SQL.

What a list says of a lead's number was asked when the lead was bought. A number that is listed since then, in the
same state and by a list that the lead's source asks, gets a row (ListedLead), and its lead leaves the queue. The row
is closed when the list no longer names the number, when the lead is closed, or when the list is not asked any more.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from compliance.checks.suppression import is_asked
from compliance.models import CheckMode, DncList, RescrubRun
from compliance.policy import POLICIES, BadParams
from compliance.rescrub_sql import CLEAR, FIND, OPEN_LEADS, OPEN_LISTINGS
from intake.models import OPEN_STATUSES
from leadcrm.lib.alone import alone
from leadcrm.lib.config import current_version

log = structlog.get_logger(__name__)

BATCH: Final = 10_000
# A lead committed while the run before was reading has a moment of status a little older than that run.
OVERLAP: Final = timedelta(minutes=10)
_LOCK: Final = 0x5265736372756221  # "Rescrub!": one re-scrub at a time


@dataclass(frozen=True, slots=True)
class _Plan:
    """What one run asks: the lists with a newer version of all open leads, every list of leads new since the last."""

    asked: dict[int, str]  # every list that is asked: key and code
    versions: dict[str, int]  # by code, as recorded
    newer: list[int]
    since: datetime | None
    exceptions: list[tuple[int, int]]  # (list, source): the source does not ask this list

    @property
    def every(self) -> list[int]:
        """The keys of all lists that are asked."""
        return list(self.asked)

    @property
    def not_asked(self) -> dict[str, list[int]]:
        """The exceptions by list code, as recorded."""
        return _by_code(self.asked, self.exceptions)


@dataclass(slots=True)
class _Work:
    """One run: what it found so far."""

    now: datetime
    plan: _Plan
    batch: int
    leads: int = 0
    listed: int = 0
    cleared: int = 0
    started: float = field(default_factory=time.perf_counter)

    def find(self) -> None:
        """Ask the lists about the open leads, a batch at a time, and add what became listed."""
        plan = self.plan
        leads = _rows(OPEN_LEADS, {"since": plan.since, "open": _open()})
        fresh = [lead for lead, is_fresh in leads if is_fresh]
        old = [lead for lead, is_fresh in leads if not is_fresh] if plan.newer else []
        for lists, of_lists in ((plan.every, fresh), (plan.newer, old)):
            for chunk in _chunks(of_lists, self.batch):
                self.leads += len(chunk)
                self.listed += self._run(FIND, {"leads": chunk, "lists": lists})

    def clear(self) -> None:
        """Close what is no longer so, a batch at a time."""
        open_rows = [row for (row,) in _rows(OPEN_LISTINGS, {})]
        for chunk in _chunks(open_rows, self.batch):
            self.cleared += self._run(CLEAR, {"rows": chunk, "lists": self.plan.every})

    def _run(self, sql: str, asked: dict[str, Any]) -> int:
        """One batch, a transaction of its own. How many rows it wrote."""
        with connection.cursor() as cursor:
            cursor.execute(
                sql,
                {
                    **asked, "now": self.now, "open": _open(), "zone": settings.AGENCY_TIME_ZONE,
                    "of_lists": [each for each, _ in self.plan.exceptions],
                    "of_sources": [each for _, each in self.plan.exceptions],
                },
            )  # fmt: skip
            return int(cursor.rowcount)

    def record(self, error: str = "") -> RescrubRun:
        """The run's row, written at its end."""
        return RescrubRun.objects.create(
            started_at=self.now, finished_at=max(self.now, timezone.now()), versions=self.plan.versions,
            not_asked=self.plan.not_asked, leads=self.leads, listed=self.listed, cleared=self.cleared, error=error,
            ms=round((time.perf_counter() - self.started) * 1000, 1),
        )  # fmt: skip


def rescrub(*, now: datetime, every_list: bool = False, batch: int = BATCH) -> RescrubRun | None:
    """Ask the lists about open leads: newer versions about all of them, every list about leads new since last time.

    `every_list` asks every list about all. Repeating it changes nothing; of two at once the second returns None at
    once, as does a run that has nothing to ask and nothing to clear. If it breaks, what was found stays, the run is
    recorded with its error, and the next one asks again. `now` is aware. Not inside a transaction: each batch
    commits by itself.
    """
    with alone(_LOCK) as mine:
        if not mine:
            return None
        work = _Work(now, _plan(now, every_list=every_list), batch)
        try:
            work.find()
            work.clear()
        except Exception as error:
            # The type alone: a database error quotes the values it stumbled on.
            log.error("rescrub.broke", exc_info=error)
            work.record(error=type(error).__name__)
            raise
        if not (work.leads or work.cleared or work.plan.newer):
            return None
        return work.record()


def last_run() -> RescrubRun | None:
    """The newest re-scrub that went through."""
    return RescrubRun.objects.filter(error="").order_by("-pk").first()


def _plan(now: datetime, *, every_list: bool) -> _Plan:
    lists = list(DncList.objects.filter(active=True, current__isnull=False).order_by("code"))
    asked = {each.pk: each.code for each in lists}
    exceptions = list(_exceptions(lists))
    last = last_run()
    left_out = _by_code(asked, exceptions)
    newer = [each.pk for each in lists if every_list or last is None or _is_news(each, left_out, last)]
    since = min(last.started_at, now) - OVERLAP if last else None
    return _Plan(asked, {each.code: int(each.current_id or 0) for each in lists}, newer, since, exceptions)


def _is_news(dnc_list: DncList, left_out: dict[str, list[int]], last: RescrubRun) -> bool:
    """True if the list has another version than in the last run, or more sources ask it now."""
    code = dnc_list.code
    more = set(last.not_asked.get(code, ())) - set(left_out.get(code, ()))
    return last.versions.get(code) != dnc_list.current_id or bool(more)


def _by_code(asked: dict[int, str], exceptions: Sequence[tuple[int, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for list_id, source_id in exceptions:
        found.setdefault(asked[list_id], []).append(source_id)
    return found


def _exceptions(asked: Sequence[DncList]) -> Iterator[tuple[int, int]]:
    """The (list, source) pairs that are not asked, by the settings of the sources' check “suppression” today.

    A source that is set to take people of a list, or only to record them, keeps them.
    """
    version = current_version()
    for (source,) in _rows("SELECT id FROM intake_source ORDER BY id", {}):
        try:
            policy = POLICIES.get(source, version)
        except BadParams:
            log.warning("rescrub.settings_unreadable", source_id=source)
            continue  # every list is asked: unknown is never clear
        ((mode, params),) = [(c.mode, c.params) for c in policy.checks if c.check.name == "suppression"]
        off = mode in (CheckMode.OFF, CheckMode.OBSERVE)
        yield from ((each.pk, source) for each in asked if off or not _wanted(each, params))


def _wanted(dnc_list: DncList, params: Any) -> bool:
    return is_asked(dnc_list.kind, params) and (dnc_list.kind != "reassigned" or params.reassigned)


def _open() -> list[str]:
    return [str(status) for status in OPEN_STATUSES]


def _chunks(items: Sequence[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])


def _rows(sql: str, params: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
