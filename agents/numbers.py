"""What came in and what became of it, week by week, of one person: the numbers of agents and of who leads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from agents.figures.counting import UNCOUNTED
from agents.models import Agent
from agents.models.policies import FALLEN
from agents.numbers_sql import DIALS, GIVEN, PROMISES, QUOTES, SALES, TALKS
from agents.outcomes import playbook
from agents.queries import sees_everything, visible_owners
from leadcrm.lib.samples import Share
from leadcrm.models import User

# Whole weeks before this one.
WEEKS: Final = 8
# A promise that is kept so much later is kept in time: the call before took a little longer.
GRACE: Final = timedelta(hours=1)

# Of nothing.
_NOTHING: Final = Share(0, 0)


@dataclass(frozen=True, slots=True)
class FirstCall:
    """How long people waited for their first call, in minutes: `median`, and nine of ten at most `p90`. Of `called`."""

    called: int = 0
    median: float | None = None
    p90: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted in a week, or in several. `contact`: of the leads received, those spoken with so far."""

    leads: int = 0
    first_call: FirstCall = FirstCall()
    contact: Share = _NOTHING
    dials: int = 0
    talks: int = 0
    quoted: int = 0
    sold: int = 0
    premium: Decimal = Decimal(0)
    kept: Share = _NOTHING

    @property
    def is_empty(self) -> bool:
        """True where nothing at all was counted."""
        return self == Figures()


@dataclass(frozen=True, slots=True)
class Week:
    """One week of the agency, Monday (`begins_on`) through Sunday (`ends_on`). `over`: no longer this one."""

    begins_on: date
    over: bool
    figures: Figures

    @property
    def ends_on(self) -> date:
        """Its Sunday."""
        return self.begins_on + timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Of one person: the weeks from the oldest to this one, and those that are over taken together."""

    weeks: Sequence[Week]
    past: Figures

    @property
    def this_week(self) -> Week:
        """The one that is not over."""
        return self.weeks[-1]

    @property
    def is_empty(self) -> bool:
        """True where nothing was counted in any week."""
        return self.past.is_empty and self.this_week.figures.is_empty


def people_to_choose(user: User) -> QuerySet[User]:
    """Whose numbers `user` may see: the own, those of the teams led, for managers every agent's. By name."""
    people = User.objects.order_by("last_name", "first_name", "pk")
    if sees_everything(user):
        return people.filter(agent__isnull=False)
    return people.filter(pk__in=visible_owners(user))


def numbers_of(*, person: User, now: datetime) -> Numbers:
    """The numbers of `person`, this week and WEEKS before it, at `now` (aware), by the agency's weeks.

    Whoever asks sees to it that they may (people_to_choose). Nine queries, whatever there is to count.
    """
    begins = _mondays(now)
    moments = [_midnight(day) for day in begins]
    agent = Agent.objects.filter(user=person).values_list("pk", flat=True).first()
    params = {
        "user": person.pk, "agent": agent or 0, "first": moments[0], "end": moments[-1], "weeks": moments,
        "this": WEEKS + 1, "this_began": moments[-2], "uncounted": UNCOUNTED, "fallen": FALLEN,
        "reached": [card.code for card in playbook().outcomes.values() if card.reached], "grace": GRACE, "now": now,
    }  # fmt: skip
    found = [_rows(sql, params) for sql in (GIVEN, DIALS, TALKS, QUOTES, SALES, PROMISES)]
    counted = [_figures([rows.get(number) for rows in found]) for number in range(WEEKS + 2)]
    weeks = [Week(day, number <= WEEKS, counted[number]) for number, day in enumerate(begins[:-1], start=1)]
    return Numbers(weeks, past=counted[0])


def _rows(sql: str, params: dict[str, Any]) -> dict[int, tuple[Any, ...]]:
    """What one statement counted, by the number of the week.

    Not prepared: how many rows a stretch of weeks holds is known only with its moments, and the plan depends on it.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {row[0]: row[1:] for row in cursor.fetchall()}


def _figures(rows: Sequence[tuple[Any, ...] | None]) -> Figures:
    given, dials, talks, quotes, sales, promises = rows
    leads, called, minutes, reached = given or (0, 0, None, 0)
    median, p90 = minutes or (None, None)
    sold, premium = sales or (0, Decimal(0))
    promised, kept = promises or (0, 0)
    return Figures(
        leads=leads, first_call=FirstCall(called, median, p90), contact=Share(reached, leads),
        dials=dials[0] if dials else 0, talks=talks[0] if talks else 0, quoted=quotes[0] if quotes else 0,
        sold=sold, premium=premium, kept=Share(kept, promised),
    )  # fmt: skip


def _mondays(now: datetime) -> list[date]:
    """The first days of WEEKS past weeks, of this one and of the next, by the agency's calendar."""
    today = now.astimezone(settings.AGENCY_ZONE).date()
    monday = today - timedelta(days=today.weekday())
    return [monday + timedelta(weeks=n) for n in range(-WEEKS, 2)]


def _midnight(day: date) -> datetime:
    """When `day` begins for the agency. Weeks may have an hour more or less than 168."""
    return datetime.combine(day, time.min, tzinfo=settings.AGENCY_ZONE)
