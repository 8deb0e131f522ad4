"""A vendor posts, and the page that its agent has open tells of it, nobody else's; what is done next by keyboard."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, Response, expect

from agents.models import Agent, Communication, FollowUp, FollowUpKind
from agents.tests.browser.conftest import Complaints, PageOf, press
from agents.tests.browser.test_accessibility import each_width, findings
from intake.models import Lead
from leadcrm.testing.factories import PASSWORD, LeadFactory
from leadcrm.testing.fixtures import VendorKey
from leadcrm.testing.payloads import glossary

LOGGED_OUT = "You are logged out: new leads are not shown here."
Post = Callable[..., Lead]


@pytest.fixture
def post(shipped_rows: None, context_of: Callable[..., BrowserContext], vendor_key: VendorKey) -> Post:
    """`post(last_name=...)`: a vendor's server posts a lead to the endpoint, over the wire; the lead made of it."""
    vendor = context_of(None).request

    def send(**changes: Any) -> Lead:
        answer = vendor.post("/api/lead-intake", data=glossary(**changes), headers=vendor_key.headers)
        told = answer.json()
        assert told["status"] == "accepted", told
        return Lead.objects.get(pk=int(told["lead_id"].removeprefix("A-")))

    return send


@pytest.fixture
def page(page_of: PageOf, agent: Agent, post: Post) -> Page:
    """A page of the agent's that has nothing to do with leads."""
    page = page_of(agent)
    page.goto("/me/")
    return page


def banner(page: Page) -> Locator:
    return page.locator("#news")


def line(page: Page) -> Locator:
    return page.locator("#notices [data-line]")


def a_poll(answer: Response) -> bool:
    return answer.url.endswith("/notices/poll/")


def let_poll(page: Page, times: int = 1) -> list[int]:
    """Wait until the page has asked so often; the answers' status codes."""
    codes = []
    for _ in range(times):
        with page.expect_response(a_poll) as heard:
            page.clock.fast_forward(31_000)
        codes.append(heard.value.status)
    return codes


def test_a_posted_lead_is_opened_called_and_wrapped_up_by_keyboard_alone(
    page: Page, post: Post, agent: Agent
) -> None:
    lead = post(last_name="Newcomer")
    expect(banner(page)).to_contain_text("Test Newcomer")
    expect(banner(page)).to_contain_text("Final expense, TX")

    press(page, "g")
    expect(page.get_by_role("heading", level=1)).to_have_text("Test Newcomer")
    expect(banner(page)).to_be_empty()
    page.keyboard.press("c")
    expect(page.locator("#messages")).to_contain_text("Dialing")
    press(page, "1", "Enter")

    expect(page.locator("#messages")).to_contain_text("Call logged: No answer. Next try")
    story = page.get_by_role("region", name="Timeline")
    expect(story).to_contain_text("No answer")
    expect(story).to_contain_text("Test Agent")
    expect(page.get_by_role("region", name="Next step")).to_contain_text("Second try")
    call = Communication.objects.get(lead=lead)
    assert (call.outcome, call.author) == ("no_answer", agent.user)
    planned = FollowUp.objects.get(lead=lead)
    assert (planned.kind, planned.owner, planned.done_at) == (FollowUpKind.CADENCE, agent.user, None)
    assert planned.due_at > timezone.now()
    lead.refresh_from_db()
    assert lead.attempts == 1
    assert lead.touched_at is not None


def test_enter_alone_opens_the_lead_where_nothing_else_is_chosen(page: Page, post: Post) -> None:
    post(last_name="Newcomer")
    expect(banner(page)).to_contain_text("Test Newcomer")

    press(page, "Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Test Newcomer")


def test_what_somebody_types_is_not_taken_for_a_key_of_the_banner(page: Page, post: Post) -> None:
    post(last_name="Newcomer")
    expect(banner(page)).to_contain_text("Test Newcomer")

    page.keyboard.press("/")
    page.keyboard.type("gcg1")

    expect(page.locator("#search")).to_have_value("gcg1")
    expect(banner(page)).to_contain_text("Test Newcomer")


def test_nobody_else_s_page_says_a_word_of_it(
    page: Page, page_of: PageOf, post: Post, stranger: Agent, teammate: Agent
) -> None:
    others = [page_of(person) for person in (stranger, teammate)]
    for other in others:
        other.goto("/me/")
    post(last_name="Newcomer")
    expect(banner(page)).to_contain_text("Test Newcomer")

    for other in others:
        assert set(let_poll(other, times=2)) == {304}
        expect(banner(other)).to_be_empty()
        assert "Newcomer" not in other.content()


def test_dismissed_on_one_page_it_is_told_on_no_other(page: Page, post: Post) -> None:
    post(last_name="Newcomer")
    with page.expect_response(lambda answer: answer.url.endswith("/notices/seen/")):
        banner(page).get_by_role("button", name="Dismiss").click()
    expect(banner(page)).to_be_empty()

    page.goto("/leads/")
    expect(page.get_by_role("link", name="Test Newcomer")).to_be_visible()
    expect(banner(page)).to_be_empty()
    post(last_name="Latecomer")
    expect(banner(page)).to_contain_text("Test Latecomer")
    expect(banner(page)).not_to_contain_text("Newcomer")


def test_a_lost_connection_is_told_and_what_came_meanwhile_is_shown_when_it_is_back(
    page: Page, post: Post, complaints: Complaints
) -> None:
    complaints.allow("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    for _ in range(2):
        with page.context.expect_event("requestfailed", lambda asked: "/notices/poll/" in asked.url):
            page.clock.fast_forward(31_000)
    expect(line(page)).to_have_text("Connection lost, trying again. New leads are not shown meanwhile.")
    post(last_name="Newcomer")

    page.context.set_offline(False)

    expect(banner(page)).to_contain_text("Test Newcomer")
    expect(line(page)).to_be_hidden()


def log_out_by_the_cookie(page: Page) -> None:
    """As the browser does when its cookie is gone, in another tab or by age."""
    page.context.clear_cookies()


def log_out_on_the_server(page: Page) -> None:
    """As a changed password and “log out everywhere” do: the browser still has the cookie."""
    Session.objects.all().delete()


@pytest.mark.parametrize("log_out", [log_out_by_the_cookie, log_out_on_the_server])
def test_who_is_logged_out_is_told_by_the_next_lead_and_sees_it_after_logging_in_again(
    page: Page, post: Post, agent: Agent, complaints: Complaints, log_out: Callable[[Page], None]
) -> None:
    complaints.allow("401")
    log_out(page)
    post(last_name="Newcomer")
    let_poll(page)

    expect(line(page)).to_contain_text(LOGGED_OUT)
    expect(banner(page)).to_be_empty()
    with page.context.expect_page() as opened:
        line(page).get_by_role("link", name="Log in again").click()
    login = opened.value
    login.get_by_label("E-mail").fill(agent.user.email)
    login.get_by_label("Password").fill(PASSWORD)
    press(login, "Enter")
    expect(login).to_have_url(re.compile(r"/me/$"))

    let_poll(page)
    expect(banner(page)).to_contain_text("Test Newcomer")
    expect(line(page)).to_be_hidden()


def test_a_session_that_opens_no_page_any_more_is_told_though_its_cookie_still_polls(
    page: Page, post: Post, settings: Any
) -> None:
    settings.SECOND_FACTOR = "everyone"  # from now on each page leads to setting one up
    post(last_name="Newcomer")
    let_poll(page)

    expect(line(page)).to_contain_text(LOGGED_OUT)
    expect(banner(page)).to_be_empty()


def test_on_a_phone_menu_search_and_the_buttons_of_a_lead_stay_free(
    page_of: PageOf, agent: Agent, post: Post
) -> None:
    page = page_of(agent, phone=True)
    page.goto("/leads/")
    post(last_name="First")
    expect(banner(page)).to_contain_text("Test First")
    for part in (
        page.locator("#search"),
        page.locator("details.menu summary"),
        page.locator(".mainnav a").first,
    ):
        assert is_free(part)

    other = LeadFactory.create(owner=agent.user, last_name="Other", phone="+12145550149")
    page.goto(f"/leads/A-{other.pk}/")
    expect(banner(page)).to_contain_text("Test First")
    page.get_by_role("navigation", name="Act on this lead").get_by_role("button", name="Call").click()
    told = page.locator("#messages .toast")
    expect(told).to_contain_text("Dialing")
    above, below = told.bounding_box(), banner(page).bounding_box()
    assert above
    assert below
    assert above["y"] + above["height"] <= below["y"]
    assert is_free(banner(page).get_by_role("link", name="Open Test First"))
    last = page.locator(".lead-story .entry").last
    last.scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert is_free(last)


def is_free(part: Locator) -> bool:
    """Nothing covers its middle."""
    return bool(
        part.evaluate(
            """part => {
              const { left, top, width, height } = part.getBoundingClientRect();
              const there = document.elementFromPoint(left + width / 2, top + height / 2);
              return part.contains(there);
            }"""
        )
    )


@each_width
def test_the_banner_has_no_serious_fault(page_of: PageOf, agent: Agent, post: Post, phone: bool) -> None:
    page = page_of(agent, phone=phone)
    page.goto("/leads/")
    for name in ("Newcomer", "W" * 60):
        post(last_name=name)
    expect(banner(page)).to_contain_text("2 new leads")

    assert findings(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
