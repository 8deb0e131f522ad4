"""A manager acts on many leads in a browser: choose, confirm, result, and back; then takes a file of them."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from agents.models import Agent, Export
from agents.tests.browser.conftest import PageOf
from agents.tests.browser.test_vendor_admin import faults
from intake.models import Lead
from leadcrm.models import User
from leadcrm.testing.factories import LeadFactory

LIST = "admin:intake_lead_changelist"


@pytest.fixture
def leads(shipped_rows: None, noon: object, agent: Agent) -> list[Lead]:
    return [LeadFactory.create(owner=agent.user), LeadFactory.create(), LeadFactory.create(status="lost")]


def sideways(page: Page) -> int:
    found: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return found


def choose(page: Page, label: str, name: str) -> None:
    """Find a row by typing, in one of the boxes that take the place of a long list."""
    page.get_by_role("combobox", name=label).click()
    page.locator(".select2-search__field").fill(name)
    page.get_by_role("option", name=name).click()


def test_leads_are_chosen_confirmed_and_given_once_and_the_result_says_which_were_not(
    page_of: PageOf, reviewer: User, leads: list[Lead], teammate: Agent
) -> None:
    page = page_of(reviewer)
    page.goto(reverse(LIST))
    page.get_by_label("Action:").select_option("Give to another agent")
    for box in page.locator("input.action-select").all():
        box.check()
    page.get_by_role("button", name="Go").click()

    expect(page.get_by_text("2 leads of 3 ticked.")).to_be_visible()
    expect(page.get_by_text("It is lost, not open.").first).to_be_visible()
    page.wait_for_load_state()
    assert faults(page) == []
    choose(page, "To", "Test Teammate")
    page.get_by_label("Why:").fill("Holiday")
    page.get_by_role("button", name="Give to another agent: 2 leads").dblclick()

    expect(page.get_by_text("2 done")).to_be_visible()
    expect(page.get_by_text("1 not done")).to_be_visible()
    assert faults(page) == []
    page.go_back()
    page.reload()
    expect(page.locator("h1", has_text="Leads").or_(page.get_by_text("2 done"))).to_be_visible()
    assert Lead.objects.filter(owner=teammate.user, assignments__why="Holiday").count() == 2


def test_all_that_match_go_on_a_phone_in_the_dark(
    page_of: PageOf, reviewer: User, leads: list[Lead], teammate: Agent
) -> None:
    page = page_of(reviewer, phone=True, dark=True)
    page.goto(f"{reverse(LIST)}?status__exact=new")
    page.get_by_label("Action:").select_option("Give to another agent")
    page.locator("select[name=rows]").select_option("all that match, up to 500")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text("2 leads of all 2 that match.")).to_be_visible()
    page.wait_for_load_state()
    assert (faults(page), sideways(page)) == ([], 0)
    page.get_by_role("link", name="Back, do nothing").click()
    expect(page).to_have_url(f"{page.url.partition('?')[0]}?status__exact=new")


def test_a_file_of_ticked_leads_is_taken_and_recorded(
    page_of: PageOf, reviewer: User, leads: list[Lead]
) -> None:
    page = page_of(reviewer)
    page.goto(reverse(LIST))
    page.locator("input.action-select").first.check()
    page.get_by_label("Action:").select_option("Export")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text("1 ticked in the list")).to_be_visible()
    assert (faults(page), sideways(page)) == ([], 0)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert f"A-{leads[-1].pk}" in text
    assert len(text.splitlines()) == 2
    page.goto(reverse("admin:agents_export_changelist"))
    expect(page.get_by_text("Finished")).to_have_count(2)  # the row and the filter
    assert Export.objects.get().rows == 1
