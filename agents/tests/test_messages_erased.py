"""Messages as evidence of what happened, and gone with whoever asks to be erased."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agents.messaging import inbound
from agents.messaging.carrying import carry
from agents.models import Agent, Channel, Communication, DeliveryState
from agents.tests.page_suite import signed_in
from compliance.erasure import erase_person
from compliance.evidence.pack.collect import collect
from compliance.evidence.pack.gaps import gaps
from compliance.evidence.pack.timeline import timeline
from compliance.models import RevocationChannel
from compliance.tests.erasure_support import dumped
from intake.models import Lead
from leadcrm.models import User
from leadcrm.testing.factories import (
    BridgedCallFactory,
    CommunicationFactory,
    DeliveryFactory,
    InboundTextFactory,
    LeadFactory,
)
from leadcrm.testing.fake_twilio import FakeTwilio

NOW = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
PHONE = "+12145550142"


def erase(by: User) -> None:
    erase_person(phone=PHONE, asked_at=NOW, channel=RevocationChannel.EMAIL, by=by, now=NOW)


@pytest.fixture(autouse=True)
def _clock(travel_to: Any, calling_rules: None) -> None:
    travel_to(NOW)


def test_words_numbers_and_addresses_are_gone_and_nothing_more_is_sent(
    agent: Agent, reviewer: User, twilio: FakeTwilio
) -> None:
    lead = LeadFactory.create(owner=agent.user, phone=PHONE, email="anamaria@example.com")
    mail = CommunicationFactory.create(
        lead=lead, channel=Channel.EMAIL, subject="Zebra subject", body="Zebra body"
    )
    DeliveryFactory.create(communication=mail, provider="mail", to=lead.email, provider_id="a")
    text = CommunicationFactory.create(lead=lead, channel=Channel.TEXT, body="Zebra text")
    waiting = DeliveryFactory.create(communication=text, state="queued", due_at=NOW, provider_id="")
    came = CommunicationFactory.create(lead=lead, channel=Channel.TEXT, direction="in", body="Zebra answer")
    InboundTextFactory.create(lead=lead, communication=came, phone=PHONE, body="Zebra answer")
    BridgedCallFactory.create(lead=lead, user=agent.user, decision__lead=lead, decision__phone=PHONE)

    erase(reviewer)

    assert not [word for word in ("Zebra", "anamaria", PHONE) if word in dumped()]
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error_code) == (DeliveryState.FAILED, "erased")
    assert not carry(now=NOW)
    assert twilio.calls == []
    assert signed_in(agent.user).get(f"/leads/A-{lead.pk}/").status_code == 200


def test_a_text_of_nobody_we_know_is_erased_by_its_number(reviewer: User) -> None:
    InboundTextFactory.create(phone=PHONE, body="Zebra")
    erase(reviewer)
    assert "Zebra" not in dumped()
    assert PHONE not in dumped()


def test_a_pack_tells_what_became_of_each_message_and_which_never_arrived(
    agent: Agent, reviewer: User
) -> None:
    lead = LeadFactory.create(owner=agent.user, phone=PHONE)
    said = CommunicationFactory.create(
        lead=lead, channel=Channel.EMAIL, subject="Your question", body="Hello"
    )
    DeliveryFactory.create(communication=said, state="undelivered", error="off", error_code="30003")
    DeliveryFactory.create(communication__lead=lead, state="unsure", provider_id="")
    BridgedCallFactory.create(lead=lead, user=agent.user, seconds=192)
    InboundTextFactory.create(phone=PHONE, body="Who is this?")

    evidence = collect(PHONE, now=NOW)

    told = [f"{entry.title}. {entry.detail}" for entry in timeline(evidence)]
    for words in ("Your question", "not delivered", "off (30003)", "192 seconds talked", "Who is this?"):
        assert [line for line in told if words in line], words
    found = gaps(evidence)
    assert "1 recorded text or e-mail did not reach the person." in found
    assert "Of 1 text or e-mail nobody can tell whether sent." in found


def test_a_text_that_comes_while_its_person_is_being_erased_is_put_on_no_lead(
    agent: Agent, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = LeadFactory.create(owner=agent.user, phone=PHONE)

    def found_just_before(phone: str) -> Lead:
        found = Lead.objects.get(pk=lead.pk)
        erase(reviewer)
        return found

    monkeypatch.setattr(inbound, "lead_of", found_just_before)
    text = inbound.take_text(
        provider_id="SM7",
        phone=PHONE,
        to="+13125550100",
        body="Zebra late",
        provider_says_stop=False,
        now=NOW,
    )
    assert (text.lead, text.communication) == (None, None)
    assert not Communication.objects.filter(lead=lead).exists()
