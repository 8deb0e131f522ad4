"""Calls that the provider puts through: the agent's phone first, then the person's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from agents.messaging.bridging import IN_TIME, place
from agents.models import Agent, BridgedCall
from agents.tests.page_suite import signed_in
from agents.tests.telephony_support import tell
from compliance.models import ContactAttempt, SuppressionKind
from compliance.suppression import suppress
from intake.models import Lead
from leadcrm.testing.factories import BridgedCallFactory, LeadFactory
from leadcrm.testing.fake_twilio import FROM, FakeTwilio

NOON = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
NIGHT = datetime(2026, 12, 3, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("calling_rules", "twilio")
At = Callable[[datetime], None]


@pytest.fixture
def at(travel_to: At) -> At:
    """Noon to begin with."""
    travel_to(NOON)
    return travel_to


@pytest.fixture
def lead(agent: Agent, at: At) -> Lead:
    return LeadFactory.create(owner=agent.user, phone="+12145550142", zip="75201", state="TX")


class TestBridging:
    @pytest.fixture
    def client(self, agent: Agent, at: At) -> Client:
        agent.phone = "+12145550190"
        agent.save()
        return signed_in(agent.user)

    def ring(self, client: Client, lead: Lead, **more: Any) -> Any:
        return client.post(
            f"/leads/A-{lead.pk}/ring/", {"request_id": uuid4(), "phone": "1", **more}, follow=True
        )

    def test_the_agents_phone_rings_first_and_a_key_puts_through(
        self, client: Client, lead: Lead, twilio: FakeTwilio
    ) -> None:
        assert "Ring my phone first" in client.get(f"/leads/A-{lead.pk}/").text
        assert "Your phone rings in a moment" in self.ring(client, lead).text
        assert place(now=NOON)
        (call,) = twilio.calls
        assert (call.form["To"], call.form["From"]) == ("+12145550190", FROM)
        assert lead.phone not in call.body.decode().replace("%2B", "+")

        row = BridgedCall.objects.get()
        path = f"/api/telephony/twilio/answer?d={row.public_id.hex}"
        assert path in call.form["Twiml"].replace("&amp;", "&")
        through = tell(path, {"CallSid": row.provider_id, "Digits": "1"})
        assert f">{lead.phone}</Number>" in through.text
        tell(
            f"/api/telephony/twilio/status?d={row.public_id.hex}&leg=person",
            {"CallSid": "CA2", "CallDuration": "192"},
        )
        tell(
            f"/api/telephony/twilio/status?d={row.public_id.hex}",
            {"CallSid": row.provider_id, "CallStatus": "completed"},
        )
        assert "Call put through, 3:12" in client.get(f"/leads/A-{lead.pk}/").text
        assert ContactAttempt.objects.count() == 1

    def test_a_double_click_rings_once(self, client: Client, lead: Lead, twilio: FakeTwilio) -> None:
        again = uuid4()
        for _ in range(2):
            self.ring(client, lead, request_id=again)
        while place(now=NOON):
            pass
        assert len(twilio.calls) == 1

    def test_outside_the_hours_nobody_is_rung_and_it_says_why(
        self, client: Client, lead: Lead, twilio: FakeTwilio, at: At
    ) -> None:
        at(NIGHT)
        assert "Nobody was called. Opens Thu 9:00 AM CST" in self.ring(client, lead).text
        assert not BridgedCall.objects.exists()

    def test_a_stop_while_it_rings_is_not_put_through(
        self, client: Client, lead: Lead, twilio: FakeTwilio
    ) -> None:
        self.ring(client, lead)
        place(now=NOON)
        suppress(
            phone=lead.phone,
            email="",
            kind=SuppressionKind.INTERNAL,
            reason="",
            channel="text",
            by=None,
            now=NOON,
        )
        row = BridgedCall.objects.get()
        told = tell(f"/api/telephony/twilio/answer?d={row.public_id.hex}", {"Digits": "1"}).text
        assert "not put through" in told
        assert lead.phone not in told

    def test_an_answer_long_after_is_not_put_through(self, lead: Lead) -> None:
        row = BridgedCallFactory.create(lead=lead, created_at=NOON - timedelta(hours=1))
        assert "too late" in tell(f"/api/telephony/twilio/answer?d={row.public_id.hex}", {}).text

    def test_an_unknown_call_is_404(self, db: None) -> None:
        for path in (f"answer?d={uuid4().hex}", "answer", f"status?d={uuid4().hex}&leg=person"):
            answer = tell(f"/api/telephony/twilio/{path}", {"CallSid": "CA" + "9" * 32})
            assert (answer.status_code, answer.content) == (404, b"")

    def test_a_call_that_could_not_be_placed_at_once_is_not_placed_later(
        self, client: Client, lead: Lead, twilio: FakeTwilio
    ) -> None:
        self.ring(client, lead)
        place(now=NOON + IN_TIME + timedelta(seconds=1))
        assert twilio.calls == []
        assert "could not be placed at once" in client.get(f"/leads/A-{lead.pk}/").text

    @pytest.mark.parametrize(
        ("word", "says"), [("busy", "your phone was busy"), ("no-answer", "not answered")]
    )
    def test_how_the_agents_phone_failed_is_told(
        self, client: Client, lead: Lead, twilio: FakeTwilio, word: str, says: str
    ) -> None:
        self.ring(client, lead)
        place(now=NOON)
        row = BridgedCall.objects.get()
        tell(
            f"/api/telephony/twilio/status?d={row.public_id.hex}",
            {"CallSid": row.provider_id, "CallStatus": word},
        )
        assert says in client.get(f"/leads/A-{lead.pk}/").text

    def test_who_has_no_phone_of_their_own_is_not_offered_it(self, agent: Agent, lead: Lead) -> None:
        client = signed_in(agent.user)
        assert "Ring my phone first" not in client.get(f"/leads/A-{lead.pk}/").text
        assert "Your own phone is not set" in self.ring(client, lead).text
