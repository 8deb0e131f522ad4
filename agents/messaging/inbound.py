"""Texts that come in: kept once, put on the lead's timeline, and a request to stop in force before we answer."""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

import structlog
from django.db import IntegrityError, transaction

from agents.casework import lock_lead, log_communication
from agents.messaging.stopping import stopped_by_text
from agents.models import Channel, Communication, Direction, InboundText
from compliance.revocation import RevocationRefused
from compliance.stopwords import read_stop_words
from intake.models import OPEN_STATUSES, Lead
from intake.queries import has_number
from leadcrm.models import User

log = structlog.get_logger(__name__)

_NAMESPACE: Final = UUID("6f0b7f0e-1d0c-4c6f-9a51-6b1f5d0f7a55")
# Leads of one number that are looked at; more nobody has.
_LOOKED_AT: Final = 50


def take_text(
    *, provider_id: str, phone: str, to: str, body: str, provider_says_stop: bool, now: datetime
) -> InboundText:
    """Keep a text from `phone` (as the provider writes it, E.164 for ours); one that was kept before is given back.

    It goes to the newest open lead with this number, an owned one before one without owner; else to the newest
    that is no longer open. Where the words ask us to stop, or the provider took them so, everybody with this number
    is listed in the same transaction.
    """
    kept = InboundText.objects.filter(provider_id=provider_id).first()
    if kept is not None:
        return kept
    try:
        with transaction.atomic():
            return _take(provider_id, phone, to, body, provider_says_stop, now)
    except IntegrityError:
        # The provider told it twice at the same moment.
        kept = InboundText.objects.filter(provider_id=provider_id).first()
        if kept is None:
            raise
        return kept


def _take(
    provider_id: str, phone: str, to: str, body: str, provider_says_stop: bool, now: datetime
) -> InboundText:
    lead = lead_of(phone)
    stops = provider_says_stop or bool(read_stop_words(body))
    said = None
    if lead is not None:
        lock_lead(lead)
    if lead is not None and lead.erased_at is not None:
        lead = None  # erased while we waited for the row: nothing is written about this person any more
    if lead is not None:
        said = _log(lead, body, provider_id, now, plan=not stops)
    text = InboundText.objects.create(
        provider_id=provider_id, phone=phone[:32], to=to[:32], body=body, received_at=now, asked_to_stop=stops,
        lead=lead, communication=said,
    )  # fmt: skip
    if stops:
        _stop(lead, phone, body, provider_id, now)
    log.info("text.received", text=text.pk, lead_id=lead.pk if lead else None, stops=stops)
    return text


def lead_of(phone: str) -> Lead | None:
    """Whose number this is: see `take_text`. Nobody's who was erased; of a merged lead the one that stays."""
    if not phone:
        return None
    found = Lead.objects.filter(has_number(phone), erased_at__isnull=True)
    rows = found.select_related("merged_into").order_by("-received_at")[:_LOOKED_AT]
    leads = [lead.merged_into or lead for lead in rows]
    return max(
        leads,
        key=lambda lead: (lead.status in OPEN_STATUSES, lead.owner_id is not None, lead.received_at),
        default=None,
    )


def _log(lead: Lead, body: str, provider_id: str, now: datetime, *, plan: bool) -> Communication:
    return log_communication(
        lead=lead, channel=Channel.TEXT, direction=Direction.IN, author=None, outcome="", body=body,
        request_id=uuid5(_NAMESPACE, provider_id), now=now, plan=plan,
    )  # fmt: skip


def _stop(lead: Lead | None, phone: str, body: str, provider_id: str, now: datetime) -> None:
    try:
        stopped_by_text(
            lead=lead, phone=phone, words=body or "STOP", external_id=provider_id, received_at=now, now=now
        )
    except RevocationRefused:
        # A short code or a number abroad: nobody here can call or text it. The text stays, for managers to see.
        log.warning("text.stop_from_elsewhere", provider_id=provider_id)


def handle_text(*, text: InboundText, by: User, now: datetime) -> bool:
    """A manager has seen to an unmatched text; False when somebody had before."""
    waiting = InboundText.objects.filter(pk=text.pk, lead__isnull=True, handled_at__isnull=True)
    return bool(waiting.update(handled_at=now, handled_by=by))
