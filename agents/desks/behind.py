"""The rows behind a figure: which posts, leads, policies, calls … were counted in it, so that a list can show them.

Figures are counted by agents.figures.sql; here the same rules choose rows. That both agree on every figure is tested
over random histories (agents/tests/test_desks_behind.py).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeAlias

from django.conf import settings
from django.db.models import (
    BooleanField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import ExtractHour, TruncDate

from agents.desks.scope import NONE, Scope
from agents.figures.counting import UNCOUNTED
from agents.figures.sql import EARLIER_VENDOR
from agents.models import (
    Assignment,
    Channel,
    Communication,
    Direction,
    FollowUp,
    FollowUpKind,
    Outcome,
    Policy,
    SlaEvent,
)
from agents.models.policies import STANDS
from agents.numbers import GRACE
from agents.reports.reasons import CONSENT
from compliance.models import ContactAttempt, ContactChannel
from intake.models import (
    Lead,
    LeadEvent,
    LeadEventKind,
    LeadStatus,
    Return,
    ReturnState,
    Source,
    Submission,
    SubmissionState,
)
from intake.reasons import said

# Q and expressions that stand for a condition.
Condition: TypeAlias = Any
# Shares are told within these.
WITHIN: Final = {60: "1 min", 300: "5 min", 3600: "60 min"}
_REASON: Final = "reason:"


@dataclass(frozen=True, slots=True)
class Way:
    """How rows of `model` lie in time and belong to somebody: the paths to the moment, source, vendor and person.

    `needs_person`: no index finds a span of everybody's rows, so only one person's or team's are listed.
    """

    model: type[Model]
    moment: str
    source: str = ""
    vendor: str = ""
    person: str = ""
    needs_person: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure whose rows can be listed. `words` name it; `condition(now)` is true for the rows that it counts."""

    way: Way
    words: str
    condition: Callable[[datetime], Condition]


_POSTS: Final = Way(Submission, "received_at", "source", "source__vendor")
_LEADS: Final = Way(Lead, "received_at", "source", "vendor", "owner")
_POLICIES: Final = Way(Policy, "lead__received_at", "lead__source", "lead__vendor", "lead__owner")
_RETURNS: Final = Way(Return, "lead__received_at", "lead__source", "lead__vendor", "lead__owner")
_GIVEN: Final = Way(Assignment, "assigned_at", person="agent__user", needs_person=True)
_DIALS: Final = Way(ContactAttempt, "at", person="user", needs_person=True)
_SAID: Final = Way(Communication, "at", person="author", needs_person=True)
_MOVES: Final = Way(LeadEvent, "at", person="actor", needs_person=True)
_SALES: Final = Way(Policy, "sold_at", person="sold_by", needs_person=True)
_LAPSES: Final = Way(SlaEvent, "at", person="agent__user", needs_person=True)
_PROMISES: Final = Way(FollowUp, "due_at", person="owner", needs_person=True)


def _plain(way: Way, words: str, **fields: Any) -> Figure:
    return Figure(way, words, lambda now: Q(**fields))


def _found(way: Way, words: str, condition: Callable[[], Condition]) -> Figure:
    return Figure(way, words, lambda now: condition())


def _refused(**fields: Any) -> Q:
    return Q(state=SubmissionState.REJECTED, **fields)


# Whose lead a duplicate was; not known: the vendor's own.
def _of_another_vendor() -> Condition:
    own = "(SELECT vendor_id FROM intake_source WHERE id = intake_submission.source_id)"
    earlier = EARLIER_VENDOR.format("intake_submission.id")
    return RawSQL(f"coalesce(({earlier}) <> {own}, false)", [], output_field=BooleanField())  # noqa: S611 - constants


_OPEN: Final = (
    SubmissionState.WAITING, SubmissionState.FAILED, SubmissionState.UNREADABLE, SubmissionState.HELD,
)  # fmt: skip
_OF_POSTS: Final = {
    "posts": _plain(_POSTS, "Posts"),
    "accepted": _plain(_POSTS, "Posts taken", state=SubmissionState.ACCEPTED),
    "rejected": _plain(_POSTS, "Posts refused", state=SubmissionState.REJECTED),
    "own_duplicates": _found(
        _POSTS, "Own duplicates", lambda: _refused(reason="duplicate") & ~_of_another_vendor()
    ),
    "other_duplicates": _found(
        _POSTS, "Others' duplicates", lambda: _refused(reason="duplicate") & _of_another_vendor()
    ),
    "consent": _found(_POSTS, "Consent faults", lambda: _refused(reason__in=CONSENT)),
    "refused_otherwise": _found(
        _POSTS, "Refused otherwise", lambda: _refused() & ~Q(reason__in=[*CONSENT, "duplicate"])
    ),
    "undecided": _plain(_POSTS, "Not decided", state__in=_OPEN),
}


def _attempts(**more: Any) -> Exists:
    rows = ContactAttempt.objects.filter(lead=OuterRef("pk"), channel=ContactChannel.CALL, **more)
    return Exists(rows)


def _reached() -> list[str]:
    return list(Outcome.objects.filter(reached=True).order_by("code").values_list("code", flat=True))


def _talks(**more: Any) -> Exists:
    return Exists(Communication.objects.filter(lead=OuterRef("pk"), outcome__in=_reached(), **more))


def _events(**more: Any) -> Exists:
    return Exists(LeadEvent.objects.filter(lead=OuterRef("pk"), **more))


def _assigned(**more: Any) -> Exists:
    return _events(kind=LeadEventKind.ASSIGNED, **more)


def _moved(to: LeadStatus) -> Exists:
    return _events(kind=LeadEventKind.STATUS, new=to)


def _sold() -> Condition:
    return Q(status=LeadStatus.SOLD) | Exists(Policy.objects.standing().filter(lead=OuterRef("pk")))


def _returned() -> Condition:
    taken = Return.objects.filter(lead=OuterRef("pk"), state=ReturnState.TAKEN)
    return _moved(LeadStatus.RETURNED) | Exists(taken)


def _soon(name: str, words: str, happened: Callable[..., Exists]) -> Iterable[tuple[str, Figure]]:
    """What happened at all, and within each of WITHIN since the lead arrived."""
    yield name, _found(_LEADS, words, happened)
    for seconds, span in WITHIN.items():
        soon = partial(happened, at__lt=OuterRef("received_at") + timedelta(seconds=seconds))
        yield f"{name}_{seconds}", _found(_LEADS, f"{words} within {span}", soon)


_OF_LEADS: Final = {
    "leads": _plain(_LEADS, "Leads bought"),
    "tried": _plain(_LEADS, "Leads tried", attempts__gt=0),
    **dict(_soon("assigned", "Given an owner", _assigned)),
    **dict(_soon("dialed", "Called", _attempts)),
    **dict(_soon("contacted", "Spoken with", _talks)),
    "quoted": _found(_LEADS, "Quoted", lambda: _moved(LeadStatus.QUOTED)),
    "sold": _found(_LEADS, "Sold", _sold),
    "returned": _found(_LEADS, "Returned", _returned),
    "policies": _found(_POLICIES, "Policies of leads bought", lambda: STANDS),
    "credits": _plain(_RETURNS, "Credits for leads bought", state=ReturnState.TAKEN),
}


def _first_given() -> Condition:
    """The first time that the lead came to this agent."""
    before = Q(assigned_at__lt=OuterRef("assigned_at")) | Q(
        assigned_at=OuterRef("assigned_at"), pk__lt=OuterRef("pk")
    )
    same = Assignment.objects.filter(before, lead=OuterRef("lead"), agent=OuterRef("agent"))
    return ~Q(kind__in=UNCOUNTED) & ~Exists(same.exclude(kind__in=UNCOUNTED))


def _then(model: Any, person: str, **more: Any) -> Condition:
    """And that agent did something about it since."""
    rows = model.objects.filter(
        lead=OuterRef("lead"), **{person: OuterRef("agent__user")}, at__gte=OuterRef("assigned_at"), **more
    )
    return _first_given() & Exists(rows)


def _called(**more: Any) -> Condition:
    return _then(ContactAttempt, "user", channel=ContactChannel.CALL, **more)


def _first_quote_of_the_day() -> Condition:
    """A lead that somebody moved to Quoted twice on a day counts once.

    Asked for the first of its day, not whether one comes before: that question PostgreSQL answers for all rows of all
    days at once, in seconds where one of these takes microseconds.
    """
    zone = settings.AGENCY_ZONE
    quoted: dict[str, Any] = {"kind": LeadEventKind.STATUS, "new": LeadStatus.QUOTED}
    same = LeadEvent.objects.filter(lead=OuterRef("lead"), actor=OuterRef("actor"), **quoted)
    on_that_day = same.annotate(day=TruncDate("at", tzinfo=zone)).filter(
        day=TruncDate(ExpressionWrapper(OuterRef("at"), DateTimeField()), tzinfo=zone)
    )
    return Q(**quoted) & Q(pk=Subquery(on_that_day.order_by("at", "pk").values("pk")[:1]))


def _promised(now: datetime) -> Condition:
    over = Q(done_at__isnull=False) | Q(due_at__lt=now - GRACE)
    return Q(kind=FollowUpKind.PROMISE) & over


_OF_PEOPLE: Final = {
    "given": _found(_GIVEN, "Leads given", _first_given),
    "called": _found(_GIVEN, "Called by the agent", _called),
    "called_300": _found(
        _GIVEN, "Called by the agent within 5 min",
        lambda: _called(at__lt=OuterRef("assigned_at") + timedelta(seconds=300)),
    ),
    "reached": _found(
        _GIVEN, "Spoken with by the agent", lambda: _then(Communication, "author", outcome__in=_reached())
    ),
    "dials": _plain(_DIALS, "Calls", channel=ContactChannel.CALL),
    "talks": _found(_SAID, "Conversations", lambda: Q(outcome__in=_reached())),
    "texts": _plain(_SAID, "Texts sent", channel=Channel.TEXT, direction=Direction.OUT),
    "emails": _plain(_SAID, "E-mails sent", channel=Channel.EMAIL, direction=Direction.OUT),
    "quotes": _found(_MOVES, "Quoted by the agent", _first_quote_of_the_day),
    "sales": _found(_SALES, "Policies sold", lambda: STANDS),
    "lapsed": _plain(_LAPSES, "Lost untouched", lapsed=True),
    "promised": Figure(_PROMISES, "Call-backs promised", _promised),
    "kept": Figure(
        _PROMISES, "Call-backs in time", lambda now: _promised(now) & Q(done_at__lte=F("due_at") + GRACE)
    ),
}  # fmt: skip
FIGURES: Final[Mapping[str, Figure]] = {**_OF_POSTS, **_OF_LEADS, **_OF_PEOPLE}


def figure_of_reason(code: str) -> str:
    """The name of the figure “refused for this reason”."""
    return f"{_REASON}{code}"


def find_figure(name: str) -> Figure | None:
    """The figure of this name; None where there is none."""
    if name.startswith(_REASON):
        code = name.removeprefix(_REASON)
        return _plain(_POSTS, f"Refused: {said(code)}", state=SubmissionState.REJECTED, reason=code)
    return FIGURES.get(name)


def rows_behind(
    *, figure: Figure, scope: Scope, now: datetime, rows: "QuerySet[Any] | None" = None
) -> "QuerySet[Any]":
    """Those of `rows` (None: all) that `figure` counts in `scope` at `now` (aware).

    As many as the figure says, once figures are as of the last of them.
    """
    way = figure.way
    found = way.model._default_manager.all() if rows is None else rows
    found = found.filter(_in_days(way, scope), *_whose(way, scope))
    if way.model is Submission:
        found = found.filter(test=False)
    if scope.hour is not None:
        found = found.alias(hour=ExtractHour(way.moment, tzinfo=settings.AGENCY_ZONE)).filter(hour=scope.hour)
    return found.filter(figure.condition(now))


def _in_days(way: Way, scope: Scope) -> Q:
    return Q(**{f"{way.moment}__gte": scope.period.begins, f"{way.moment}__lt": scope.period.ends})


def _whose(way: Way, scope: Scope) -> Iterable[Q]:
    """Conditions for what `scope` is narrowed to. What the rows have nothing of (no vendor of a call) finds none."""
    if scope.vendor is not None:
        yield _of_vendor(way, scope.vendor)
    if scope.source is not None:
        yield Q(**{way.source: scope.source}) if way.source else Q(pk__in=[])
    if scope.person is not None or scope.team is not None or way.needs_person:
        yield _of_people(way, scope) if way.person else Q(pk__in=[])


def _of_vendor(way: Way, vendor: int) -> Q:
    """Of posts by source: so lies their index."""
    if way.vendor and way.model is Submission:
        return Q(source__in=list(Source.objects.filter(vendor=vendor).values_list("pk", flat=True)))
    return Q(**{way.vendor: vendor}) if way.vendor else Q(pk__in=[])


def _of_people(way: Way, scope: Scope) -> Q:
    somebody = Q(**{f"{way.person}__isnull": False})
    if scope.person == NONE:
        return ~somebody
    if scope.person is not None:
        return Q(**{way.person: scope.person})
    if scope.team is None:
        return somebody
    team = f"{way.person}__agent__team"
    return Q(**{f"{team}__isnull": True}) & somebody if scope.team == NONE else Q(**{team: scope.team})
