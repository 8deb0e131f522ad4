"""What contracts take back, leads that might go back, and returns."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from intake.models import CandidateGround, Return, ReturnCandidate, ReturnReason, ReturnState, ReturnTerm
from leadcrm.testing.factories.base import LazyAttribute, LazyFunction, Rows, SelfAttribute, SubFactory
from leadcrm.testing.factories.intake import LeadFactory, SourceFactory


class ReturnTermFactory(Rows[ReturnTerm]):
    """Wrong numbers, for ten days."""

    class Meta:
        model = ReturnTerm

    source = SubFactory(SourceFactory)
    reason = ReturnReason.WRONG_NUMBER
    days = 10


class ReturnFactory(Rows[Return]):
    """A return that waits for its vendor."""

    class Meta:
        model = Return

    lead = SubFactory(LeadFactory)
    source = SelfAttribute("lead.source")
    reason = ReturnReason.WRONG_NUMBER
    asked_at = LazyFunction(timezone.now)
    window_ends_at = LazyAttribute(lambda row: row.asked_at + timedelta(days=5))
    price = SelfAttribute("lead.price")
    evidence = LazyFunction(lambda: {"attempts": [], "lists": [], "certificates": {}})
    decided_at = LazyAttribute(lambda row: row.asked_at if row.state != ReturnState.ASKED else None)
    credit = LazyAttribute(lambda row: Decimal(row.price) if row.state == ReturnState.TAKEN else None)
    state = ReturnState.ASKED


class ReturnCandidateFactory(Rows[ReturnCandidate]):
    """A lead whose call ended with a wrong number, five days before its window closes."""

    class Meta:
        model = ReturnCandidate

    lead = SubFactory(LeadFactory)
    source = SelfAttribute("lead.source")
    reason = ReturnReason.WRONG_NUMBER
    ground = CandidateGround.OUTCOME
    found_at = LazyFunction(timezone.now)
    until_at = LazyAttribute(lambda row: row.found_at + timedelta(days=5))
