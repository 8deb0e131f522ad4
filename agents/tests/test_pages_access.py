"""Who sees which page, and which lead. What holds for every address is in test_page_suite.py."""

from typing import Any

import pytest
from django.test import Client

from agents.models import Agent
from agents.tests.page_suite import signed_in as signed_in
from intake.models import Lead
from leadcrm.models import User
from leadcrm.testing.factories import LeadFactory


@pytest.fixture
def lead(agent: Agent) -> Lead:
    """A lead of `agent`."""
    return LeadFactory.create(owner=agent.user, last_name="Person Own")


def test_a_leads_page_asks_a_visitor_to_log_in_whether_or_not_the_lead_exists(
    client: Client, lead: Lead
) -> None:
    for number in (lead.pk, 999_999):
        assert client.get(f"/leads/A-{number}/")["Location"] == f"/login/?next=/leads/A-{number}/"


def test_the_owner_opens_the_lead(agent: Agent, lead: Lead) -> None:
    answer = signed_in(agent.user).get(f"/leads/A-{lead.pk}/")

    assert answer.status_code == 200
    assert "Person Own" in answer.text


def test_a_number_beyond_every_lead_is_not_found(agent: Agent) -> None:
    assert signed_in(agent.user).get(f"/leads/A-{10**30}/").status_code == 404


def test_the_leader_opens_the_leads_of_the_team_and_of_no_other(
    agent: Agent, stranger: Agent, lead: Lead
) -> None:
    leader = User.objects.create_user("leader@example.com")
    assert agent.team
    agent.team.leader = leader
    agent.team.save()
    other = LeadFactory.create(owner=stranger.user)
    client = signed_in(leader)

    assert client.get(f"/leads/A-{lead.pk}/").status_code == 200
    assert client.get(f"/leads/A-{other.pk}/").status_code == 404
    assert "My team's leads" in client.get("/").text


def test_the_reviewer_opens_every_lead_and_staff_without_the_permission_none(
    reviewer: User, lead: Lead
) -> None:
    clerk = User.objects.create_user("clerk@example.com", is_staff=True)

    assert signed_in(reviewer).get(f"/leads/A-{lead.pk}/").status_code == 200
    assert signed_in(clerk).get(f"/leads/A-{lead.pk}/").status_code == 404


def test_the_price_is_shown_to_the_reviewer_and_not_to_the_agent(
    agent: Agent, reviewer: User, lead: Lead
) -> None:
    assert "$22.00" in signed_in(reviewer).get(f"/leads/A-{lead.pk}/").text
    assert "$22.00" not in signed_in(agent.user).get(f"/leads/A-{lead.pk}/").text


def test_staff_without_a_queue_are_shown_the_way_to_the_management_pages(reviewer: User) -> None:
    answer = signed_in(reviewer).get("/")

    assert answer.status_code == 200
    assert 'href="/admin/"' in answer.text
    assert 'href="/leads/"' in answer.text


def test_the_list_and_the_search_hold_own_leads_only(agent: Agent, stranger: Agent, lead: Lead) -> None:
    LeadFactory.create(owner=stranger.user, last_name="Person Foreign")
    client = signed_in(agent.user)

    assert "Person Foreign" not in client.get("/leads/").text
    assert "Person Foreign" not in client.get("/").text
    assert "Nothing found" in client.get("/search/", {"q": "Foreign"}).text


class TestLoggingIn:
    @pytest.fixture
    def person(self, agent: Agent) -> User:
        agent.user.set_password("a long password")
        agent.user.save()
        return agent.user

    def log_in(self, client: Client, **changes: str) -> Any:
        return client.post(
            "/login/", {"username": "agent@example.com", "password": "a long password", **changes}
        )

    def test_an_agent_logs_in_with_the_address_in_any_case(self, client: Client, person: User) -> None:
        answer = self.log_in(client, username=" Agent@Example.COM ")

        assert answer.status_code == 302
        assert answer["Location"] == "/"

    def test_after_logging_in_comes_the_page_that_was_asked_for(self, client: Client, person: User) -> None:
        assert self.log_in(client, next="/leads/?status=new").url == "/leads/?status=new"

    @pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
    def test_an_address_elsewhere_is_not_followed(self, client: Client, person: User, evil: str) -> None:
        assert self.log_in(client, next=evil).url == "/"

    def test_a_wrong_password_is_told_in_a_sentence_and_keeps_the_address(
        self, client: Client, person: User
    ) -> None:
        answer = self.log_in(client, password="wrong")

        assert "do not match" in answer.text
        assert 'value="agent@example.com"' in answer.text

    def test_a_forgotten_password_field_speaks_of_logging_in_and_not_of_saving(
        self, client: Client, person: User
    ) -> None:
        answer = self.log_in(client, password="")

        assert "You are not logged in yet:" in answer.text
        assert "saved" not in answer.text

    def test_too_many_wrong_passwords_are_told_in_sentences_too(self, client: Client, person: User) -> None:
        for _ in range(10):
            answer = self.log_in(client, password="wrong")

        assert answer.status_code == 429
        assert "Too many tries" in answer.text
        assert "15 minutes" in answer.text
        assert self.log_in(client).status_code == 429

    def test_logging_out_needs_a_post_and_ends_at_the_login_page(self, client: Client, person: User) -> None:
        self.log_in(client)

        assert client.get("/logout/").status_code == 405
        assert client.post("/logout/")["Location"] == "/login/"
        assert client.get("/").status_code == 302

    def test_a_password_is_changed_by_one_who_knows_the_old_one(self, client: Client, person: User) -> None:
        self.log_in(client)
        new = "another very long one"

        wrong = client.post("/password/", {"old_password": "x", "new_password1": new, "new_password2": new})
        right = client.post(
            "/password/", {"old_password": "a long password", "new_password1": new, "new_password2": new}
        )

        assert "Nothing was saved yet" in wrong.text
        assert right["Location"] == "/"
        person.refresh_from_db()
        assert person.check_password(new)
