"""The desks beside the queue in a real browser: claiming, snoozing many at once, keeping a policy, a second factor."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from agents.models import Agent, Authenticator, FollowUp, LastLink, Policy
from agents.renewals import note_renewals
from agents.tests.browser.conftest import Complaints, PageOf, press
from agents.tests.second_factor_support import app_shows
from intake.models import Lead, LeadStatus
from leadcrm.testing.factories import (
    PASSWORD,
    CarrierFactory,
    ClaimOfferFactory,
    FollowUpFactory,
    LeadFactory,
    PoolFactory,
)


@pytest.fixture
def lead(shipped_rows: None, noon: object, agent: Agent) -> Lead:
    return LeadFactory.create(owner=agent.user, last_name="Newcomer", phone="+12145550142")


@pytest.fixture
def page(page_of: PageOf, agent: Agent, lead: Lead) -> Page:
    return page_of(agent)


def messages(page: Page) -> Locator:
    return page.locator("#messages")


class TestClaiming:
    @pytest.fixture
    def open_lead(self, agent: Agent, teammate: Agent, lead: Lead) -> Lead:
        pool = PoolFactory.create(
            last_link=LastLink.CLAIM, hide_until_claimed=True, members=[agent, teammate]
        )
        free = LeadFactory.create(
            last_name="Openhouse", owner=None, unassigned_why="Open", phone="+12145550143"
        )
        ClaimOfferFactory.create(lead=free, pool=pool)
        return free

    def test_the_first_has_the_lead_and_its_name_and_the_second_is_told(
        self, page: Page, page_of: PageOf, open_lead: Lead, agent: Agent, teammate: Agent
    ) -> None:
        slower = page_of(teammate)
        for each in (page, slower):
            each.goto("/claim/")
            expect(each.locator("#claim")).to_contain_text("Name shown when claimed")
            assert "Openhouse" not in each.content()

        page.get_by_role("button", name="Claim Final expense in TX").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Test Openhouse")
        expect(messages(page)).to_contain_text("It is yours")

        slower.get_by_role("button", name="Claim Final expense in TX").click()
        expect(messages(slower)).to_contain_text("Somebody was quicker")
        expect(slower.locator("#claim")).to_contain_text("Nothing is open just now")
        open_lead.refresh_from_db()
        assert open_lead.owner == agent.user

    def test_a_double_click_claims_once_and_says_so(self, page: Page, open_lead: Lead, agent: Agent) -> None:
        page.goto("/claim/")
        page.get_by_role("button", name="Claim Final expense in TX").dblclick()

        expect(page.get_by_role("heading", level=1)).to_have_text("Test Openhouse")
        expect(messages(page)).not_to_contain_text("Somebody was quicker")
        open_lead.refresh_from_db()
        assert open_lead.owner == agent.user


class TestSnoozingMany:
    @pytest.fixture
    def due(self, agent: Agent, lead: Lead) -> list[FollowUp]:
        """Three that are overdue, of people in Texas and in California."""
        past = timezone.now() - timedelta(hours=1)
        places = (("TX", "75201", "214"), ("CA", "94103", "415"), ("TX", "77002", "713"))
        return [
            FollowUpFactory.create(
                lead=LeadFactory.create(
                    owner=agent.user, state=state, zip=zip_code, phone=f"+1{area}5550150",
                    status=LeadStatus.CONTACTED, touched_at=past,
                ),
                owner=agent.user, what=f"Call {number}", due_at=past + timedelta(minutes=number),
            )
            for number, (state, zip_code, area) in enumerate(places, 1)
        ]  # fmt: skip

    def test_two_are_chosen_by_keyboard_and_come_back_at_ten_where_each_lives(
        self, page: Page, due: list[FollowUp]
    ) -> None:
        page.goto("/follow-ups/")
        for key in ("j", "x", "j", "x"):
            page.keyboard.press(key)
        expect(page.locator("[data-count]")).to_have_text("2 chosen")
        page.keyboard.press("s")
        expect(page.get_by_label("Snooze to")).to_be_focused()
        with page.expect_navigation():
            page.locator("[data-snooze]").press("Enter")

        expect(messages(page)).to_contain_text("2 follow-ups snoozed: tomorrow, 10 AM.")
        for each in due:
            each.refresh_from_db()
        hours = [each.due_at.strftime("%d %H:%M") for each in due[:2]]
        assert hours == ["03 16:00", "03 18:00"]  # UTC: ten in Dallas, ten in San Francisco
        assert due[2].due_at < timezone.now()

    def test_all_are_chosen_and_moved_to_a_typed_time_on_a_phone(
        self, page_of: PageOf, agent: Agent, due: list[FollowUp]
    ) -> None:
        page = page_of(agent, phone=True)
        page.goto("/follow-ups/")
        page.get_by_label("All", exact=True).check()
        expect(page.locator("[data-count]")).to_have_text("3 chosen")
        page.get_by_label("Day and time where they live").fill("2026-12-04T11:30")
        expect(page.get_by_label("Snooze to")).to_have_value("at")
        with page.expect_navigation():
            page.locator("[data-snooze]").click()

        expect(messages(page)).to_contain_text("3 follow-ups snoozed: the time you chose.")
        assert not FollowUp.objects.filter(due_at__lt=timezone.now()).exists()

    def test_with_none_chosen_nothing_is_moved_and_it_says_so(self, page: Page, due: list[FollowUp]) -> None:
        page.goto("/follow-ups/")
        with page.expect_navigation():
            page.locator("[data-snooze]").click()

        expect(messages(page)).to_contain_text("Choose at least one follow-up first.")
        assert FollowUp.objects.filter(due_at__lt=timezone.now()).count() == 3


class TestAPolicy:
    def test_it_is_added_from_the_lead_which_is_sold_by_it_and_its_renewal_is_planned(
        self, page: Page, lead: Lead, agent: Agent
    ) -> None:
        carrier = CarrierFactory.create(name="Example Mutual")
        page.goto(f"/leads/A-{lead.pk}/")
        page.get_by_role("link", name="Add a policy").press("Enter")
        form = page.get_by_role("main")
        form.get_by_label("Carrier").select_option("Example Mutual")
        form.get_by_label("Policy number").fill("T-100")
        form.get_by_label("Status").select_option("in_force")
        form.get_by_label("Premium, $").fill("54.20")
        form.get_by_label("Effective").fill("2025-12-20")
        form.get_by_label("Renews").fill("2026-12-20")
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", level=1)).to_have_text("Test Newcomer")
        expect(messages(page)).to_contain_text("Kept: Example Mutual")
        policies = page.get_by_role("region", name="Policies")
        expect(policies).to_contain_text("T-100")
        expect(policies).to_contain_text("renews Dec 20, 2026")
        expect(page.locator(".lead-title")).to_contain_text("Sold")
        policy = Policy.objects.get()
        assert (policy.carrier, policy.premium, policy.renewal_on, policy.sold_by) == (
            carrier, Decimal("54.20"), date(2026, 12, 20), agent.user,
        )  # fmt: skip

        assert note_renewals(now=timezone.now()) == 1
        page.reload()
        expect(page.get_by_role("region", name="Next step")).to_contain_text("Renews Dec 20, 2026")
        page.goto("/clients/")
        expect(page.get_by_role("main")).to_contain_text("Test Newcomer")

    def test_what_is_missing_is_said_and_nothing_typed_is_lost(
        self, page: Page, lead: Lead, complaints: Complaints
    ) -> None:
        complaints.allow("422")
        CarrierFactory.create(name="Example Mutual")
        page.goto(f"/leads/A-{lead.pk}/policy/")
        page.get_by_label("Premium, $").fill("54.20")
        with page.expect_navigation():
            page.get_by_role("button", name="Save").click()

        expect(page.locator("[data-errors]")).to_contain_text("Choose the carrier.")
        expect(page.get_by_label("Premium, $")).to_have_value("54.20")
        assert not Policy.objects.exists()


def test_a_second_factor_is_turned_on_and_asked_for_at_the_next_login(page: Page, agent: Agent) -> None:
    page.goto("/me/")
    page.get_by_role("link", name="Set up").click()
    page.get_by_role("link", name="Set it up").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code").fill(app_shows(agent.user, steps=-1))
    press(page, "Enter")
    codes = page.get_by_text(re.compile(r"^(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}$"))
    expect(codes).to_have_count(10)
    backup = codes.first.inner_text()
    assert Authenticator.objects.get(user=agent.user).confirmed

    def give_password() -> None:
        page.context.clear_cookies()
        page.goto("/leads/")
        page.get_by_label("E-mail").fill(agent.user.email)
        page.get_by_label("Password").fill(PASSWORD)
        press(page, "Enter")
        expect(page).to_have_url(re.compile(r"/login/code/"))

    for code in (app_shows(agent.user), backup):
        give_password()
        if code == backup:
            page.get_by_role("link", name="Use a backup code").click()
        page.get_by_label("code").fill(code)
        press(page, "Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("My leads")

    give_password()
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/login/\?next=/"))
