"""Which of an agent's leads each group of the queue asks for: one bounded walk along an index each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from agents.models import Communication, FollowUp, FollowUpKind
from agents.outcomes import Playbook
from agents.wording import tries_made
from compliance.listed import became_listed
from compliance.models import STOPS_CALLS
from intake.models import OPEN_STATUSES, Lead, LeadStatus
from leadcrm.models import User

STALE_AFTER: Final = timedelta(days=3)
UPCOMING_WITHIN: Final = timedelta(days=7)
# Read beyond the rows, for those that turn out to be blocked or to stand in another group. Each costs a question
# whether it may be called.
SPARE: Final = 12

# What a row shows; the rest of a lead (consent, attributes, what we did not know) stays where it is.
COLUMNS: Final = (
    "first_name", "last_name", "state", "zip", "age", "date_of_birth", "interest", "status", "status_at",
    "received_at", "attempts", "owner", "phone", "phone_2", "email",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """One lead that a group asks for: why, since or until when, and the follow-up that makes it due, if one does."""

    lead: Lead
    why: str
    when: datetime
    follow_up: FollowUp | None = None


def find_new(user: User, limit: int) -> list[Found]:
    """Untouched since they arrived, newest first."""
    leads = Lead.objects.filter(owner=user, status=LeadStatus.NEW, touched_at__isnull=True)
    found = _callable(leads).order_by("-received_at").only(*COLUMNS)[: limit + SPARE + 1]
    return [Found(lead, "New and untouched", lead.received_at) for lead in found]


def find_due(
    user: User, owners: set[int], kinds: Iterable[FollowUpKind], limit: int, now: datetime
) -> list[Found]:
    """What is due of these kinds, longest due first. `owners`: whose leads `user` sees."""
    return _planned(user, owners, limit, kind__in=list(kinds), due_at__lte=now)


def find_upcoming(user: User, owners: set[int], limit: int, now: datetime) -> list[Found]:
    """What is due within a week, soonest first."""
    return _planned(user, owners, limit, due_at__gt=now, due_at__lte=now + UPCOMING_WITHIN)


def _planned(user: User, owners: set[int], limit: int, **which: object) -> list[Found]:
    """What `user` is to do. A lead that is no longer theirs to see is its new owner's business.

    Who owns the lead is asked here and not in SQL, so that the walk along the index ends at the limit.
    """
    mine = FollowUp.objects.filter(owner=user, done_at__isnull=True, **which).select_related("lead")
    mine = mine.only("due_at", "what", "kind", *(f"lead__{column}" for column in COLUMNS))
    found = [
        item for item in mine.order_by("due_at", "pk")[: limit + SPARE + 1] if item.lead.owner_id in owners
    ]
    return [Found(item.lead, item.what, item.due_at, item) for item in found]


def find_stale(user: User, limit: int, book: Playbook, now: datetime) -> list[Found]:
    """Touched, open, nothing planned: quoted first, then those who were reached, then those never reached.

    Each after STALE_AFTER without a word; those who were tried as often as the cadence says at once.
    """
    cutoff = now - STALE_AFTER
    said = Communication.objects.filter(lead=OuterRef("pk"), at__gt=cutoff)
    planned = FollowUp.objects.filter(lead=OuterRef("pk"), done_at__isnull=True)
    quiet = Q(received_at__lte=cutoff, status_at__lte=cutoff, touched_at__lte=cutoff) & ~Exists(said)
    over = Q(touched_at__isnull=False) & _tried_out(book)
    found: list[Found] = []
    # One status at a time: each is one walk along the index of an owner's open leads, ended by the limit.
    for status in (LeadStatus.QUOTED, LeadStatus.CONTACTED, LeadStatus.NEW):
        wanted = quiet | over if status == LeadStatus.NEW else quiet
        leads = Lead.objects.filter(wanted, ~Exists(planned), owner=user, status=status)
        wants = max(limit + SPARE + 1 - len(found), 1)
        rows = _callable(leads).order_by("-received_at").only(*COLUMNS)[:wants]
        found += [Found(lead, _why_stale(lead, status, book), lead.status_at) for lead in rows]
    return found


def _tried_out(book: Playbook) -> Q:
    """Tried as often as the cadence of the lead's product says."""
    own = {code: book.most_tries(code) for code in book.cadence if code}
    most = book.most_tries("")
    others = ~Q(interest__in=list(own)) & Q(attempts__gte=most) if most else Q(pk__in=[])
    for code, tries in own.items():
        others |= Q(interest=code, attempts__gte=tries)
    return others


def _why_stale(lead: Lead, status: LeadStatus, book: Playbook) -> str:
    most = book.most_tries(lead.interest)
    if status == LeadStatus.NEW and 0 < most <= lead.attempts:
        return tries_made(lead.attempts)
    return f"{status.label}, nothing planned"


def find_blocked(user: User, limit: int) -> list[Found]:
    """Open leads that became listed or whose person asked us to stop. One walk along the owner's open leads."""
    leads = Lead.objects.filter(owner=user, status__in=OPEN_STATUSES).filter(Q(_shut()) | Q(became_listed()))
    found = leads.order_by("-received_at").only(*COLUMNS)[: limit + 1]
    return [Found(lead, "", lead.status_at) for lead in found]


# SQL, since the queue asks it five times and Django takes a millisecond to write it each time.
_ASKED_TO_STOP: Final = """
EXISTS (SELECT 1 FROM compliance_suppression s
    WHERE s.phone = intake_lead.phone AND s.phone <> '' AND s.released_at IS NULL AND s.scope = ANY (%s)
  UNION ALL SELECT 1 FROM compliance_suppression s
    WHERE s.email = intake_lead.email AND s.email <> '' AND s.released_at IS NULL AND s.scope = ANY (%s))
"""


def _shut() -> RawSQL:
    """On the agency's own list, by the first number or the address. A condition on a query of leads."""
    scopes = [str(scope) for scope in STOPS_CALLS]
    return RawSQL(_ASKED_TO_STOP, (scopes, scopes), output_field=BooleanField())  # noqa: S611 - no one's input


def _callable(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Without those who asked us to stop, so that they take no rows from others: a cheap probe a row."""
    return leads.exclude(_shut())
