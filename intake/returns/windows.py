"""Until when a lead can go back, and for which reasons: the terms of its source, read once and kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from intake.models import Lead, LeadStatus, ReturnReason, ReturnTerm
from leadcrm.lib.config import ConfigCache, current_version

# What was sold stays, and what went back cannot go back again.
NEVER: Final = (LeadStatus.SOLD, LeadStatus.RETURNED)


@dataclass(frozen=True, slots=True)
class Term:
    """One ground of a contract: so many days after arrival, after so many tries."""

    reason: ReturnReason
    days: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Window:
    """One ground for one lead: it can be asked for before `ends_at`, once `tries_missing` more tries were made."""

    reason: ReturnReason
    ends_at: datetime
    tries_missing: int

    def is_open(self, now: datetime) -> bool:
        """True while it can still be asked for, tries or not."""
        return now < self.ends_at


def load_terms(source_id: int) -> tuple[Term, ...]:
    """The grounds of the source's contract; () where its vendor takes nothing back."""
    rows = ReturnTerm.objects.filter(source=source_id).order_by("days", "reason")
    return tuple(Term(ReturnReason(row.reason), row.days, row.attempts) for row in rows)


TERMS: Final = ConfigCache[int, tuple[Term, ...]](load_terms)


def terms_of(source_id: int) -> tuple[Term, ...]:
    """The grounds of the committed configuration, shortest window first. One tiny read: that of the stamp."""
    return TERMS.get(source_id, current_version())


def windows_of(lead: Lead, terms: tuple[Term, ...]) -> tuple[Window, ...]:
    """What `terms` mean for `lead`, closed windows among them. A window is days of 24 hours from the arrival."""
    return tuple(
        Window(
            term.reason, lead.received_at + timedelta(days=term.days), max(term.attempts - lead.attempts, 0)
        )
        for term in terms
    )
