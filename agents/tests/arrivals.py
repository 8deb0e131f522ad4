"""Leads that arrive as the decision brings them to assignment: key known, row written with the rest."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.db import transaction

from agents.assignment import assign_lead
from compliance.routing import KnownPerson, Routed
from intake.models import Lead, Source
from leadcrm.lib.batch import Batch
from leadcrm.lib.config import current_version
from leadcrm.testing.factories import LeadFactory, SubmissionFactory

# Tuesday, 10:30 in New York, 9:30 in Chicago.
NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
_numbers = count(700_000)


def unsaved_lead(source: Source, **fields: Any) -> Lead:
    """A lead whose submission is stored and whose own row is not, as in a decision."""
    number = next(_numbers)
    submission = SubmissionFactory.create(source=source, lead_number=number)
    lead: Lead = LeadFactory.build(
        pk=number, source=source, vendor=source.vendor, submission=submission, consent=None,
        unassigned_why="", received_at=fields.pop("received_at", NOW), **fields,
    )  # fmt: skip
    return lead


def arrive(
    source: Source, *, known: Sequence[KnownPerson] = (), now: datetime = NOW, **fields: Any
) -> tuple[Lead, Routed]:
    """Assign a new lead and write everything in one transaction, as the decision does."""
    lead = unsaved_lead(source, **fields)
    version = current_version()
    with transaction.atomic():
        batch = Batch()
        routed = assign_lead(lead=lead, known=known, config_version=version, now=now, batch=batch)
        if not routed.refuse:
            batch.insert(lead)
        batch.flush()
    return lead, routed
