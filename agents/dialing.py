"""Click to call: ask once more at the click, record the answer."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from compliance.calling import Permission, ask_to_contact
from compliance.models import ContactAct, ContactChannel, ContactDecision
from intake.models import Lead
from leadcrm.models import User

# A second click within this time is the same click; after it a page that was left open asks anew.
ONE_CLICK: Final = timedelta(seconds=30)


def dial(
    *, lead: Lead, phone: str, user: User, request_id: UUID, now: datetime
) -> tuple[Permission, ContactDecision]:
    """Whether `user` may dial `phone` (E.164, one of the lead's) at `now`, recorded; a double click is one record.

    An answer is good for one click: the same page's `request_id` sent later is a new question, so that a page left
    open overnight lets nobody call on yesterday's word. Raises compliance.calling.RequestIdTaken, NotTheirNumber.
    """
    permission, decision = _ask(lead, phone, user, request_id, now)
    if decision.at <= now - ONE_CLICK:
        return _ask(lead, phone, user, uuid5(request_id, f"{now:%Y%m%d%H%M}"), now)
    return permission, decision


def _ask(
    lead: Lead, phone: str, user: User, request_id: UUID, now: datetime
) -> tuple[Permission, ContactDecision]:
    return ask_to_contact(
        lead=lead, phone=phone, user=user, channel=ContactChannel.CALL, act=ContactAct.DIAL,
        request_id=request_id, now=now,
    )  # fmt: skip
