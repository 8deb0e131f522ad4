"""Ask and act: recorded always, counted where it is a contact, once however often it is clicked."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from agents.models import License
from compliance.calling import RequestIdTaken, ask_to_contact, may_contact, permission_of
from compliance.models import ContactAttempt, ContactDecision
from compliance.tests.calling_support import at, everywhere, lead_of
from intake.models import ConsentRecord, Lead
from leadcrm.models import User
from leadcrm.testing.altering import altering
from leadcrm.testing.factories import ContactAttemptFactory, LeadFactory, SuppressionFactory

NOON = at("2026-12-02 12:00:00")
MINUTE = timedelta(minutes=1)


def florida() -> Lead:
    lead = lead_of(area_code="305", zip5="33130", state="FL")
    lead.consent.given_at = NOON - timedelta(days=1)
    with altering(ConsentRecord):
        lead.consent.save(update_fields=["given_at"])
    return lead


@pytest.fixture
def user(db: None) -> User:
    user = everywhere()
    License.objects.update(effective_on=date(2020, 1, 1))
    return user


@pytest.fixture
def lead(db: None) -> Lead:
    return florida()


def do(lead: Lead, user: User, act: str = "dial", **given: Any) -> ContactDecision:
    """Ask for an act and return the record."""
    channel = "text" if act == "text" else "call"
    asked: dict[str, Any] = {
        "lead": lead, "phone": lead.phone, "user": user, "channel": channel, "act": act, "now": NOON,
    }  # fmt: skip
    permission, decision = ask_to_contact(**{**asked, "request_id": uuid4(), **given})
    assert permission.allowed == decision.allowed
    return decision


def test_an_allowed_dial_is_recorded_with_all_it_stands_on_and_counts(lead: Lead, user: User) -> None:
    decision = do(lead, user)
    assert decision.allowed
    assert (decision.reasons, decision.states, decision.zones) == ([], ["FL"], ["America/New_York"])
    assert decision.rules
    assert decision.lists
    assert decision.given["policy"]["id"] is None
    attempt = ContactAttempt.objects.get()
    assert decision.attempt == attempt
    assert (attempt.phone, attempt.channel, attempt.at, attempt.user) == (lead.phone, "call", NOON, user)


def test_the_record_reads_back_as_the_answer_that_was_given(lead: Lead, user: User) -> None:
    SuppressionFactory.create(phone=lead.phone)
    asked: dict[str, Any] = {"lead": lead, "phone": lead.phone, "user": user, "channel": "call"}
    late = at("2026-12-02 22:00:00", "America/New_York")
    before = may_contact(**asked, now=late)
    _, decision = ask_to_contact(**asked, act="dial", request_id=uuid4(), now=late)
    decision.refresh_from_db()
    assert permission_of(decision) == before
    assert before.codes == ("opted_out", "hours")


def test_a_refused_dial_is_recorded_and_does_not_count(lead: Lead, user: User) -> None:
    SuppressionFactory.create(phone=lead.phone)
    decision = do(lead, user)
    assert not decision.allowed
    assert decision.reasons[0]["code"] == "opted_out"
    assert not ContactAttempt.objects.exists()


def test_a_double_click_asks_once(lead: Lead, user: User) -> None:
    click = uuid4()
    first = do(lead, user, request_id=click)
    SuppressionFactory.create(phone=lead.phone)
    again = do(lead, user, request_id=click, now=NOON + MINUTE)
    assert again.pk == first.pk
    assert ContactAttempt.objects.count() == 1
    with pytest.raises(RequestIdTaken):
        do(LeadFactory.create(), user, request_id=click)
    with pytest.raises(RequestIdTaken):
        do(lead, user, act="log", request_id=click)


def test_calls_and_texts_count_together_across_leads_of_one_number(lead: Lead, user: User) -> None:
    other = LeadFactory.create(phone=lead.phone, state="FL", zip="33130")
    do(lead, user)
    do(other, user, act="text", now=NOON + MINUTE)
    do(lead, user, act="text", now=NOON + 2 * MINUTE)
    fourth = do(other, user, now=NOON + 3 * MINUTE)
    assert [reason["code"] for reason in fourth.reasons] == ["attempts"]
    next_day = NOON + timedelta(hours=24)
    assert not do(lead, user, now=next_day - timedelta(seconds=1)).allowed
    assert do(lead, user, now=next_day).allowed
    assert not do(lead, user, now=next_day + timedelta(seconds=1)).allowed, (
        "the second of yesterday still counts"
    )


def test_a_call_recorded_after_its_dial_counts_once_and_was_allowed(lead: Lead, user: User) -> None:
    dial = do(lead, user, now=at("2026-12-02 19:59:00", "America/New_York"))
    log = do(lead, user, act="log", now=at("2026-12-02 20:20:00", "America/New_York"))
    assert log.allowed
    assert log.attempt == dial.attempt
    assert log.warnings[0]["code"] == "dialled_before"
    assert ContactAttempt.objects.count() == 1


def test_a_call_recorded_without_a_dial_counts_and_says_what_stood_against_it(lead: Lead, user: User) -> None:
    late = at("2026-12-02 20:20:00", "America/New_York")
    log = do(lead, user, act="log", now=late)
    assert [reason["code"] for reason in log.reasons] == ["hours"]
    assert ContactAttempt.objects.count() == 1


def test_one_dial_covers_one_record_of_the_same_person_for_a_few_hours(lead: Lead, user: User) -> None:
    do(lead, user)
    do(lead, user, act="log", now=NOON + MINUTE)
    do(lead, user, act="log", now=NOON + 2 * MINUTE)
    assert ContactAttempt.objects.count() == 2, "the second call was dialled by hand"
    colleague = everywhere()
    License.objects.update(effective_on=date(2020, 1, 1))
    do(lead, colleague, act="log", now=NOON + 3 * MINUTE)
    assert ContactAttempt.objects.count() == 3
    do(lead, user, now=NOON + timedelta(days=2))
    do(lead, user, act="log", now=NOON + timedelta(days=2, hours=4))
    assert ContactAttempt.objects.count() == 5, "four hours later it is another call"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("calling_rules")
def test_of_two_agents_who_click_at_once_one_gets_the_last_attempt() -> None:
    user, colleague, lead = everywhere(), everywhere(), florida()
    License.objects.update(effective_on=date(2020, 1, 1))
    ContactAttemptFactory.create_batch(2, lead=lead, at=NOON - timedelta(hours=1))
    ask_at_once([partial(do, lead, each) for each in (user, colleague)])
    assert sorted(ContactDecision.objects.values_list("allowed", flat=True)) == [False, True]
    assert ContactAttempt.objects.count() == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("calling_rules")
def test_a_click_that_comes_twice_at_once_is_one_question() -> None:
    user, lead, click = everywhere(), florida(), uuid4()
    License.objects.update(effective_on=date(2020, 1, 1))

    def dial(request_id: UUID = click) -> ContactDecision:
        return do(lead, user, request_id=request_id)

    first, second = ask_at_once([dial, dial])
    assert first.pk == second.pk
    assert ContactAttempt.objects.count() == 1


def ask_at_once(questions: list[Callable[[], ContactDecision]]) -> list[ContactDecision]:
    """Each in a thread with a connection of its own, begun together."""
    barrier = Barrier(len(questions))

    def run(question: Callable[[], ContactDecision]) -> ContactDecision:
        try:
            barrier.wait(timeout=30)
            return question()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(questions)) as pool:
        return list(pool.map(run, questions))
