"""What the provider tells us, signed or refused, in any order and twice; texts that come in."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from agents.messaging.inbound import take_text
from agents.messaging.sweeping import KEPT, forget_unmatched
from agents.models import Agent, Communication, Delivery, DeliveryState, FollowUp, InboundText
from agents.telephony.signing import signature
from agents.tests.page_suite import signed_in
from agents.tests.telephony_support import PUBLIC, come_in, status, tell
from compliance.models import Revocation
from compliance.suppression import in_force
from intake.models import Lead, LeadStatus
from leadcrm.models import User
from leadcrm.testing.factories import (
    DeliveryFactory,
    FollowUpFactory,
    InboundTextFactory,
    LeadFactory,
)
from leadcrm.testing.fake_twilio import FROM, signed

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
    return LeadFactory.create(
        owner=agent.user, phone="+12145550142", zip="75201", state="TX", email="ana@example.com"
    )


class TestSignature:
    def test_it_is_the_one_of_the_providers_documentation(self) -> None:
        form = {
            "CallSid": "CA1234567890ABCDE", "From": "+12349013030", "To": "+18005551212", "Caller": "+12349013030",
            "Digits": "1234",
        }  # fmt: skip
        made = signature(
            url="https://mycompany.com/myapp.php?foo=1&bar=2",
            form={k: [v] for k, v in form.items()},
            token="12345",
        )
        assert made == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="

    @pytest.mark.parametrize("path", ["status", "inbound", "answer"])
    def test_unsigned_or_falsely_signed_is_refused(self, db: None, path: str) -> None:
        url, form = (
            f"/api/telephony/twilio/{path}",
            {"MessageSid": "SM1", "Body": "STOP", "From": "+12145550142"},
        )
        wrong = [
            {}, signed(PUBLIC + url, form, token="another"), signed(f"http://testserver{url}", form),
            signed(PUBLIC + url, {**form, "Body": "Hi"}),
        ]  # fmt: skip
        for headers in wrong:
            assert tell(url, form, headers=headers).status_code == 403
        assert not InboundText.objects.exists()
        assert not Revocation.objects.exists()

    def test_a_parameter_that_comes_several_times_is_signed_with_each_value(self, lead: Lead) -> None:
        sid = f"SM{uuid4().hex}"
        form = {"MessageSid": [sid], "From": [lead.phone], "Body": ["Hi"], "X": ["b", "a"]}
        url = "/api/telephony/twilio/inbound"
        given = signature(url=PUBLIC + url, form=form, token="a-token-for-tests")
        assert Client().post(url, form, headers={"X-Twilio-Signature": given}).status_code == 200

    def test_without_a_provider_there_is_nothing_here(self, db: None, settings: Any) -> None:
        settings.TELEPHONY = "off"
        assert come_in("+12145550142", "Hi").status_code == 404

    def test_reading_is_not_what_it_is_for(self, db: None) -> None:
        assert Client().get("/api/telephony/twilio/status").status_code == 405


class TestStatuses:
    @pytest.fixture
    def row(self, lead: Lead) -> Delivery:
        return DeliveryFactory.create(communication__lead=lead, state="sent")

    def state(self, row: Delivery) -> tuple[str, str]:
        row.refresh_from_db()
        return row.state, row.error_code

    @pytest.mark.parametrize("order", list(permutations(["queued", "sent", "delivered"])))
    def test_in_whichever_order_they_come_the_latest_stands(
        self, row: Delivery, order: tuple[str, ...]
    ) -> None:
        for word in order:
            assert status(row, word).status_code == 204
        assert self.state(row) == ("delivered", "")

    def test_a_failure_says_why_and_stands_against_late_news(self, row: Delivery, agent: Agent) -> None:
        status(row, "undelivered", ErrorCode="30003")
        status(row, "sent")
        status(row, "failed", ErrorCode="30008")
        assert self.state(row) == ("undelivered", "30003")
        page = signed_in(agent.user).get(f"/leads/A-{row.communication.lead_id}/").text
        assert "Not delivered: their phone is off or out of reach (30003)" in page
        assert "Send again" not in page

    def test_an_unknown_message_is_404_and_says_nothing(self, db: None) -> None:
        answer = tell(
            "/api/telephony/twilio/status", {"MessageSid": "SM" + "9" * 32, "MessageStatus": "sent"}
        )
        assert (answer.status_code, answer.content) == (404, b"")

    def test_a_word_nobody_knows_changes_nothing(self, row: Delivery) -> None:
        assert status(row, "teleported").status_code == 204
        assert self.state(row) == ("sent", "")

    @pytest.mark.parametrize("state", ["sending", "unsure"])
    def test_news_of_a_text_whose_answer_was_lost_finds_it_by_the_address(
        self, lead: Lead, state: str
    ) -> None:
        due = NOON if state == "sending" else None
        row = DeliveryFactory.create(communication__lead=lead, state=state, provider_id="", due_at=due)
        sid = f"SM{uuid4().hex}"
        form = {"MessageSid": sid, "MessageStatus": "delivered"}
        assert tell(f"/api/telephony/twilio/status?d={row.public_id.hex}", form).status_code == 204
        row.refresh_from_db()
        assert (row.state, row.provider_id, row.due_at) == ("delivered", sid, None)

    def test_a_stop_that_is_told_late_is_recorded_once(self, row: Delivery, lead: Lead) -> None:
        for _ in range(2):
            status(row, "failed", ErrorCode="21610")
        assert Revocation.objects.get().lead == lead
        assert in_force(phone=lead.phone).exists()


class TestInbound:
    def test_a_text_stands_on_the_timeline_of_its_lead_once(self, lead: Lead, agent: Agent) -> None:
        sid = f"SM{uuid4().hex}"
        for _ in range(2):
            answer = come_in(lead.phone, "Call me after five", sid)
            assert answer.status_code == 200
            assert answer.content == b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
            assert answer["Content-Type"] == "text/xml"
        said = Communication.objects.get()
        assert (said.lead, said.channel, said.direction, said.body) == (
            lead,
            "text",
            "in",
            "Call me after five",
        )
        assert "Call me after five" in signed_in(agent.user).get(f"/leads/A-{lead.pk}/").text
        lead.refresh_from_db()
        assert lead.touched_at is None  # nobody here has worked it yet

    def test_of_several_leads_the_open_one_with_an_owner_gets_it(self, agent: Agent, lead: Lead) -> None:
        LeadFactory.create(phone=lead.phone, owner=None, received_at=NOON)
        LeadFactory.create(phone=lead.phone, owner=agent.user, received_at=NOON, status=LeadStatus.LOST)
        come_in(lead.phone, "Hello")
        assert InboundText.objects.get().lead == lead

    def test_the_second_number_is_the_persons_too(self, agent: Agent, at: At) -> None:
        lead = LeadFactory.create(owner=agent.user, phone="+12145550142", phone_2="+12145550143")
        come_in("+12145550143", "Hello")
        assert InboundText.objects.get().lead == lead

    @pytest.mark.parametrize("words", ["STOP", "Please stop texting me", "unsubscribe", "wrong number"])
    def test_a_request_to_stop_is_in_force_before_we_answer(
        self, lead: Lead, agent: Agent, words: str
    ) -> None:
        promise = FollowUpFactory.create(lead=lead, owner=agent.user)
        come_in(lead.phone, words)
        request = Revocation.objects.get()
        assert (request.lead, request.channel, request.origin, request.words) == (lead, "text", "text", words)
        assert in_force(phone=lead.phone).exists()
        assert in_force(email=lead.email).exists()
        promise.refresh_from_db()
        assert promise.done_at == NOON
        assert not FollowUp.objects.filter(done_at__isnull=True).exists()

    def test_what_the_provider_took_for_a_stop_counts_whatever_the_words(self, lead: Lead) -> None:
        come_in(lead.phone, "arrêt", OptOutType="STOP")
        assert Revocation.objects.exists()

    def test_an_ordinary_answer_stops_nothing(self, lead: Lead) -> None:
        come_in(lead.phone, "Can you call me at the end of the day please?")
        assert not Revocation.objects.exists()

    def test_a_stop_of_nobody_we_know_counts_and_waits_for_a_manager(
        self, db: None, reviewer: User, at: At
    ) -> None:
        come_in("+12145550177", "STOP")
        assert in_force(phone="+12145550177").exists()
        text = InboundText.objects.get()
        client = signed_in(reviewer)
        assert "texts from numbers that belong to no lead" in client.get("/admin/").text
        client.post(f"/admin/agents/inboundtext/{text.pk}/do/handle/")
        text.refresh_from_db()
        assert (text.handled_by, text.handled_at) == (reviewer, NOON)
        assert "belong to no lead" not in client.get("/admin/").text

    def test_a_number_abroad_is_kept_and_breaks_nothing(self, db: None) -> None:
        assert come_in("+442079460000", "STOP").status_code == 200
        assert InboundText.objects.get().asked_to_stop
        assert not Revocation.objects.exists()

    def test_pictures_are_told_of(self, lead: Lead) -> None:
        come_in(lead.phone, "", NumMedia="2")
        assert "2 picture(s)" in Communication.objects.get().body

    def test_a_lead_of_an_erased_person_gets_nothing(self, lead: Lead) -> None:
        Lead.objects.filter(pk=lead.pk).update(erased_at=NOON)
        come_in(lead.phone, "Hello")
        assert InboundText.objects.get().lead is None

    def test_texts_of_nobody_are_blank_after_their_time(self, lead: Lead) -> None:
        old = InboundTextFactory.create(received_at=NOON - KEPT - timedelta(days=1))
        new = InboundTextFactory.create(received_at=NOON - KEPT + timedelta(days=1))
        come_in(lead.phone, "Hello")
        assert forget_unmatched(now=NOON) == 1
        old.refresh_from_db()
        new.refresh_from_db()
        assert (old.phone, old.body) == ("", "")
        assert new.phone


@pytest.mark.django_db(transaction=True)
def test_the_same_text_told_by_many_at_once_is_kept_and_stopped_once(lead: Lead) -> None:
    def take(_: int) -> int:
        try:
            return take_text(
                provider_id="SM1", phone=lead.phone, to=FROM, body="STOP", provider_says_stop=False, now=NOON
            ).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(take, range(8)))) == 1
    assert InboundText.objects.count() == Communication.objects.count() == Revocation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_news_from_many_threads_leaves_the_last_state(lead: Lead) -> None:
    row = DeliveryFactory.create(communication__lead=lead, state="sent")

    def say(word: str) -> None:
        try:
            status(row, word)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(say, ["queued", "sent", "delivered", "sent", "undelivered", "queued"]))
    row.refresh_from_db()
    assert row.state == DeliveryState.DELIVERED
