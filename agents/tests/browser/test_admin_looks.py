"""The managers' first page and main desks: no serious fault at a desk in light, on a phone in dark; all fits."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from agents.models import Agent
from agents.tests.browser.conftest import PageOf
from agents.tests.browser.test_vendor_admin import faults, is_too_wide
from intake.models import Lead
from leadcrm.models import User
from leadcrm.testing.factories import LeadFactory, SubmissionFactory

Address = Callable[[Agent, Lead], str]

DESKS: dict[str, Address] = {
    "first page": lambda agent, lead: reverse("admin:index"),
    "leads": lambda agent, lead: reverse("admin:intake_lead_changelist"),
    "lead": lambda agent, lead: reverse("admin:intake_lead_change", args=[lead.pk]),
    "intake log": lambda agent, lead: reverse("admin:intake_submission_changelist"),
    "agent": lambda agent, lead: reverse("admin:agents_agent_change", args=[agent.pk]),
    "pools": lambda agent, lead: reverse("admin:agents_pool_changelist"),
    "exports": lambda agent, lead: reverse("admin:agents_export_changelist"),
}


@pytest.fixture
def lead(shipped_rows: None, noon: object, agent: Agent) -> Lead:
    """A lead and a post that was refused."""
    lead = LeadFactory.create(owner=agent.user, last_name="Newcomer")
    SubmissionFactory.create(source=lead.source, state="rejected", reason="duplicate", body=b"")
    return lead


@pytest.mark.parametrize("desk", DESKS)
def test_a_desk_has_no_serious_fault_and_fits_the_screen(
    page_of: PageOf, reviewer: User, agent: Agent, lead: Lead, desk: str
) -> None:
    for phone, dark in ((False, False), (True, True)):
        page = page_of(reviewer, phone=phone, dark=dark)
        page.goto(DESKS[desk](agent, lead))
        page.wait_for_load_state("networkidle")
        assert not is_too_wide(page)
        assert faults(page) == []
