"""Requests to stop that come by a provider or by a link: in force with the caller's transaction."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from agents.casework import finish_follow_up, lock_lead
from agents.messaging.permission import STOPS_EMAIL, stopping_email
from agents.models import Channel, Delivery, FollowUp
from compliance.models import Revocation, RevocationChannel, RevocationOrigin, RevocationScope
from compliance.revocation import revoke
from compliance.suppression import in_force
from intake.models import Lead


def stopped_by_text(
    *, lead: Lead | None, phone: str, words: str, external_id: str, received_at: datetime, now: datetime
) -> Revocation:
    """Whoever has `phone` asked us by text to stop: everything, and what was planned with `lead` is dropped.

    Of a known lead all numbers and the address are listed. A repeated `external_id` changes nothing. Raises
    compliance.revocation.RevocationRefused for a number that is none of this country's. Source: 47 CFR
    64.1200(a)(10).
    """
    others = {lead.phone, lead.phone_2} - {phone, ""} if lead else set()
    request = revoke(
        phone=phone, phone_2=next(iter(sorted(others)), ""), email=lead.email if lead else "",
        channel=RevocationChannel.TEXT, words=words, received_at=received_at, by=None, lead=lead,
        origin=RevocationOrigin.TEXT, external_id=external_id, now=now,
    )  # fmt: skip
    if lead is not None:
        drop_plans(lead, now=now)
    return request


def drop_plans(lead: Lead, *, now: datetime) -> None:
    """Nobody is to reach this person again: what was promised is over."""
    for promise in FollowUp.objects.filter(lead=lead, done_at__isnull=True):
        finish_follow_up(follow_up=promise, now=now)


def stopped_at_provider(*, delivery: Delivery, words: str, now: datetime) -> None:
    """The provider refuses our texts to this person, who told it so: recorded here as well, once."""
    lead = delivery.communication.lead
    with transaction.atomic():
        lock_lead(lead)
        if not delivery.to or in_force(phone=delivery.to).filter(scope=RevocationScope.ALL).exists():
            return
        stopped_by_text(
            lead=lead, phone=delivery.to, words=f"Told by the texting provider: {words}.",
            external_id=f"delivery {delivery.public_id}", received_at=now, now=now,
        )  # fmt: skip


def unsubscribe(*, public_id: UUID, one_click: bool, now: datetime) -> bool:
    """Stop all e-mail to the address that the e-mail `public_id` went to, from the commit on.

    False where there is no such e-mail. Who is listed already stays as listed; an address that was erased meanwhile
    is not known any more and not written to either. Source: 15 USC 7704(a)(4).
    """
    found = Delivery.objects.select_related("communication__lead").filter(
        public_id=public_id, communication__channel=Channel.EMAIL
    )
    delivery = found.first()
    if delivery is None:
        return False
    lead = delivery.communication.lead
    with transaction.atomic():
        lock_lead(lead)
        if delivery.to and not _is_stopped(lead, delivery.to):
            revoke(
                phone="", email=delivery.to, scope=RevocationScope.EMAIL,
                channel=RevocationChannel.EMAIL if one_click else RevocationChannel.WEB,
                words="Unsubscribed by the link in an e-mail", received_at=now, by=None, lead=lead,
                origin=RevocationOrigin.LINK, external_id="", now=now,
            )  # fmt: skip
    return True


def _is_stopped(lead: Lead, address: str) -> bool:
    """The address the e-mail went to may not be the lead's any more."""
    if lead.email == address:
        return stopping_email(lead) is not None
    return in_force(email=address).filter(scope__in=STOPS_EMAIL).exists()
