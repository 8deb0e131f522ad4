"""What an agent records when a person asked us to stop."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from agents.casework import finish_follow_up, lock_lead, log_communication
from agents.models import Channel, Direction, FollowUp
from compliance.models import SuppressionKind
from compliance.suppression import suppress
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
        for phone, email in ((lead.phone, lead.email), (lead.phone_2, "")):
            if phone or email:
                suppress(
                    phone=phone, email=email, kind=SuppressionKind.INTERNAL, reason=reason, channel=channel,
                    by=by, now=now,
                )  # fmt: skip
        for promise in FollowUp.objects.filter(lead=lead, done_at__isnull=True):
            finish_follow_up(follow_up=promise, now=now)
