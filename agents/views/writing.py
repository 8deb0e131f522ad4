"""What a lead's page needs to let its reader write to the person."""

from datetime import datetime
from typing import Any

from agents.messaging.composing import composer
from agents.messaging.forms import EmailForm, TextForm
from agents.outcomes import Playbook
from intake.models import Lead
from leadcrm.models import User


def writing(*, lead: Lead, user: User, book: Playbook, now: datetime) -> dict[str, Any]:
    """What may be written, and the two forms, fresh."""
    product = book.products.get(lead.interest, lead.interest)
    offered = composer(lead=lead, user=user, product=product, now=now)
    return {
        "composer": offered,
        "text_form": TextForm(wordings=offered.text_wordings, auto_id="text_%s"),
        "email_form": EmailForm(wordings=offered.email_wordings, auto_id="email_%s"),
    }
