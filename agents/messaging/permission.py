"""May this person be written to? E-mail is no matter of calling rules, but of who asked us to stop."""

from datetime import datetime
from typing import Final

from agents.models import Communication
from compliance.calling import Permission, may_contact
from compliance.models import ContactChannel, RevocationScope, Suppression
from compliance.suppression import in_force
from intake.models import Lead
from leadcrm.models import User

STOPS_EMAIL: Final = (RevocationScope.ALL, RevocationScope.EMAIL)


def stopping_email(lead: Lead) -> Suppression | None:
    """What forbids writing to the person of `lead` by e-mail, the newest; None where nothing does."""
    held = in_force(phone=lead.phone, phone_2=lead.phone_2, email=lead.email)
    return held.filter(scope__in=STOPS_EMAIL).first()


def objection_to_text(*, communication: Communication, phone: str, now: datetime) -> str:
    """Why a text that was allowed when it was written may not be sent at `now`; "" where nothing stands against it.

    A provider may be out of reach for an hour: what was open then is closed now, or the person asked us to stop.
    How often they were contacted is not asked again, since this text has been counted.
    """
    lead, author = communication.lead, communication.author
    if author is None or phone not in (lead.phone, lead.phone_2):
        return "The lead has another number by now"
    asked = ask_about_text(lead=lead, phone=phone, user=author, now=now)
    return next((why.text for why in asked.reasons if why.code != "attempts"), "")


def ask_about_text(*, lead: Lead, phone: str, user: User, now: datetime) -> Permission:
    """Whether `user` may text `phone` of `lead` at `now`; nothing is recorded. As compliance.calling.may_contact."""
    return may_contact(lead=lead, phone=phone, user=user, channel=ContactChannel.TEXT, now=now)
