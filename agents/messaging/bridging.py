"""Calls that the provider puts through: the agent's own phone rings, a key is pressed, then the person's rings."""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from agents.casework import lock_lead
from agents.dialing import dial
from agents.messaging.carrying import claim, write_failure, write_taken
from agents.messaging.results import NotSent, Refused, Taken
from agents.messaging.sending import CannotSend
from agents.messaging.statuses import status_url
from agents.models import BridgedCall, DeliveryState
from agents.telephony import provider, twilio
from compliance.calling import Permission, may_contact
from compliance.models import ContactChannel
from intake.models import Lead
from leadcrm.lib.doorbell import ring_after_commit
from leadcrm.models import User

# Somebody waits by the phone: a call that was not placed by then is not placed at all.
IN_TIME: Final = timedelta(seconds=60)
# And one that rang long ago is not put through to the person any more.
ANSWER_WITHIN: Final = timedelta(minutes=5)


def ring_agent(
    *, lead: Lead, phone: str, user: User, request_id: UUID, now: datetime
) -> tuple[Permission, BridgedCall | None]:
    """Have `user`'s own phone rung, and `phone` (one of the lead's) after it; None where that is not allowed.

    Asked and recorded as any dial (agents.dialing.dial); a double click rings once. Raises CannotSend where calls
    cannot be put through or the agent has no phone; calling.RequestIdTaken, NotTheirNumber.
    """
    carrier, own = provider(), getattr(getattr(user, "agent", None), "phone", "")
    if carrier is None or not carrier.can_call():
        raise CannotSend("Calls cannot be put through: no provider is set up for it.")
    if not own:
        raise CannotSend("Your own phone is not set. Ask your manager to enter it.")
    with transaction.atomic():
        lock_lead(lead)
        permission, decision = dial(lead=lead, phone=phone, user=user, request_id=request_id, now=now)
        if not permission.allowed:
            return permission, None
        call, made = BridgedCall.objects.get_or_create(
            decision=decision,
            defaults={
                "lead": lead, "user": user, "phone": phone, "provider": carrier.name, "public_id": uuid4(), "to": own,
                "due_at": now, "created_at": now, "updated_at": now,
            },
        )  # fmt: skip
        if made:
            _ring(call)
    return permission, call


def _ring(call: BridgedCall) -> None:
    from agents.tasks import place_call

    ring_after_commit(place_call, {"call_id": call.pk})


def place(*, now: datetime, call_id: int | None = None) -> bool:
    """Place one queued call (that one, if it is due), once: it is not tried again. False when there was none."""
    call = claim(BridgedCall, now=now, pk=call_id)
    if call is None:
        return False
    try:
        taken = _place(call, now)
    except NotSent as failure:
        write_failure(call, failure, now=now, ladder=())
    else:
        write_taken(call, taken, now=now)
    return True


def _place(call: BridgedCall, now: datetime) -> Taken:
    carrier = provider()
    if carrier is None or not carrier.can_call():
        raise Refused("off", "calls cannot be put through")
    if now - call.created_at > IN_TIME:
        raise Refused("late", "it could not be placed at once")
    url = f"{settings.PUBLIC_URL}{reverse('twilio_answer')}?{urlencode({'d': call.public_id.hex})}"
    return carrier.ring(to=call.to, answer_url=url, status_url=status_url(call))


def connect(*, public_id: UUID, now: datetime) -> str | None:
    """What the provider does when the agent has pressed a key; None for a call that is none of ours.

    The agent may have let it ring past the hour, or the person may have asked us to stop meanwhile: it is asked anew.
    """
    call = BridgedCall.objects.select_related("lead", "user").filter(public_id=public_id).first()
    if call is None:
        return None
    if why := _why_not_connect(call, now):
        return twilio.say_and_end(f"This call is not put through. {why}.")
    BridgedCall.objects.filter(pk=call.pk, connected_at__isnull=True).update(connected_at=now, updated_at=now)
    return twilio.put_through(phone=call.phone, status_url=status_url(call, leg="person"))


def _why_not_connect(call: BridgedCall, now: datetime) -> str:
    if now - call.created_at > ANSWER_WITHIN or call.state == DeliveryState.FAILED:
        return "It is too late"
    if not call.phone or call.phone not in (call.lead.phone, call.lead.phone_2):
        return "The lead has another number by now"
    asked = may_contact(
        lead=call.lead, phone=call.phone, user=call.user, channel=ContactChannel.CALL, now=now
    )
    # Its own dial has been counted already.
    return next((why.text for why in asked.reasons if why.code != "attempts"), "")
