"""What an agent records when a person asked us to stop."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from agents.casework import finish_follow_up, lock_lead, log_communication
from agents.merging.family import others_of
from agents.models import Channel, Direction, FollowUp
from compliance.models import Revocation, RevocationChannel, RevocationOrigin, RevocationScope
from compliance.revocation import revoke
from compliance.suppression import suppress_person
from intake.models import Lead
from leadcrm.models import User

CHANNELS: Final = {
    "call": "On the phone", "text": "By text", "email": "By e-mail", "letter": "By letter", "person": "In person",
}  # fmt: skip


def record_opt_out(
    *, lead: Lead, channel: str, words: str, received_at: datetime, by: User, request_id: UUID, now: datetime
) -> None:
    """The person of `lead` asked us to stop: both numbers and the e-mail are listed at once, promises dropped.

    `channel` is a key of CHANNELS; `words` what they said, `received_at` (aware) when; both stand in the timeline.
    All or nothing, effective with the caller's transaction; a repeated `request_id` changes nothing. Raises
    RequestIdTaken. Source: 47 CFR 64.1200(a)(10), (d)(3).
    """
    came = f"{CHANNELS[channel]}, {timezone.localtime(received_at):%Y-%m-%d %H:%M %Z}"
    reason = f"{came}: {words}"
    with transaction.atomic():
        lock_lead(lead)
        log_communication(
            lead=lead, channel=Channel.NOTE, direction=Direction.NONE, author=by, outcome="",
            body=f"Asked us to stop. {reason}", request_id=request_id, now=now,
        )  # fmt: skip
        stop_contact(
            lead=lead, channel=RevocationChannel(channel), words=words, received_at=received_at, by=by,
            origin=RevocationOrigin.AGENT, request_id=request_id, now=now,
        )  # fmt: skip
        for promise in FollowUp.objects.filter(lead=lead, done_at__isnull=True):
            finish_follow_up(follow_up=promise, now=now)


def stop_contact(
    *,
    lead: Lead,
    channel: RevocationChannel,
    words: str,
    received_at: datetime,
    by: User,
    origin: RevocationOrigin,
    request_id: UUID,
    now: datetime,
) -> Revocation:
    """The request of a lead's person: all the ways to reach them are listed. As compliance.revocation.revoke.

    Also those that stand on leads which were merged with it: it is the person who asked.
    """
    request = revoke(
        phone=lead.phone, phone_2=lead.phone_2, email=lead.email, channel=channel, words=words,
        received_at=received_at, by=by, lead=lead, origin=origin, external_id=str(request_id), now=now,
    )  # fmt: skip
    for other in others_of(lead):
        suppress_person(
            phones=(other.phone, other.phone_2), email=other.email, reason=words, channel=channel, by=by, now=now,
            scope=RevocationScope(request.scope), revocation=request,
        )  # fmt: skip
    return request
