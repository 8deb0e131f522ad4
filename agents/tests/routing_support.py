"""Leads that really came, for replays to give out again."""

from datetime import timedelta
from typing import Any

from django.conf import settings

from agents.assignment import assign_lead
from agents.models import Agent, Pool
from agents.tests.arrivals import NOW, unsaved_lead
from compliance.dedupe import known_person
from intake.models import Lead, Source
from leadcrm.lib.batch import Batch
from leadcrm.lib.config import current_version
from leadcrm.testing.factories import AgentFactory, MembershipFactory

DAY = NOW.astimezone(settings.AGENCY_ZONE).date()
LATER = NOW + timedelta(days=1)


def texan(pool: Pool | None = None, *, weight: int = 1, **fields: object) -> Agent:
    agent: Agent = AgentFactory.create(licenses=["TX:life"], **fields)
    if pool:
        MembershipFactory.create(pool=pool, agent=agent, weight=weight)
    return agent


def came(source: Source, minutes: int, **fields: Any) -> Lead:
    """A lead that was really assigned, ties to whoever was hired first."""
    at = NOW + timedelta(minutes=minutes)
    lead = unsaved_lead(
        source, received_at=at, interest="final_expense", state=fields.pop("state", "TX"), **fields
    )
    batch = Batch()
    assign_lead(
        lead=lead, known=known_person(phones=[lead.phone]), config_version=current_version(), now=at, batch=batch,
        pick=min,
    )  # fmt: skip
    batch.insert(lead)
    batch.flush()
    return lead
