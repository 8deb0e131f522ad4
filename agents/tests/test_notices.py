"""New leads are told of: the poll of open pages, the banner, putting it aside, who sees what, what it costs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents import polling
from agents.casework import give_lead
from agents.models import Agent, AgentLoad, NoticeMark, NoticeSettings
from agents.polling import TOKEN_LIVES
from agents.tests.page_suite import signed_in
from agents.tests.test_assign_post import post
from intake.models import Lead
from leadcrm.lib.db import round_trips
from leadcrm.models import User
from leadcrm.testing.factories import AgentHoursFactory, LeadFactory, NoticeSettingsFactory, UserFactory
from leadcrm.testing.fixtures import VendorKey
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db


def attribute(text: str, name: str) -> str:
    return text.split(f'data-{name}="')[1].split('"')[0]


class Page:
    """An open page of somebody: what its script would do."""

    def __init__(self, user: User, address: str = "/leads/") -> None:
        self.client = signed_in(user)
        self.text = self.client.get(address).text
        self.token = attribute(self.text, "token")
        self.number = attribute(self.text, "number")

    def poll(self, **headers: str) -> Any:
        sent = {"X-Poll-Token": self.token, "If-None-Match": f'"{self.number}"', **headers}
        return self.client.get("/notices/poll/", headers=sent)

    def banner(self) -> str:
        answer = self.client.get("/notices/")
        self.token = answer["X-Poll-Token"]
        return str(answer.text)


class TestPoll:
    def test_a_post_changes_the_number_of_the_agent_who_got_the_lead_and_of_nobody_else(
        self, client: Client, vendor_key: VendorKey, stranger: Agent
    ) -> None:
        page, other = Page(vendor_key.agent.user), Page(stranger.user)
        assert page.poll().status_code == other.poll().status_code == 304

        post(client, vendor_key, glossary())

        told = page.poll()
        assert (told.status_code, told.text, told["ETag"]) == (200, "1", '"1"')
        assert "no-store" in told["Cache-Control"]
        assert other.poll().status_code == 304
        assert "Maria" in page.banner() or Lead.objects.get().first_name in page.banner()
        assert Lead.objects.get().last_name not in other.banner()

    def test_the_answer_says_nothing_but_the_number(self, client: Client, vendor_key: VendorKey) -> None:
        page = Page(vendor_key.agent.user)
        assert page.poll().content == b""
        post(client, vendor_key, glossary())
        assert page.poll().content == b"1"
        assert page.poll().cookies == {}

    def test_a_lead_given_by_hand_changes_the_number_too(
        self, agent: Agent, teammate: Agent, reviewer: User
    ) -> None:
        page = Page(teammate.user)
        lead = LeadFactory.create(owner=agent.user, state="TX")
        give_lead(lead=lead, to_agent=teammate, actor=reviewer, reason="Leave", now=timezone.now())
        assert page.poll().status_code == 200
        assert lead.full_name in page.banner()

    def test_somebody_who_is_no_agent_is_told_too(self) -> None:
        last_link = UserFactory.create()
        page = Page(last_link)
        assert page.poll().status_code == 304
        LeadFactory.create(owner=last_link, last_name="Lastlink")
        assert page.poll().status_code == 200
        assert "Lastlink" in page.banner()

    def test_a_poll_is_one_question_and_asks_neither_session_nor_user(self, agent: Agent) -> None:
        page = Page(agent.user)
        page.poll()  # notes that a page is open
        before = round_trips.statements
        with CaptureQueriesContext(connection) as others:
            assert page.poll().status_code == 304
        assert round_trips.statements - before == 1
        assert len(others) == 0

    def test_it_is_noted_once_a_minute_that_a_page_is_open(
        self, agent: Agent, travel_to: Callable[[datetime], None]
    ) -> None:
        start = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
        seen = []
        travel_to(start)
        page = Page(agent.user)
        for seconds in (0, 30, 60):
            travel_to(start + timedelta(seconds=seconds))
            page.poll()
            seen.append(NoticeMark.objects.get().seen_at)
        assert seen == [start, start, start + timedelta(seconds=60)]

    def test_a_token_is_worth_nothing_without_the_session_it_was_made_for(
        self, agent: Agent, teammate: Agent
    ) -> None:
        page, other = Page(agent.user), Page(teammate.user)
        other.token = page.token
        assert other.poll().status_code == 401
        assert Client().get("/notices/poll/", headers={"X-Poll-Token": page.token}).status_code == 401
        page.token = page.token[:-1] + ("a" if page.token[-1] != "a" else "b")
        assert page.poll().status_code == 401

    def test_a_page_that_logged_out_is_told_so_and_gets_no_new_token(self, agent: Agent) -> None:
        page = Page(agent.user)
        page.client.post("/logout/")
        assert page.poll().status_code == 401
        assert page.client.get("/notices/").status_code == 302

    def test_a_token_is_good_for_minutes_and_renewed_with_the_session(
        self, agent: Agent, travel_to: Callable[[datetime], None]
    ) -> None:
        travel_to(datetime(2026, 6, 1, 15, 0, tzinfo=UTC))
        page = Page(agent.user)
        travel_to(datetime(2026, 6, 1, 15, 0, tzinfo=UTC) + timedelta(seconds=TOKEN_LIVES + 1))
        assert page.poll().status_code == 401
        page.banner()
        assert page.poll().status_code == 304

    def test_whose_login_was_switched_off_gets_no_name_and_no_new_token(
        self, client: Client, vendor_key: VendorKey
    ) -> None:
        page = Page(vendor_key.agent.user)
        User.objects.filter(pk=vendor_key.agent.user_id).update(is_active=False)
        post(client, vendor_key, glossary())
        answer = page.client.get("/notices/")
        assert (answer.status_code, answer.content) == (302, b"")
        page.poll()
        assert not NoticeMark.objects.exists()

    def test_a_database_that_is_away_is_a_503_to_try_again(
        self, agent: Agent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page = Page(agent.user)

        def gone(*args: Any, **kwargs: Any) -> None:
            raise OperationalError("gone")

        monkeypatch.setattr(polling, "fetch_together", gone)
        answer = page.poll()
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")

    def test_it_is_answered_before_any_other_middleware(self) -> None:
        assert settings.MIDDLEWARE[0] == "agents.views.polling.PollMiddleware"


class TestBanner:
    def test_it_shows_name_state_product_and_the_call_window_on_every_page(self, agent: Agent) -> None:
        lead = LeadFactory.create(owner=agent.user, first_name="Ada", last_name="Fresh", state="TX")
        text = Page(agent.user).text
        banner = text.split('id="news"')[1]
        for words in ("New lead", "Ada Fresh", "TX", f'href="/leads/A-{lead.pk}/"'):
            assert words in banner

    def test_the_queue_tells_only_of_what_comes_later_and_a_lead_not_of_itself(self, agent: Agent) -> None:
        lead = LeadFactory.create(owner=agent.user, first_name="Ada", last_name="Fresh")
        assert "data-news" not in Page(agent.user, "/").text
        text = Page(agent.user, f"/leads/A-{lead.pk}/").text
        assert "data-news" not in text
        assert attribute(text, "opened") == str(lead.pk)

    @pytest.mark.parametrize(
        "fields",
        [
            {"touched_at": timezone.now()},
            {"status": "contacted"},
            {"assigned_at": timezone.now() - timedelta(minutes=16)},
        ],
        ids=["touched", "moved on", "long here"],
    )
    def test_leads_that_are_no_news_are_not_told_of(self, agent: Agent, fields: dict[str, Any]) -> None:
        LeadFactory.create(owner=agent.user, **fields)
        assert Page(agent.user).banner().strip() == ""

    def test_a_lead_that_went_to_another_is_told_to_that_one_only(
        self, agent: Agent, teammate: Agent, reviewer: User
    ) -> None:
        lead = LeadFactory.create(owner=agent.user, last_name="Wanderer", state="TX")
        page = Page(agent.user)
        assert "Wanderer" in page.banner()
        give_lead(lead=lead, to_agent=teammate, actor=reviewer, reason="Leave", now=timezone.now())
        assert page.banner().strip() == ""
        assert "Wanderer" in Page(teammate.user).banner()

    def test_several_stack_as_one_and_the_rest_are_in_the_queue(self, agent: Agent) -> None:
        LeadFactory.create_batch(7, owner=agent.user)
        banner = Page(agent.user).banner()
        assert "7 new leads" in banner
        assert banner.count("data-open") == 3
        assert "4 more in the queue" in banner

    def test_what_is_put_aside_is_told_of_on_no_page_again_and_the_next_one_is(self, agent: Agent) -> None:
        first = LeadFactory.create(owner=agent.user, last_name="First")
        page, elsewhere = Page(agent.user), Page(agent.user)
        assert page.client.post("/notices/seen/", {"lead": [first.pk]}).status_code == 204
        assert elsewhere.banner().strip() == ""
        LeadFactory.create(owner=agent.user, last_name="Second")
        banner = elsewhere.banner()
        assert "Second" in banner
        assert "First" not in banner

    @pytest.mark.parametrize("key", ["", "x", "-1", "9" * 40, "\uff11"])
    def test_nonsense_put_aside_does_no_harm(self, agent: Agent, key: str) -> None:
        assert Page(agent.user).client.post("/notices/seen/", {"lead": [key]}).status_code == 204

    def test_without_script_dismissing_leads_to_the_queue(self, agent: Agent) -> None:
        answer = Page(agent.user).client.post("/notices/seen/", {"lead": ["1"], "back": "1"})
        assert answer.headers["Location"] == "/"

    def test_the_desktops_text_names_nobody(self, agent: Agent) -> None:
        LeadFactory.create(owner=agent.user, first_name="Ada", last_name="Fresh", state="TX")
        text = attribute(Page(agent.user).banner(), "text")
        assert text.startswith("New lead: ")
        assert text.endswith(", TX")
        assert "Ada" not in text

    def test_it_costs_the_same_for_one_lead_and_for_fifty_and_one_query_for_none(self, agent: Agent) -> None:
        page = Page(agent.user)

        def cost() -> int:
            page.banner()  # what the process keeps is read again: the factories changed configuration
            with CaptureQueriesContext(connection) as asked:
                page.banner()
            return len(asked)

        none = cost()
        LeadFactory.create(owner=agent.user)
        one = cost()
        LeadFactory.create_batch(49, owner=agent.user)
        assert cost() == one
        assert none == 3  # session, user, and where the reader stands


class TestChoices:
    def test_they_are_saved_and_reach_every_page(self, agent: Agent) -> None:
        page = Page(agent.user, "/me/")
        assert "Notices of new leads" in page.text
        page.client.post("/me/notices/", {"sound": "on", "desktop": "on"})
        text = page.client.get("/leads/").text
        assert (attribute(text, "sound"), attribute(text, "desktop")) == ("1", "1")
        saved = NoticeSettings.objects.get(user=agent.user)
        assert (saved.email, saved.quiet) == (False, False)

    def test_without_a_choice_only_the_banner_and_the_mail_tell(self, agent: Agent) -> None:
        text = Page(agent.user).text
        assert (attribute(text, "sound"), attribute(text, "desktop")) == ("", "")

    def test_quiet_outside_the_own_hours_if_wanted(
        self, agent: Agent, travel_to: Callable[[datetime], None]
    ) -> None:
        AgentHoursFactory.create(agent=agent, weekday=0, starts_at="09:00", ends_at="17:00")
        NoticeSettingsFactory.create(user=agent.user, sound=True, quiet=True)
        for moment, quiet in (
            (datetime(2026, 6, 1, 15, 0, tzinfo=UTC), False),
            (datetime(2026, 6, 2, 2, 0, tzinfo=UTC), True),
        ):
            travel_to(moment)
            LeadFactory.create(owner=agent.user)
            assert ("data-quiet" in Page(agent.user).banner()) is quiet

    def test_the_count_of_arrivals_goes_on_over_days(
        self, client: Client, vendor_key: VendorKey, travel_to: Callable[[datetime], None]
    ) -> None:
        for day in (1, 2):
            travel_to(datetime(2026, 6, day, 15, 0, tzinfo=UTC))
            post(client, vendor_key, glossary())
        load = AgentLoad.objects.get()
        assert (load.day_count, load.arrivals) == (1, 2)
