"""Lost connection, expired session, double click, back button, stale form: no words lost, no record doubled."""

import re
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Locator, Page, Route, expect

from agents.models import Agent, Communication, Policy
from agents.tests.browser.conftest import Complaints, PageOf
from intake.models import Lead, LeadEvent
from leadcrm.models import User
from leadcrm.testing.factories import PASSWORD, CarrierFactory, LeadFactory, SourceFactory

WORDS = "Has two dogs and wants to hear on Friday"


@pytest.fixture
def lead(shipped_rows: None, noon: object, agent: Agent) -> Lead:
    return LeadFactory.create(
        owner=agent.user, source=SourceFactory.create(demo=True), last_name="Newcomer", phone="+12145550142",
        city="Dallas",
    )  # fmt: skip


@pytest.fixture
def page(page_of: PageOf, agent: Agent, lead: Lead) -> Page:
    """The lead's page with a note begun by keyboard."""
    page = page_of(agent)
    page.goto(f"/leads/A-{lead.pk}/")
    page.keyboard.press("n")
    page.keyboard.type(WORDS)
    return page


def note(page: Page) -> Locator:
    return page.locator("#note_body")


def kept(page: Page) -> Locator:
    return page.locator("#note .kept")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save note").click()


def toast(page: Page) -> Locator:
    return page.locator("#messages")


def notes(lead: Lead) -> list[str]:
    return list(Communication.objects.filter(lead=lead).order_by("pk").values_list("body", flat=True))


def drafts(page: Page) -> list[str]:
    found: list[str] = page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('draft:'))")
    return found


def test_reloading_and_going_away_and_back_keep_a_note(page: Page, lead: Lead) -> None:
    page.reload()
    expect(note(page)).to_have_value(WORDS)
    expect(kept(page)).to_contain_text("Your note was not saved yet: it is here again.")

    page.goto("/")
    page.go_back()
    expect(note(page)).to_have_value(WORDS)

    save(page)
    expect(toast(page)).to_contain_text("Note saved.")
    expect(note(page)).to_have_value("")
    assert notes(lead) == [WORDS]
    assert drafts(page) == []


def test_without_a_connection_the_words_stay_and_are_saved_once_it_is_back(
    page: Page, lead: Lead, complaints: Complaints
) -> None:
    complaints.allow("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    save(page)

    expect(toast(page)).to_contain_text("Not saved: no connection. Your words are kept; try again.")
    expect(note(page)).to_have_value(WORDS)

    page.context.set_offline(False)
    save(page)
    expect(toast(page)).to_contain_text("Note saved.")
    assert notes(lead) == [WORDS]


def test_an_answer_that_got_lost_doubles_nothing(page: Page, lead: Lead, complaints: Complaints) -> None:
    complaints.allow("ERR_FAILED|ERR_CONNECTION")

    def saved_but_never_told(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/note/", saved_but_never_told, times=1)
    save(page)
    expect(toast(page)).to_contain_text("Not saved: no connection.")

    page.reload()
    expect(kept(page)).to_contain_text("Nobody knows whether your note was saved")
    save(page)
    expect(toast(page)).to_contain_text("Note saved.")
    assert notes(lead) == [WORDS]


def test_after_the_session_has_ended_the_login_leads_back_to_the_words(
    page: Page, lead: Lead, agent: Agent
) -> None:
    agent.user.set_password(PASSWORD)
    agent.user.save()
    Session.objects.all().delete()
    save(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    page.get_by_label("E-mail").fill(agent.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()

    expect(page).to_have_url(re.compile(rf"/leads/A-{lead.pk}/$"))
    expect(note(page)).to_have_value(WORDS)
    expect(kept(page)).to_contain_text("was not saved yet")

    save(page)
    expect(toast(page)).to_contain_text("Note saved.")
    assert notes(lead) == [WORDS]


def test_a_page_from_before_the_last_login_saves_at_the_second_click(
    page: Page, lead: Lead, complaints: Complaints
) -> None:
    complaints.allow("403")
    page.context.clear_cookies(name="csrftoken")
    save(page)
    expect(kept(page)).to_contain_text("was not saved yet")

    save(page)
    expect(toast(page)).to_contain_text("Note saved.")
    assert notes(lead) == [WORDS]


def test_a_double_click_and_the_back_button_make_one_note(page: Page, lead: Lead) -> None:
    page.get_by_role("button", name="Save note").dblclick()
    expect(toast(page)).to_contain_text("Note saved.")

    page.go_back()
    page.go_forward()
    expect(note(page)).to_have_value("")
    assert notes(lead) == [WORDS]


def test_a_lead_that_went_to_a_colleague_gives_the_words_back(
    page: Page, lead: Lead, stranger: Agent, complaints: Complaints
) -> None:
    complaints.allow("404")
    Lead.objects.filter(pk=lead.pk).update(owner=stranger.user)
    save(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing was saved")
    expect(page.get_by_label("Body")).to_have_value(WORDS)
    expect(page.get_by_text("Newcomer")).to_have_count(0)
    assert notes(lead) == []


def test_what_is_refused_says_why_and_is_saved_when_it_is_right(
    page: Page, lead: Lead, complaints: Complaints
) -> None:
    complaints.allow("422")
    note(page).fill("   ")
    save(page)
    expect(page.locator("#note .error-summary")).to_contain_text("Write the note first.")

    note(page).fill(WORDS)
    save(page)
    expect(toast(page)).to_contain_text("Note saved.")
    assert notes(lead) == [WORDS]


def test_logging_out_leaves_nothing_in_the_browser(page: Page) -> None:
    assert len(drafts(page)) == 1

    page.locator(".menu summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")

    assert drafts(page) == []


def test_nobody_else_at_the_same_browser_finds_the_words(page: Page, lead: Lead, teammate: Agent) -> None:
    teammate.user.set_password(PASSWORD)
    teammate.user.save()
    Lead.objects.filter(pk=lead.pk).update(owner=teammate.user)
    Session.objects.all().delete()
    page.goto("/login/")
    page.get_by_label("E-mail").fill(teammate.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.goto(f"/leads/A-{lead.pk}/")

    expect(note(page)).to_have_value("")
    assert drafts(page) == []


def test_a_restored_correction_does_not_go_over_what_somebody_else_saved(
    page: Page, lead: Lead, agent: Agent, complaints: Complaints
) -> None:
    complaints.allow("409")
    page.goto(f"/leads/A-{lead.pk}/edit/")
    page.get_by_label("City").fill("Houston")
    Lead.objects.filter(pk=lead.pk).update(city="Austin")
    page.reload()
    expect(page.get_by_label("City")).to_have_value("Houston")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("changed City to Austin; you typed Houston")
    page.get_by_role("button", name="Save what I typed").click()
    expect(toast(page)).to_contain_text("Saved: City.")
    edit = LeadEvent.objects.get(lead=lead, kind="edited")
    assert (edit.old, edit.new, edit.actor) == ("Austin", "Houston", agent.user)
    assert [key for key in drafts(page) if "edit" in key] == []


def test_without_scripts_a_form_gone_back_to_doubles_nothing(
    page_of: PageOf, agent: Agent, lead: Lead
) -> None:
    page = page_of(agent, script=False)
    page.goto(f"/leads/A-{lead.pk}/")
    page.locator("#note summary").click()
    note(page).fill(WORDS)
    save(page)
    expect(toast(page)).to_contain_text("Note saved.")

    page.go_back()
    if not note(page).is_visible():
        page.locator("#note summary").click()
    note(page).fill(WORDS)
    save(page)
    expect(toast(page)).to_contain_text("Note saved.")
    # A browser that keeps the form sends it as it was; one that asked for a new page has another form before it.
    assert set(notes(lead)) == {WORDS}


def test_a_policy_is_kept_when_the_connection_breaks_and_saved_once_when_it_is_back(
    page: Page, lead: Lead, complaints: Complaints
) -> None:
    complaints.allow("ERR_INTERNET_DISCONNECTED")
    carrier = CarrierFactory.create()
    page.goto(f"/leads/A-{lead.pk}/policy/")
    page.get_by_label("Carrier").select_option(carrier.name)
    page.get_by_role("main").get_by_label("Policy number").fill("T-77")
    page.get_by_label("Premium").first.fill("49.90")
    page.context.set_offline(True)
    page.get_by_role("button", name="Save").click()
    expect(toast(page)).to_contain_text("Not saved: no connection. Your words are kept")

    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_role("main").get_by_label("Policy number")).to_have_value("T-77")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(lead.full_name)
    assert Policy.objects.get().number == "T-77"
    assert not any(key.endswith("/policy/") for key in drafts(page))


def ask_until(page: Page, shown: Callable[[float], None]) -> None:
    """Let the page ask who else is on the lead until `shown(milliseconds)` finds it there; at most ten times.

    It asks again a while after the last answer: before that one is there, no time that passes makes it ask.
    """
    for last in (*[False] * 9, True):
        page.clock.run_for(16_000)
        try:
            shown(500)
        except AssertionError:
            if last:
                raise
        else:
            break


class TestTwoOnOneLead:
    def test_each_sees_the_other_come_type_and_go(
        self, page: Page, page_of: PageOf, lead: Lead, reviewer: User
    ) -> None:
        other = page_of(reviewer)
        other.goto(f"/leads/A-{lead.pk}/")
        typing = "Test Agent is on this lead too, typing"
        ask_until(other, lambda ms: expect(other.locator("#presence")).to_have_text(typing, timeout=ms))

        line = expect(page.locator("#presence"))
        ask_until(page, lambda ms: line.to_have_text("Test Reviewer is on this lead too", timeout=ms))

        other.goto("/leads/")
        # What tells of going is sent while the page goes, and may come after the next question.
        ask_until(page, lambda ms: line.to_be_hidden(timeout=ms))

    def test_on_a_phone_the_mark_pushes_nothing_out_of_the_page(
        self, page: Page, page_of: PageOf, lead: Lead, reviewer: User
    ) -> None:
        User.objects.filter(pk=reviewer.pk).update(last_name="Reviewer-With-A-Long-Surname")
        other = page_of(reviewer)
        other.goto(f"/leads/A-{lead.pk}/")
        # Seen from there first: this page asks once in these 16 seconds, and must not ask before the other was there.
        expect(other.locator("#presence")).to_be_visible()
        page.set_viewport_size({"width": 375, "height": 812})
        ask_until(page, lambda ms: expect(page.locator("#presence")).to_be_visible(timeout=ms))

        assert page.evaluate("document.documentElement.scrollWidth") == 375
        box = page.get_by_role("link", name="Next lead").bounding_box()
        assert box
        assert box["x"] + box["width"] <= 375

    def test_who_lost_the_lead_meanwhile_is_told_before_writing_on(
        self, page: Page, lead: Lead, stranger: Agent, complaints: Complaints
    ) -> None:
        complaints.allow("404")
        Lead.objects.filter(pk=lead.pk).update(owner=stranger.user)
        line, gone = expect(page.locator("#presence")), "This lead has gone to a colleague."

        ask_until(page, lambda ms: line.to_contain_text(gone, timeout=ms))
        expect(note(page)).to_have_value(WORDS)


def test_forms_that_are_about_no_lead_are_left_to_the_browser(page_of: PageOf, agent: Agent) -> None:
    page = page_of(agent)
    page.goto("/me/")
    page.locator("main form input[type=text], main form input[type=tel]").first.fill("214 555 0107")
    page.reload()

    assert drafts(page) == []
    expect(page.locator(".kept")).to_have_count(0)
