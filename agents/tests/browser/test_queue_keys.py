"""The queue by keyboard: an outcome by its key, snoozing by `s`, and on to the next lead."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from agents.models import Agent, FollowUp, FollowUpKind
from agents.tests.browser.conftest import PageOf, press
from intake.models import Lead, LeadStatus
from leadcrm.testing.factories import FollowUpFactory, LeadFactory


@pytest.fixture
def due(shipped_rows: None, noon: object, agent: Agent) -> FollowUp:
    now = timezone.now()
    lead = LeadFactory.create(
        owner=agent.user, last_name="Waiting", status=LeadStatus.CONTACTED, touched_at=now, attempts=1
    )
    return FollowUpFactory.create(
        lead=lead, owner=agent.user, kind=FollowUpKind.REPLY, what="Answer their text", due_at=now - timedelta(hours=1)
    )  # fmt: skip


@pytest.fixture
def page(page_of: PageOf, agent: Agent, due: FollowUp) -> Page:
    page = page_of(agent)
    page.goto("/")
    return page


def test_an_outcome_is_chosen_in_the_queue_and_saved_by_enter(
    page: Page, due: FollowUp, agent: Agent
) -> None:
    other = LeadFactory.create(owner=agent.user, last_name="Newcomer", phone="+12145550143")
    page.reload()
    press(page, "j", "j", "2")
    expect(page.get_by_role("radio", name="Left a voicemail")).to_be_focused()

    press(page, "Enter")

    messages = page.locator("#messages")
    expect(messages).to_contain_text("Call logged: Left a voicemail. Next try")
    expect(messages).to_contain_text("their time")
    due.refresh_from_db()
    assert due.done_at is not None
    assert FollowUp.objects.get(done_at__isnull=True).kind == FollowUpKind.CADENCE

    press(page, "x")
    expect(page.get_by_role("heading", level=1)).to_have_text(Lead.objects.get(pk=other.pk).full_name)


def test_an_outcome_that_needs_a_time_asks_for_it_before_it_is_saved(page: Page, due: FollowUp) -> None:
    press(page, "j", "3")
    expect(page.get_by_role("radio", name="Call back later")).to_be_focused()

    page.keyboard.press("Enter")

    expect(page.get_by_label("Call again")).to_be_focused()


def test_why_nobody_may_be_called_is_not_covered_by_the_rows_below(page: Page, agent: Agent) -> None:
    for number in range(4):
        LeadFactory.create(
            owner=agent.user,
            last_name=f"Stopped {number}",
            phone=f"+1808555014{number}",
            state="HI",
            zip="96813",
        )
    page.reload()
    page.locator("details.call summary").first.click()
    box = page.locator(".call-why").first
    expect(box).to_be_visible()

    covered = box.evaluate(
        """box => {
          const { left, top, width, height } = box.getBoundingClientRect();
          const steps = [...Array(20).keys()].map((step) => top + (height * (step + 0.5)) / 20);
          return steps.filter((y) => !box.contains(document.elementFromPoint(left + width / 10, y))).length;
        }"""
    )
    assert covered == 0


def test_s_puts_off_what_is_due(page: Page, due: FollowUp) -> None:
    page.keyboard.press("j")
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="In 1 hour")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Test Waiting")).to_be_focused()

    press(page, "s", "Enter")

    expect(page.locator("#messages")).to_contain_text("Snoozed: Answer their text")
    expect(page.get_by_role("heading", name="Upcoming")).to_be_visible()
