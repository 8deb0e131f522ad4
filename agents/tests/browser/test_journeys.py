"""An agent's work in a real browser: by keyboard only, on a phone, without scripts, by double clicks."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from agents.models import Agent, Communication, FollowUp
from agents.tests.browser.conftest import Complaints, PageOf, choose, press
from compliance.models import Suppression
from intake.models import Lead, LeadStatus
from leadcrm.testing.factories import FollowUpFactory, LeadFactory


@pytest.fixture
def lead(shipped_rows: None, noon: object, agent: Agent) -> Lead:
    return LeadFactory.create(owner=agent.user, last_name="Newcomer", phone="+12145550142")


@pytest.fixture
def page(page_of: PageOf, agent: Agent, lead: Lead) -> Page:
    """The agent's queue with the new lead in it."""
    page = page_of(agent)
    page.goto("/")
    return page


def messages(page: Page) -> Locator:
    return page.locator("#messages")


def story(page: Page) -> Locator:
    return page.get_by_role("region", name="Timeline")


class TestByKeyboardAlone:
    def test_a_new_lead_is_called_and_wrapped_up(self, page: Page, lead: Lead) -> None:
        press(page, "j", "Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Test Newcomer")
        page.keyboard.press("c")
        expect(messages(page)).to_contain_text("Dialing")
        press(page, "1", "Enter")

        expect(messages(page)).to_contain_text("Call logged: No answer.")
        expect(story(page)).to_contain_text("No answer")
        assert Communication.objects.get(lead=lead).outcome == "no_answer"

    def test_j_and_k_move_through_the_queue_and_stay_inside_it(
        self, page: Page, lead: Lead, agent: Agent
    ) -> None:
        LeadFactory.create(
            owner=agent.user, last_name="Second", received_at=timezone.now() - timedelta(hours=1)
        )
        page.reload()
        chosen = page.locator("tr[data-selected]")

        for key, name in (("j", "Newcomer"), ("j", "Second"), ("j", "Second"), ("k", "Newcomer")):
            page.keyboard.press(key)
            expect(chosen).to_contain_text(name)
            expect(chosen.locator(".row-link")).to_be_focused()

    def test_search_is_a_stroke_away_and_a_single_hit_opens(self, page: Page, lead: Lead) -> None:
        page.keyboard.press("/")
        expect(page.locator("#search")).to_be_focused()
        page.keyboard.type("214-555-0142")
        press(page, "Enter")

        expect(page).to_have_url(f"{page.url.split('/leads')[0]}/leads/A-{lead.pk}/")

    def test_help_opens_and_closes_and_letters_in_a_field_are_only_letters(self, page: Page) -> None:
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_contain_text("Keyboard shortcuts")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()

        page.keyboard.press("/")
        page.keyboard.type("j?c1")
        expect(page.locator("#search")).to_have_value("j?c1")
        expect(page.get_by_role("dialog")).to_be_hidden()

    def test_the_first_tab_leads_past_the_top_of_the_page(self, page: Page) -> None:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()

    def test_a_note_is_written_and_a_follow_up_planned(self, page: Page, lead: Lead) -> None:
        press(page, "j", "Enter")
        page.keyboard.press("n")
        page.keyboard.type("Prefers the morning")
        press(page, "Tab", "Enter")
        expect(story(page)).to_contain_text("Prefers the morning")

        page.keyboard.press("f")
        what = page.get_by_role("textbox", name="What").filter(visible=True)
        expect(what).to_be_focused()
        page.keyboard.press("Control+a")
        page.keyboard.type("Send the papers")
        page.locator("#follow-up [data-fill]").first.press("Enter")
        press(page, "Enter")
        expect(page.get_by_role("region", name="Next step")).to_contain_text("Send the papers")
        assert FollowUp.objects.get(lead=lead).what == "Send the papers"

    @pytest.mark.parametrize(
        ("key", "form", "said"),
        [("n", "#note", "Note saved."), ("o", "#opt-out", "Nobody here will call")],
        ids=["note", "opt_out"],
    )
    def test_control_and_enter_save_what_is_being_written(
        self, page: Page, lead: Lead, key: str, form: str, said: str
    ) -> None:
        press(page, "j", "Enter")
        page.keyboard.press(key)
        page.keyboard.type("First line")
        page.keyboard.press("Enter")
        page.keyboard.type("second line")
        press(page, "Control+Enter")

        expect(messages(page)).to_contain_text(said)
        expect(story(page)).to_contain_text("First line")
        expect(story(page)).to_contain_text("second line")


def open_lead(page: Page, lead: Lead) -> None:
    page.goto(f"/leads/A-{lead.pk}/")


def test_who_asks_us_to_stop_cannot_be_called_from_then_on(page: Page, lead: Lead) -> None:
    open_lead(page, lead)
    page.keyboard.press("o")
    page.locator("#opt-out textarea").fill("Stop calling me")
    page.locator("#opt-out").get_by_role("button", name="Stop all contact").click()

    expect(messages(page)).to_contain_text("Nobody here will call, text or e-mail this person again")
    expect(page.get_by_text("Do not call, text or e-mail this person.")).to_be_visible()
    expect(page.locator("[data-dial]")).to_have_count(0)
    assert Suppression.objects.filter(phone=lead.phone).exists()


def test_a_double_click_logs_one_call(page: Page, lead: Lead) -> None:
    open_lead(page, lead)
    choose(page, "Left a voicemail")
    with page.expect_navigation():
        page.get_by_role("button", name="Log call").dblclick()

    expect(messages(page)).to_contain_text("Call logged: Left a voicemail")
    assert Communication.objects.filter(lead=lead).count() == 1


def test_going_back_and_reloading_after_saving_records_nothing_twice(page: Page, lead: Lead) -> None:
    open_lead(page, lead)
    choose(page, "Left a voicemail")
    with page.expect_navigation():
        page.get_by_role("button", name="Log call").click()
    page.reload()
    expect(story(page)).to_contain_text("Left a voicemail")
    page.go_back()  # the saved form left no page of its own behind

    expect(page.get_by_role("heading", level=1)).to_have_text("Queue")
    assert Communication.objects.filter(lead=lead).count() == 1


def test_words_survive_an_answer_that_refuses_them(page: Page, lead: Lead, complaints: Complaints) -> None:
    complaints.allow("422")
    open_lead(page, lead)
    page.locator("#log-call textarea").fill("A long note nobody wants to type twice")
    with page.expect_navigation():
        page.get_by_role("button", name="Log call").click()

    expect(page.locator("[data-errors]")).to_be_focused()
    expect(page.locator("#log-call textarea")).to_have_value("A long note nobody wants to type twice")


def test_an_expired_session_leads_to_the_login_and_back_to_the_lead(
    page: Page, lead: Lead, agent: Agent
) -> None:
    agent.user.set_password("a long password")
    agent.user.save()
    page.context.clear_cookies()
    open_lead(page, lead)
    page.get_by_label("E-mail").fill(agent.user.email)
    page.get_by_label("Password").fill("a long password")
    press(page, "Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Test Newcomer")


def test_a_lost_connection_is_told_and_nobody_is_called(
    page: Page, lead: Lead, complaints: Complaints
) -> None:
    complaints.allow("ERR_INTERNET_DISCONNECTED")
    open_lead(page, lead)
    page.context.set_offline(True)
    page.keyboard.press("c")

    expect(messages(page)).to_contain_text("Nobody was called: the server gave no answer")


class TestWithoutScripts:
    @pytest.fixture
    def page(self, page_of: PageOf, agent: Agent, lead: Lead) -> Page:
        page = page_of(agent, script=False)
        page.goto("/")
        return page

    def test_a_lead_is_found_called_logged_and_noted_by_plain_forms(self, page: Page, lead: Lead) -> None:
        page.get_by_role("link", name="Test Newcomer").click()
        page.locator("#contact").get_by_role("button", name="Call").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You may call now")
        page.get_by_role("link", name="Log the call").click()
        choose(page, "Left a voicemail")
        page.get_by_role("button", name="Log call").click()
        expect(messages(page)).to_contain_text("Call logged: Left a voicemail")

        page.locator("#note summary").click()
        page.locator("#note textarea").fill("By plain forms")
        page.get_by_role("button", name="Save note").click()
        expect(story(page)).to_contain_text("By plain forms")

    def test_the_stage_is_changed_and_a_follow_up_ticked_off(
        self, page: Page, lead: Lead, agent: Agent
    ) -> None:
        FollowUpFactory.create(lead=lead, owner=agent.user, due_at=timezone.now(), what="Ring again")
        open_lead(page, lead)
        page.get_by_role("button", name="Ring again: Done").click()
        expect(messages(page)).to_contain_text("Done: Ring again.")

        page.locator("#stage summary").click()
        page.locator("#stage select").select_option("contacted")
        page.get_by_role("button", name="Change stage").click()
        lead.refresh_from_db()
        assert lead.status == LeadStatus.CONTACTED


@pytest.fixture
def fits(page_of: PageOf, agent: Agent, lead: Lead) -> Callable[[str], None]:
    """`fits(url)`: on a phone, nothing of the page stands out to the right."""
    page = page_of(agent, phone=True)

    def look(url: str) -> None:
        page.goto(url)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, f"{url} is {wide} px wider than the phone"

    return look


@pytest.mark.parametrize("url", ["/", "/leads/", "/search/?q=Newcomer+x", "/password/"])
def test_a_page_fits_a_phone(fits: Callable[[str], None], url: str) -> None:
    fits(url)


def test_a_leads_page_fits_a_phone_whatever_a_vendor_writes(fits: Callable[[str], None], lead: Lead) -> None:
    Lead.objects.filter(pk=lead.pk).update(
        last_name="W" * 80, email=f"{'w' * 60}@example.com", address="M" * 90, extra={"k" * 60: "v" * 300}
    )
    fits(f"/leads/A-{lead.pk}/")


def test_on_a_phone_the_thumb_bar_calls_and_leads_to_the_forms(
    page_of: PageOf, agent: Agent, lead: Lead
) -> None:
    page = page_of(agent, phone=True)
    open_lead(page, lead)
    bar = page.get_by_role("navigation", name="Act on this lead")
    bar.get_by_role("button", name="Call").click()
    expect(messages(page)).to_contain_text("Dialing")
    bar.get_by_role("link", name="Note").click()
    expect(page.locator("#note textarea")).to_be_focused()


def test_dark_mode_is_dark(page_of: PageOf, agent: Agent, lead: Lead) -> None:
    brightness = []
    for dark in (False, True):
        page = page_of(agent, dark=dark)
        page.goto("/")
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        brightness.append(sum(int(part) for part in colour.strip("rgb()").split(",")[:3]))
    assert brightness[0] > 600
    assert brightness[1] < 200
