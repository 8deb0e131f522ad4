"""Erasing what was posted and bought: a lead's profile, a post as it came. That they were, and when, stays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from intake.models import (
    OPEN_STATUSES,
    Lead,
    LeadEvent,
    LeadEventKind,
    LeadStatus,
    Return,
    ReturnCandidate,
    Submission,
    WebhookAttempt,
)
from intake.pings.forgetting import blank_pings
from leadcrm.models import User

ERASED: Final = "[erased]"
# What of a lead is about the person, and what it becomes. State, kind of insurance, price, stage and owner stay.
PROFILE: Final[dict[str, Any]] = {
    "first_name": "", "last_name": "", "phone": "", "phone_extension": "", "phone_2": "", "email": "",
    "address": "", "address_2": "", "city": "", "zip": "", "zip_plus4": "", "date_of_birth": None, "age": None,
    "gender": "", "attributes": {}, "extra": {}, "tracking": {}, "ip_address": None, "user_agent": "",
    "vendor_lead_id": "", "hash_codes": [],
}  # fmt: skip


def erase_profiles(*, leads: Sequence[int], reason: str, by: User | None, now: datetime) -> int:
    """Blank the profiles of `leads` (their numbers), close those that are open. Returns how many were not blank before.

    In the caller's transaction. `reason` stands in the history of those closed; `by` None: the product itself.
    """
    due = Lead.objects.filter(pk__in=leads, erased_at__isnull=True)
    # All of them are taken: whoever is just editing one ends first, so that the edit's history is found below.
    taken = list(due.select_for_update().values_list("pk", "status"))
    open_ones = [(pk, status) for pk, status in taken if status in OPEN_STATUSES]
    LeadEvent.objects.bulk_create(
        LeadEvent(
            lead_id=pk,
            kind=LeadEventKind.STATUS,
            at=now,
            actor=by,
            old=status,
            new=LeadStatus.LOST,
            reason=reason,
        )
        for pk, status in open_ones
    )
    Lead.objects.filter(pk__in=[pk for pk, _ in open_ones]).update(status=LeadStatus.LOST, status_at=now)
    # Edits say what a field said before.
    edits = Q(lead__in=leads, kind=LeadEventKind.EDITED)
    LeadEvent.objects.filter(edits).update(old=ERASED, new=ERASED)
    WebhookAttempt.objects.filter(delivery__event__lead__in=leads).update(exchange={})
    _erase_returns(leads)
    return due.update(erased_at=now, **PROFILE)


def _erase_returns(leads: Sequence[int]) -> None:
    """What people wrote of a return, and certificates that lead to the person. That it was, and its credit, stays."""
    returns = Return.objects.filter(lead__in=leads)
    returns.exclude(note="").update(note=ERASED)
    returns.exclude(words="").update(words=ERASED)
    returns.update(evidence={})
    ReturnCandidate.objects.filter(lead__in=leads).exclude(note="").update(note=ERASED)
    ReturnCandidate.objects.filter(lead__in=leads).exclude(settled_why="").update(settled_why=ERASED)


def erase_posts(posts: Sequence[UUID]) -> int:
    """Blank `posts` as they came: body, query, headers, the vendor's own number. Returns how many there were.

    What the pings said that they name goes with them.
    """
    blank_pings(posts)
    kept = Submission.objects.filter(pk__in=posts)
    return kept.update(body=b"", query="", headers={}, vendor_lead_id="", remote_ip=None)
