"""A person asked us to stop: recorded as it came, and in force at once."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import holidays
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from compliance.dedupe import lock_reached_by
from compliance.models import (
    Revocation,
    RevocationChannel,
    RevocationOrigin,
    RevocationScope,
)
from compliance.suppression import suppress_person
from intake.models import EventKind, Lead
from intake.queries import has_number
from intake.webhooks.events import note_event
from leadcrm.lib import normalize
from leadcrm.lib.batch import Batch
from leadcrm.lib.db import fetch_together
from leadcrm.lib.lookup import all_keyed
from leadcrm.lib.normalize import Unreadable
from leadcrm.models import User

# 47 CFR 64.1200(a)(10): within a reasonable time, ten business days at most.
BUSINESS_DAYS: Final = 10
# Clocks of other systems go wrong by minutes, zones by hours; more is a mistake somebody has to see.
CLOCK_SKEW: Final = timedelta(days=1)
OLDEST: Final = timedelta(days=3653)
# Of a person's leads, those of which webhooks tell that they asked us to stop.
MOST_TOLD: Final = 20


class RevocationRefused(ValueError):
    """What was given cannot be recorded. `field` names what is wrong; str() says why. Nothing was written."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def revoke(
    *,
    phone: str,
    phone_2: str = "",
    email: str,
    scope: RevocationScope = RevocationScope.ALL,
    channel: RevocationChannel,
    words: str,
    received_at: datetime,
    by: User | None,
    lead: Lead | None,
    origin: RevocationOrigin,
    external_id: str,
    now: datetime,
    origin_key: str = "",
) -> Revocation:
    """Record a request to stop and put all the numbers and the address on our own list, in one transaction.

    `phone`, `phone_2` in any US notation, `email`: at least one; `words` as the person said them; `received_at`
    (aware) when. In force from the commit on, whatever `honour_by` says: that is the deadline of the rule, no grace
    period. An `external_id` (any text, "" for none) that this `origin` (and `origin_key`) sent before changes
    nothing and gives the first record back, also to two at the same moment.

    A `received_at` up to a day ahead of `now` is a wrong clock and counts as `now`. Raises RevocationRefused for one
    further ahead or older than ten years, for an unreadable number or address, where nobody is named, or for an
    `external_id` that was sent for somebody else or with another scope.
    Source: 47 CFR 64.1200(a)(10), (d)(3).
    """
    row = Revocation(
        **read_request(phone=phone, phone_2=phone_2, email=email, received_at=received_at, now=now),
        scope=scope, channel=channel, words=words, applied_at=now, lead=lead, by=by,
        origin=origin, origin_key=origin_key, external_id=external_id,
    )  # fmt: skip
    row.honour_by = honour_by(row.received_at)
    with transaction.atomic():
        # A post that is being decided about this person ends first, or sees the request (compliance.reopening).
        fetch_together(lock_reached_by((row.phone, row.phone_2), row.email))
        if external_id and (first := _sent_before(row)):
            return first
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            # The same number of the sender at the same moment, for another person: no lock was shared.
            if first := _sent_before(row):
                return first
            raise
        _hold(row)
        _tell(row)
    return row


def read_request(
    *, phone: str, phone_2: str, email: str, received_at: datetime, now: datetime
) -> dict[str, Any]:
    """Who asked and when, as it is kept: fields of Revocation by name. Raises RevocationRefused, as `revoke` does."""
    first, second = _phone(phone, "phone"), _phone(phone_2, "phone_2")
    who = {"phone": first or second, "phone_2": second if first else "", "email": _email(email)}
    if not who["phone"] and not who["email"]:
        raise RevocationRefused("phone", "Give a phone number or an e-mail address.")
    return {**who, "received_at": _received(received_at, now)}


def requests_of(*, phones: Iterable[str], email: str) -> QuerySet[Revocation]:
    """Requests of whoever is reached by `phones` (E.164) or `email`, oldest first; empty ones match nobody."""
    numbers = [phone for phone in phones if phone]
    theirs = has_number(*numbers) | Q(person_hash__in=all_keyed([*numbers, email])) & ~Q(person_hash="")
    return (
        Revocation.objects.filter(theirs | (Q(email=email) & ~Q(email="")))
        .select_related("by")
        .order_by("pk")
    )


def honour_by(received_at: datetime) -> date:
    """The last day the rule leaves: ten business days after the day (agency's zone) the request came in.

    Saturdays, Sundays and federal holidays, on the day they are observed, do not count.
    """
    day = timezone.localtime(received_at).date()
    left = BUSINESS_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day not in _federal_holidays(day.year)
    return day


@lru_cache(maxsize=32)
def _federal_holidays(year: int) -> frozenset[date]:
    """Those of a year; New Year's Day of the next may be observed in it."""
    years = (year, year + 1)
    return frozenset(holidays.country_holidays("US", years=years, observed=True))


def _sent_before(row: Revocation) -> Revocation | None:
    """The sender's earlier one of this number. RevocationRefused where that said something else: none may be lost."""
    first = Revocation.objects.filter(
        origin=row.origin, origin_key=row.origin_key, external_id=row.external_id
    ).first()
    said = ("phone", "phone_2", "email", "scope")
    if first and any(getattr(first, name) != getattr(row, name) for name in said):
        raise RevocationRefused("external_id", "Was sent before, for somebody else or with another scope.")
    return first


def _hold(row: Revocation) -> None:
    said = f"{row.get_channel_display()}, {timezone.localtime(row.received_at):%Y-%m-%d %H:%M %Z}"
    reason = f"{said}: {row.words}" if row.words else said
    suppress_person(
        phones=(row.phone, row.phone_2), email=row.email, scope=RevocationScope(row.scope),
        reason=reason, channel=row.channel, by=row.by, now=row.applied_at, revocation=row,
    )  # fmt: skip


def _tell(row: Revocation) -> None:
    """Whoever sold us a lead of this person, and our own systems: they must stop as well."""
    theirs = has_number(row.phone, row.phone_2)
    if row.email:
        theirs |= Q(email=row.email)
    batch = Batch()
    leads = Lead.objects.filter(theirs).order_by("-received_at")[:MOST_TOLD]
    for lead in leads.only("vendor_id", "submission_id"):
        note_event(
            kind=EventKind.REVOKED, at=row.applied_at, vendor_id=lead.vendor_id, lead_id=lead.pk, batch=batch,
            submission_id=lead.submission_id, data={"code": row.scope},
        )  # fmt: skip
    batch.flush()


def _phone(raw: str, field: str) -> str:
    """E.164. A number that is kept for fiction is let through: a request is never refused for being odd."""
    if not raw.strip():
        return ""
    try:
        return normalize.phone(raw, live=False).value.e164
    except Unreadable as odd:
        raise RevocationRefused(field, odd.message) from None


def _email(raw: str) -> str:
    if not raw.strip():
        return ""
    try:
        return normalize.email(raw).value
    except Unreadable as odd:
        raise RevocationRefused("email", odd.message) from None


def _received(received_at: datetime, now: datetime) -> datetime:
    if received_at - now > CLOCK_SKEW:
        raise RevocationRefused("received_at", "Lies in the future.")
    if now - received_at > OLDEST:
        raise RevocationRefused("received_at", "Lies more than ten years back.")
    return min(received_at, now)
