"""One's own page: receiving, licenses, hours, phone and languages, log out everywhere; nobody else's."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from pytest_django import DjangoAssertNumQueries

from agents.me import held_licenses, save_hours
from agents.models import Agent, AgentHours
from agents.tests.test_pages_access import signed_in
from compliance.models import ConfigChange
from leadcrm.models import User
from leadcrm.testing.factories import AgentFactory, AgentHoursFactory, LicenseFactory, TeamFactory

PAGES = ["me"]
POSTS = ["pause", "resume", "my_profile", "my_hours", "log_out_everywhere"]


@pytest.mark.parametrize("name", PAGES + POSTS)
def test_a_visitor_is_asked_to_log_in(client: Client, db: None, name: str) -> None:
    ask = client.get if name in PAGES else client.post

    assert ask(reverse(name))["Location"] == f"/login/?next={reverse(name)}"


@pytest.mark.parametrize("name", POSTS)
def test_what_changes_something_wants_a_post_and_else_leads_to_the_page(agent: Agent, name: str) -> None:
    assert signed_in(agent.user).get(reverse(name))["Location"] == "/me/"


def test_staff_without_an_agent_have_a_page_without_the_agents_parts(reviewer: User) -> None:
    client = signed_in(reviewer)
    page = client.get("/me/")

    assert page.status_code == 200
    assert "Log out everywhere" in page.text
    assert "Licenses" not in page.text
    assert client.post("/me/pause/", {}).status_code == 404
    assert client.post("/me/profile/", {}).status_code == 404


def test_an_agent_who_has_left_cannot_come_back_alone(agent: Agent) -> None:
    Agent.objects.filter(pk=agent.pk).update(active=False, receiving=False)
    client = signed_in(agent.user)

    assert client.post("/me/resume/").status_code == 404
    assert "Get new leads again" not in client.get("/me/").text
    agent.refresh_from_db()
    assert not agent.receiving


def test_the_page_is_the_readers_own(agent: Agent, teammate: Agent) -> None:
    LicenseFactory.create(agent=agent, state="FL", number="MINE-1")
    LicenseFactory.create(agent=teammate, state="FL", number="THEIRS-1")

    page = signed_in(agent.user).get("/me/").text

    assert "MINE-1" in page
    assert "THEIRS-1" not in page
    assert "Test Teammate" not in page


def test_a_leader_sees_who_of_the_team_is_paused_and_why(agent: Agent) -> None:
    leader = User.objects.create_user("leader@example.com")
    assert agent.team
    agent.team.leader = leader
    agent.team.save()
    signed_in(agent.user).post("/me/pause/", {"reason": "Dentist"})

    page = signed_in(leader).get("/me/").text

    assert "Test Agent" in page
    assert "Dentist" in page
    assert "Paused" in page


def test_the_page_costs_the_same_with_one_license_and_with_fifty(
    agent: Agent, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(agent.user)
    assert agent.team
    agent.team.leader = agent.user
    agent.team.save()
    AgentFactory.create(team=agent.team)
    client.get("/me/")
    with django_assert_max_num_queries(14) as few:
        client.get("/me/")
    for n in range(50):
        LicenseFactory.create(agent=agent, effective_on=date(2020, 1, 1) + timedelta(days=n), state="OK")
        AgentHoursFactory.create(agent=agent, weekday=n % 7, starts_at=time(n % 20), ends_at=time(n % 20 + 1))
        AgentFactory.create(team=agent.team)
    with django_assert_max_num_queries(len(few)):
        assert client.get("/me/").status_code == 200


class TestReceiving:
    def test_an_agent_pauses_with_a_reason_until_a_time_on_the_own_clock(
        self, agent: Agent, travel_to: Any
    ) -> None:
        travel_to(datetime(2026, 6, 1, 16, 0, tzinfo=UTC))  # noon in New York, 11 in Chicago
        Agent.objects.filter(pk=agent.pk).update(time_zone="America/Chicago")
        client = signed_in(agent.user)

        answer = client.post("/me/pause/", {"reason": "Lunch", "back_at": "2026-06-01T13:00"}, follow=True)

        agent.refresh_from_db()
        assert not agent.receiving
        assert agent.back_at == datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
        assert agent.paused_at == timezone.now()
        assert "You get no new leads until Today, 1:00 PM" in answer.text
        assert "back Today, 1:00 PM" in answer.text
        assert "Reason: Lunch." in answer.text

    def test_a_pause_can_be_changed_and_began_when_it_began(self, agent: Agent, travel_to: Any) -> None:
        client = signed_in(agent.user)
        travel_to(datetime(2026, 6, 1, 16, 0, tzinfo=UTC))
        client.post("/me/pause/", {"reason": "Lunch"})
        travel_to(datetime(2026, 6, 1, 17, 0, tzinfo=UTC))
        client.post("/me/pause/", {"reason": "Dentist"})

        agent.refresh_from_db()
        assert agent.pause_reason == "Dentist"
        assert agent.paused_at == datetime(2026, 6, 1, 16, 0, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("back_at", "words"),
        [
            ("2026-06-01T11:59", "This time has passed"),
            ("2027-07-01T09:00", "more than a year away"),
            ("2027-03-14T02:30", "may not exist"),  # the hour that summer time leaves out
        ],
    )
    def test_a_time_that_cannot_be_meant_is_told_in_words_and_changes_nothing(
        self, agent: Agent, travel_to: Any, back_at: str, words: str
    ) -> None:
        travel_to(datetime(2026, 6, 1, 16, 0, tzinfo=UTC))

        answer = signed_in(agent.user).post("/me/pause/", {"reason": "Kept", "back_at": back_at})

        assert words in answer.text
        assert 'value="Kept"' in answer.text
        agent.refresh_from_db()
        assert agent.receiving

    def test_coming_back_empties_what_was_said_of_the_pause(self, agent: Agent) -> None:
        client = signed_in(agent.user)
        client.post("/me/pause/", {"reason": "Lunch", "back_at": ""})

        for _ in range(2):
            assert client.post("/me/resume/")["Location"] == "/me/"
        agent.refresh_from_db()
        assert (agent.receiving, agent.pause_reason, agent.paused_at) == (True, "", None)

    def test_the_history_of_configuration_names_the_agent_and_the_page(self, agent: Agent) -> None:
        signed_in(agent.user).post("/me/pause/", {"reason": "Lunch"})

        change = ConfigChange.objects.filter(table_name="agents_agent", operation="update").latest("id")
        assert (change.by, change.via) == (agent.user, "own page")
        assert {"receiving", "pause_reason"} <= set(change.columns)


class TestLicenses:
    def test_days_left_are_told_by_the_agencys_day(self, agent: Agent) -> None:
        agent.licenses.all().delete()
        for days in (-1, 0, 1, 30, 31):
            LicenseFactory.create(
                agent=agent, effective_on=date(2020, 1, 1) + timedelta(days=days + 1),
                expires_on=date(2026, 6, 1) + timedelta(days=days),
            )  # fmt: skip
        # Half an hour before midnight in New York it is June 2 in UTC.
        now = datetime(2026, 6, 1, 23, 30, tzinfo=ZoneInfo("America/New_York"))

        assert [(held.words, held.tone) for held in held_licenses(agent=agent, now=now)] == [
            ("Expired", "bad"), ("Last day is today", "warn"), ("1 day left", "warn"), ("30 days left", "warn"),
            ("31 days left", "good"),
        ]  # fmt: skip

    def test_a_license_with_number_and_line_stands_on_the_page(self, agent: Agent) -> None:
        LicenseFactory.create(agent=agent, state="FL", line="life", number="W123456")

        page = signed_in(agent.user).get("/me/").text

        for words in ("FL", "Life", "W123456", "No end"):
            assert words in page

    @pytest.mark.parametrize(("days", "shown"), [(8, False), (7, True), (0, True), (-7, True), (-8, False)])
    def test_a_strip_stands_on_every_page_a_week_around_the_end(
        self, agent: Agent, days: int, shown: bool
    ) -> None:
        LicenseFactory.create(
            agent=agent, state="FL", effective_on=date(2020, 1, 1),
            expires_on=timezone.localdate() + timedelta(days=days),
        )  # fmt: skip
        client = signed_in(agent.user)

        for url in ("/", "/leads/", "/me/"):
            assert ('class="strip"' in client.get(url).text) == shown

    def test_a_renewed_license_is_no_alarm(self, agent: Agent) -> None:
        last = timezone.localdate() + timedelta(days=3)
        LicenseFactory.create(agent=agent, state="FL", effective_on=date(2020, 1, 1), expires_on=last)
        LicenseFactory.create(agent=agent, state="FL", effective_on=last + timedelta(days=1))

        assert 'class="strip"' not in signed_in(agent.user).get("/").text

    def test_a_colleagues_license_is_no_alarm_of_mine(self, agent: Agent, teammate: Agent) -> None:
        LicenseFactory.create(agent=teammate, state="FL", expires_on=timezone.localdate())

        assert 'class="strip"' not in signed_in(agent.user).get("/").text


class TestPhoneAndLanguages:
    def test_the_own_line_is_kept_as_one_number(self, agent: Agent) -> None:
        answer = signed_in(agent.user).post(
            "/me/profile/", {"phone": "(512) 555-0142", "languages": ["es", "pl"]}
        )

        assert answer["Location"] == "/me/"
        agent.refresh_from_db()
        assert agent.phone == "+15125550142"
        assert agent.languages == ["es", "pl"]

    def test_a_number_that_cannot_be_called_is_told_in_words_and_stays_in_the_form(
        self, agent: Agent
    ) -> None:
        answer = signed_in(agent.user).post("/me/profile/", {"phone": "555-01", "languages": ["es"]})

        assert "This number does not have ten digits." in answer.text
        assert 'value="555-01"' in answer.text
        agent.refresh_from_db()
        assert agent.languages == []

    def test_languages_a_manager_entered_are_kept(self, agent: Agent) -> None:
        Agent.objects.filter(pk=agent.pk).update(languages=["en", "hm"])
        client = signed_in(agent.user)

        assert 'value="hm"' in client.get("/me/").text
        client.post("/me/profile/", {"phone": "", "languages": ["hm", "es"]})
        agent.refresh_from_db()
        assert agent.languages == ["en", "es", "hm"]


class TestHours:
    week = {"0_0_from": "09:00", "0_0_to": "12:00", "0_1_from": "13:00", "0_1_to": "17:30"}

    def test_managers_set_the_hours_unless_the_agency_leaves_them_to_agents(self, agent: Agent) -> None:
        AgentHoursFactory.create(agent=agent)
        client = signed_in(agent.user)

        assert "9:00 AM\u20135:00 PM" in client.get("/me/").text
        assert client.post("/me/hours/", self.week).status_code == 404
        assert agent.hours.count() == 1

    def test_an_agent_sets_the_week_where_the_agency_allows(self, agent: Agent, settings: Any) -> None:
        settings.AGENTS_SET_HOURS = True
        AgentHoursFactory.create(agent=agent, weekday=5)
        client = signed_in(agent.user)

        for _ in range(2):
            assert client.post("/me/hours/", self.week)["Location"] == "/me/"
        assert [str(row) for row in agent.hours.all()] == ["Monday 09:00-12:00", "Monday 13:00-17:30"]
        assert 'value="13:00"' in client.get("/me/").text

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"0_0_to": ""}, "Monday: fill in both times."),
            ({"0_0_to": "08:00"}, "Monday: the end must come after the beginning."),
            ({"0_1_from": "11:00"}, "Monday: the two stretches overlap."),
            ({"3_0_from": "nine"}, "Write a time such as 09:00."),
        ],
    )
    def test_a_week_that_cannot_be_meant_is_told_in_words(
        self, agent: Agent, settings: Any, changes: dict[str, str], words: str
    ) -> None:
        settings.AGENTS_SET_HOURS = True

        answer = signed_in(agent.user).post("/me/hours/", {**self.week, **changes})

        assert words in answer.text
        assert not agent.hours.exists()

    def test_hours_finer_than_the_form_are_left_to_the_manager(self, agent: Agent, settings: Any) -> None:
        settings.AGENTS_SET_HOURS = True
        for hour in (8, 10, 12):
            AgentHoursFactory.create(agent=agent, starts_at=time(hour), ends_at=time(hour + 1))
        client = signed_in(agent.user)

        assert "Your manager sets them" in client.get("/me/").text
        assert client.post("/me/hours/", self.week).status_code == 404

    def test_rows_that_stay_are_not_written_again(self, agent: Agent) -> None:
        kept = AgentHoursFactory.create(agent=agent, starts_at=time(9), ends_at=time(17))

        save_hours(agent=agent, stretches=[(0, time(9), time(17)), (1, time(9), time(17))])

        assert AgentHours.objects.filter(pk=kept.pk).exists()
        assert agent.hours.count() == 2


class TestLoggingOutEverywhere:
    def test_every_session_ends_and_others_go_on(self, agent: Agent, teammate: Agent) -> None:
        here, there, other = signed_in(agent.user), signed_in(agent.user), signed_in(teammate.user)

        answer = here.post("/me/log-out-everywhere/", follow=True)

        assert "You are logged out on every device." in answer.text
        assert here.get("/").status_code == there.get("/").status_code == 302
        assert other.get("/").status_code == 200
        assert signed_in(User.objects.get(pk=agent.user_id)).get("/").status_code == 200

    def test_sessions_from_before_there_was_a_number_in_them_stay(self, agent: Agent) -> None:
        salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        plain = salted_hmac(salt, agent.user.password, algorithm="sha256").hexdigest()  # as Django has it

        assert agent.user.get_session_auth_hash() == plain
        agent.user.end_sessions()
        assert agent.user.get_session_auth_hash() != plain


def test_the_own_page_is_in_the_menu(agent: Agent) -> None:
    assert '<a href="/me/">Me</a>' in signed_in(agent.user).get("/").text


def test_an_agent_of_another_team_is_not_on_a_leaders_page(agent: Agent, stranger: Agent) -> None:
    leader = User.objects.create_user("leader@example.com")
    TeamFactory.create(name="Third", leader=leader)

    assert "Your team" not in signed_in(leader).get("/me/").text
