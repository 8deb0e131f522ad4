"""A manager opens a vendor in a browser: no serious fault for a reader, no sideways scrolling, no complaint."""

import json
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from agents.tests.browser.conftest import PageOf
from agents.tests.browser.test_accessibility import AXE, GRAVE
from intake.keys import issue_key
from intake.models import FieldRule, Source, SourceStatus
from leadcrm.models import User
from leadcrm.testing.factories import SourceFactory, SubmissionFactory
from leadcrm.testing.payloads import glossary

Open = Callable[..., Page]


@pytest.fixture
def source(shipped_rows: None) -> Source:
    """A source in test mode with a key and a test post."""
    source = SourceFactory.create(status=SourceStatus.TEST)
    issue_key(source=source)
    SubmissionFactory.create(source=source, test=True, state="rejected", body=b"")
    return source


@pytest.fixture
def manage(page_of: PageOf, reviewer: User) -> Open:
    """Open one of a source's pages as a manager."""

    def open_page(source: Source, act: str = "", *, phone: bool = False, dark: bool = False) -> Page:
        page = page_of(reviewer, phone=phone, dark=dark)
        address = reverse("admin:intake_source_change", args=[source.pk])
        page.goto(reverse("admin:intake_source_act", args=[source.pk, act]) if act else address)
        page.wait_for_load_state("networkidle")
        return page

    return open_page


def faults(page: Page) -> list[str]:
    """What axe calls serious or critical. As the page stands: Django's links change their colour little by little."""
    # `preload` would put style sheets into the page, which its policy refuses.
    found = AXE.run(page, options={"preload": False}).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"][:5]
    ]


def is_too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


@pytest.mark.parametrize("act", ["", "sample", "go-live", "hours", "clone", "rotate-key"])
def test_a_sources_pages_have_no_serious_fault_and_fit_the_screen(
    manage: Open, source: Source, act: str
) -> None:
    for phone, dark in ((False, False), (True, True)):
        page = manage(source, act, phone=phone, dark=dark)
        assert not is_too_wide(page)
        assert faults(page) == []


def test_a_vendors_page_and_the_filters_have_no_serious_fault_and_fit_the_screen(
    page_of: PageOf, reviewer: User, source: Source
) -> None:
    vendor = reverse("admin:intake_vendor_change", args=[source.vendor_id])
    filters = reverse("admin:compliance_checksetting_add") + f"?check_name=filters&source={source.pk}"
    for address in (vendor, filters):
        for phone, dark in ((False, False), (True, True)):
            page = page_of(reviewer, phone=phone, dark=dark)
            page.goto(address)
            page.wait_for_load_state("networkidle")
            assert not is_too_wide(page)
            assert faults(page) == []


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_a_sample_is_read_and_an_unknown_name_mapped_by_keyboard_and_click(
    manage: Open, source: Source, phone: bool
) -> None:
    page = manage(source, "sample", phone=phone)
    post = glossary(phone=None, cust_phone="512-555-0133", sexcode="0", smoker="maybe")
    page.get_by_label("A post, as the vendor sends it").fill(json.dumps(post))
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="How each field is understood")).to_be_visible()
    assert not is_too_wide(page)
    assert faults(page) == []
    with page.expect_navigation():
        page.get_by_role("button", name="Map to phone").click()
    expect(page.get_by_text("Saved: cust_phone → phone")).to_be_visible()
    page.get_by_label("Map sexcode to").fill("gender")
    with page.expect_navigation():
        page.get_by_role("button", name="Read again with what is filled in").click()
    expect(page.get_by_text("With rules that are not saved")).to_be_visible()
    assert [str(rule) for rule in FieldRule.objects.all()] == ["cust_phone → phone"]
