"""Leads that wait: without an owner and why, untouched by age, and people who wrote or called and wait to hear."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q

from agents.ages import AGES
from agents.floor.advice import Advice, advice_on
from agents.models import OPEN_OFFER, Assignment, ClaimOffer, FollowUp, FollowUpKind
from agents.promises import visible_follow_ups
from agents.queries import visible_leads
from intake.models import Lead, LeadStatus
from intake.queries import without_owner
from leadcrm.lib.counts import count_words
from leadcrm.models import User

COUNTED: Final = 100
SHOWN: Final = 8
# What a line shows of a lead.
_COLUMNS: Final = (
    "first_name",
    "last_name",
    "phone",
    "state",
    "interest",
    "received_at",
    "unassigned_why",
    "owner",
)
_UNTOUCHED: Final = Q(status=LeadStatus.NEW, touched_at__isnull=True, attempts=0, backlog=False)


@dataclass(frozen=True, slots=True)
class Unowned:
    """An open lead that nobody has, and what somebody can do about it. Why nobody has it, the lead says itself."""

    lead: Lead
    advice: Advice


@dataclass(frozen=True, slots=True)
class AgeCount:
    """How many untouched leads came so long ago; `age` is a key of AGES, as in the list's filter."""

    age: str
    words: str
    count: str


@dataclass(frozen=True, slots=True)
class Some:
    """The oldest of what waits, and how many there are: “100+” beyond COUNTED."""

    count: str
    rows: Sequence[Any]

    @property
    def is_one(self) -> bool:
        """True for a single one, in words."""
        return self.count == "1"

    @property
    def more(self) -> bool:
        """True where not all are shown."""
        return self.count != str(len(self.rows))


def unowned(*, user: User) -> Some:
    """Open leads without an owner, of those `user` may see, the longest waiting first. Four queries."""
    rows = without_owner(visible_leads(user))
    found = list(rows.only(*_COLUMNS).order_by("received_at")[:SHOWN])
    records = _records(found)
    offers = {
        offer.lead_id: offer
        for offer in ClaimOffer.objects.filter(OPEN_OFFER, lead__in=found).select_related("pool")
    }
    lines = [Unowned(lead, advice_on(lead, records.get(lead.pk), offers.get(lead.pk))) for lead in found]
    return Some(count_words(rows, COUNTED), lines)


def _records(leads: Sequence[Lead]) -> Mapping[int, Assignment]:
    """The newest record of assignment of each."""
    rows = Assignment.objects.filter(lead__in=leads).order_by("lead_id", "-assigned_at").distinct("lead_id")
    return {row.lead_id: row for row in rows}


def untouched_by_age(*, user: User, now: datetime) -> list[AgeCount]:
    """How many leads nobody has touched yet, by AGES: the leads that the list of leads finds for each. A query each."""
    rows = visible_leads(user).filter(_UNTOUCHED)
    return [
        AgeCount(key, age.short, count_words(rows.filter(age.of(now)), COUNTED)) for key, age in AGES.items()
    ]


def oldest_untouched(*, user: User) -> list[Lead]:
    """The untouched leads that `user` may see and that wait longest, with their owners."""
    rows = visible_leads(user).filter(_UNTOUCHED).select_related("owner")
    return list(
        rows.only(*_COLUMNS, "owner__first_name", "owner__last_name", "owner__email").order_by("received_at")[
            :SHOWN
        ]
    )


def unanswered(*, user: User, now: datetime) -> Some:
    """People who wrote or called and were not answered, on leads `user` may see, the longest waiting first."""
    rows = visible_follow_ups(user).filter(kind=FollowUpKind.REPLY, done_at__isnull=True, due_at__lte=now)
    found: list[FollowUp] = list(rows.select_related("lead", "owner").order_by("due_at", "pk")[:SHOWN])
    return Some(count_words(rows, COUNTED), found)
