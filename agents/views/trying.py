"""What a lead's page shows of outcomes and tries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agents.cadence import expected_try
from agents.localtime import when_there
from agents.models import FollowUp
from agents.outcomes import Playbook
from agents.wording import tries_made
from intake.models import OPEN_STATUSES, Lead
from leadcrm.models import User


def trying(
    *, lead: Lead, user: User, book: Playbook, planned: Sequence[FollowUp], now: datetime
) -> dict[str, Any]:
    """The product, tries so far and at most, and what comes next by itself."""
    most = book.most_tries(lead.interest)
    over = not planned and lead.status in OPEN_STATUSES and 0 < most <= lead.attempts
    expected = expected_try(lead=lead, user=user, book=book, now=now)
    return {
        "product": book.products.get(lead.interest, lead.interest),
        "max_attempts": most,
        "tries_over": tries_made(lead.attempts) if over else "",
        "next_try": when_there(lead, expected, now) if expected else "",
    }
