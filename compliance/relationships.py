"""Established business relationships: recorded with the evidence, by a sale or a person; ended by time or a request.

47 CFR 64.1200(f)(5): by the subscriber's purchase or transaction within the 18 months, or the subscriber's inquiry
or application within the three months, immediately before the call, and not terminated by either party; (f)(5)(i): a
do-not-call request terminates it, though business goes on. A lead that was bought is none: the consumer asked somebody
else, and it is the written consent that permits the call.
"""

import calendar
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from compliance.dnc.numbers import ten_digits
from compliance.models import (
    STOPS_CALLS,
    BusinessRelationship,
    RelationshipKind,
    Suppression,
    SuppressionKind,
)
from intake.models import Lead
from leadcrm.models import User

MONTHS: Final = {RelationshipKind.PURCHASE: 18, RelationshipKind.INQUIRY: 3}


def last_day(kind: str, started_on: date) -> date:
    """The last day on which a relationship of this kind and first day permits a call.

    The same day of the month so many months later, or the last of a shorter month.
    """
    months = started_on.month - 1 + MONTHS[RelationshipKind(kind)]
    year, month = started_on.year + months // 12, months % 12 + 1
    return date(year, month, min(started_on.day, calendar.monthrange(year, month)[1]))


def record_relationship(
    *, phone: str, kind: str, started_on: date, evidence: str, by: User, lead: Lead | None, now: datetime
) -> BusinessRelationship:
    """Record a relationship with whoever has `phone` (any US notation), in the name of `by`.

    `started_on`: the day of the last purchase, payment, inquiry or application, on the agency's calendar; `now` is
    aware. Raises ValidationError as `refuse_unmeant`.
    """
    refuse_unmeant(phone=phone, kind=kind, started_on=started_on, evidence=evidence, now=now)
    return BusinessRelationship.objects.create(
        phone=f"+1{ten_digits(phone)}", kind=kind, started_on=started_on, ends_on=last_day(kind, started_on),
        evidence=evidence.strip(), lead=lead, recorded_by=by, recorded_at=now,
    )  # fmt: skip


def record_sale(
    *, lead: Lead, evidence: str, applied_only: bool, on: date, by: User, now: datetime
) -> BusinessRelationship | None:
    """Record what selling to the person of `lead` makes: a purchase, or while it is `applied_only` an application.

    `on` is the day of it; one that is still to come (cover that begins later) was agreed to today. None, and nothing
    is recorded, where it would be over by now or the lead's number is none that can be called.
    """
    kind = RelationshipKind.INQUIRY if applied_only else RelationshipKind.PURCHASE
    today = timezone.localdate(now)
    started_on = min(on, today)
    if ten_digits(lead.phone) is None or last_day(kind, started_on) < today:
        return None
    return record_relationship(
        phone=lead.phone, kind=kind, started_on=started_on, evidence=evidence, by=by, lead=lead, now=now
    )


def refuse_unmeant(*, phone: str, kind: str, started_on: date, evidence: str, now: datetime) -> None:
    """Raise ValidationError by field (phone, kind, started_on, evidence) for an entry that cannot be meant."""
    wrong = {}
    if ten_digits(phone) is None:
        wrong["phone"] = "This is not a US phone number of ten digits."
    if kind not in RelationshipKind.values:
        wrong["kind"] = "There is no such kind of relationship."
    if started_on > timezone.localdate(now):
        wrong["started_on"] = "This day has not come yet."
    if not evidence.strip():
        wrong["evidence"] = "Say what proves it: a policy number, an invoice, the inquiry itself."
    if wrong:
        raise ValidationError(wrong)


def withdraw_relationship(*, relationship: BusinessRelationship, why: str, by: User, now: datetime) -> bool:
    """Take back an entry that was a mistake; the row stays, with who did it and why. False if it was already.

    Raises ValidationError without a reason.
    """
    if not why.strip():
        raise ValidationError({"why": "Say why it was a mistake."})
    held = BusinessRelationship.objects.filter(pk=relationship.pk, withdrawn_at__isnull=True)
    return bool(held.update(withdrawn_at=now, withdrawn_by=by, withdrawn_why=why.strip()[:200]))


def in_force(phones: Iterable[str], on: date) -> QuerySet[BusinessRelationship]:
    """The relationships that permit a call to one of `phones` (E.164) on the day `on` (agency calendar).

    Those that a request "do not call me" has ended since are left out, also where the request was released later:
    it takes a new purchase or inquiry to begin anew. A request of the first day ends it.
    """
    return BusinessRelationship.objects.filter(
        ~ended_by_request(on),
        phone__in=[phone for phone in phones if phone],
        started_on__lte=on,
        ends_on__gte=on,
        withdrawn_at__isnull=True,
    )


def ended_by_request(on: date | None = None) -> Exists:
    """A condition on relationships: their number was put on the agency's own list since they began (until `on`)."""
    until = {"added_at__date__lte": on} if on else {}
    return Exists(
        Suppression.objects.filter(
            phone=OuterRef("phone"), kind=SuppressionKind.INTERNAL, scope__in=STOPS_CALLS,
            added_at__date__gte=OuterRef("started_on"), **until,
        )
    )  # fmt: skip


def relationship_in_force(phone: str, on: date) -> BusinessRelationship | None:
    """The relationship that permits a call to `phone` (E.164) on the day `on` the longest, or None. One query."""
    return in_force([phone], on).order_by("-ends_on", "-pk").first()


def relationships_in_force(phones: Iterable[str], on: date) -> dict[str, BusinessRelationship]:
    """As `relationship_in_force`, for many numbers at once; numbers without one are left out. One query."""
    return {row.phone: row for row in in_force(phones, on).order_by(F("ends_on"), "pk")}
