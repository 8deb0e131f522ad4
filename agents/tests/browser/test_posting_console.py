"""The console of the posting instructions: it sends test posts and nothing else, and keeps no key."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request, expect

from agents.tests.browser.conftest import PageOf
from intake.models import Dialect, Lead, Submission
from intake.tests.posting_support import path_of
from leadcrm.testing.factories import FieldRuleFactory
from leadcrm.testing.fixtures import VendorKey


@pytest.fixture
def opened(page_of: PageOf, vendor_key: VendorKey) -> Page:
    """A visitor's look at the posting instructions of a live source."""
    page = page_of()
    page.goto(path_of(vendor_key.source))
    return page


def send(page: Page, key: str, lead: str = "", outcome: str = "") -> Request:
    """Fill the console in and send it; the request that went out."""
    page.get_by_label("Your key", exact=True).fill(key)
    if lead:
        page.get_by_label("The lead, as JSON").fill(lead)
    if outcome:
        page.get_by_label("Outcome", exact=True).select_option(outcome)
    with page.expect_request("**/api/lead-intake") as sent:
        page.get_by_role("button", name="Send test post").click()
    return sent.value


def test_a_pasted_key_sends_a_test_post_and_shows_request_and_answer(
    opened: Page, vendor_key: VendorKey
) -> None:
    sent = send(opened, vendor_key.text)

    expect(opened.locator("[data-verdict]")).to_have_text("Accepted")
    expect(opened.locator("[data-timing]")).to_contain_text("HTTP 200")
    expect(opened.locator("[data-body]")).to_contain_text('"test": true')
    expect(opened.locator("[data-body]")).to_contain_text('{ "check": "fields", "outcome": "pass", "ms":')
    shown = opened.locator("[data-request]")
    expect(shown).to_contain_text("POST http")
    expect(shown).to_contain_text('"first_name": "Dana"')
    expect(shown).not_to_contain_text(vendor_key.text)
    body: Any = sent.post_data_json
    assert (sent.headers["x-test-post"], body["test"]) == ("true", True)
    assert vendor_key.text not in sent.url
    assert Submission.objects.get().test
    assert not Lead.objects.exists()


def test_a_refusal_says_what_to_do(opened: Page, vendor_key: VendorKey) -> None:
    send(opened, vendor_key.text, outcome="00001")

    expect(opened.locator("[data-verdict]")).to_have_text("Rejected: duplicate")
    expect(opened.locator("[data-advice]")).to_contain_text("offer the lead elsewhere")


def test_no_lead_is_bought_whatever_is_written(opened: Page, vendor_key: VendorKey) -> None:
    """Not even where the source reads another field as the flag."""
    FieldRuleFactory.create(
        source=vendor_key.source, incoming="mode", field="test", values={"live": "false", "true": "no"}
    )
    opened.reload()
    lead = (
        '{"phone": "2145552222", "state": "TX", "first_name": "A", "last_name": "B", "mode": "live", "Is_Test": "no",'
        ' "data": {"test": false}}'
    )
    for form in ("json", "form"):
        opened.get_by_label("As", exact=True).select_option(form)
        sent = send(opened, vendor_key.text, lead, outcome="99999")
        expect(opened.locator("[data-verdict]")).to_have_text("Accepted")
        assert "live" not in (sent.post_data or "")
    assert {post.test for post in Submission.objects.all()} == {True}
    assert not Lead.objects.exists()


def test_the_key_is_kept_nowhere(opened: Page, vendor_key: VendorKey) -> None:
    send(opened, vendor_key.text)
    expect(opened.locator("[data-answer]")).to_be_visible()

    kept: str = opened.evaluate(
        "JSON.stringify([localStorage, sessionStorage, document.cookie, location.href, history.state])"
    )
    assert vendor_key.text not in kept
    assert opened.context.cookies() == []
    opened.goto("about:blank")
    opened.go_back()
    expect(opened.get_by_label("Your key", exact=True)).to_have_value("")


@pytest.mark.parametrize(
    ("key", "lead", "told"),
    [
        ("not a key", "", "That is no key"),
        ("", "{", "The lead is no JSON"),
        ("", "[1]", "The lead must be one object"),
    ],
)
def test_what_cannot_be_sent_is_said_and_not_sent(
    opened: Page, vendor_key: VendorKey, key: str, lead: str, told: str
) -> None:
    opened.get_by_label("Your key", exact=True).fill(key or vendor_key.text)
    if lead:
        opened.get_by_label("The lead, as JSON").fill(lead)
    opened.get_by_role("button", name="Send test post").click()

    expect(opened.get_by_role("alert")).to_contain_text(told)
    assert not Submission.objects.exists()


def test_a_wrong_key_is_told_with_what_to_do(opened: Page, complaints: Any) -> None:
    complaints.allow("401")
    send(opened, "lk_00000000_" + "0" * 40)

    expect(opened.locator("[data-verdict]")).to_have_text("Error: unauthorized")
    expect(opened.locator("[data-advice]")).to_contain_text("Send the key as described above")


def test_an_answer_in_leadconduits_words_is_understood(page_of: PageOf, vendor_key: VendorKey) -> None:
    vendor_key.source.dialect = Dialect.LEADCONDUIT
    vendor_key.source.save()
    page = page_of()
    page.goto(path_of(vendor_key.source))
    send(page, vendor_key.text)
    expect(page.locator("[data-verdict]")).to_have_text("Accepted")
    send(page, vendor_key.text, outcome="00003")
    expect(page.locator("[data-verdict]")).to_have_text("Rejected: cap_reached")


def test_without_script_the_samples_can_be_chosen_and_the_console_points_to_curl(
    page_of: PageOf, vendor_key: VendorKey
) -> None:
    page = page_of(script=False)
    page.goto(path_of(vendor_key.source))
    expect(page.get_by_text("The console needs JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Send test post")).to_be_hidden()
    shown = page.locator(".sample:visible h3")
    expect(shown).to_have_text([re.compile("curl, JSON")])
    page.get_by_role("radio", name="PHP").check()
    page.get_by_role("radio", name="Form").check()
    expect(shown).to_have_text([re.compile("PHP, Form")])


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_the_page_has_no_serious_fault_and_fits_its_screen(
    page_of: PageOf, vendor_key: VendorKey, phone: bool
) -> None:
    page = page_of(phone=phone)
    page.goto(path_of(vendor_key.source))
    send(page, vendor_key.text)
    expect(page.locator("[data-answer]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found: dict[str, Any] = Axe().run(page).response
        grave = [rule for rule in found["violations"] if rule["impact"] in {"serious", "critical"}]
        assert [(rule["id"], rule["nodes"][0]["target"]) for rule in grave] == [], scheme
