"""A manager's way from a vendor's number to the leads behind it in a browser; no serious fault on any of the desks."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from agents.figures.update import keep_figures
from agents.models import Agent
from agents.tests.browser.conftest import PageOf
from agents.tests.browser.test_vendor_admin import faults, is_too_wide
from intake.models import Source
from leadcrm.models import User
from leadcrm.testing.factories import (
    CommunicationFactory,
    ContactAttemptFactory,
    LeadFactory,
    PolicyFactory,
    SourceFactory,
    SubmissionFactory,
)


@pytest.fixture
def source(shipped_rows: None, agent: Agent) -> Source:
    """A vendor's source with fifteen leads of yesterday, twelve spoken with, one sold; and one of another vendor."""
    source = SourceFactory.create(vendor__name="Dear Leads", name="Final web")
    at = timezone.now() - timedelta(days=1)
    leads = LeadFactory.create_batch(15, source=source, received_at=at, owner=agent.user, price=20)
    for lead in leads[:12]:
        soon = at + timedelta(minutes=2)
        ContactAttemptFactory.create(lead=lead, user=agent.user, at=soon)
        CommunicationFactory.create(lead=lead, author=agent.user, outcome="spoke", at=soon)
    PolicyFactory.create(lead=leads[0], sold_by=agent.user, sold_at=at)
    SubmissionFactory.create(source=source, received_at=at, state="rejected", reason="consent_missing")
    LeadFactory.create(received_at=at, source__vendor__name="Other Leads")
    keep_figures(now=timezone.now())
    return source


def opened(page_of: PageOf, user: User, desk: str, *, phone: bool = False, dark: bool = False) -> Page:
    page = page_of(user, phone=phone, dark=dark)
    page.goto(reverse(f"admin:page_{desk}") + "?period=yesterday&compare=on")
    page.wait_for_load_state("networkidle")
    return page


@pytest.mark.parametrize("desk", ["vendor_scorecard", "agent_scorecard", "speed_board"])
def test_a_desk_has_no_serious_fault_and_fits_the_screen(
    page_of: PageOf, reviewer: User, source: Source, desk: str
) -> None:
    for phone, dark in ((False, False), (True, True)):
        page = opened(page_of, reviewer, desk, phone=phone, dark=dark)
        for summary in page.locator(".chart-table summary").all():
            summary.click()
        assert not is_too_wide(page)
        assert faults(page) == []


def test_a_manager_sorts_opens_a_vendor_and_sees_the_leads_behind_a_number_by_keyboard(
    page_of: PageOf, reviewer: User, source: Source
) -> None:
    page = opened(page_of, reviewer, "vendor_scorecard")
    leads = page.get_by_role("region", name="What became of the leads")
    with page.expect_navigation():
        leads.get_by_role("link", name="Leads", exact=True).press("Enter")
    expect(leads.get_by_role("columnheader", name="Leads", exact=True)).to_have_attribute(
        "aria-sort", "descending"
    )
    expect(leads.locator("tbody tr").first).to_contain_text("Dear Leads")
    with page.expect_navigation():
        leads.get_by_role("link", name="Dear Leads").press("Enter")
    row = leads.locator("tbody tr")
    expect(row).to_contain_text("Final web")
    expect(row).to_contain_text("80 %")
    with page.expect_navigation():
        row.get_by_role("link", name="80 %").press("Enter")
    expect(page.locator(".desk-notice")).to_contain_text("Spoken with: Tuesday, December 1, 2026")
    expect(page.locator("#result_list tbody tr")).to_have_count(12)
    with page.expect_navigation():
        page.get_by_role("link", name="The whole list").press("Enter")
    expect(page.locator("#result_list tbody tr")).to_have_count(16)
