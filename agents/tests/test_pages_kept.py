"""A form that cannot be saved gives the words back: to a colleague's lead, logged out, too old, broken."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from agents.models import Agent, Communication
from agents.tests.test_pages_access import signed_in
from intake.models import Lead
from leadcrm.testing.factories import LeadFactory

pytestmark = pytest.mark.django_db
WORDS = "Has two dogs & <b>calls</b> back on Friday"
SHOWN = "Has two dogs &amp; &lt;b&gt;calls&lt;/b&gt; back on Friday"
BY_SCRIPT = {"X-Kept-Form": "1"}


@pytest.fixture
def lead(agent: Agent) -> Lead:
    return LeadFactory.create(owner=agent.user, last_name="Person Own")


def send(client: Client, lead: Lead | int, act: str = "note", headers: Any = None, **data: Any) -> Any:
    number = lead if isinstance(lead, int) else lead.pk
    return client.post(
        f"/leads/A-{number}/{act}/", {"request_id": uuid4(), "body": WORDS, **data}, headers=headers
    )


class TestTheLeadWentToAColleague:
    def test_the_words_are_given_back_with_whom_to_ask(self, stranger: Agent, lead: Lead) -> None:
        answer = send(signed_in(stranger.user), lead)

        assert answer.status_code == 404
        assert SHOWN in answer.text
        assert "leader or your manager who has it now" in answer.text
        assert not Communication.objects.exists()

    def test_nothing_tells_whether_there_is_such_a_lead(self, stranger: Agent, lead: Lead) -> None:
        client = signed_in(stranger.user)

        there, nowhere = send(client, lead), send(client, 999_999)

        assert there.status_code == nowhere.status_code == 404
        assert there.text == nowhere.text
        assert "Person Own" not in there.text

    def test_a_call_with_its_note_and_a_correction_come_back_too(self, stranger: Agent, lead: Lead) -> None:
        client = signed_in(stranger.user)

        call = send(client, lead, "call", outcome="spoke")
        correction = send(client, lead, "edit", body="", city="Austin", seen_city="mark", about_amount="$5")

        assert SHOWN in call.text
        for words in ("Austin", "$5", "About amount", "Amount"):
            assert (words in correction.text) == (words != "About amount")
        assert ">mark<" not in correction.text

    def test_without_words_the_page_is_the_usual_one(self, stranger: Agent, lead: Lead) -> None:
        assert "There is nothing here" in send(signed_in(stranger.user), lead, body=" ").text


class TestLoggedOutMeanwhile:
    def test_the_words_are_given_back_and_the_login_leads_to_the_lead(
        self, client: Client, lead: Lead
    ) -> None:
        answer = send(client, lead)

        assert answer.status_code == 401
        assert SHOWN in answer.text
        assert f'href="/login/?next=%2Fleads%2FA-{lead.pk}%2F"' in answer.text

    def test_a_form_without_words_leads_to_the_login(self, client: Client, lead: Lead) -> None:
        assert send(client, lead, body="")["Location"].startswith("/login/")

    def test_who_comes_back_to_the_address_of_a_form_sees_the_lead(self, agent: Agent, lead: Lead) -> None:
        answer = signed_in(agent.user).get(f"/leads/A-{lead.pk}/note/")

        assert answer.status_code == 302
        assert answer["Location"] == f"/leads/A-{lead.pk}/"

    @pytest.mark.parametrize(
        ("act", "page"),
        [
            ("/claim/4/", "/claim/"),
            ("/me/pause/", "/me/"),
            ("/me/log-out-everywhere/", "/me/"),
            ("/follow-ups/done/", "/follow-ups/"),
            ("/leads/views/7/", "/leads/"),
            ("/team/3/resume/", "/team/"),
        ],
    )
    def test_who_logs_in_again_after_a_button_is_on_its_page_and_told_to_press_it_again(
        self, agent: Agent, act: str, page: str
    ) -> None:
        client = signed_in(agent.user)

        answer = client.get(act, follow=True)

        assert answer.redirect_chain == [(page, 302)]
        assert "Nothing was changed. If you have just pressed a button, press it again." in answer.text

    def test_the_script_is_told_that_nothing_was_saved(self, client: Client, lead: Lead) -> None:
        told = send(client, lead, headers=BY_SCRIPT)

        assert told.status_code == 200
        assert told.json()["saved"] is False
        assert told.json()["to"].startswith("/login/")


class TestTheScriptSends:
    def test_a_saved_form_says_where_to_go_and_the_next_page_says_so(self, agent: Agent, lead: Lead) -> None:
        client = signed_in(agent.user)

        told = send(client, lead, headers=BY_SCRIPT)

        assert told.json() == {"to": f"/leads/A-{lead.pk}/", "saved": True}
        assert "Note saved." in client.get(told.json()["to"]).text

    def test_a_form_with_errors_is_answered_with_its_page(self, agent: Agent, lead: Lead) -> None:
        assert send(signed_in(agent.user), lead, headers=BY_SCRIPT, body=" ").status_code == 422


class TestAPageTooOld:
    def refused(self, path: str, **data: str) -> Any:
        return Client(enforce_csrf_checks=True).post(path, data)

    def test_the_words_are_given_back(self, lead: Lead) -> None:
        answer = self.refused(f"/leads/A-{lead.pk}/note/", body=WORDS)

        assert answer.status_code == 403
        assert answer["X-Kept-Form"] == "stale"
        assert "too old to save from" in answer.text
        assert SHOWN in answer.text

    @pytest.mark.parametrize("path", ["/login/", "/password/", "/admin/login/"])
    def test_a_password_never_is(self, path: str) -> None:
        answer = self.refused(path, username="x", password="a secret word", old_password="a secret word")

        assert answer.status_code == 403
        assert "a secret word" not in answer.text


def test_a_page_that_breaks_gives_the_words_back(
    agent: Agent, lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**given: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("agents.views.work.write_note", broken)
    client = signed_in(agent.user)
    client.raise_request_exception = False

    answer = send(client, lead)

    assert answer.status_code == 500
    assert SHOWN in answer.text


def test_a_form_that_cannot_be_read_is_told_and_breaks_nothing(agent: Agent, lead: Lead) -> None:
    client = signed_in(agent.user)
    client.raise_request_exception = False

    answer = client.post(f"/leads/A-{lead.pk}/note/", {f"field{number}": "x" for number in range(2000)})

    assert answer.status_code == 400
    assert "cannot be read" in answer.text


class TestGoingBackAndWritingOn:
    def test_the_same_words_are_one_note_and_other_words_another(self, agent: Agent, lead: Lead) -> None:
        client, request_id = signed_in(agent.user), uuid4()
        for body in ("First", "First", "Second", "Second", "First"):
            assert send(client, lead, request_id=request_id, body=body).status_code == 302

        assert sorted(Communication.objects.values_list("body", flat=True)) == ["First", "Second"]

    def test_a_call_that_was_logged_is_not_passed_off_as_another(self, agent: Agent, lead: Lead) -> None:
        client, request_id = signed_in(agent.user), uuid4()
        call = {"request_id": request_id, "outcome": "spoke"}
        assert send(client, lead, "call", **call, body="First").status_code == 302
        assert send(client, lead, "call", **call, body="First").status_code == 302

        written_on = send(client, lead, "call", **call, body="Second thoughts")

        assert written_on.status_code == 422
        assert "was saved before" in written_on.text
        assert "Second thoughts" in written_on.text
        assert Communication.objects.filter(channel="call").count() == 1
