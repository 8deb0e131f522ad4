"""Leads without an owner are tried again, until somebody may have them."""

from datetime import datetime
from time import monotonic, perf_counter
from typing import Final

from django.db import transaction
from django.db.models import Case, Exists, OuterRef, QuerySet, Value, When

from agents.assignment.assign import write_route
from agents.assignment.chain import start_with_route
from agents.assignment.eligibility import wanted_by
from agents.assignment.roster import ROSTER, Roster
from agents.assignment.route import find_route
from agents.models import OPEN_OFFER, ClaimOffer, OfferOrigin
from compliance.routing import KnownPerson
from intake.models import OPEN_STATUSES, Lead, LeadStatus
from leadcrm.lib.batch import Batch
from leadcrm.lib.config import current_version

_BATCH: Final = 100
_OWNED: Final = """
    UPDATE intake_lead SET owner_id = %s, assigned_at = %s, unassigned_why = %s
    WHERE id = %s AND owner_id IS NULL
"""


def assign_waiting(*, now: datetime, seconds: float = 20.0) -> int:
    """Try every open lead without an owner once, oldest first, for `seconds` at most; how many got one.

    Those that their owners left untouched and that are open to be claimed are left to whoever claims them; those
    that nobody could have when they came go to the first who may have them, by rotation or by a claim.
    One transaction per lead, so that no pool is held up. Leads that another run holds are left to it. A lead
    that still has to wait is written only when the reason has changed. Once nobody could have a lead, others
    that ask for the same and have the same reason are passed over in that run.
    """
    roster = ROSTER.get(None, current_version())
    ends, assigned, after = monotonic() + seconds, 0, (datetime.min.replace(tzinfo=now.tzinfo), 0)
    hopeless: dict[object, str] = {}
    while batch := _next(after):
        for received_at, lead_id in batch:
            if monotonic() > ends:
                return assigned
            assigned += _try_again(lead_id, roster, now, hopeless)
            after = (received_at, lead_id)
    return assigned


def _next(after: tuple[datetime, int]) -> list[tuple[datetime, int]]:
    waiting = _without_owner().filter(received_at__gte=after[0])
    waiting = waiting.exclude(received_at=after[0], pk__lte=after[1])
    return list(waiting.order_by("received_at", "pk").values_list("received_at", "pk")[:_BATCH])


def _without_owner() -> QuerySet[Lead]:
    """Open leads that rotation may give away. Those of a file of old leads are given out by people."""
    left = ClaimOffer.objects.filter(OPEN_OFFER, lead=OuterRef("pk"), origin=OfferOrigin.SLA)
    return Lead.objects.filter(~Exists(left), owner=None, status__in=OPEN_STATUSES, backlog=False)


def _try_again(lead_id: int, roster: Roster, now: datetime, hopeless: dict[object, str]) -> bool:
    """Assign one waiting lead if somebody may have it now. False when it waits on, or another run has it."""
    started = perf_counter()
    with transaction.atomic():
        lead = _without_owner().select_for_update(skip_locked=True, no_key=True).filter(pk=lead_id).first()
        if lead is None:
            return False
        known = known_people(lead)
        wanted = wanted_by(lead, line=roster.lines.get(lead.interest, ""), now=now)
        if not known and hopeless.get(wanted) == lead.unassigned_why:
            return False
        route = find_route(wanted=wanted, known=known, roster=roster, lock=True)
        if route.owner_id is None and not known:
            hopeless[wanted] = route.why[:200]
        if route.owner_id is None and route.why[:200] == lead.unassigned_why:
            return False
        batch = Batch()
        write_route(lead, route, batch, ms=(perf_counter() - started) * 1000)
        start_with_route(lead=lead, route=route, roster=roster, batch=batch)
        batch.execute(_OWNED, (lead.owner_id, lead.assigned_at, lead.unassigned_why, lead.pk))
        batch.flush()
        return lead.owner_id is not None


def known_people(lead: Lead) -> list[KnownPerson]:
    """Earlier open or sold leads with the same phone that have an owner: open ones first, then the newest."""
    earlier = Lead.objects.filter(
        phone=lead.phone, owner__isnull=False, status__in=[*OPEN_STATUSES, LeadStatus.SOLD]
    ).exclude(pk=lead.pk)
    sold_last = Case(When(status=LeadStatus.SOLD, then=Value(1)), default=Value(0))
    newest = earlier.order_by(sold_last, "-received_at").values_list("pk", "owner_id", "status")[:10]
    return [KnownPerson(pk, owner, status == LeadStatus.SOLD) for pk, owner, status in newest if owner]
