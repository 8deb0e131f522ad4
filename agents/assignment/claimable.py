"""Putting a lead into the claim pool, and taking it out when it gets an owner otherwise."""

from datetime import datetime
from typing import Final

from agents.assignment.eligibility import Wanted
from agents.models import OfferOrigin
from intake.models import Lead
from leadcrm.lib.batch import Batch

# A lead that is offered already stays so, since then.
_OFFER: Final = """
    INSERT INTO agents_claimoffer (lead_id, pool_id, origin, state, interest, line, offered_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s::timestamptz)
    ON CONFLICT (lead_id) WHERE claimed_at IS NULL AND withdrawn_at IS NULL DO NOTHING
"""
_WITHDRAW: Final = """
    UPDATE agents_claimoffer SET withdrawn_at = %s::timestamptz
    WHERE lead_id = %s AND claimed_at IS NULL AND withdrawn_at IS NULL
"""


def offer(*, lead: Lead, pool_id: int, wanted: Wanted, origin: OfferOrigin, batch: Batch) -> None:
    """Open `lead`, which has no owner, to the members of the pool who hold the license it asks for."""
    batch.execute(
        _OFFER, (lead.pk, pool_id, origin.value, wanted.state, lead.interest, wanted.line, wanted.now)
    )


def withdraw(*, lead_id: int, now: datetime, batch: Batch) -> None:
    """End the lead's open offer, if there is one: it got an owner without being claimed."""
    batch.execute(_WITHDRAW, (now, lead_id))
