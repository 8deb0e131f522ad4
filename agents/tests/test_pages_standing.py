"""What is recorded about calls and people: calls that were not allowed, opt-outs, time zones, the panel."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from agents.models import Agent, Communication, Direction, FollowUp
from agents.tests.page_suite import signed_in
from agents.tests.test_pages_calling import NIGHT, NOON, dial, stop
from compliance.calling import ask_to_contact
from compliance.models import ContactAttempt, ContactDecision, Suppression, ZoneConfirmation
from intake.models import Lead
from leadcrm.testing.factories import LeadFactory

pytestmark = pytest.mark.usefixtures("calling_rules")
At = Callable[[datetime], None]


@pytest.fixture
def at(travel_to: At) -> At:
    """Noon to begin with; `at(SUNDAY)` moves the clock."""
    travel_to(NOON)
    return travel_to


@pytest.fixture
def lead(agent: Agent, at: At) -> Lead:
    return LeadFactory.create(owner=agent.user, phone="+12145550142", zip="75201", state="TX")


@pytest.fixture
def client(agent: Agent, at: At) -> Client:
    return signed_in(agent.user)


class TestLogging:
    def log(self, client: Client, lead: Lead, **data: Any) -> Any:
        sent = {"request_id": uuid4(), "outcome": "no_answer", **data}
        return client.post(f"/leads/A-{lead.pk}/call/", sent)

    def test_a_call_dialled_in_time_and_logged_too_late_was_allowed(
        self, client: Client, lead: Lead, agent: Agent, at: At
    ) -> None:
        at(datetime(2026, 12, 3, 2, 58, tzinfo=UTC))
        dial(client, lead)
        at(datetime(2026, 12, 3, 3, 20, tzinfo=UTC))
        self.log(client, lead, outcome="spoke")

        call = Communication.objects.get()
        assert call.decision is not None
        assert call.decision.allowed is True
        assert ContactAttempt.objects.count() == 1
        assert "Called although it was not allowed" not in client.get(f"/leads/A-{lead.pk}/").text

    def test_a_forbidden_call_is_recorded_and_marked_with_why(
        self, client: Client, lead: Lead, at: At
    ) -> None:
        at(NIGHT)
        assert self.log(client, lead).status_code == 302

        call = Communication.objects.get()
        assert call.decision is not None
        assert call.decision.allowed is False
        page = client.get(f"/leads/A-{lead.pk}/").text
        assert "Called although it was not allowed." in page
        assert "Texas leaves 9 AM to 9 PM open" in page

    def test_a_call_to_a_suppressed_person_wants_an_explanation_and_keeps_what_was_typed(
        self, client: Client, lead: Lead, agent: Agent
    ) -> None:
        stop(lead, agent)
        answer = self.log(client, lead, body="Long words nobody types twice")

        assert answer.status_code == 422
        assert "This person must not be called. Say why" in answer.text
        assert "Long words nobody types twice" in answer.text
        assert not Communication.objects.exists()
        assert not ContactDecision.objects.exists()

        self.log(client, lead, explanation="Misdialled the neighbour")
        assert Communication.objects.get().explanation == "Misdialled the neighbour"
        assert "Misdialled the neighbour" in client.get(f"/leads/A-{lead.pk}/").text

    def test_a_call_that_came_in_is_asked_about_by_nobody(
        self, client: Client, lead: Lead, agent: Agent
    ) -> None:
        stop(lead, agent)
        self.log(client, lead, incoming="on", outcome="spoke")

        call = Communication.objects.get()
        assert (call.direction, call.decision) == (Direction.IN, None)
        lead.refresh_from_db()
        assert lead.attempts == 0

    def test_the_number_called_is_the_one_chosen(self, client: Client, agent: Agent) -> None:
        lead = LeadFactory.create(owner=agent.user, phone_2="+15125550199")
        self.log(client, lead, phone="2")

        assert ContactDecision.objects.get().phone == "+15125550199"


class TestStanding:
    def test_an_opt_out_stops_all_contact_before_the_answer_is_sent(
        self, client: Client, lead: Lead, agent: Agent
    ) -> None:
        FollowUp.objects.create(lead=lead, owner=agent.user, due_at=NOON, what="Call back")
        sent = {
            "request_id": uuid4(), "channel": "letter", "words": "Leave me alone",
            "received_at": f"{timezone.localtime(NOON - timedelta(days=1)):%Y-%m-%dT%H:%M}",
        }  # fmt: skip
        for _ in range(2):
            assert client.post(f"/leads/A-{lead.pk}/opt-out/", sent).status_code == 302

        assert {row.phone or row.email for row in Suppression.objects.all()} == {lead.phone, lead.email}
        assert not FollowUp.objects.filter(done_at__isnull=True).exists()
        assert Communication.objects.count() == 1
        assert "Leave me alone" in client.get(f"/leads/A-{lead.pk}/").text
        assert dial(client, lead).json()["text"] == "Do not call: asked us to stop"

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"words": " "}, "Write down what they said."),
            ({"received_at": "2099-01-01T10:00"}, "This time is still to come."),
            ({"channel": "smoke"}, "Select a valid choice"),
        ],
    )
    def test_an_opt_out_that_says_too_little_keeps_what_was_typed(
        self, client: Client, lead: Lead, wrong: dict[str, str], said: str
    ) -> None:
        sent = {"request_id": uuid4(), "channel": "call", "words": "Stop", "received_at": "2026-12-01T10:00"}
        answer = client.post(f"/leads/A-{lead.pk}/opt-out/", {**sent, **wrong})

        assert answer.status_code == 422
        assert said in answer.text
        assert not Suppression.objects.exists()

    def test_a_confirmed_zone_counts_from_the_next_question_on(
        self, client: Client, agent: Agent, at: At
    ) -> None:
        lead = LeadFactory.create(owner=agent.user, phone="+18005550142", state="TX", zip="75201")
        assert "Do not call: time zone unknown" in client.get(f"/leads/A-{lead.pk}/").text

        client.post(f"/leads/A-{lead.pk}/zone/", {"zone": "America/Denver", "reason": "Asked on the phone"})

        row = ZoneConfirmation.objects.get()
        assert (row.zone, row.by) == ("America/Denver", agent.user)
        assert "MST" in dial(client, lead).json()["text"]

    def test_a_zone_without_a_reason_is_refused(self, client: Client, lead: Lead) -> None:
        answer = client.post(f"/leads/A-{lead.pk}/zone/", {"zone": "America/Denver", "reason": ""})

        assert answer.status_code == 422
        assert "Say how you know" in answer.text


def test_the_panel_shows_rules_lists_and_who_asked(client: Client, lead: Lead, agent: Agent, at: At) -> None:
    at(NIGHT)
    ask_to_contact(
        lead=lead,
        phone=lead.phone,
        user=agent.user,
        channel="call",
        act="dial",
        request_id=uuid4(),
        now=NIGHT,
    )
    page = client.get(f"/leads/A-{lead.pk}/").text

    for words in ("47 CFR 64.1200", "Tex. Bus. &amp; Com. Code", "National DNC: unknown", "Refused"):
        assert words in page
    assert "Open the rule" not in page


def test_staff_find_the_way_to_the_rule(reviewer: Any, lead: Lead) -> None:
    assert "Open the rule" in signed_in(reviewer).get(f"/leads/A-{lead.pk}/").text
