"""The pages of routing in a real browser: who would get a lead, asked by keyboard; a replay that shows itself."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from agents.models import Agent, RoutingReplay
from agents.routing.runs import replay_due
from agents.tests.browser.conftest import PageOf, press
from leadcrm.models import User
from leadcrm.testing.factories import AssignmentFactory, LeadFactory
from leadcrm.testing.fixtures import VendorKey


@pytest.fixture(autouse=True)
def _ready(shipped_rows: None, noon: object) -> None:
    pass


def test_a_manager_asks_by_keyboard_who_would_get_a_lead(
    page_of: PageOf, reviewer: User, vendor_key: VendorKey, agent: Agent
) -> None:
    page = page_of(reviewer)
    page.goto("/admin/routing-simulator/")
    page.get_by_label("Source:").focus()
    page.keyboard.type(str(vendor_key.source))
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Texas")
    press(page, "Tab", "Enter")
    expect(page.get_by_role("heading", name=f"{agent} would get it")).to_be_focused()
    expect(page.get_by_role("row", name=re.compile("gets it"))).to_contain_text("Everyone")
    expect(page).to_have_url(re.compile(r"/admin/routing-simulator/$"))


def test_a_replay_shows_how_far_it_is_and_then_itself_without_a_reload_on_a_phone(
    page_of: PageOf, reviewer: User, vendor_key: VendorKey, agent: Agent
) -> None:
    lead = LeadFactory.create(
        source=vendor_key.source,
        owner=agent.user,
        state="TX",
        received_at=timezone.now() - timedelta(hours=1),
    )
    AssignmentFactory.create(lead=lead, agent=agent, pool=vendor_key.pool, kind="rotation", state="TX")
    page = page_of(reviewer, phone=True)
    page.goto("/admin/routing-replay/")
    today = f"{timezone.localdate()}"
    page.get_by_label("From:").fill(today)
    page.get_by_label("to:", exact=True).fill(today)
    first = page.get_by_role("group", name="Change 1")
    first.get_by_label("Agent").select_option(str(agent))
    first.get_by_label("would be so").select_option("takes no leads")
    page.get_by_role("button", name="Replay", exact=True).press("Enter")
    expect(page.get_by_role("status")).to_contain_text("0 of 1 leads")
    replay_due(now=RoutingReplay.objects.get().asked_at)
    expect(page.locator(".routing-sum")).to_contain_text("1 of 1 lead would have gone elsewhere")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
