"""Writing a note, once for each text; and telling a form that comes again from one that was written on."""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from agents.casework import lock_lead, log_communication
from agents.models import Channel, Communication, Direction
from intake.models import Lead
from leadcrm.models import User


def write_note(*, lead: Lead, author: User, body: str, request_id: UUID, now: datetime) -> Communication:
    """Write `body` on `lead`; the same words sent again with the same `request_id` are the same note.

    Other words are another note: who goes back in the browser and writes on has the old form before them. Raises
    RequestIdTaken (agents.casework) for a form of another lead's page.
    """
    with transaction.atomic():
        lock_lead(lead)
        earlier = Communication.objects.filter(lead=lead, request_id=request_id).first()
        if earlier is not None and earlier.body != body:
            request_id = uuid5(request_id, body)
        return log_communication(
            lead=lead, channel=Channel.NOTE, direction=Direction.NONE, author=author, outcome="", body=body,
            request_id=request_id, now=now,
        )  # fmt: skip


def logged_otherwise(*, lead: Lead, request_id: UUID, outcome: str, body: str) -> bool:
    """True where this form was saved before with another outcome or other words: those of now are nowhere yet."""
    earlier = Communication.objects.filter(lead=lead, request_id=request_id).first()
    return earlier is not None and (earlier.outcome, earlier.body) != (outcome, body)
