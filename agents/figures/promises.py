"""Call-backs kept in time, counted when asked: promises are moved and done without leaving a new row behind."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection

from agents.numbers import GRACE


@dataclass(frozen=True, slots=True)
class Kept:
    """Of the call-backs `promised` whose time has come, those `kept` by then or a little later."""

    promised: int = 0
    kept: int = 0


# For each person one walk along an index (promise_of_owner) that holds all that is asked for.
_KEPT: Final = """
SELECT person.id, mine.promised, mine.kept FROM leadcrm_user AS person
CROSS JOIN LATERAL (
    SELECT count(*) AS promised, count(*) FILTER (WHERE done_at <= due_at + %(grace)s) AS kept
    FROM agents_followup WHERE owner_id = person.id AND kind = 'promise' AND due_at >= %(begins)s
        AND due_at < %(ends)s AND (done_at IS NOT NULL OR due_at < %(now)s - %(grace)s)
) AS mine WHERE mine.promised > 0
"""


def kept_promises(*, first: date, last: date, now: datetime) -> dict[int, Kept]:
    """By person, for call-backs that were due from `first` through `last` (agency days), as they stand at `now`."""
    begins, ends = (
        datetime.combine(day, time.min, tzinfo=settings.AGENCY_ZONE)
        for day in (first, last + timedelta(days=1))
    )
    params: dict[str, Any] = {"begins": begins, "ends": ends, "now": now, "grace": GRACE}
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, params)
        return {person: Kept(promised, kept) for person, promised, kept in cursor.fetchall()}
