"""What is planned: a person's or a team's open follow-ups, overdue first, by the agency's day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q, QuerySet

from agents.localtime import LocalTime, local_time
from agents.models import FollowUp
from agents.promises import visible_follow_ups
from agents.queries import owners_to_choose
from intake.queries import product_names
from leadcrm.lib.counts import count_words
from leadcrm.lib.keys import key_from
from leadcrm.lib.pages import Keyset, keyset
from leadcrm.models import User

PAGE_SIZE: Final = 50
# The numbers beside the sections go so far; beyond stands “99+”.
COUNTED: Final = 99
SECTIONS: Final = {"overdue": "Overdue", "today": "Today", "upcoming": "Upcoming"}
EVERYBODY: Final = "all"


@dataclass(frozen=True, slots=True)
class Planned:
    """One line of the list."""

    follow_up: FollowUp
    local: LocalTime
    product: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class Section:
    """One of SECTIONS: `count` for people, `rows` of this page."""

    key: str
    title: str
    count: str
    rows: Sequence[Planned]


@dataclass(frozen=True, slots=True)
class Agenda:
    """A page of what is planned. `people` may be looked at besides the reader; nobody else for most agents."""

    sections: Sequence[Section]
    page: Keyset[FollowUp]
    people: Sequence[User]


def agenda(*, user: User, whose: str, show: str, after: str, now: datetime, kind: str = "") -> Agenda:
    """The open follow-ups, first due first, that `user` may see and `whose` names, at `now` (aware).

    `whose`: "" the reader's own, "all" everybody's the reader sees, else a user's key; a key that is none of theirs
    finds nothing. `show` is a key of SECTIONS, anything else shows all; `kind` is one of FollowUpKind, "" for every
    kind. The number of queries is constant.
    """
    rows = _of(user, whose)
    rows = rows.filter(kind=kind) if kind else rows
    within = _limits(now)
    page = keyset(
        (rows.filter(within[show]) if show in within else rows).select_related("lead", "owner"),
        moment="due_at", after=after, size=PAGE_SIZE, ascending=True,
    )  # fmt: skip
    products = product_names()
    lines = [_line(row, products, now) for row in page.rows]
    sections = [
        Section(
            key,
            title,
            count_words(rows.filter(within[key]), COUNTED),
            [line for line in lines if _in(key, line, now)],
        )
        for key, title in SECTIONS.items()
    ]
    return Agenda(sections, page, people_of(user))


def people_of(user: User) -> list[User]:
    """Whose follow-ups `user` may look at besides the own: the team's for leaders, all agents' for managers."""
    people = owners_to_choose(user)
    return [] if people is None else list(people.exclude(pk=user.pk))


def _of(user: User, whose: str) -> QuerySet[FollowUp]:
    rows = visible_follow_ups(user).filter(done_at__isnull=True)
    if whose == EVERYBODY:
        return rows
    return rows.filter(owner=key_from(whose) if whose else user.pk)


def _limits(now: datetime) -> dict[str, Q]:
    tomorrow = _midnight_after(now)
    return {
        "overdue": Q(due_at__lte=now),
        "today": Q(due_at__gt=now, due_at__lt=tomorrow),
        "upcoming": Q(due_at__gt=now, due_at__gte=tomorrow),
    }


def _midnight_after(now: datetime) -> datetime:
    """When the agency's next day begins."""
    today = now.astimezone(settings.AGENCY_ZONE).date()
    return datetime.combine(today + timedelta(days=1), time.min, tzinfo=settings.AGENCY_ZONE)


def _in(key: str, line: Planned, now: datetime) -> bool:
    if line.overdue:
        return key == "overdue"
    return (key == "today") == (line.follow_up.due_at < _midnight_after(now)) and key != "overdue"


def _line(row: FollowUp, products: dict[str, str], now: datetime) -> Planned:
    product = products.get(row.lead.interest, row.lead.interest)
    return Planned(row, local_time(row.lead, now), product, row.due_at <= now)
