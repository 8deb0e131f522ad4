"""A lead's page tells until when it can go back, and takes the agent's word for it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from agents.models import Agent
from agents.tests.page_suite import signed_in
from intake.models import (
    CandidateState,
    Lead,
    LeadStatus,
    Return,
    ReturnCandidate,
    ReturnState,
)
from intake.returns.deciding import refuse_return, take_back
from leadcrm.models import User
from leadcrm.testing.factories import LeadFactory, ReturnCandidateFactory, ReturnFactory, ReturnTermFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(agent: Agent) -> Lead:
    """A lead of four days ago whose vendor takes wrong numbers for ten days."""
    found = LeadFactory.create(owner=agent.user, received_at=timezone.now() - timedelta(days=4))
    ReturnTermFactory.create(source=found.source)
    return found


@pytest.fixture
def page(agent: Agent) -> Client:
    return signed_in(agent.user)


def send(client: Client, lead: Lead, **data: Any) -> Any:
    given = {"reason": "wrong_number", "note": "A bakery", "request_id": str(uuid4()), **data}
    return client.post(f"/leads/{lead}/return/", given, follow=True)


def shown(client: Client, lead: Lead) -> str:
    answer = client.get(f"/leads/{lead}/")
    assert answer.status_code == 200
    return answer.text


def test_the_page_tells_how_long_and_for_what_the_vendor_takes_it_back(page: Client, lead: Lead) -> None:
    text = shown(page, lead)
    assert "Return to the vendor" in text
    assert "6 days left" in text
    assert "Wrong number (6 days left)" in text
    assert "Propose the return" in text


@pytest.mark.parametrize(
    "odd", [{"status": LeadStatus.SOLD}, {"status": LeadStatus.RETURNED}, {"received_at": "long ago"}]
)
def test_where_nothing_can_go_back_the_page_speaks_of_no_return(
    page: Client, lead: Lead, odd: dict[str, Any]
) -> None:
    if "received_at" in odd:
        odd = {"received_at": timezone.now() - timedelta(days=11)}
    Lead.objects.filter(pk=lead.pk).update(**odd)
    assert "Return to the vendor" not in shown(page, lead)


def test_an_agent_proposes_and_is_told_what_became_of_it(
    page: Client, lead: Lead, agent: Agent, reviewer: User
) -> None:
    said = send(page, lead).text
    assert "Proposed. Your manager decides" in said
    assert "May be returned: wrong number, 6 days left" in said
    assert "Proposed for a return: wrong number" in said
    row = ReturnCandidate.objects.get()
    assert (row.proposed_by, row.note) == (agent.user, "A bakery")
    assert not Return.objects.exists()
    ReturnCandidate.objects.update(
        state=CandidateState.DISMISSED,
        settled_at=timezone.now(),
        settled_by=reviewer,
        settled_why="Try the e-mail",
    )
    told = shown(page, lead)
    assert "Not to be returned: wrong number" in told
    assert "Try the e-mail" in told


def test_who_may_ask_asks_the_vendor_once_however_often_the_button_is_pressed(
    lead: Lead, agent: Agent
) -> None:
    agent.user.user_permissions.add(Permission.objects.get(codename="add_return"))
    client, request_id = signed_in(User.objects.get(pk=agent.user_id)), str(uuid4())
    assert "Ask the vendor" in shown(client, lead)
    for _ in range(2):
        said = send(client, lead, request_id=request_id).text
        assert "The vendor is asked to take this lead back." in said
    assert "Return asked: wrong number" in said
    row = Return.objects.get()
    assert (row.asked_by, row.note) == (agent.user, "A bakery")


def test_what_the_vendor_said_stands_on_the_page_and_what_it_is_worth_does_not(
    page: Client, lead: Lead, reviewer: User
) -> None:
    row = ReturnFactory.create(lead=lead)
    assert "The vendor has not answered." in shown(page, lead)
    refuse_return(row=row, words="The line works", by=reviewer, now=timezone.now())
    text = shown(page, lead)
    assert "The vendor refused the return" in text
    assert "The line works" in text
    assert "Propose the return" in text
    take_back(row=ReturnFactory.create(lead=lead), credit=None, words="Fine", by=reviewer, now=timezone.now())
    text = shown(page, lead)
    assert "The vendor took it back" in text
    assert "22.00" not in text
    assert "Change the stage" not in text


def test_a_second_request_is_refused_and_the_words_are_kept(page: Client, lead: Lead) -> None:
    ReturnFactory.create(lead=lead)
    said = send(page, lead, note="My long story")
    assert said.status_code == 422
    assert "has not answered yet. Nothing was saved." in said.text


def test_a_reason_that_is_missing_or_not_in_the_contract_is_told_and_nothing_saved(
    page: Client, lead: Lead
) -> None:
    assert "Choose why it should go back." in send(page, lead, reason="").text
    said = send(page, lead, reason="fraud", note="My long story").text
    assert "The contract takes leads back for: wrong number. Nothing was saved." in said
    assert "My long story" in said
    assert not ReturnCandidate.objects.exists()


def test_an_agent_cannot_make_a_lead_returned_by_the_stage_form(page: Client, lead: Lead) -> None:
    assert 'value="returned"' not in shown(page, lead)
    said = page.post(f"/leads/{lead}/stage/", {"seen": "new", "to": "returned", "reason": ""})
    assert said.status_code == 422
    lead.refresh_from_db()
    assert lead.status == LeadStatus.NEW


def test_a_sold_lead_with_an_open_return_says_that_it_must_be_withdrawn(page: Client, lead: Lead) -> None:
    ReturnFactory.create(lead=lead)
    Lead.objects.update(status=LeadStatus.SOLD)
    assert "your manager must withdraw the return" in shown(page, lead)


def test_a_lead_that_went_back_leaves_the_queue(page: Client, lead: Lead, reviewer: User) -> None:
    assert lead.last_name in page.get("/").text
    take_back(row=ReturnFactory.create(lead=lead), credit=None, words="", by=reviewer, now=timezone.now())
    assert lead.last_name not in page.get("/").text
    assert Return.objects.get().state == ReturnState.TAKEN


def test_many_returns_cost_the_page_no_more_queries(
    page: Client, lead: Lead, django_assert_max_num_queries: Any
) -> None:
    def add() -> None:
        ReturnFactory.create(lead=lead, state=ReturnState.REFUSED, decided_by=lead.owner)

    add()
    ReturnCandidateFactory.create(lead=lead, proposed_by=lead.owner)
    shown(page, lead)
    with django_assert_max_num_queries(80) as few:
        shown(page, lead)
    for _ in range(9):
        add()
    with django_assert_max_num_queries(len(few)):
        shown(page, lead)
