"""What tests of returns share: a lead that its vendor takes back for ten days, and a moment inside of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from intake.models import Lead, Return, ReturnReason
from intake.returns.asking import ask_return
from leadcrm.testing.factories import LeadFactory, ReturnTermFactory

ARRIVED = datetime(2026, 11, 16, 17, 0, tzinfo=UTC)
NOW = ARRIVED + timedelta(days=3)


def returnable(*, reason: ReturnReason = ReturnReason.WRONG_NUMBER, attempts: int = 0, **fields: Any) -> Lead:
    """A lead of three days ago; its contract takes `reason` for ten days, after so many `attempts`."""
    given = {"received_at": ARRIVED, **fields}
    lead = LeadFactory.create(**given)
    ReturnTermFactory.create(source=lead.source, reason=reason, attempts=attempts)
    return lead


def asked(lead: Lead, **more: Any) -> Return:
    """A return of `lead` that waits for its vendor."""
    given = {"reason": ReturnReason.WRONG_NUMBER, "note": "Nobody of that name.", "now": NOW, **more}
    return ask_return(lead=lead, **given).row
