"""E-mails from a lead's page: what is sent, what is not, and the link that stops them."""

import smtplib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client

from agents.messaging.carrying import LADDER, carry, give_up_lost
from agents.messaging.mail import unsubscribe_url
from agents.models import Agent, Communication, Delivery, DeliveryState
from agents.tests.page_suite import signed_in
from compliance.models import Revocation, RevocationOrigin, RevocationScope, SuppressionKind
from compliance.suppression import in_force, release, stopping_calls, suppress
from intake.models import Lead
from leadcrm.models import User
from leadcrm.testing.factories import LeadFactory, MessageTemplateFactory

NOW = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("postal_address")


@pytest.fixture
def lead(agent: Agent, travel_to: Any) -> Lead:
    travel_to(NOW)
    return LeadFactory.create(owner=agent.user, email="ana@example.com", first_name="Ana")


@pytest.fixture
def client(agent: Agent, lead: Lead) -> Client:
    return signed_in(agent.user)


def write(client: Client, lead: Lead, **changes: Any) -> Any:
    data = {"request_id": uuid4(), "subject": "Your question", "body": "Hello Ana,\nhow are you?", **changes}
    return client.post(f"/leads/A-{lead.pk}/email/", data)


def delivery(lead: Lead) -> Delivery:
    found: Delivery = Delivery.objects.select_related("communication").get(communication__lead=lead)
    return found


class TestSending:
    def test_an_e_mail_goes_out_from_the_agency_with_answers_to_the_agent(
        self, client: Client, lead: Lead
    ) -> None:
        assert write(client, lead).status_code == 302
        assert mail.outbox == []  # nothing leaves while the page waits
        assert carry(now=NOW)

        (sent,) = mail.outbox
        assert sent.to == ["ana@example.com"]
        assert sent.reply_to == ["Test Agent <agent@example.com>"]
        assert sent.subject == "Your question"
        assert sent.body.startswith("Hello Ana,\nhow are you?\n\n--\n")
        assert "1 Example Street, Austin, TX 78701" in sent.body
        assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert sent.extra_headers["List-Unsubscribe"] == f"<{unsubscribe_url(delivery(lead))}>"
        assert delivery(lead).state == DeliveryState.SENT

    def test_the_timeline_shows_it_and_it_counts_as_a_touch(self, client: Client, lead: Lead) -> None:
        write(client, lead)
        page = client.get(f"/leads/A-{lead.pk}/").text
        assert "Your question" in page
        assert "Waiting to be sent" in page

        carry(now=NOW)
        assert "Handed to the mail server" in client.get(f"/leads/A-{lead.pk}/").text
        lead.refresh_from_db()
        assert (lead.touched_at, lead.attempts) == (NOW, 0)

    def test_a_double_click_sends_one(self, client: Client, lead: Lead) -> None:
        again = uuid4()
        for _ in range(2):
            write(client, lead, request_id=again)
        while carry(now=NOW):
            pass
        assert len(mail.outbox) == 1

    def test_a_form_of_another_lead_sends_nothing(self, client: Client, lead: Lead, agent: Agent) -> None:
        other, taken = LeadFactory.create(owner=agent.user, email="bo@example.com"), uuid4()
        write(client, lead, request_id=taken)
        answer = write(client, other, request_id=taken)
        assert answer.status_code == 422
        assert "another lead" in answer.text
        assert Communication.objects.count() == 1

    @pytest.mark.parametrize(
        ("field", "says"), [("subject", "needs a subject"), ("body", "Write the e-mail first")]
    )
    def test_what_is_missing_is_told_and_what_was_written_stays(
        self, client: Client, lead: Lead, field: str, says: str
    ) -> None:
        answer = write(client, lead, **{field: ""})
        assert answer.status_code == 422
        assert says in answer.text
        assert ("how are you?" in answer.text) == (field == "subject")

    def test_a_line_break_in_a_subject_makes_no_header(self, client: Client, lead: Lead) -> None:
        write(client, lead, subject="Hello\r\nBcc: all@example.com")
        carry(now=NOW)
        assert mail.outbox[0].subject == "Hello Bcc: all@example.com"

    def test_a_wording_is_filled_in_without_a_script(self, client: Client, lead: Lead) -> None:
        wording = MessageTemplateFactory.create(
            channel="email", subject="For you", body="Hello {first_name},"
        )
        answer = client.post(f"/leads/A-{lead.pk}/email/", {"template": wording.pk, "fill": "1"})
        assert answer.status_code == 200
        assert "Hello Ana," in answer.context["email_form"].initial["body"]
        assert not Communication.objects.exists()

    def test_an_address_that_no_header_can_hold_ends_as_not_sent(self, client: Client, lead: Lead) -> None:
        write(client, lead)
        Delivery.objects.update(to="ana@example.com\nBcc: all@example.com")
        carry(now=NOW)
        assert (delivery(lead).state, mail.outbox) == (DeliveryState.FAILED, [])

    def test_the_address_on_the_page_leads_to_the_form(self, client: Client, lead: Lead) -> None:
        assert '<a href="#email">ana@example.com</a>' in client.get(f"/leads/A-{lead.pk}/").text


class TestNotSending:
    @pytest.mark.parametrize("scope", [RevocationScope.ALL, RevocationScope.EMAIL])
    def test_who_asked_us_to_stop_is_not_written_to(
        self, client: Client, lead: Lead, scope: RevocationScope
    ) -> None:
        suppress(
            phone="", email=lead.email, kind=SuppressionKind.INTERNAL, reason="", channel="email", by=None, now=NOW,
            scope=scope,
        )  # fmt: skip
        answer = write(client, lead)
        assert answer.status_code == 422
        assert "Do not write" in answer.text
        assert not Communication.objects.exists()

    def test_who_wants_no_calls_may_be_written_to(self, client: Client, lead: Lead) -> None:
        suppress(
            phone=lead.phone, email=lead.email, kind=SuppressionKind.INTERNAL, reason="", channel="call", by=None,
            now=NOW, scope=RevocationScope.CALLS,
        )  # fmt: skip
        assert write(client, lead).status_code == 302

    def test_a_lead_without_an_address_says_so(self, agent: Agent, client: Client) -> None:
        lead = LeadFactory.create(owner=agent.user, email="")
        assert "This lead has no e-mail address" in client.get(f"/leads/A-{lead.pk}/").text
        assert write(client, lead).status_code == 422

    def test_without_a_postal_address_e_mail_is_off_and_the_page_says_why(
        self, client: Client, lead: Lead, settings: Any
    ) -> None:
        settings.AGENCY_POSTAL_ADDRESS = ""
        assert "AGENCY_POSTAL_ADDRESS" in client.get(f"/leads/A-{lead.pk}/").text
        assert write(client, lead).status_code == 422

    def test_an_address_that_was_corrected_meanwhile_is_not_written_to(
        self, client: Client, lead: Lead
    ) -> None:
        write(client, lead)
        # The stop is known by the old address only: asked by the new one, nothing would stand against it.
        suppress(
            phone="", email="ana@example.com", kind=SuppressionKind.INTERNAL, reason="asked", channel="email", by=None,
            scope=RevocationScope.EMAIL, now=NOW,
        )  # fmt: skip
        Lead.objects.filter(pk=lead.pk).update(email="ana.new@example.com")

        carry(now=NOW)
        assert mail.outbox == []
        assert delivery(lead).state == DeliveryState.FAILED
        assert "the lead has another address by now" in client.get(f"/leads/A-{lead.pk}/").text

        again = client.post(f"/leads/A-{lead.pk}/delivery/{delivery(lead).pk}/again/", follow=True)
        assert "Not sent: The lead has another address by now." in again.text
        assert not carry(now=NOW)
        assert mail.outbox == []

    def test_a_request_to_stop_between_writing_and_sending_counts(self, client: Client, lead: Lead) -> None:
        write(client, lead)
        suppress(
            phone="",
            email=lead.email,
            kind=SuppressionKind.INTERNAL,
            reason="",
            channel="email",
            by=None,
            now=NOW,
        )
        carry(now=NOW)
        assert mail.outbox == []
        assert (delivery(lead).state, delivery(lead).error_code) == (DeliveryState.FAILED, "stopped")


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException, *, on: str = "send_messages") -> None:
    def fail(*args: Any) -> None:
        raise error

    monkeypatch.setattr(f"django.core.mail.backends.locmem.EmailBackend.{on}", fail)


class TestFailures:
    @pytest.mark.parametrize(
        ("error", "on", "state", "code"),
        [
            (ConnectionRefusedError(), "open", DeliveryState.QUEUED, "unreachable"),
            (smtplib.SMTPAuthenticationError(535, b""), "open", DeliveryState.QUEUED, "smtp_535"),
            (smtplib.SMTPDataError(451, b""), "send_messages", DeliveryState.QUEUED, "smtp_451"),
            (smtplib.SMTPRecipientsRefused({"a": (450, b"")}), "send_messages", DeliveryState.QUEUED, "smtp_450"),
            (smtplib.SMTPRecipientsRefused({"a": (550, b"")}), "send_messages", DeliveryState.FAILED, "smtp_550"),
            (smtplib.SMTPServerDisconnected(), "send_messages", DeliveryState.UNSURE, "broken_off"),
            (TimeoutError(), "send_messages", DeliveryState.UNSURE, "broken_off"),
        ],
    )  # fmt: skip
    def test_each_failure_is_what_it_is(
        self, client: Client, lead: Lead, monkeypatch: pytest.MonkeyPatch, error: Exception, on: str, state: str,
        code: str,
    ) -> None:  # fmt: skip
        fail_with(monkeypatch, error, on=on)
        write(client, lead)
        carry(now=NOW)
        assert (delivery(lead).state, delivery(lead).error_code) == (state, code)

    def test_it_is_tried_again_later_and_later_and_then_a_person_is_told(
        self, client: Client, lead: Lead, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fail_with(monkeypatch, ConnectionRefusedError(), on="open")
        write(client, lead)
        at = NOW
        for seconds in LADDER:
            assert carry(now=at)
            assert not carry(now=at + timedelta(seconds=seconds - 1))
            at += timedelta(seconds=seconds)
        assert carry(now=at)
        assert delivery(lead).state == DeliveryState.FAILED
        page = client.get(f"/leads/A-{lead.pk}/").text
        assert "Not sent: the mail server is out of reach" in page
        assert "Send again" in page

    def test_what_a_dead_worker_held_is_perhaps_sent_and_only_a_person_sends_it_again(
        self, client: Client, lead: Lead, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(client, lead)
        with monkeypatch.context() as patch:
            fail_with(patch, SystemExit(), on="send_messages")
            with pytest.raises(SystemExit):
                carry(now=NOW)
        assert delivery(lead).state == DeliveryState.SENDING
        assert not carry(now=NOW + timedelta(hours=1))
        assert give_up_lost(Delivery, now=NOW) == 0
        assert give_up_lost(Delivery, now=NOW + timedelta(minutes=2)) == 1
        assert not carry(now=NOW + timedelta(hours=1))

        page = client.get(f"/leads/A-{lead.pk}/").text
        assert "Perhaps sent" in page
        again = f"/leads/A-{lead.pk}/delivery/{delivery(lead).pk}/again/"
        assert client.post(again).status_code == 302
        assert client.post(again).status_code == 302  # a double click
        assert carry(now=NOW)
        assert not carry(now=NOW)
        assert len(mail.outbox) == 1

    def test_a_stranger_sends_nothing_again(self, client: Client, lead: Lead, stranger: Agent) -> None:
        write(client, lead)
        url = f"/leads/A-{lead.pk}/delivery/{delivery(lead).pk}/again/"
        assert signed_in(stranger.user).post(url).status_code == 404


class TestUnsubscribing:
    @pytest.fixture
    def url(self, client: Client, lead: Lead) -> str:
        write(client, lead)
        return unsubscribe_url(delivery(lead)).removeprefix("https://leads.example.com")

    def test_opening_the_link_changes_nothing_and_the_button_stops(self, lead: Lead, url: str) -> None:
        visitor = Client(enforce_csrf_checks=True)
        page = visitor.get(url)
        assert page.status_code == 200
        assert "Stop e-mailing me" in page.text
        assert lead.email not in page.text
        assert not in_force(email=lead.email).exists()

        assert "You are unsubscribed" in visitor.post(url).text
        request = Revocation.objects.get()
        assert (request.scope, request.origin, request.email) == ("email", RevocationOrigin.LINK, lead.email)
        assert not stopping_calls(phone=lead.phone, email=lead.email).exists()

    def test_the_one_click_of_a_mail_program_stops_at_once_and_once(self, lead: Lead, url: str) -> None:
        visitor = Client(enforce_csrf_checks=True)
        for _ in range(2):
            assert visitor.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
        assert Revocation.objects.count() == 1
        assert Revocation.objects.get().channel == "email"

    def test_afterwards_nothing_is_sent_not_even_what_was_written_before(
        self, client: Client, lead: Lead, url: str
    ) -> None:
        Client().post(url)
        carry(now=NOW)
        assert mail.outbox == []
        assert write(client, lead).status_code == 422

    def test_an_old_link_stops_anew_who_was_released_since(
        self, lead: Lead, url: str, reviewer: User
    ) -> None:
        Client().post(url)
        release(suppression=in_force(email=lead.email).get(), by=reviewer, now=NOW)
        Client().post(url)
        assert in_force(email=lead.email).exists()

    @pytest.mark.parametrize("token", ["nonsense", "a:b", "00000000000000000000000000000000:x"])
    def test_a_link_that_we_did_not_sign_is_told_as_broken(self, db: None, token: str) -> None:
        for answer in (Client().get(f"/unsubscribe/{token}/"), Client().post(f"/unsubscribe/{token}/")):
            assert answer.status_code == 404
            assert "This link does not work" in answer.text
