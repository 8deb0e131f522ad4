"""axe-core finds nothing serious on any page, at a desk and on a phone, light and dark; and nothing jumps."""

from collections.abc import Callable
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from agents.models import Agent
from agents.tests.browser.conftest import Complaints, PageOf, choose
from agents.tests.page_suite import ADDRESSES, MAKE, Address, Kind, fill
from intake.models import Lead
from leadcrm.testing.factories import FollowUpFactory, LeadFactory

PAGES = [address for address in ADDRESSES if address.kind is Kind.PAGE]
each_page = pytest.mark.parametrize("address", PAGES, ids=lambda address: address.name)
each_width = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
GRAVE = {"serious", "critical"}
AXE = Axe()
# Summed while a page is open; what a person's own key or click moves does not count.
WATCH_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) if (!shift.hadRecentInput) window.shifted += shift.value;
}).observe({ type: "layout-shift", buffered: true });
"""
MOST_SHIFT = 0.1


@pytest.fixture
def lead(shipped_rows: None, noon: object, agent: Agent) -> Lead:
    """A lead with a story, and others of every group beside it."""
    lead = LeadFactory.create(owner=agent.user, last_name="Newcomer", phone_2="+15125550199")
    fill(agent, lead, 2)
    return lead


def findings(page: Page) -> list[str]:
    """What axe calls serious or critical, light and dark: the rule, where, and what it says."""
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        results: dict[str, Any] = AXE.run(page).response
        found += [
            f"{scheme}: {rule['id']}: {node['target']} {node['failureSummary']}"
            for rule in results["violations"]
            if rule["impact"] in GRAVE
            for node in rule["nodes"][:5]
        ]
    return found


@pytest.fixture
def steady(page_of: PageOf, agent: Agent) -> Callable[..., Page]:
    """Open a page that counts by how much its parts jump."""

    def open_page(url: str, *, phone: bool = False) -> Page:
        page = page_of(agent, phone=phone)
        page.add_init_script(WATCH_SHIFTS)
        page.goto(url)
        page.wait_for_load_state("networkidle")
        return page

    return open_page


@each_page
def test_a_page_has_no_serious_fault_and_nothing_jumps(
    steady: Callable[..., Page], agent: Agent, lead: Lead, address: Address
) -> None:
    url = address.url(*MAKE[address.of](agent, lead))
    for phone in (False, True):
        page = steady(url, phone=phone)

        assert page.evaluate("window.shifted") < MOST_SHIFT
        assert findings(page) == []


def test_a_fault_would_be_found(page_of: PageOf, agent: Agent, lead: Lead) -> None:
    page = page_of(agent)
    page.goto("/")
    page.evaluate("document.querySelector('#search').labels[0].remove()")
    page.evaluate("document.querySelector('.row-link').style.color = '#999'")
    page.locator("#search").evaluate("box => box.removeAttribute('placeholder')")

    assert {fault.split(":")[1].strip() for fault in findings(page)} == {"label", "color-contrast"}


@each_width
def test_the_login_and_an_error_have_no_serious_fault(
    page_of: PageOf, complaints: Complaints, shipped_rows: None, phone: bool
) -> None:
    complaints.allow("404")
    page = page_of(None, phone=phone)
    page.goto("/nowhere/")
    assert findings(page) == []
    page.goto("/login/")
    assert findings(page) == []
    page.get_by_label("E-mail").fill("nobody@example.com")
    page.get_by_label("Password").fill("wrong")
    with page.expect_navigation():
        page.get_by_role("button").click()
    assert findings(page) == []


@each_width
def test_open_menus_forms_and_help_have_no_serious_fault(
    page_of: PageOf, agent: Agent, lead: Lead, phone: bool
) -> None:
    page = page_of(agent, phone=phone)
    page.goto(f"/leads/A-{lead.pk}/")
    page.evaluate("for (const box of document.querySelectorAll('details')) box.open = true")
    assert findings(page) == []
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert findings(page) == []


@each_width
def test_a_refused_form_and_an_answer_have_no_serious_fault(
    page_of: PageOf, agent: Agent, lead: Lead, complaints: Complaints, phone: bool
) -> None:
    complaints.allow("422")
    page = page_of(agent, phone=phone)
    page.goto(f"/leads/A-{lead.pk}/")
    with page.expect_navigation():
        page.get_by_role("button", name="Log call").click()
    assert findings(page) == []
    choose(page, "Left a voicemail")
    with page.expect_navigation():
        page.get_by_role("button", name="Log call").click()
    assert findings(page) == []


def test_nothing_jumps_when_the_queue_refreshes_and_the_choice_stays(
    steady: Callable[..., Page], agent: Agent, lead: Lead
) -> None:
    page = steady("/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    chosen = page.locator("tr[data-selected]").get_attribute("data-row")
    FollowUpFactory.create(lead=lead, owner=agent.user)
    with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
        page.clock.fast_forward(31_000)
    page.wait_for_load_state("networkidle")

    expect(page.locator("tr[data-selected]")).to_have_attribute("data-row", chosen or "")
    expect(page.locator("tr[data-selected] .row-link")).to_be_focused()
    assert page.evaluate("window.shifted") < MOST_SHIFT
