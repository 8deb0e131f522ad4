"""Giving a lead back to its vendor: when it can be asked, what goes with it, and what comes of it."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from agents.models import Agent, FollowUp
from intake.forgetting import erase_profiles
from intake.models import (
    CandidateState,
    Lead,
    LeadEvent,
    LeadStatus,
    Return,
    ReturnReason,
    ReturnState,
    WebhookEndpoint,
    WebhookEvent,
)
from intake.returns.asking import AlreadyAsked, CannotReturn, RequestIdTaken, ask_return
from intake.returns.deciding import AlreadyDecided, BadCredit, refuse_return, take_back, withdraw_return
from intake.tests.returns_support import ARRIVED, NOW, asked, returnable
from intake.webhooks.payload import render
from leadcrm.models import User
from leadcrm.testing.factories import (
    CommunicationFactory,
    DncListFactory,
    DncVersionFactory,
    FollowUpFactory,
    LeadFactory,
    ListedLeadFactory,
    ReturnCandidateFactory,
    ReturnFactory,
    ReturnTermFactory,
    WebhookEndpointFactory,
)

pytestmark = pytest.mark.django_db

WRONG = ReturnReason.WRONG_NUMBER


def refusal(lead: Lead, reason: ReturnReason = WRONG, **more: object) -> str:
    """The code with which asking is refused; nothing is written."""
    with pytest.raises(CannotReturn) as refused:
        asked(lead, reason=reason, **more)
    assert not Return.objects.exists()
    return refused.value.code


def test_a_lead_is_asked_back_and_keeps_its_stage_until_the_vendor_has_decided(reviewer: User) -> None:
    lead = returnable(status=LeadStatus.LOST)
    row = asked(lead, by=reviewer)
    assert (row.state, row.asked_by, row.price) == (ReturnState.ASKED, reviewer, Decimal("22.00"))
    assert row.window_ends_at == ARRIVED + timedelta(days=10)
    lead.refresh_from_db()
    assert lead.status == LeadStatus.LOST


def test_what_stands_against_a_return_is_told_by_a_code_of_its_own() -> None:
    assert refusal(LeadFactory.create(received_at=ARRIVED)) == "returns_off"
    assert refusal(returnable(), ReturnReason.FRAUD) == "reason_not_in_contract"
    assert refusal(returnable(status=LeadStatus.SOLD)) == "sold"
    assert refusal(returnable(status=LeadStatus.RETURNED)) == "returned_before"
    assert refusal(returnable(attempts=2)) == "too_few_tries"


def test_the_window_closes_to_the_second() -> None:
    lead, end = returnable(), ARRIVED + timedelta(days=10)
    assert refusal(lead, now=end) == "window_closed"
    assert asked(lead, now=end - timedelta(seconds=1)).state == ReturnState.ASKED


def test_a_lead_that_was_tried_often_enough_can_go_back() -> None:
    lead = returnable(attempts=2)
    Lead.objects.filter(pk=lead.pk).update(attempts=2)
    assert asked(lead).state == ReturnState.ASKED


def test_asking_again_finds_the_same_return_and_another_reason_has_to_wait() -> None:
    lead = returnable()
    ReturnTermFactory.create(source=lead.source, reason=ReturnReason.FRAUD)
    first = asked(lead)
    again = ask_return(lead=lead, reason=WRONG, note="Other words", now=NOW)
    assert (again.row, again.repeated, again.row.note) == (first, True, "Nobody of that name.")
    with pytest.raises(AlreadyAsked):
        asked(lead, reason=ReturnReason.FRAUD)


def test_a_request_id_brings_back_its_own_return_whatever_became_of_it() -> None:
    lead, request_id = returnable(), uuid4()
    row = asked(lead, request_id=request_id)
    refuse_return(row=row, words="Line works for us", by=None, now=NOW)
    again = ask_return(lead=lead, reason=WRONG, note="", now=NOW, request_id=request_id)
    assert (again.row, again.repeated, again.row.state) == (row, True, ReturnState.REFUSED)
    with pytest.raises(RequestIdTaken):
        asked(returnable(), request_id=request_id)


def test_a_refused_lead_can_be_asked_back_once_more() -> None:
    lead = returnable()
    refuse_return(row=asked(lead), words="No", by=None, now=NOW)
    assert asked(lead, note="See the new evidence").state == ReturnState.ASKED


def test_asking_settles_what_was_found_before() -> None:
    lead = returnable()
    candidate = ReturnCandidateFactory.create(lead=lead)
    asked(lead)
    candidate.refresh_from_db()
    assert candidate.state == CandidateState.ASKED


def test_the_evidence_holds_tries_lists_and_certificates_and_names_nobody(agent: Agent) -> None:
    lead = returnable(owner=agent.user)
    CommunicationFactory.create(
        lead=lead,
        author=agent.user,
        outcome="wrong_number",
        body="It is a bakery",
        at=NOW - timedelta(hours=2),
    )
    listing = DncListFactory.create(name="Texas no-call list")
    version = DncVersionFactory.create(dnc_list=listing)
    ListedLeadFactory.create(lead=lead, dnc_list=listing, version=version, phone=lead.phone, found_at=NOW)
    said = asked(lead).evidence
    assert said["attempts"] == [{"at": "2026-11-19T15:00:00Z", "channel": "call", "outcome": "Wrong number"}]
    assert said["lists"][0]["list"] == "Texas no-call list"
    assert said["certificates"]["trustedform"] == lead.consent.trustedform_cert_id
    text = str(said)
    assert not any(word in text for word in ("bakery", lead.phone, lead.last_name, str(agent)))


def test_of_an_earlier_lead_only_its_own_vendor_is_told_which() -> None:
    lead = returnable(vendor_lead_id="V-2")
    before = ARRIVED - timedelta(days=2)
    LeadFactory.create(phone=lead.phone, received_at=before, vendor_lead_id="SECRET-1")
    assert asked(lead).evidence["duplicate"] == {"same": "phone"}
    own = returnable(vendor_lead_id="V-3")
    LeadFactory.create(source=own.source, phone=own.phone, received_at=before, vendor_lead_id="V-1")
    assert asked(own).evidence["duplicate"] == {"same": "phone", "of": "V-1"}


def test_a_lead_that_is_taken_back_becomes_returned_and_nothing_stays_planned(
    reviewer: User, agent: Agent
) -> None:
    lead = returnable(owner=agent.user, status=LeadStatus.CONTACTED)
    FollowUpFactory.create(lead=lead, owner=agent.user)
    row = asked(lead)
    assert take_back(row=row, credit=None, words="Fine, credited.", by=reviewer, now=NOW)
    row.refresh_from_db()
    lead.refresh_from_db()
    assert (row.state, row.credit, row.words) == (ReturnState.TAKEN, Decimal("22.00"), "Fine, credited.")
    assert lead.status == LeadStatus.RETURNED
    assert not FollowUp.objects.filter(done_at__isnull=True).exists()
    assert LeadEvent.objects.get(lead=lead, new="returned").actor == reviewer
    assert not take_back(row=row, credit=None, words="Twice", by=reviewer, now=NOW)
    with pytest.raises(AlreadyDecided):
        refuse_return(row=row, words="No", by=reviewer, now=NOW)


def test_a_vendor_may_credit_a_part_and_never_more_than_the_price() -> None:
    row = asked(returnable())
    for odd in ("-1", "22.01"):
        with pytest.raises(BadCredit):
            take_back(row=row, credit=Decimal(odd), words="", by=None, now=NOW)
    take_back(row=row, credit=Decimal("11.00"), words="Half", by=None, now=NOW)
    assert Return.objects.get().credit == Decimal("11.00")


def test_what_was_sold_while_the_vendor_thought_is_not_taken_back_but_withdrawn() -> None:
    lead = returnable()
    row = asked(lead)
    Lead.objects.filter(pk=lead.pk).update(status=LeadStatus.SOLD)
    with pytest.raises(CannotReturn):
        take_back(row=row, credit=None, words="", by=None, now=NOW)
    assert withdraw_return(row=row, why="Sold after all", by=None, now=NOW)
    assert not withdraw_return(row=row, why="Sold after all", by=None, now=NOW)
    lead.refresh_from_db()
    assert (lead.status, Return.objects.get().state) == (LeadStatus.SOLD, ReturnState.WITHDRAWN)


def events(endpoint: WebhookEndpoint) -> list[tuple[str, str, str]]:
    return [
        (event.kind, event.data["return_state"], event.data["credit"])
        for event in WebhookEvent.objects.filter(deliveries__endpoint=endpoint).order_by("pk")
    ]


def test_the_vendor_is_told_by_webhook_of_each_step_with_reason_and_credit_and_of_no_person() -> None:
    lead = returnable()
    endpoint = WebhookEndpointFactory.create(vendor=lead.vendor, kinds=["lead.returned", "return.changed"])
    row = asked(lead)
    take_back(row=row, credit=Decimal("20.00"), words="", by=None, now=NOW)
    assert events(endpoint) == [
        ("return.changed", "asked", ""), ("lead.returned", "taken", "20.00"), ("return.changed", "taken", "20.00"),
    ]  # fmt: skip
    event = WebhookEvent.objects.get(kind="lead.returned")
    body = (render(event=event, endpoint=endpoint, now=NOW).body or b"").decode()
    for said in ('"reason":"wrong_number"', '"return_state":"taken"', '"credit":"20.00"', row.pk.hex):
        assert said in body
    assert lead.phone not in body


def test_the_database_knows_one_open_and_one_taken_return_of_a_lead() -> None:
    lead = LeadFactory.create()
    for state in (ReturnState.ASKED, ReturnState.TAKEN):
        ReturnFactory.create(lead=lead, state=state)
        with pytest.raises(IntegrityError), transaction.atomic():
            ReturnFactory.create(lead=lead, state=state)
    for odd in (
        {"state": "lost"},
        {"credit": Decimal(1)},
        {"state": ReturnState.TAKEN, "credit": Decimal(99)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReturnFactory.create(**odd)


def test_what_was_written_of_a_person_goes_with_the_person_and_the_credit_stays(reviewer: User) -> None:
    lead = returnable()
    candidate = ReturnCandidateFactory.create(lead=lead, note="Mrs Person moved away")
    row = asked(lead, note="Mrs Person moved away")
    take_back(row=row, credit=None, words="We know Mrs Person", by=reviewer, now=NOW)
    erase_profiles(leads=[lead.pk], reason="Asked to be deleted", by=reviewer, now=NOW)
    row.refresh_from_db()
    candidate.refresh_from_db()
    assert (row.note, row.words, candidate.note) == ("[erased]", "[erased]", "[erased]")
    assert (row.evidence, row.credit, row.state) == ({}, Decimal("22.00"), ReturnState.TAKEN)
