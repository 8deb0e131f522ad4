"""Leads that might go back are found by themselves: by a call's outcome, a list, a duplicate, or an agent."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from agents.models import Agent
from agents.outcomes import playbook
from agents.returning import find_by_outcome, find_candidates
from agents.wrapup import wrap_up_call
from compliance.returns import find_duplicates, find_listed
from intake.models import (
    CandidateGround,
    CandidateState,
    Lead,
    LeadStatus,
    ReturnCandidate,
    ReturnReason,
    ReturnState,
    ReturnTerm,
)
from intake.returns.asking import AlreadyAsked, CannotReturn
from intake.returns.candidates import (
    AlreadySettled,
    dismiss_candidate,
    propose_return,
    renew_windows,
)
from intake.tests.returns_support import ARRIVED, NOW, asked, returnable
from leadcrm.models import User
from leadcrm.testing.factories import (
    CheckSettingFactory,
    CommunicationFactory,
    DncListFactory,
    DncVersionFactory,
    LeadFactory,
    ListedLeadFactory,
    ReturnCandidateFactory,
    ReturnFactory,
    ReturnTermFactory,
)

pytestmark = pytest.mark.django_db
OLD = ARRIVED - timedelta(days=30)


def found() -> list[tuple[int, str, str]]:
    return list(ReturnCandidate.objects.order_by("pk").values_list("lead", "reason", "ground"))


def log_wrong_number(lead: Lead, agent: Agent) -> None:
    wrap_up_call(
        lead=lead, author=agent.user, outcome=playbook().outcomes["wrong_number"], body="", next_at=None,
        finish_due=False, request_id=uuid4(), now=NOW,
    )  # fmt: skip


def listed(lead: Lead, kind: str) -> None:
    listing = DncListFactory.create(kind=kind, code=f"list_{kind}")
    ListedLeadFactory.create(
        lead=lead, dnc_list=listing, version=DncVersionFactory.create(dnc_list=listing), phone=lead.phone,
        found_at=NOW,
    )  # fmt: skip


def test_a_call_that_ends_with_a_wrong_number_makes_a_candidate_at_once(agent: Agent) -> None:
    lead = returnable(owner=agent.user)
    log_wrong_number(lead, agent)
    row = ReturnCandidate.objects.get()
    assert (row.lead, row.ground, row.state) == (lead, CandidateGround.OUTCOME, CandidateState.OPEN)
    assert row.until_at == ARRIVED + timedelta(days=10)


def test_no_contract_no_candidate(agent: Agent) -> None:
    log_wrong_number(LeadFactory.create(owner=agent.user, received_at=ARRIVED), agent)
    log_wrong_number(returnable(owner=agent.user, reason=ReturnReason.FRAUD), agent)
    assert found() == []


def test_a_contract_that_is_written_later_finds_the_calls_of_before_and_each_lead_once() -> None:
    lead = LeadFactory.create(received_at=ARRIVED)
    CommunicationFactory.create(lead=lead, outcome="wrong_number", at=NOW)
    CommunicationFactory.create(lead=lead, outcome="wrong_number", at=NOW)
    assert find_by_outcome(now=NOW, since=OLD) == 0
    ReturnTermFactory.create(source=lead.source)
    assert (find_by_outcome(now=NOW, since=OLD), find_by_outcome(now=NOW, since=OLD)) == (1, 0)
    assert found() == [(lead.pk, "wrong_number", "outcome")]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("national", "dnc_listed"), ("litigator", "litigator"), ("reassigned", "wrong_number")],
)
def test_a_lead_that_came_onto_a_list_is_found_with_the_reason_of_the_list(kind: str, reason: str) -> None:
    lead = returnable(reason=ReturnReason(reason))
    listed(lead, kind)
    listed_elsewhere = LeadFactory.create(received_at=ARRIVED)
    listed(listed_elsewhere, "other")
    assert find_listed(now=NOW) == 1
    assert found() == [(lead.pk, reason, "list")]


def test_a_person_who_came_before_within_the_sources_own_days_makes_a_duplicate() -> None:
    lead = returnable(reason=ReturnReason.DUPLICATE)
    CheckSettingFactory.create(source=lead.source, check_name="duplicate", params={"days": 20})
    other = returnable(reason=ReturnReason.DUPLICATE)
    by_mail = returnable(reason=ReturnReason.DUPLICATE)
    LeadFactory.create(phone=lead.phone, received_at=ARRIVED - timedelta(days=19))
    LeadFactory.create(email=by_mail.email, received_at=ARRIVED - timedelta(days=1))
    LeadFactory.create(phone=other.phone, received_at=ARRIVED - timedelta(days=31))
    LeadFactory.create(phone=other.phone, received_at=ARRIVED + timedelta(days=1))
    assert find_duplicates(now=NOW, since=OLD) == 2
    assert found() == [(lead.pk, "duplicate", "duplicate"), (by_mail.pk, "duplicate", "duplicate")]


@pytest.mark.parametrize(
    "odd",
    [
        {"status": LeadStatus.SOLD},
        {"status": LeadStatus.RETURNED},
        {"received_at": ARRIVED - timedelta(days=8)},
    ],
)
def test_what_cannot_go_back_any_more_is_not_found(odd: dict[str, Any]) -> None:
    lead = returnable(**odd)
    CommunicationFactory.create(lead=lead, outcome="wrong_number", at=NOW)
    assert find_by_outcome(now=NOW, since=OLD) == 0


def test_what_is_asked_already_or_was_dismissed_is_not_found_again(reviewer: User) -> None:
    waiting, dismissed = returnable(), returnable()
    for lead in (waiting, dismissed):
        CommunicationFactory.create(lead=lead, outcome="wrong_number", at=NOW)
    asked(waiting)
    assert find_by_outcome(now=NOW, since=OLD) == 1
    row = ReturnCandidate.objects.get()
    assert dismiss_candidate(row=row, why="Reached by text", by=reviewer, now=NOW)
    assert not dismiss_candidate(row=row, why="Twice", by=reviewer, now=NOW)
    assert find_by_outcome(now=NOW, since=OLD) == 0
    row.refresh_from_db()
    assert (row.state, row.settled_why) == (CandidateState.DISMISSED, "Reached by text")


def test_what_was_asked_for_meanwhile_is_not_dismissed(reviewer: User) -> None:
    row = ReturnCandidateFactory.create(state=CandidateState.ASKED, settled_at=NOW)
    with pytest.raises(AlreadySettled):
        dismiss_candidate(row=row, why="Late", by=reviewer, now=NOW)


def test_an_agent_proposes_once_and_again_with_news_after_it_was_settled(
    agent: Agent, reviewer: User
) -> None:
    lead = returnable(owner=agent.user, attempts=3)

    def propose(note: str) -> ReturnCandidate:
        return propose_return(lead=lead, reason=ReturnReason.WRONG_NUMBER, note=note, by=agent.user, now=NOW)

    first = propose("A bakery")
    assert propose("Clicked twice") == first
    assert (first.note, first.proposed_by) == ("A bakery", agent.user)
    dismiss_candidate(row=first, why="No", by=reviewer, now=NOW)
    again = propose("The bakery called back")
    assert (again.pk, again.state, again.note) == (first.pk, CandidateState.OPEN, "The bakery called back")


def test_nothing_is_proposed_that_could_not_be_asked(agent: Agent) -> None:
    def propose(lead: Lead) -> None:
        propose_return(lead=lead, reason=ReturnReason.WRONG_NUMBER, note="", by=agent.user, now=NOW)

    for lead in (LeadFactory.create(received_at=ARRIVED), returnable(status=LeadStatus.SOLD)):
        with pytest.raises(CannotReturn):
            propose(lead)
    waiting = returnable()
    ReturnFactory.create(lead=waiting, state=ReturnState.ASKED)
    with pytest.raises(AlreadyAsked):
        propose(waiting)


def test_windows_follow_the_contract() -> None:
    lead = returnable()
    row = ReturnCandidateFactory.create(lead=lead, until_at=ARRIVED + timedelta(days=10))
    ReturnTerm.objects.filter(source=lead.source).update(days=30)
    assert (renew_windows(source_id=lead.source_id), renew_windows()) == (1, 0)
    row.refresh_from_db()
    assert row.until_at == ARRIVED + timedelta(days=30)
    ReturnTerm.objects.all().delete()
    renew_windows()
    row.refresh_from_db()
    assert row.until_at == ARRIVED


def test_the_hourly_search_finds_what_is_new_and_the_nightly_one_everything() -> None:
    old = returnable(reason=ReturnReason.DUPLICATE)
    new = returnable(reason=ReturnReason.DUPLICATE, received_at=NOW - timedelta(hours=2))
    for lead in (old, new):
        LeadFactory.create(phone=lead.phone, received_at=lead.received_at - timedelta(days=1))
    CommunicationFactory.create(lead=returnable(), outcome="wrong_number", at=NOW)
    assert find_candidates(now=NOW, whole=False) == 1
    assert found() == [(new.pk, "duplicate", "duplicate")]
    assert find_candidates(now=NOW, whole=True) == 2


def test_where_no_contract_takes_anything_back_nothing_is_looked_for() -> None:
    CommunicationFactory.create(lead=LeadFactory.create(received_at=ARRIVED), outcome="wrong_number", at=NOW)
    assert find_candidates(now=NOW, whole=True) == 0
