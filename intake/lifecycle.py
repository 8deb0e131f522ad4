"""The stages of a lead and the one function that moves it along them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from intake.models import CLOSED_STATUSES, Lead, LeadEvent, LeadEventKind, LeadStatus
from intake.webhooks.events import note_move
from leadcrm.models import User

NEW, CONTACTED, QUOTED = LeadStatus.NEW, LeadStatus.CONTACTED, LeadStatus.QUOTED
SOLD, LOST, RETURNED = LeadStatus.SOLD, LeadStatus.LOST, LeadStatus.RETURNED

ALLOWED: Final[dict[str, frozenset[str]]] = {
    NEW: frozenset({CONTACTED, QUOTED, SOLD, LOST, RETURNED}),
    CONTACTED: frozenset({QUOTED, SOLD, LOST, RETURNED}),
    QUOTED: frozenset({CONTACTED, SOLD, LOST, RETURNED}),
    SOLD: frozenset({LOST}),
    LOST: frozenset({CONTACTED, QUOTED, SOLD, RETURNED}),
    RETURNED: frozenset({LOST}),
}


class TransitionNotAllowed(Exception):
    """The stage cannot follow the lead's present one."""


class StaleTransition(Exception):
    """Somebody else moved the lead in the meantime; nothing was written."""


def by_hand(status: str) -> frozenset[str]:
    """Where a person may move a lead that is `status`: giving it back to its vendor has a road of its own."""
    return frozenset() if status == RETURNED else ALLOWED[status] - {RETURNED}


def move_lead(
    *,
    lead: Lead,
    to: LeadStatus,
    reason: str,
    actor: User | None,
    now: datetime,
    told: Mapping[str, Any] | None = None,
) -> Lead:
    """Move `lead` to the stage `to` and record it; `lead` is returned with its new stage.

    `actor` is None for the product itself; `told` is what webhooks are told beside. Raises TransitionNotAllowed when
    ALLOWED has no such step or the lead was merged, StaleTransition when the row is no longer in the stage that `lead`
    says.
    """
    if to not in ALLOWED[lead.status]:
        raise TransitionNotAllowed(f"A lead that is {lead.status} cannot become {to}")
    if lead.merged_into_id and to not in CLOSED_STATUSES:
        raise TransitionNotAllowed(
            f"A-{lead.pk} was merged into A-{lead.merged_into_id}, which is worked instead"
        )
    old = lead.status
    with transaction.atomic():
        moved = Lead.objects.filter(pk=lead.pk, status=old).update(status=to, status_at=now)
        if moved != 1:
            raise StaleTransition(f"A-{lead.pk} is no longer {old}")
        LeadEvent.objects.create(
            lead=lead, kind=LeadEventKind.STATUS, at=now, actor=actor, old=old, new=to, reason=reason
        )
        note_move(lead=lead, old=old, new=to, reason=reason, now=now, told=told)
    lead.status, lead.status_at = to, now
    return lead


def put_back(*, lead: Lead, to: LeadStatus, since: datetime, reason: str, now: datetime) -> Lead:
    """Take back that `lead` was lost: it is in the stage `to` again, as it was `since`; `lead` follows.

    Not a step of a person's: the history says so in the product's name, and nobody is told a second time that the
    person was contacted or sold to. Raises StaleTransition when the lead is no longer lost.
    """
    with transaction.atomic():
        moved = Lead.objects.filter(pk=lead.pk, status=LOST, merged_into=None).update(
            status=to, status_at=since
        )
        if moved != 1:
            raise StaleTransition(f"A-{lead.pk} is no longer lost")
        LeadEvent.objects.create(
            lead=lead, kind=LeadEventKind.STATUS, at=now, old=LOST, new=to, reason=reason
        )
        note_move(lead=lead, old=LOST, new=to, reason=reason, now=now, again=True)
    lead.status, lead.status_at = to, since
    return lead
