"""Figures by day, as the background job keeps them, and reports that were made of them."""

import secrets
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from agents.figures.spans import HOURS, SIZE
from agents.models import (
    ActivityFigures,
    ActivityWeeks,
    CohortFigures,
    DayFigures,
    FigureDue,
    FigureKind,
    FigureMark,
    FigureState,
    OwnerFigures,
    OwnerWeeks,
    PostFigures,
    ReportKey,
    ReportMail,
    ReportRun,
    ReportSchedule,
    SourceFigures,
    SourceWeeks,
)
from leadcrm.testing.factories.base import (
    LazyFunction,
    Rows,
    SelfAttribute,
    Sequence,
    SubFactory,
    UserFactory,
)
from leadcrm.testing.factories.intake import SourceFactory


def _nothing() -> list[int]:
    return [0] * SIZE


class PostFiguresFactory(Rows[PostFigures]):
    """Ten posts of today, eight taken."""

    class Meta:
        model = PostFigures

    day = LazyFunction(timezone.localdate)
    source = SubFactory(SourceFactory)
    posts, accepted, rejected, pending, held = 10, 8, 2, 0, 0
    reasons: Any = LazyFunction(lambda: {"duplicate": 2})
    own_duplicates, other_duplicates = 1, 1
    cost = Decimal("176.00")
    answer_ms, slowest_ms = 200.0, 40.0


class CohortFiguresFactory(Rows[CohortFigures]):
    """Eight leads bought today, in the ninth hour, that nobody has called."""

    class Meta:
        model = CohortFigures

    day = LazyFunction(timezone.localdate)
    source = SubFactory(SourceFactory)
    owner = SubFactory(UserFactory)
    leads = 8
    cost = Decimal("176.00")
    attempts = dialed = contacted = quoted = sold = policies = returned = 0
    premium = credit = Decimal(0)
    assigned_in = LazyFunction(_nothing)
    dialed_in = LazyFunction(_nothing)
    contacted_in = LazyFunction(_nothing)
    hours = LazyFunction(lambda: [8 if hour == 9 else 0 for hour in range(HOURS)])
    hours_in_5 = LazyFunction(lambda: [0] * HOURS)


class SourceFiguresFactory(CohortFiguresFactory):
    """The same of a source, whoever owns them."""

    class Meta:
        model = SourceFigures
        exclude = ("owner",)

    owner = None


class OwnerFiguresFactory(CohortFiguresFactory):
    """The same of an owner, wherever from."""

    class Meta:
        model = OwnerFigures
        exclude = ("source",)

    source = None


class DayFiguresFactory(CohortFiguresFactory):
    """The same of all."""

    class Meta:
        model = DayFigures
        django_get_or_create = ("day",)
        exclude = ("source", "owner")

    source = owner = None


def _monday() -> date:
    today = timezone.localdate()
    return today - timedelta(days=today.weekday())


class SourceWeeksFactory(SourceFiguresFactory):
    """The same of a source in this week."""

    class Meta:
        model = SourceWeeks
        exclude = ("owner", "day")

    week = LazyFunction(_monday)


class OwnerWeeksFactory(OwnerFiguresFactory):
    """The same of an owner in this week."""

    class Meta:
        model = OwnerWeeks
        exclude = ("source", "day")

    week = LazyFunction(_monday)


class ActivityFiguresFactory(Rows[ActivityFigures]):
    """A day on which somebody did nothing."""

    class Meta:
        model = ActivityFigures

    day = LazyFunction(timezone.localdate)
    person = SubFactory(UserFactory)
    given = called = reached = dials = talks = texts = emails = quoted = policies = lapsed = 0
    premium = Decimal(0)
    called_in = LazyFunction(_nothing)
    outcomes: Any = LazyFunction(dict)


class ActivityWeeksFactory(ActivityFiguresFactory):
    """A week in which somebody did nothing."""

    class Meta:
        model = ActivityWeeks
        exclude = ("day", "outcomes")

    week = LazyFunction(_monday)


class FigureMarkFactory(Rows[FigureMark]):
    class Meta:
        model = FigureMark

    stream = Sequence(lambda n: f"table_{n}")
    floor = ahead = 0
    ahead_at = LazyFunction(timezone.now)


class FigureStateFactory(Rows[FigureState]):
    """The same row when asked twice."""

    class Meta:
        model = FigureState
        django_get_or_create = ("id",)

    id = 1
    as_of = LazyFunction(timezone.now)
    noted_at = LazyFunction(timezone.now)
    seen_xid = 0
    basis: Any = LazyFunction(dict)


class FigureDueFactory(Rows[FigureDue]):
    class Meta:
        model = FigureDue

    kind = FigureKind.DAY
    day = Sequence(lambda n: date(2026, 1, 1) + timedelta(days=n))


class ReportScheduleFactory(Rows[ReportSchedule]):
    """Every day at seven, of yesterday."""

    class Meta:
        model = ReportSchedule

    report = "daily_summary"
    period = "yesterday"
    recipients: Any = LazyFunction(lambda: ["owner@example.com"])
    from_at = LazyFunction(timezone.now)


class ReportKeyFactory(Rows[ReportKey]):
    class Meta:
        model = ReportKey

    label = "Dashboard"
    prefix: Any = LazyFunction(lambda: secrets.token_hex(4))
    sha256: Any = LazyFunction(lambda: secrets.token_hex(32))


class ReportRunFactory(Rows[ReportRun]):
    """Made of yesterday by a command."""

    class Meta:
        model = ReportRun

    report = "daily_summary"
    first = LazyFunction(lambda: timezone.localdate() - timedelta(days=1))
    last = SelfAttribute("first")
    format = "mail"
    via = "command"
    state = "done"
    created_at = LazyFunction(timezone.now)
    text, html, csv = "A report\n", "<p>A report</p>", "a,report\r\n"


class ReportMailFactory(Rows[ReportMail]):
    """Waits to be sent."""

    class Meta:
        model = ReportMail

    run = SubFactory(ReportRunFactory)
    report = SelfAttribute("run.report")
    first = SelfAttribute("run.first")
    last = SelfAttribute("run.last")
    to = Sequence(lambda n: f"reader{n}@example.com")
    due_at = LazyFunction(timezone.now)
    created_at = LazyFunction(timezone.now)
