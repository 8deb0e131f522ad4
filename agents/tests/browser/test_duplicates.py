"""A manager merges two leads in a browser, sees where the one went, and undoes it."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from agents.models import Agent
from agents.tests.browser.conftest import PageOf
from agents.tests.browser.test_vendor_admin import faults, is_too_wide
from agents.twins.groups import regroup
from intake.models import Lead
from leadcrm.models import User
from leadcrm.testing.factories import LeadFactory


@pytest.fixture
def pair(shipped_rows: None, noon: object, agent: Agent, stranger: Agent) -> tuple[Lead, Lead]:
    ann = {"first_name": "Ann", "last_name": "Roe", "phone": "+12145550142"}
    old = LeadFactory.create(owner=agent.user, status="quoted", city="Dallas", **ann)
    new = LeadFactory.create(owner=stranger.user, city="Plano", **ann)
    regroup(leads=[old.pk], now=timezone.now())
    return old, new


def test_a_manager_merges_two_leads_with_the_keyboard_and_undoes_it(
    page_of: PageOf, reviewer: User, pair: tuple[Lead, Lead]
) -> None:
    old, new = pair
    page = page_of(reviewer)
    page.goto("/admin/agents/twingroup/")
    page.get_by_role("link", name="Ann Roe").click()
    assert faults(page) == []
    expect(page.get_by_label(f"A-{old.pk} stays")).to_be_checked()
    page.get_by_label("Plano").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Merge", exact=True).press("Enter")
    expect(page.get_by_text(f"A-{new.pk} was merged into A-{old.pk}.")).to_be_visible()

    page.goto(f"/leads/A-{new.pk}/")
    expect(page.get_by_text(f"Merged into A-{old.pk}.")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("link", name=f"A-{old.pk}", exact=True).click()
    expect(page.locator("#contact")).to_contain_text("Plano")
    page.get_by_role("link", name="Undo").click()
    page.get_by_role("button", name="Undo the merge").click()
    expect(page.get_by_text(f"A-{new.pk} is a lead of its own again.")).to_be_visible()
    page.goto(f"/leads/A-{old.pk}/")
    expect(page.locator("#contact")).to_contain_text("Dallas")


def test_side_by_side_fits_a_phone_in_the_dark(
    page_of: PageOf, reviewer: User, pair: tuple[Lead, Lead]
) -> None:
    page = page_of(reviewer, phone=True, dark=True)
    page.goto("/admin/agents/twingroup/")
    page.get_by_role("link", name="Ann Roe").click()
    assert not is_too_wide(page)
    assert faults(page) == []
