"""The queue: which of an agent's leads want something now, in which order, and why. At most 100 rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef
from django.utils import timezone

from agents.localtime import LocalTime, local_time
from agents.models import Communication, FollowUp
from agents.outcomes import label_of
from agents.queries import age_of, last_outcomes, next_steps, product_names, visible_owners
from intake.models import Lead, LeadStatus
from leadcrm.models import User

MAX_ATTEMPTS: Final = 6
STALE_AFTER: Final = timedelta(days=3)
UPCOMING_WITHIN: Final = timedelta(days=7)
# Rows of each group; together 100.
NEW_ROWS, DUE_ROWS, STALE_ROWS, UPCOMING_ROWS = 40, 30, 15, 15

# What a row shows; the rest of a lead (consent, attributes, what we did not know) stays where it is.
COLUMNS: Final = (
    "first_name", "last_name", "state", "zip", "age", "date_of_birth", "interest", "status", "status_at",
    "received_at", "attempts", "owner",
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

    A lead stands once, in the first group that wants it. The number of queries does not depend on the rows.
    """
    taken: set[int] = set()
    filled: list[tuple[Group, list[_Found]]] = []
    for group, found in _groups(user, now):
        own = [item for item in found if item.lead.pk not in taken]
        group.more = len(own) > group.limit
        taken.update(item.lead.pk for item in own[: group.limit])
        filled.append((group, own[: group.limit]))
    _fill(filled, now)
    return [group for group, _ in filled if group.rows]


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


def _new(user: User) -> list[_Found]:
    leads = Lead.objects.filter(owner=user, status=LeadStatus.NEW, touched_at__isnull=True)
    found = leads.order_by("-received_at").only(*COLUMNS)[: NEW_ROWS + 1]
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
    found = [item for item in mine.order_by("due_at", "pk")[: 2 * limit + 1] if item.lead.owner_id in owners]
    return [_Found(item.lead, item.what, item.due_at) for item in found[: limit + 1]]


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
        leads = quiet.order_by("-received_at").only(*COLUMNS)[: STALE_ROWS + 1]
        found += [_Found(lead, f"{status.label}, nothing planned", lead.status_at) for lead in leads]
    return found


def _fill(filled: Iterable[tuple[Group, list[_Found]]], now: datetime) -> None:
    """Turn what was found into rows, with the facts of all leads read together."""
    filled = list(filled)
    ids = [item.lead.pk for _, found in filled for item in found]
    products, outcomes, steps = product_names(), last_outcomes(ids), next_steps(ids)
    for group, found in filled:
        for item in found:
            latest = outcomes.get(item.lead.pk)
            group.rows.append(
                Row(
                    lead=item.lead,
                    age=age_of(item.lead, timezone.localdate(now)),
                    why=item.why,
                    when=item.when,
                    local=local_time(item.lead, now),
                    product=products.get(item.lead.interest, item.lead.interest),
                    last_outcome=_said(latest),
                    next_step=steps.get(item.lead.pk),
                )
            )


def _said(latest: Communication | None) -> str:
    if latest is None:
        return ""
    return label_of(latest.outcome) if latest.outcome else latest.get_channel_display()
