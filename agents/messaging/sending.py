"""An agent writes to a lead's person: asked, recorded and queued in one transaction; a worker sends it afterwards."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4, uuid5

from django.conf import settings
from django.db import transaction

from agents.casework import RequestIdTaken, lock_lead, log_communication
from agents.dialing import ONE_CLICK
from agents.messaging.carrying import ring
from agents.messaging.permission import stopping_email
from agents.models import (
    Channel,
    Communication,
    Delivery,
    DeliveryProvider,
    DeliveryState,
    Direction,
)
from agents.telephony import provider
from compliance import calling
from compliance.calling import NotTheirNumber, Permission, ask_to_contact, permission_of
from compliance.models import ContactAct, ContactChannel, ContactDecision
from intake.models import Lead
from leadcrm.models import User


class CannotSend(ValueError):
    """Nothing was written and nothing will be sent; str() says why, for people."""


@dataclass(frozen=True, slots=True)
class Texted:
    """What became of a text that an agent wrote: `communication`, or None where `permission` refused it."""

    permission: Permission
    communication: Communication | None = None


def send_text(*, lead: Lead, phone: str, author: User, body: str, request_id: UUID, now: datetime) -> Texted:
    """Text `body` to `phone` (E.164, one of the lead's): asked whether that is allowed, recorded, queued.

    The answer is recorded either way and counts as a contact where it is yes. A repeated `request_id` sends nothing
    more and gives the first record; a refusal is asked anew once its click is over. Raises CannotSend where texts are
    off, RequestIdTaken, compliance.calling.NotTheirNumber. Rules: compliance.md, section 5.
    """
    carrier = provider()
    if carrier is None:
        raise CannotSend("Texts are off: no provider is set up.")
    with transaction.atomic():
        lock_lead(lead)
        earlier = _earlier(lead, request_id)
        if earlier is not None and earlier.decision is not None:
            return Texted(permission_of(earlier.decision), earlier)
        permission, decision = _ask(lead, phone, author, request_id, now)
        if not permission.allowed:
            return Texted(permission)
        said = log_communication(
            lead=lead, channel=Channel.TEXT, direction=Direction.OUT, author=author, outcome="", body=body,
            request_id=request_id, now=now, decision=decision,
        )  # fmt: skip
        _queue(said, carrier.name, to=phone, now=now)
    return Texted(permission, said)


def _ask(
    lead: Lead, phone: str, author: User, request_id: UUID, now: datetime
) -> tuple[Permission, ContactDecision]:
    """The recorded answer. A no of a page that was left open is no answer for later."""
    answer = _asked(lead, phone, author, request_id, now)
    if not answer[0].allowed and answer[1].at <= now - ONE_CLICK:
        return _asked(lead, phone, author, uuid5(request_id, f"{now:%Y%m%d%H%M}"), now)
    return answer


def _asked(
    lead: Lead, phone: str, author: User, request_id: UUID, now: datetime
) -> tuple[Permission, ContactDecision]:
    try:
        return ask_to_contact(
            lead=lead, phone=phone, user=author, channel=ContactChannel.TEXT, act=ContactAct.TEXT,
            request_id=request_id, now=now,
        )  # fmt: skip
    except calling.RequestIdTaken as taken:
        raise RequestIdTaken(str(request_id)) from taken


def send_email(
    *, lead: Lead, author: User, subject: str, body: str, request_id: UUID, now: datetime
) -> Communication:
    """Write to the lead's e-mail address, from the agency, answers to `author`; a repeated `request_id` sends once.

    Raises CannotSend for a lead without an address, a person who asked us to stop, or an agency that has not said
    where it lives (15 USC 7704(a)(5) wants a postal address under it); RequestIdTaken.
    """
    with transaction.atomic():
        lock_lead(lead)
        earlier = _earlier(lead, request_id)
        if earlier is not None:
            return earlier
        if why := why_no_email(lead):
            raise CannotSend(why)
        said = log_communication(
            lead=lead, channel=Channel.EMAIL, direction=Direction.OUT, author=author, outcome="", body=body,
            subject=subject, request_id=request_id, now=now,
        )  # fmt: skip
        _queue(
            said, DeliveryProvider.MAIL, to=lead.email, sender=settings.DEFAULT_FROM_EMAIL, reply_to=author.email,
            now=now,
        )  # fmt: skip
    return said


def why_no_email(lead: Lead) -> str:
    """Why nobody can write an e-mail to this lead; "" where nothing stands against it."""
    if not lead.email:
        return "This lead has no e-mail address."
    if not settings.AGENCY_POSTAL_ADDRESS:
        return "E-mail is off: the agency's postal address is not set (AGENCY_POSTAL_ADDRESS)."
    held = stopping_email(lead)
    return f"Do not write: {held.get_kind_display().lower()}." if held else ""


def _earlier(lead: Lead, request_id: UUID) -> Communication | None:
    found = Communication.objects.filter(request_id=request_id).first()
    if found is not None and found.lead_id != lead.pk:
        raise RequestIdTaken(str(request_id))
    return found


def _queue(
    said: Communication, by: DeliveryProvider, *, to: str, now: datetime, sender: str = "", reply_to: str = ""
) -> None:
    delivery = Delivery.objects.create(
        communication=said, provider=by, public_id=uuid4(), to=to, sender=sender, reply_to=reply_to, due_at=now,
        created_at=now, updated_at=now,
    )  # fmt: skip
    ring(delivery)


def send_again(*, delivery: Delivery, actor: User, now: datetime) -> bool:
    """Queue once more what was not sent, or perhaps not: a person has looked and decided. False if it is on its way.

    For a text it is asked, and recorded, whether it may be sent now. Raises CannotSend with the reason.
    """
    said = delivery.communication
    with transaction.atomic():
        lock_lead(said.lead)
        delivery.refresh_from_db(from_queryset=Delivery.objects.select_for_update())
        if not can_be_sent_again(delivery):
            return False
        if said.channel == Channel.EMAIL:
            moved = delivery.to != said.lead.email
            why = "The lead has another address by now." if moved else why_no_email(said.lead)
        else:
            why = _why_no_text(delivery, actor, now)
        if not why:
            Delivery.objects.filter(pk=delivery.pk).update(
                state=DeliveryState.QUEUED, due_at=now, updated_at=now, error="", error_code=""
            )
            ring(delivery)
    if why:
        raise CannotSend(f"Not sent: {why}")
    return True


def _why_no_text(delivery: Delivery, actor: User, now: datetime) -> str:
    again = uuid5(delivery.public_id, f"again {delivery.attempts}")
    try:
        asked, _ = _ask(delivery.communication.lead, delivery.to, actor, again, now)
    except NotTheirNumber:
        return "The lead has another number by now."
    return asked.reasons[0].text if asked.reasons else ""


def can_be_sent_again(delivery: Delivery) -> bool:
    """True for one the provider never had, as far as we know."""
    return delivery.state in (DeliveryState.UNSURE, DeliveryState.FAILED) and not delivery.provider_id
