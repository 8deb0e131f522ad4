"""The queue: which of an agent's leads want something now, in which order, and why. At most 100 rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from agents.callbadge import CallBadge
from agents.localtime import LocalTime, confirmed_time, local_time
from agents.models import Communication, FollowUp
from agents.outcomes import label_of
from agents.queries import (
    age_of,
    evidence_at_risk,
    last_outcomes,
    next_steps,
    product_names,
    visible_owners,
)
from compliance.calling import may_contact_many
from compliance.listed import became_listed
from compliance.models import STOPS_CALLS, Certificate, ContactChannel, Suppression
from intake.models import OPEN_STATUSES, Lead, LeadStatus
from leadcrm.models import User

MAX_ATTEMPTS: Final = 6
STALE_AFTER: Final = timedelta(days=3)
UPCOMING_WITHIN: Final = timedelta(days=7)
# Rows of each group; together 100.
NEW_ROWS, DUE_ROWS, STALE_ROWS, UPCOMING_ROWS = 40, 30, 15, 15
# Read beyond the rows, for those that turn out to be blocked; and what is shown of the blocked.
SPARE: Final = 30
BLOCKED_ROWS: Final = 15

# What a row shows; the rest of a lead (consent, attributes, what we did not know) stays where it is.
COLUMNS: Final = (
    "first_name", "last_name", "state", "zip", "age", "date_of_birth", "interest", "status", "status_at",
    "received_at", "attempts", "owner", "phone", "phone_2", "email",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One lead of the queue with what its line shows."""

    lead: Lead
    age: int | None
    why: str
    when: datetime
    local: LocalTime
    product: str
    last_outcome: str
    next_step: FollowUp | None
    call: CallBadge
    evidence: Certificate | None

    @property
    def attempts(self) -> str:
        """Tries so far, of the usual six."""
        return f"{self.lead.attempts}/{MAX_ATTEMPTS}"


@dataclass(slots=True)
class Group:
    """One group: `key` for styles, `title` and `hint` for people; `more` when not all rows fit."""

    key: str
    title: str
    hint: str
    limit: int
    more: bool = False
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Found:
    lead: Lead
    why: str
    when: datetime


def queue(*, user: User, now: datetime) -> list[Group]:
    """The groups of `user`'s queue at `now` (aware), in their fixed order, without empty ones.

    A lead stands once, in the first group that wants it; within a group those come first who may be called now,
    then by when that will be. Whoever must not be called for good stands under Blocked only. The number of queries
    does not depend on the rows.
    """
    groups = _groups(user, now)
    blocked = _blocked(user)
    found = {item.lead.pk: item.lead for _, items in (*groups, (None, blocked)) for item in items}
    calls = _calls(found.values(), user, now)
    # A listed number that an exemption opens is none of the blocked.
    shut = {key for key, call in calls.items() if call.for_good}
    blocked = [item for item in blocked if item.lead.pk in shut]
    filled: list[tuple[Group, list[_Found]]] = []
    taken: set[int] = set(shut)
    late: dict[int, _Found] = {}
    for group, items in groups:
        late.update({item.lead.pk: item for item in items if item.lead.pk in shut})
        own = list({item.lead.pk: item for item in reversed(items) if item.lead.pk not in taken}.values())[
            ::-1
        ]
        group.more = len(own) > group.limit
        own = ranked(own, calls)[: group.limit] if group.key != "upcoming" else own[: group.limit]
        taken.update(item.lead.pk for item in own)
        filled.append((group, own))
    filled.append(_blocked_group(blocked, list(late.values()), calls))
    _fill(filled, calls, now)
    return [group for group, _ in filled if group.rows]


def ranked(items: Iterable[_Found], calls: Mapping[int, CallBadge]) -> list[_Found]:
    """Callable first, then by when they open, then those only a person can open; else as they came."""
    far = datetime.max.replace(tzinfo=UTC)

    def rank(item: _Found) -> tuple[int, datetime]:
        call = calls[item.lead.pk]
        if call.allowed:
            return 0, far
        opens_at = call.permission.opens_at
        return (1, opens_at) if opens_at else (2, far)

    return sorted(items, key=rank)


def _calls(leads: Iterable[Lead], user: User, now: datetime) -> dict[int, CallBadge]:
    answers = may_contact_many(leads=leads, user=user, channel=ContactChannel.CALL, now=now)
    return {key: CallBadge(answer, now) for key, answer in answers.items()}


def _blocked_group(
    blocked: list[_Found], late: list[_Found], calls: Mapping[int, CallBadge]
) -> tuple[Group, list[_Found]]:
    """Those that would be in the queue but for good reasons must not: listed, suppressed, too old a consent."""
    items = list({item.lead.pk: item for item in (*late, *blocked)}.values())
    group = Group("blocked", "Blocked", "Must not be called, so they left the queue", BLOCKED_ROWS)
    group.more = len(items) > BLOCKED_ROWS
    return group, [
        replace(item, why=calls[item.lead.pk].permission.reasons[0].text, when=item.lead.status_at)
        for item in items[:BLOCKED_ROWS]
    ]


def _groups(user: User, now: datetime) -> list[tuple[Group, list[_Found]]]:
    return [
        (Group("new", "New", "Untouched since they arrived, newest first", NEW_ROWS), _new(user)),
        (Group("due", "Due", "Call-backs and follow-ups you promised", DUE_ROWS), _due(user, now)),
        (
            Group("stale", "Going stale", f"Nothing planned, quiet for {STALE_AFTER.days} days", STALE_ROWS),
            _stale(user, now),
        ),
        (Group("upcoming", "Upcoming", "In the next seven days", UPCOMING_ROWS), _upcoming(user, now)),
    ]


def _blocked(user: User) -> list[_Found]:
    """Open leads that became listed or whose person asked us to stop. One walk along the owner's open leads."""
    leads = Lead.objects.filter(owner=user, status__in=OPEN_STATUSES).filter(Q(_shut()) | Q(became_listed()))
    found = leads.order_by("-received_at").only(*COLUMNS)[: BLOCKED_ROWS + 1]
    return [_Found(lead, "", lead.status_at) for lead in found]


def _shut() -> Exists:
    """On the agency's own list, by the first number or the address."""
    held = Suppression.objects.filter(released_at__isnull=True, scope__in=STOPS_CALLS)
    by_phone = held.filter(phone=OuterRef("phone")).exclude(phone="").values("pk")
    by_email = held.filter(email=OuterRef("email")).exclude(email="").values("pk")
    return Exists(by_phone.union(by_email, all=True))


def _callable(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Without those who asked us to stop, so that they take no rows from others: a cheap probe a row."""
    return leads.filter(~_shut())


def _new(user: User) -> list[_Found]:
    leads = Lead.objects.filter(owner=user, status=LeadStatus.NEW, touched_at__isnull=True)
    found = _callable(leads).order_by("-received_at").only(*COLUMNS)[: NEW_ROWS + SPARE + 1]
    return [_Found(lead, "New and untouched", lead.received_at) for lead in found]


def _due(user: User, now: datetime) -> list[_Found]:
    return _promised(user, DUE_ROWS, due_at__lte=now)


def _upcoming(user: User, now: datetime) -> list[_Found]:
    return _promised(user, UPCOMING_ROWS, due_at__gt=now, due_at__lte=now + UPCOMING_WITHIN)


def _promised(user: User, limit: int, **when: datetime) -> list[_Found]:
    """What `user` promised, first due first. A lead that is no longer theirs to see is its new owner's business.

    Who owns the lead is asked here and not in SQL, so that the walk along the index ends at the limit.
    """
    mine = FollowUp.objects.filter(owner=user, done_at__isnull=True, **when).select_related("lead")
    mine = mine.only("due_at", "what", *(f"lead__{column}" for column in COLUMNS))
    owners = set(visible_owners(user))
    found = [
        item
        for item in mine.order_by("due_at", "pk")[: 2 * limit + SPARE + 1]
        if item.lead.owner_id in owners
    ]
    return [_Found(item.lead, item.what, item.due_at) for item in found[: limit + SPARE + 1]]


def _stale(user: User, now: datetime) -> list[_Found]:
    """Touched, open, nothing planned, nothing said for STALE_AFTER: quoted first, then those who were reached."""
    cutoff = now - STALE_AFTER
    said = Communication.objects.filter(lead=OuterRef("pk"), at__gt=cutoff)
    planned = FollowUp.objects.filter(lead=OuterRef("pk"), done_at__isnull=True)
    found: list[_Found] = []
    # One status at a time: each is one walk along the index of an owner's open leads, ended by the limit.
    for status in (LeadStatus.QUOTED, LeadStatus.CONTACTED, LeadStatus.NEW):
        quiet = Lead.objects.filter(
            owner=user, status=status, received_at__lte=cutoff, status_at__lte=cutoff, touched_at__lte=cutoff
        ).filter(~Exists(said), ~Exists(planned))
        leads = _callable(quiet).order_by("-received_at").only(*COLUMNS)[: STALE_ROWS + SPARE + 1]
        found += [_Found(lead, f"{status.label}, nothing planned", lead.status_at) for lead in leads]
    return found


def _fill(
    filled: Iterable[tuple[Group, list[_Found]]], calls: Mapping[int, CallBadge], now: datetime
) -> None:
    """Turn what was found into rows, with the facts of all leads read together."""
    filled = list(filled)
    ids = [item.lead.pk for _, found in filled for item in found]
    products, outcomes, steps = product_names(), last_outcomes(ids), next_steps(ids)
    evidence = evidence_at_risk(ids)
    for group, found in filled:
        for item in found:
            latest = outcomes.get(item.lead.pk)
            group.rows.append(
                Row(
                    lead=item.lead,
                    age=age_of(item.lead, timezone.localdate(now)),
                    why=item.why,
                    when=item.when,
                    local=confirmed_time(calls[item.lead.pk].permission, now) or local_time(item.lead, now),
                    product=products.get(item.lead.interest, item.lead.interest),
                    last_outcome=_said(latest),
                    next_step=steps.get(item.lead.pk),
                    call=calls[item.lead.pk],
                    evidence=evidence.get(item.lead.pk),
                )
            )


def _said(latest: Communication | None) -> str:
    if latest is None:
        return ""
    return label_of(latest.outcome) if latest.outcome else latest.get_channel_display()
