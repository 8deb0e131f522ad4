"""No log line of any page holds what a person typed, what stands in an address, or whose lead it is."""

import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from agents.models import Agent
from agents.tests.page_suite import ADDRESSES, MAKE, Kind, signed_in
from intake.models import Lead
from leadcrm.models import User
from leadcrm.testing.door import written_logs
from leadcrm.testing.factories import LeadFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_rows")]
TRAPS = {
    "first_name": "Trapfirst", "last_name": "Traplast", "phone": "+15125550177", "email": "trap@example.com",
    "address": "77 Trap Street", "body": "Trapbody", "note": "Trapnote", "subject": "Trapsubject",
    "reason": "Trapreason", "q": "Traplast", "username": "trap.login@example.com", "password": "Trappassword",
    "at": "Trapwhen", "name": "Trapname",
}  # fmt: skip
TRAP = re.compile("trap|5550177", re.IGNORECASE)


@pytest.fixture
def lead(agent: Agent) -> Lead:
    lead: Lead = LeadFactory.create(
        owner=agent.user, first_name=TRAPS["first_name"], last_name=TRAPS["last_name"], phone=TRAPS["phone"],
        email=TRAPS["email"], address=TRAPS["address"],
    )  # fmt: skip
    return lead


def found(text: str) -> list[str]:
    return [line for line in text.splitlines() if TRAP.search(line)]


def test_agents_pages_log_nothing_of_a_person(agent: Agent, lead: Lead) -> None:
    client = signed_in(agent.user, raise_request_exception=False)
    with written_logs() as lines:
        for address in ADDRESSES:
            url = reverse(address.name, args=MAKE[address.of](agent, lead))
            if address.name == "log_out_everywhere":
                continue  # it ends the session that the others need
            ask = client.post if address.kind is Kind.ACT else client.get
            ask(url, TRAPS)
        client.get("/trap@example.com/", TRAPS)
        Client().post(reverse("login"), TRAPS)
    assert lines.getvalue().count('"event": "request"') >= len(ADDRESSES) - 2  # the poll is answered before
    assert found(lines.getvalue()) == []


def test_managers_lists_log_nothing_of_what_was_searched(reviewer: User, lead: Lead) -> None:
    client = signed_in(reviewer, raise_request_exception=False)
    with written_logs() as lines:
        for model in admin.site._registry:
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            client.get(url, {"q": TRAPS["phone"], "name__exact": TRAPS["last_name"]})
        client.get(reverse("admin:intake_lead_change", args=[lead.pk]))
    assert found(lines.getvalue()) == []


def test_a_page_that_breaks_is_logged_by_place_and_kind(
    agent: Agent, lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError(f"{TRAPS['email']} is there already")

    monkeypatch.setattr("agents.views.work.lead_or_404", broken)
    client = signed_in(agent.user, raise_request_exception=False)
    with written_logs() as lines:
        assert client.post(reverse("add_note", args=[lead.pk]), TRAPS).status_code == 500
    assert "builtins.ValueError" in lines.getvalue()
    assert found(lines.getvalue()) == []
