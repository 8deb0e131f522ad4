"""Logging contacts, keeping promises, handing leads on."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from agents.casework import (
    CannotGive,
    LeadChangedHands,
    RequestIdTaken,
    UnknownOutcome,
    add_follow_up,
    finish_follow_up,
    give_lead,
    log_communication,
)
from agents.models import Agent, AgentLoad, Assignment, Balance, Channel, Communication, Direction, FollowUp
from agents.tests.arrivals import NOW
from intake.models import Lead, LeadEvent, LeadStatus
from leadcrm.models import User
from leadcrm.testing.factories import AgentFactory, LeadFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(agent: Agent) -> Lead:
    return LeadFactory.create(owner=agent.user)


def log(lead: Lead, **changes: object) -> Communication:
    given: dict[str, object] = {
        "channel": Channel.CALL, "direction": Direction.OUT, "author": lead.owner, "outcome": "no_answer",
        "body": "", "request_id": uuid4(), "now": NOW,
    }  # fmt: skip
    return log_communication(lead=lead, **{**given, **changes})  # type: ignore[arg-type]


def test_the_first_contact_is_the_touch_and_each_call_that_goes_out_an_attempt(lead: Lead) -> None:
    log(lead)
    log(lead, now=NOW + timedelta(minutes=30), channel=Channel.TEXT, outcome="")
    log(lead, now=NOW + timedelta(hours=1))
    stored = Lead.objects.get(pk=lead.pk)
    assert (stored.touched_at, stored.attempts, stored.status) == (NOW, 2, LeadStatus.NEW)
    assert (lead.touched_at, lead.attempts) == (NOW, 2)


@pytest.mark.parametrize(
    ("channel", "direction", "outcome", "touched", "attempts"),
    [
        (Channel.NOTE, Direction.NONE, "", False, 0),
        (Channel.NOTE, Direction.NONE, "spoke", True, 0),
        (Channel.TEXT, Direction.IN, "", False, 0),
        (Channel.CALL, Direction.IN, "spoke", True, 0),
        (Channel.EMAIL, Direction.OUT, "", True, 0),
        (Channel.TEXT, Direction.OUT, "", True, 0),
    ],
)
def test_what_counts_as_a_touch(
    lead: Lead, channel: Channel, direction: Direction, outcome: str, touched: bool, attempts: int
) -> None:
    log(lead, channel=channel, direction=direction, outcome=outcome)
    assert (lead.touched_at is not None, lead.attempts) == (touched, attempts)


def test_who_was_reached_is_contacted_and_the_history_says_by_whom(lead: Lead) -> None:
    log(lead, outcome="spoke")
    assert Lead.objects.get(pk=lead.pk).status == lead.status == LeadStatus.CONTACTED
    event = LeadEvent.objects.get(lead=lead)
    assert (event.old, event.new, event.actor) == ("new", "contacted", lead.owner)
    log(lead, outcome="spoke")
    assert LeadEvent.objects.filter(lead=lead).count() == 1


def test_a_stale_page_does_no_harm(lead: Lead) -> None:
    """The agent's page still says new; a colleague has quoted meanwhile."""
    Lead.objects.filter(pk=lead.pk).update(status=LeadStatus.QUOTED)
    log(lead, outcome="spoke")
    assert Lead.objects.get(pk=lead.pk).status == lead.status == LeadStatus.QUOTED


def test_a_double_click_writes_one_call(lead: Lead) -> None:
    request_id = uuid4()
    first, second = (log(lead, request_id=request_id, outcome="spoke") for _ in range(2))
    assert first.pk == second.pk
    assert (Communication.objects.count(), Lead.objects.get(pk=lead.pk).attempts) == (1, 1)


def test_a_request_id_of_another_lead_and_an_unknown_outcome_are_refused(lead: Lead) -> None:
    taken = log(LeadFactory.create()).request_id
    with pytest.raises(RequestIdTaken):
        log(lead, request_id=taken)
    with pytest.raises(UnknownOutcome):
        log(lead, outcome="abducted by aliens")
    assert not Communication.objects.filter(lead=lead).exists()


def test_a_promise_made_twice_is_one_and_kept_once(lead: Lead, agent: Agent) -> None:
    due = NOW + timedelta(days=1)
    for _ in range(2):
        promise = add_follow_up(lead=lead, owner=agent.user, due_at=due, what=" Call back ", now=NOW)
    assert FollowUp.objects.get() == promise
    assert promise.what == "Call back"
    assert finish_follow_up(follow_up=promise, now=due).done_at == due
    assert finish_follow_up(follow_up=promise, now=due + timedelta(hours=1)).done_at == due


@pytest.mark.parametrize("wrong", [{"what": "  "}, {"due_at": NOW - timedelta(minutes=1)}])
def test_a_promise_without_words_or_in_the_past_is_refused(
    lead: Lead, agent: Agent, wrong: dict[str, object]
) -> None:
    given: dict[str, object] = {"due_at": NOW + timedelta(days=1), "what": "Call back", **wrong}
    with pytest.raises(ValueError, match="follow-up"):
        add_follow_up(lead=lead, owner=agent.user, now=NOW, **given)  # type: ignore[arg-type]


def test_a_lead_is_handed_on_with_its_promises_and_on_the_record(
    lead: Lead, agent: Agent, teammate: Agent, reviewer: User
) -> None:
    promise = add_follow_up(lead=lead, owner=agent.user, due_at=NOW + timedelta(days=1), what="Call", now=NOW)
    record = give_lead(lead=lead, to_agent=teammate, actor=reviewer, reason="On leave", now=NOW)
    stored = Lead.objects.get(pk=lead.pk)
    assert (stored.owner, stored.assigned_at) == (teammate.user, NOW)
    assert FollowUp.objects.get(pk=promise.pk).owner == teammate.user
    assert (record.kind, record.agent, record.assigned_by, record.why) == (
        "manual",
        teammate,
        reviewer,
        "On leave",
    )
    event = LeadEvent.objects.get(lead=lead)
    assert (event.kind, event.old, event.new, event.actor) == (
        "assigned",
        "Test Agent",
        "Test Teammate",
        reviewer,
    )
    assert AgentLoad.objects.get(agent=teammate).day_count == 1
    assert not Balance.objects.exists()


def test_a_lead_without_an_owner_can_be_given(agent: Agent, reviewer: User) -> None:
    lead = LeadFactory.create()
    give_lead(lead=lead, to_agent=agent, actor=reviewer, reason="Asked for her", now=NOW)
    stored = Lead.objects.get(pk=lead.pk)
    assert (stored.owner, stored.unassigned_why) == (agent.user, "")


def test_two_managers_who_give_the_same_lead_do_not_overwrite_each_other(
    lead: Lead, teammate: Agent, stranger: Agent, reviewer: User
) -> None:
    stale = Lead.objects.get(pk=lead.pk)
    give_lead(lead=lead, to_agent=teammate, actor=reviewer, reason="First", now=NOW)
    with pytest.raises(LeadChangedHands):
        give_lead(lead=stale, to_agent=stranger, actor=reviewer, reason="Second", now=NOW)
    assert Lead.objects.get(pk=lead.pk).owner == teammate.user
    assert Assignment.objects.count() == 1


def test_an_agent_without_the_license_gets_a_lead_only_if_the_manager_insists(
    lead: Lead, reviewer: User
) -> None:
    outsider = AgentFactory.create(licenses=["OK:life"])
    with pytest.raises(CannotGive, match="no license for Final expense in TX"):
        give_lead(lead=lead, to_agent=outsider, actor=reviewer, reason="Spanish", now=NOW)
    record = give_lead(
        lead=lead, to_agent=outsider, actor=reviewer, reason="Spanish", now=NOW, unlicensed_too=True
    )
    assert record.why == "Spanish (without a license)"


def test_a_license_of_the_line_is_enough_while_it_lasts(lead: Lead, teammate: Agent, reviewer: User) -> None:
    teammate.licenses.update(line="life", expires_on=date(2026, 11, 23))
    with pytest.raises(CannotGive):
        give_lead(lead=lead, to_agent=teammate, actor=reviewer, reason="Help", now=NOW)
    teammate.licenses.update(expires_on=date(2026, 11, 24))
    give_lead(lead=lead, to_agent=teammate, actor=reviewer, reason="Help", now=NOW)


@pytest.mark.parametrize("why_not", ["no reason", "left", "login off", "already theirs"])
def test_a_lead_is_not_given_for_no_reason_or_to_nobody(
    lead: Lead, agent: Agent, teammate: Agent, reviewer: User, why_not: str
) -> None:
    to_agent, reason = (agent if why_not == "already theirs" else teammate), "Help"
    if why_not == "no reason":
        reason = " "
    teammate.active = why_not != "left"
    teammate.user.is_active = why_not != "login off"
    with pytest.raises(CannotGive):
        give_lead(lead=lead, to_agent=to_agent, actor=reviewer, reason=reason, now=NOW)
    assert Lead.objects.get(pk=lead.pk).owner == agent.user
