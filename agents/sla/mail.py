"""Mails about leads that wait too long, to managers and to owners who have no page open.

They name the lead's number, and nobody's name but agents'.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from agents.mailing import PERHAPS_TAKEN, MailNotTaken, hand_over
from agents.models import MailState, SlaEvent, SlaEventKind
from intake.models import OPEN_STATUSES

log = structlog.get_logger(__name__)

MOST_TRIES: Final = 6
FIRST_WAIT: Final = timedelta(minutes=1)
# A process that claimed a mail and is not heard of for so long has died with it.
CLAIM_LASTS: Final = timedelta(minutes=5)
_MOST: Final = 50


def send_sla_mails(*, now: datetime) -> int:
    """Send the mails that are due; how many went out. Two at once do not send the same.

    Each is marked before the mail server is asked, outside any transaction. What may have gone out is never sent again.
    """
    lost = SlaEvent.objects.filter(mail_state=MailState.SENDING, mail_due_at__lt=now - CLAIM_LASTS)
    if count := lost.update(mail_state=MailState.UNKNOWN, mail_error="The process ended meanwhile"):
        log.warning("sla_mail.lost", count=count)
    sent = 0
    for _ in range(_MOST):
        event = _claim(now)
        if event is None:
            break
        sent += _send(event, now)
    return sent


def _claim(now: datetime) -> SlaEvent | None:
    with transaction.atomic():
        due = SlaEvent.objects.filter(mail_state=MailState.WAITING, mail_due_at__lte=now)
        event = due.select_for_update(skip_locked=True, of=("self",)).order_by("mail_due_at", "pk").first()
        if event is None:
            return None
        event.mail_state, event.mail_attempts, event.mail_due_at = (
            MailState.SENDING,
            event.mail_attempts + 1,
            now,
        )
        event.save(update_fields=["mail_state", "mail_attempts", "mail_due_at"])
    return SlaEvent.objects.select_related("mail_to", "pool", "lead").get(pk=event.pk)


def _send(event: SlaEvent, now: datetime) -> bool:
    row = SlaEvent.objects.filter(pk=event.pk)
    if event.kind == SlaEventKind.NUDGE and not _still_waits(event):
        row.update(mail_state=MailState.NONE, mail_error="Not needed any more")
        return False
    try:
        _hand_in(event)
    except MailNotTaken as refused:
        over = event.mail_attempts >= MOST_TRIES
        row.update(
            mail_state=MailState.FAILED if over else MailState.WAITING, mail_error=str(refused)[:80],
            mail_due_at=now + FIRST_WAIT * 2 ** (event.mail_attempts - 1),
        )  # fmt: skip
        log.warning("sla_mail.not_sent", error=str(refused))
        return False
    except PERHAPS_TAKEN as broke:
        row.update(mail_state=MailState.UNKNOWN, mail_error=type(broke).__name__)
        log.warning("sla_mail.unknown", error=type(broke).__name__)
        return False
    row.update(mail_state=MailState.SENT, mail_error="")
    return True


def _still_waits(event: SlaEvent) -> bool:
    """Nobody has touched the lead, and it is the reader's still."""
    lead = event.lead
    return lead.touched_at is None and lead.owner_id == event.mail_to_id and lead.status in OPEN_STATUSES


def _hand_in(event: SlaEvent) -> None:
    """Give the mail to the mail server, as agents.mailing.hand_over."""
    assert event.mail_to is not None
    reminder = event.kind == SlaEventKind.NUDGE
    what = (
        f"A-{event.lead_id} waits for your call, {event.what.split(': ', 1)[-1]}" if reminder else event.what
    )
    text = (
        f"{what}.\n\nLead: A-{event.lead_id}\nPool: {event.pool}\n"
        f"{settings.PUBLIC_URL}{reverse('lead', args=[event.lead_id])}\n\n{settings.AGENCY_NAME}\n"
    )
    about = "waits for your call" if reminder else event.get_kind_display().lower()
    subject = f"A-{event.lead_id}: {about}: {settings.AGENCY_NAME}"
    hand_over(subject=" ".join(subject.split()), body=text, to=[event.mail_to.email])
