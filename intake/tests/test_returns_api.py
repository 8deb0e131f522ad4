"""Returns at the front door: our side asks by key or session, the vendor reads its own and nothing else."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from agents.models import Agent
from intake.keys import issue_key
from intake.models import KeyScope, Lead, Return, ReturnReason, ReturnState
from intake.returns.deciding import take_back
from leadcrm.models import User
from leadcrm.testing.factories import (
    LeadFactory,
    ReturnFactory,
    ReturnTermFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

LIST = "/api/lead-intake/returns"
GOOD = {"reason": "wrong_number", "note": "Nobody of that name."}


@pytest.fixture
def lead(db: None) -> Lead:
    found = LeadFactory.create(received_at=timezone.now() - timedelta(days=1), vendor_lead_id="V-77")
    ReturnTermFactory.create(source=found.source)
    return found


def key_of(lead: Lead, scope: KeyScope) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_key(source=lead.source, scope=scope)[1]}"}


@pytest.fixture
def ours(lead: Lead) -> dict[str, str]:
    """The headers of the agency's own system."""
    return key_of(lead, KeyScope.RETURN)


@pytest.fixture
def vendors(lead: Lead) -> dict[str, str]:
    """The headers of the vendor's system."""
    return key_of(lead, KeyScope.POST)


def ask(client: Client, lead: Lead, data: Any = None, **more: Any) -> Any:
    body = json.dumps(GOOD if data is None else data)
    return client.post(f"/api/lead-intake/A-{lead.pk}/return", body, content_type="application/json", **more)


def test_our_own_system_asks_by_its_key_and_a_retry_finds_the_same_return(
    client: Client, lead: Lead, ours: dict[str, str]
) -> None:
    answer = ask(client, lead, headers=ours)
    assert answer.status_code == 201
    row = Return.objects.get()
    assert (answer.json()["status"], answer.json()["return_id"]) == ("asked", row.pk.hex)
    assert (answer.json()["lead_id"], answer.json()["vendor_lead_id"]) == (f"A-{lead.pk}", "V-77")
    assert row.asked_key
    assert not row.asked_by
    again = ask(client, lead, headers=ours)
    assert (again.status_code, again["Idempotency-Replayed"]) == (200, "true")
    assert again.json() == answer.json()


def test_an_idempotency_key_finds_its_return_after_it_was_decided(
    client: Client, lead: Lead, ours: dict[str, str]
) -> None:
    headers = {**ours, "Idempotency-Key": "r-1"}
    ask(client, lead, headers=headers)
    take_back(row=Return.objects.get(), credit=None, words="", by=None, now=timezone.now())
    assert ask(client, lead, headers=headers).json()["status"] == "taken"
    other = LeadFactory.create(source=lead.source)
    assert ask(client, other, headers=headers).status_code == 409


def test_an_idempotency_key_stands_for_one_reason(client: Client, lead: Lead, ours: dict[str, str]) -> None:
    ReturnTermFactory.create(source=lead.source, reason=ReturnReason.DUPLICATE)
    headers = {**ours, "Idempotency-Key": "r-1"}
    ask(client, lead, headers=headers)
    other = ask(client, lead, {**GOOD, "reason": "duplicate"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert Return.objects.get().reason == ReturnReason.WRONG_NUMBER


def test_a_form_is_read_as_well_and_a_slash_at_the_end_is_no_redirect(
    client: Client, lead: Lead, ours: dict[str, str]
) -> None:
    answer = client.post(f"/api/lead-intake/A-{lead.pk}/return/", GOOD, headers=ours)
    assert answer.status_code == 201, answer.text


def test_what_cannot_go_back_is_answered_422_with_a_code(
    client: Client, lead: Lead, ours: dict[str, str]
) -> None:
    Lead.objects.update(received_at=timezone.now() - timedelta(days=30))
    answer = ask(client, lead, headers=ours)
    assert answer.status_code == 422
    assert (answer.json()["status"], answer.json()["reason"]) == ("rejected", "window_closed")


@pytest.mark.parametrize(
    "body", [{}, {"reason": "ugly"}, {"reason": "wrong_number", "note": "x" * 2001}, [], "{"]
)
def test_a_body_that_cannot_be_meant_is_answered_400(
    client: Client, lead: Lead, ours: dict[str, str], body: Any
) -> None:
    raw = body if isinstance(body, str) else json.dumps(body)
    address = f"/api/lead-intake/A-{lead.pk}/return"
    answer = client.post(address, raw, content_type="application/json", headers=ours)
    assert (answer.status_code, answer.json()["status"]) == (400, "error")
    assert not Return.objects.exists()


def test_another_reason_has_to_wait_for_the_vendor(client: Client, lead: Lead, ours: dict[str, str]) -> None:
    ReturnTermFactory.create(source=lead.source, reason=ReturnReason.FRAUD)
    ask(client, lead, headers=ours)
    assert ask(client, lead, {"reason": "fraud"}, headers=ours).status_code == 409


def test_a_key_returns_leads_of_its_own_source_and_a_vendors_key_none(
    client: Client, lead: Lead, ours: dict[str, str], vendors: dict[str, str]
) -> None:
    other = LeadFactory.create()
    for address in (other.pk, 999_999):
        assert client.post(f"/api/lead-intake/A-{address}/return", GOOD, headers=ours).status_code == 404
    assert ask(client, lead, headers=vendors).status_code == 403
    assert ask(client, lead).status_code == 401
    assert not Return.objects.exists()


def token_of(client: Client) -> dict[str, str]:
    client.get("/login/")
    return {"X-CSRFToken": client.cookies["csrftoken"].value}


def test_a_person_asks_by_the_session_with_the_token_and_the_permission(lead: Lead, reviewer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    tokens = token_of(client)
    client.force_login(reviewer)
    assert ask(client, lead).status_code == 403
    assert ask(client, lead, headers=tokens).status_code == 201
    assert Return.objects.get().asked_by == reviewer


def test_a_person_without_the_permission_or_without_the_lead_asks_for_nothing(
    client: Client, lead: Lead, agent: Agent
) -> None:
    client.force_login(agent.user)
    assert ask(client, lead).status_code == 403
    allowed = UserFactory.create()
    allowed.user_permissions.add(Permission.objects.get(codename="add_return"))
    client.force_login(allowed)
    assert ask(client, lead).status_code == 404
    Lead.objects.filter(pk=lead.pk).update(owner=allowed)
    assert ask(client, lead).status_code == 201


def test_a_session_without_its_second_factor_asks_for_nothing(
    client: Client, lead: Lead, reviewer: User, settings: Any
) -> None:
    settings.SECOND_FACTOR = "staff"
    client.force_login(reviewer)
    answer = ask(client, lead)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert not Return.objects.exists()


def test_the_vendor_reads_its_returns_newest_first_and_of_nobody_else(
    client: Client, lead: Lead, vendors: dict[str, str]
) -> None:
    now = timezone.now()
    old = ReturnFactory.create(lead=lead, asked_at=now - timedelta(days=2), state=ReturnState.REFUSED)
    new = ReturnFactory.create(lead=lead, asked_at=now)
    strange = ReturnFactory.create()
    told = client.get(LIST, headers=vendors).json()
    assert [row["return_id"] for row in told["results"]] == [new.pk.hex, old.pk.hex]
    assert set(told["results"][0]) == {
        "return_id", "state", "lead_id", "vendor_lead_id", "reason", "note", "asked_at", "price", "currency",
        "credit", "decided_at", "answer", "evidence",
    }  # fmt: skip
    one = client.get(f"{LIST}/{old.pk.hex}", headers=vendors)
    assert (one.status_code, one.json()["state"]) == (200, "refused")
    assert client.get(f"{LIST}/{strange.pk.hex}", headers=vendors).status_code == 404
    assert client.get(LIST, headers=key_of(lead, KeyScope.RETURN)).status_code == 403
    assert client.get(LIST).status_code == 401


def test_the_list_is_filtered_and_paged_by_cursor(
    client: Client, lead: Lead, vendors: dict[str, str]
) -> None:
    now = timezone.now()
    for day in range(3):
        ReturnFactory.create(
            lead=LeadFactory.create(source=lead.source), state=ReturnState.TAKEN if day else ReturnState.ASKED,
            asked_at=now - timedelta(days=day),
        )  # fmt: skip

    def count(**query: str) -> int:
        return len(client.get(LIST, query, headers=vendors).json()["results"])

    assert (count(state="taken"), count(state="asked"), count(reason="fraud")) == (2, 1, 0)
    assert count(since=(now - timedelta(hours=30)).isoformat()) == 2
    assert count(until=(now - timedelta(hours=30)).isoformat()) == 1
    page = client.get(LIST, {"limit": "2"}, headers=vendors).json()
    assert len(client.get(page["next"], headers=vendors).json()["results"]) == 1
    assert client.get(LIST, {"state": "odd"}, headers=vendors).status_code == 400


def test_a_list_costs_the_same_for_one_return_and_for_fifty(
    client: Client, lead: Lead, vendors: dict[str, str], django_assert_max_num_queries: Any
) -> None:
    for _ in range(50):
        ReturnFactory.create(lead=LeadFactory.create(source=lead.source))
    client.get(LIST, headers=vendors)
    with django_assert_max_num_queries(3):
        assert len(client.get(LIST, headers=vendors).json()["results"]) == 50
