"""Texts from a lead's page: asked, sent through the provider, and what each of its answers means."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from agents.messaging.carrying import carry
from agents.messaging.results import TryLater
from agents.messaging.sending import send_again, send_text
from agents.models import Agent, Communication, Delivery, DeliveryState
from agents.telephony import twilio as adapter
from agents.tests.page_suite import signed_in
from compliance.models import (
    ContactAttempt,
    ContactDecision,
    Revocation,
    RevocationScope,
    SuppressionKind,
)
from compliance.suppression import in_force, suppress
from intake.models import Lead
from leadcrm.lib.http import Answer, Limits
from leadcrm.testing.door import written_logs
from leadcrm.testing.factories import LeadFactory
from leadcrm.testing.fake_twilio import ACCOUNT, FROM, FakeTwilio, taken

# A Wednesday noon and night in Dallas (CST, UTC-6).
NOON = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
NIGHT = datetime(2026, 12, 3, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("calling_rules")
At = Callable[[datetime], None]


@pytest.fixture
def at(travel_to: At) -> At:
    """Noon to begin with."""
    travel_to(NOON)
    return travel_to


@pytest.fixture
def lead(agent: Agent, at: At) -> Lead:
    return lead_with(agent, "+12145550142")


def lead_with(agent: Agent, phone: str, **fields: Any) -> Lead:
    lead: Lead = LeadFactory.create(owner=agent.user, phone=phone, zip="75201", state="TX", **fields)
    return lead


@pytest.fixture
def client(agent: Agent, at: At) -> Client:
    return signed_in(agent.user)


def write(client: Client, lead: Lead, **changes: Any) -> Any:
    data = {"request_id": uuid4(), "body": "Hi, when may I call?", **changes}
    return client.post(f"/leads/A-{lead.pk}/text/", data)


def delivery(lead: Lead) -> Delivery:
    found: Delivery = Delivery.objects.select_related("communication__lead").get(communication__lead=lead)
    return found


class TestSending:
    def test_a_text_is_asked_recorded_and_sent_by_a_worker(
        self, client: Client, lead: Lead, twilio: FakeTwilio
    ) -> None:
        answer = write(client, lead)
        assert answer.status_code == 302
        assert twilio.calls == []
        assert carry(now=NOON)

        (call,) = twilio.calls
        assert call.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        assert (call.form["To"], call.form["From"], call.form["Body"]) == (
            lead.phone,
            FROM,
            "Hi, when may I call?",
        )
        row = delivery(lead)
        assert call.form["StatusCallback"] == (
            f"https://leads.example.com/api/telephony/twilio/status?d={row.public_id.hex}"
        )
        assert (row.state, row.provider_id[:2], row.segments) == (DeliveryState.SENT, "SM", 1)
        decision = ContactDecision.objects.get()
        assert (decision.act, decision.channel, decision.allowed) == ("text", "text", True)
        assert row.communication.decision == decision
        assert ContactAttempt.objects.count() == 1

    def test_a_messaging_service_sends_where_it_is_set(
        self, client: Client, lead: Lead, twilio: FakeTwilio, settings: Any
    ) -> None:
        settings.TWILIO_MESSAGING_SERVICE_SID = "MG" + "1" * 32
        write(client, lead)
        carry(now=NOON)
        assert "From" not in twilio.calls[0].form
        assert twilio.calls[0].form["MessagingServiceSid"] == "MG" + "1" * 32

    def test_a_double_click_sends_one(self, client: Client, lead: Lead, twilio: FakeTwilio) -> None:
        again = uuid4()
        for _ in range(2):
            assert write(client, lead, request_id=again).status_code == 302
        while carry(now=NOON):
            pass
        assert len(twilio.calls) == ContactAttempt.objects.count() == 1

    def test_the_second_number_is_texted_where_it_is_chosen(
        self, client: Client, agent: Agent, twilio: FakeTwilio
    ) -> None:
        lead = lead_with(agent, "+12145550142", phone_2="+12145550143")
        write(client, lead, phone="2")
        carry(now=NOON)
        assert twilio.calls[0].form["To"] == "+12145550143"

    def test_the_timeline_says_how_far_it_came(self, client: Client, lead: Lead, twilio: FakeTwilio) -> None:
        write(client, lead)
        carry(now=NOON)
        page = client.get(f"/leads/A-{lead.pk}/").text
        assert "Hi, when may I call?" in page
        assert ">Sent<" in page

    def test_nothing_of_a_person_or_of_ours_is_logged(
        self, client: Client, lead: Lead, twilio: FakeTwilio
    ) -> None:
        with written_logs() as lines:
            write(client, lead)
            carry(now=NOON)
        told = lines.getvalue()
        assert "message.sent" in told
        assert not [word for word in (lead.phone, "when may I call", twilio.key, ACCOUNT) if word in told]


class TestRefused:
    def test_outside_the_hours_it_says_when_it_opens_and_keeps_the_words(
        self, client: Client, lead: Lead, twilio: FakeTwilio, at: At
    ) -> None:
        at(NIGHT)
        answer = write(client, lead, body="Are you up?")
        assert answer.status_code == 422
        assert "Not sent. Opens Thu 9:00 AM CST" in answer.text
        assert "Are you up?" in answer.text
        assert not Communication.objects.exists()
        assert ContactDecision.objects.get().allowed is False

    def test_the_same_page_sends_it_when_it_has_opened(
        self, client: Client, lead: Lead, twilio: FakeTwilio, at: At
    ) -> None:
        at(NIGHT)
        again = uuid4()
        write(client, lead, request_id=again)
        at(NOON + timedelta(days=1))
        assert write(client, lead, request_id=again).status_code == 302
        assert write(client, lead, request_id=again).status_code == 302
        assert Delivery.objects.count() == 1

    @pytest.mark.parametrize("scope", [RevocationScope.ALL, RevocationScope.TEXTS])
    def test_who_asked_us_to_stop_cannot_be_texted_by_page_or_by_hand(
        self, client: Client, lead: Lead, twilio: FakeTwilio, scope: RevocationScope
    ) -> None:
        stop(lead, scope)
        page = client.get(f"/leads/A-{lead.pk}/").text
        assert "Do not text: asked us to stop" in page
        assert write(client, lead).status_code == 422
        assert not carry(now=NOON)
        assert twilio.calls == []

    def test_a_stop_between_writing_and_sending_counts(
        self, client: Client, lead: Lead, twilio: FakeTwilio
    ) -> None:
        write(client, lead)
        stop(lead, RevocationScope.ALL)
        carry(now=NOON)
        assert twilio.calls == []
        assert (delivery(lead).state, delivery(lead).error_code) == (DeliveryState.FAILED, "not_allowed")

    def test_a_text_that_waited_past_the_hours_is_not_sent(
        self, client: Client, lead: Lead, twilio: FakeTwilio
    ) -> None:
        write(client, lead)
        carry(now=NIGHT)
        assert twilio.calls == []
        assert delivery(lead).state == DeliveryState.FAILED

    def test_without_a_consent_there_is_no_text(
        self, client: Client, agent: Agent, twilio: FakeTwilio
    ) -> None:
        lead = lead_with(agent, "+12145550142", consent=None)
        assert "A text needs a consent" in write(client, lead).text

    def test_without_a_provider_the_page_says_that_texts_are_off(
        self, client: Client, lead: Lead, settings: Any
    ) -> None:
        settings.TELEPHONY = "off"
        assert "Texts are off: no provider is set up." in client.get(f"/leads/A-{lead.pk}/").text
        assert "Texts are off" in write(client, lead).text
        assert not Communication.objects.exists()


def stop(lead: Lead, scope: RevocationScope) -> None:
    suppress(
        phone=lead.phone, email="", kind=SuppressionKind.INTERNAL, reason="Asked", channel="call", by=None, now=NOON,
        scope=scope,
    )  # fmt: skip


def answered(fake: FakeTwilio, status: int, body: Any) -> None:
    fake.answer = lambda call: (status, body)


class TestAnswers:
    @pytest.mark.parametrize(
        ("ending", "state", "code"),
        [("97", "failed", "21211"), ("96", "queued", "20429"), ("95", "unsure", "20500")],
    )
    def test_what_the_provider_refuses(
        self, client: Client, agent: Agent, at: At, twilio: FakeTwilio, ending: str, state: str, code: str
    ) -> None:
        lead = lead_with(agent, f"+121455501{ending}")
        write(client, lead)
        carry(now=NOON)
        assert (delivery(lead).state, delivery(lead).error_code) == (state, code)

    def test_who_stopped_at_the_provider_is_stopped_here_too_once(
        self, client: Client, agent: Agent, at: At, twilio: FakeTwilio
    ) -> None:
        lead = lead_with(agent, "+12145550198")
        write(client, lead)
        carry(now=NOON)
        assert delivery(lead).state == DeliveryState.FAILED
        request = Revocation.objects.get()
        assert (request.scope, request.origin, request.lead) == ("all", "text", lead)
        assert in_force(phone=lead.phone).exists()
        page = client.get(f"/leads/A-{lead.pk}/").text
        assert "They asked the provider to stop our texts (21610)" in page.replace("Not sent: they", "They")

    @pytest.mark.parametrize(
        ("status", "body", "state", "code"),
        [
            (201, b"<html>", "unsure", "unreadable"), (201, {"sid": "nonsense"}, "unsure", "unreadable"),
            (201, [], "unsure", "unreadable"), (400, b"<html>", "failed", "http_400"),
            (401, {"code": 20003}, "queued", "20003"), (302, b"", "failed", "redirected"),
            (503, b"", "queued", "http_503"), (502, b"", "unsure", "http_502"),
            (201, b"x" * 100_000, "unsure", "too_large"), (400, {"code": {"a": 1}}, "failed", "http_400"),
        ],
    )  # fmt: skip
    def test_odd_answers(
        self, client: Client, lead: Lead, twilio: FakeTwilio, status: int, body: Any, state: str, code: str
    ) -> None:
        answered(twilio, status, body)
        write(client, lead)
        carry(now=NOON)
        assert (delivery(lead).state, delivery(lead).error_code) == (state, code)

    def test_no_connection_is_tried_again_and_no_answer_is_not(
        self, client: Client, lead: Lead, twilio: FakeTwilio, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.TWILIO_BASE_URL = "http://127.0.0.1:9"
        write(client, lead)
        carry(now=NOON)
        assert (delivery(lead).state, delivery(lead).attempts) == (DeliveryState.QUEUED, 1)

        settings.TWILIO_BASE_URL = twilio.url
        monkeypatch.setattr(adapter, "LIMITS", Limits(connect=1, read=0.05, total=0.1))
        twilio.wait = 0.5
        carry(now=NOON + timedelta(seconds=20))
        assert (delivery(lead).state, delivery(lead).error_code) == (DeliveryState.UNSURE, "timeout")
        assert not carry(now=NOON + timedelta(hours=1))

    def test_a_wait_the_provider_asks_for_is_kept(self) -> None:
        with pytest.raises(TryLater) as caught:
            adapter._read(Answer(429, b'{"code": 20429}', {"retry-after": "120"}))
        assert caught.value.after == 120

    def test_an_unsure_one_is_sent_again_by_a_person_who_is_asked_anew(
        self, agent: Agent, client: Client, lead: Lead, twilio: FakeTwilio
    ) -> None:
        answered(twilio, 500, b"")
        write(client, lead)
        carry(now=NOON)
        assert "It may have arrived" in client.get(f"/leads/A-{lead.pk}/").text
        twilio.answer = lambda call: None
        assert send_again(delivery=delivery(lead), actor=agent.user, now=NOON)
        assert not send_again(delivery=delivery(lead), actor=agent.user, now=NOON)
        carry(now=NOON)
        assert delivery(lead).state == DeliveryState.SENT
        assert ContactDecision.objects.filter(act="text").count() == 2


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def at_once(self, work: Callable[[int], Any], many: int = 8) -> list[Any]:
        def run(number: int) -> Any:
            try:
                return work(number)
            finally:
                connection.close()

        with ThreadPoolExecutor(many) as pool:
            return list(pool.map(run, range(many)))

    def test_many_workers_send_each_text_once(self, agent: Agent, lead: Lead, twilio: FakeTwilio) -> None:
        for number in range(5):
            other = lead_with(agent, f"+1214555011{number}")
            send_text(
                lead=other,
                phone=other.phone,
                author=agent.user,
                body=f"No. {number}",
                request_id=uuid4(),
                now=NOON,
            )
        self.at_once(lambda _: [carry(now=NOON) for _ in range(5)])
        assert sorted(call.form["Body"] for call in twilio.calls) == [f"No. {n}" for n in range(5)]
        assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}

    def test_the_same_click_from_many_threads_is_one_text(
        self, agent: Agent, lead: Lead, twilio: FakeTwilio
    ) -> None:
        request = uuid4()
        found = self.at_once(
            lambda _: send_text(
                lead=Lead.objects.get(pk=lead.pk), phone=lead.phone, author=agent.user, body="Hi", request_id=request,
                now=NOON,
            ).communication
        )  # fmt: skip
        assert len({said.pk for said in found}) == 1
        assert ContactAttempt.objects.count() == Delivery.objects.count() == 1

    def test_nothing_is_asked_of_the_provider_inside_a_transaction(
        self, agent: Agent, lead: Lead, twilio: FakeTwilio
    ) -> None:
        from compliance.tests.certificate_support import counts_transactions

        idle: list[int] = []
        look = counts_transactions(idle)

        def answer(call: Any) -> Any:
            look(call)
            return 201, taken("SM" + "a" * 32, call.form)

        twilio.answer = answer
        send_text(
            lead=lead, phone=lead.phone, author=agent.user, body="Hi", request_id=uuid4(), now=timezone.now()
        )
        assert carry(now=timezone.now())
        assert idle == [0]
