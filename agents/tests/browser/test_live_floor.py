"""A manager keeps the live floor open: a post shows without a reload, an agent is paused by keyboard, nothing jumps."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from agents.models import Agent
from agents.tests.browser.conftest import PageOf
from agents.tests.browser.test_vendor_admin import faults, is_too_wide
from leadcrm.models import User
from leadcrm.testing.factories import LeadFactory, NoticeMarkFactory
from leadcrm.testing.fixtures import VendorKey
from leadcrm.testing.payloads import glossary

ADDRESS = "/admin/live-floor/"


@pytest.fixture
def floor(page_of: PageOf, reviewer: User, noon: datetime, vendor_key: VendorKey, agent: Agent) -> Page:
    """Open, with one agent at the desk."""
    NoticeMarkFactory.create(user=agent.user, seen_at=noon)
    page = page_of(reviewer)
    page.goto(ADDRESS)
    page.wait_for_load_state("networkidle")
    return page


def wait_for_news(page: Page) -> None:
    """Let fifteen seconds of the page pass, and its question be answered."""
    with page.expect_response(lambda answer: "x-floor-parts" in answer.request.headers):
        page.clock.run_for(16_000)


def top_of(part: Locator) -> float:
    """Where it stands in the window."""
    box = part.bounding_box()
    assert box
    return box["y"]


def send(key: VendorKey, **fields: object) -> None:
    answer = Client().post(
        reverse("lead-intake"), glossary(**fields), content_type="application/json", headers=key.headers
    )
    assert answer.status_code < 300, answer.content


def test_a_post_shows_without_a_reload_what_is_open_stays_and_it_can_be_stopped(
    floor: Page, vendor_key: VendorKey
) -> None:
    posts = floor.locator("#floor-posts")
    expect(posts).to_contain_text("No vendor has posted yet.")
    posts.locator("summary").press("Enter")
    expect(posts.locator("details")).to_have_attribute("open", "")
    floor.evaluate("window.unloaded = false")
    send(vendor_key)
    for _ in range(4):
        LeadFactory.create(unassigned_why="Nobody may have it")
    floor.set_viewport_size({"width": 1280, "height": 360})
    floor.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    agents = floor.get_by_role("heading", name="Agents now")
    before = top_of(agents)
    wait_for_news(floor)
    expect(floor.locator("#floor-unowned")).to_contain_text("4 open leads nobody has")
    assert abs(top_of(agents) - before) < 1  # what came above it did not push it down

    expect(posts.get_by_role("row", name="Accepted 1")).to_be_visible()
    expect(floor.locator(".age-minute b")).to_have_text("5")
    expect(floor.locator("#floor-untouched")).to_contain_text("Test Agent")
    expect(posts.locator("details")).to_have_attribute("open", "")
    expect(posts.locator("summary")).to_be_focused()
    assert floor.evaluate("window.unloaded") is False

    asked: list[str] = []
    floor.on("request", lambda request: asked.append(request.url))
    floor.get_by_label("Refresh every 15 seconds").uncheck()
    LeadFactory.create(unassigned_why="Outside hours")
    floor.clock.run_for(60_000)
    assert asked == []
    floor.reload()
    expect(floor.locator("#floor-unowned")).to_contain_text("Outside hours")
    expect(floor.get_by_label("Refresh every 15 seconds")).not_to_be_checked()
    with floor.expect_response(lambda answer: "x-floor-parts" in answer.request.headers):
        floor.get_by_label("Refresh every 15 seconds").check()


def test_an_agent_is_paused_and_resumed_by_keyboard(floor: Page, agent: Agent) -> None:
    floor.get_by_role("link", name="Pause Test Agent").focus()
    with floor.expect_navigation():
        floor.keyboard.press("Enter")
    expect(floor.get_by_label("Why")).to_be_focused()
    floor.keyboard.type("Training")
    with floor.expect_navigation():
        floor.keyboard.press("Enter")
    expect(floor.locator(".messagelist")).to_contain_text(
        "Test Agent gets no new leads until somebody resumes"
    )
    expect(floor.locator("#floor-agents")).to_contain_text("paused by Test Reviewer")
    agent.refresh_from_db()
    assert (agent.receiving, agent.pause_reason) == (False, "Training")

    floor.get_by_role("button", name="Resume Test Agent").focus()
    with floor.expect_navigation():
        floor.keyboard.press("Enter")
    agent.refresh_from_db()
    assert agent.receiving


def test_it_has_no_serious_fault_and_fits_the_screen_and_works_without_a_script(
    page_of: PageOf, reviewer: User, agent: Agent, teammate: Agent, noon: datetime
) -> None:
    LeadFactory.create(owner=agent.user, received_at=noon)
    LeadFactory.create(unassigned_why="Nobody may have it")
    Agent.objects.filter(pk=teammate.pk).update(receiving=False, paused_at=noon, pause_reason="Training")
    for phone, dark in ((False, False), (True, True)):
        page = page_of(reviewer, phone=phone, dark=dark)
        for address in (ADDRESS, f"{ADDRESS}?pause={agent.pk}"):
            page.goto(address)
            page.wait_for_load_state("networkidle")
            assert not is_too_wide(page)
            assert faults(page) == []
    plain = page_of(reviewer, script=False)
    plain.goto(ADDRESS)
    plain.get_by_role("button", name="Resume Test Teammate").click()
    expect(plain.locator(".messagelist")).to_contain_text("Test Teammate gets new leads again.")
