"""The rules in force, read once and kept until the configuration changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final, TypeVar

from django.utils import timezone

from compliance.models import CallingPolicy, CallingRule, ChecklistRule, Confidence, EmergencyBan
from compliance.models.calling import FEDERAL, LegalRow
from intake.models import Vertical
from leadcrm.lib.config import ConfigCache

Window = tuple[time, time] | None


@dataclass(frozen=True, slots=True)
class RuleCard:
    """One row of CallingRule. `windows` by weekday, Monday first; None: closed. Times on the called party's clock."""

    id: int
    version: int
    state: str
    windows: tuple[Window, ...]
    holidays: bool
    attempts: int | None
    emergency_ban: bool
    first: date
    last: date
    doubtful: bool  # of low confidence and confirmed by nobody
    citation: str

    def holds_on(self, day: date) -> bool:
        """True from the first through the last day it is effective."""
        return self.first <= day <= self.last

    @property
    def key(self) -> tuple[int, int]:
        """How the row is named in a decision: id and version."""
        return self.id, self.version


@dataclass(frozen=True, slots=True)
class Ban:
    """An emergency ban: from `starts_at` until just before `ends_at` (None: open), in the states it names."""

    id: int
    states: frozenset[str]
    starts_at: datetime
    ends_at: datetime | None
    reason: str

    def holds_at(self, moment: datetime) -> bool:
        """True while it lasts."""
        return self.starts_at <= moment and (self.ends_at is None or moment < self.ends_at)


@dataclass(frozen=True, slots=True)
class Point:
    """One row of ChecklistRule."""

    code: str
    id: int
    version: int
    medicare: bool
    says: str
    first: date
    last: date

    def holds_on(self, day: date) -> bool:
        """True from the first through the last day it is effective."""
        return self.first <= day <= self.last


Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Book:
    """All rules, bans, the checklist and the policy. Shared between threads; only `spans` grows, as a memory."""

    rules: Mapping[str, tuple[RuleCard, ...]]  # by state, federal ones under US
    bans: tuple[Ban, ...]
    checklist: tuple[Point, ...]
    policy: CallingPolicy
    medicare: frozenset[str]  # codes of the Medicare verticals
    spans: dict[Any, tuple[Span, ...]] = field(default_factory=dict)

    def of_states(self, states: Iterable[str]) -> tuple[RuleCard, ...]:
        """The federal rules and those of `states`, whatever their dates."""
        return tuple(card for state in (FEDERAL, *states) for card in self.rules.get(state, ()))


def load_book(_: None = None) -> Book:
    """Read the rows that are not retired: five statements."""
    rules: dict[str, tuple[RuleCard, ...]] = {}
    for rule in CallingRule.objects.filter(retired_at__isnull=True).order_by("state", "version"):
        rules[rule.state] = (*rules.get(rule.state, ()), card_of(rule))
    points = ChecklistRule.objects.filter(retired_at__isnull=True).order_by("code", "version")
    return Book(
        rules=rules,
        bans=tuple(ban_of(row) for row in EmergencyBan.objects.order_by("pk")),
        checklist=tuple(_point(row) for row in points),
        policy=CallingPolicy.objects.first() or CallingPolicy(),
        medicare=frozenset(Vertical.objects.filter(is_medicare=True).values_list("code", flat=True)),
    )


BOOK: Final = ConfigCache[None, Book](load_book)


def card_of(rule: CallingRule) -> RuleCard:
    """The row as it is applied."""
    weekday = _window(rule.weekday_from, rule.weekday_to)
    saturday, sunday = (
        _window(rule.saturday_from, rule.saturday_to),
        _window(rule.sunday_from, rule.sunday_to),
    )
    return RuleCard(
        id=rule.pk, version=rule.version, state=rule.state, windows=(*(weekday,) * 5, saturday, sunday),
        holidays=rule.holidays, attempts=rule.attempts, emergency_ban=rule.emergency_ban,
        first=rule.effective_from or date.min, last=rule.effective_to or date.max,
        doubtful=needs_confirming(rule), citation=rule.citation,
    )  # fmt: skip


def needs_confirming(row: LegalRow) -> bool:
    """True for a row of low confidence that no operator has confirmed. It applies all the same."""
    return row.confidence == Confidence.LOW and row.confirmed_at is None


def _window(starts: time | None, ends: time | None) -> Window:
    return (starts, ends) if starts is not None and ends is not None else None


def ban_of(row: EmergencyBan) -> Ban:
    """The row as it is applied."""
    ends = [moment for moment in (row.ends_at, row.ended_at) if moment is not None]
    return Ban(row.pk, frozenset(row.states), row.starts_at, min(ends) if ends else None, row.reason)


def _point(row: ChecklistRule) -> Point:
    first, last = row.effective_from or date.min, row.effective_to or date.max
    return Point(row.code, row.pk, row.version, row.medicare, row.says, first, last)


Row = TypeVar("Row", bound=LegalRow)


def in_force(rows: Iterable[Row], day: date | None = None) -> list[Row]:
    """Of `rows` those that are not retired and effective on `day` (today, agency time)."""
    day = day or timezone.localdate()
    return [
        row
        for row in rows
        if row.retired_at is None and (row.effective_from or day) <= day <= (row.effective_to or day)
    ]
