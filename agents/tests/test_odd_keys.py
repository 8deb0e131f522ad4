"""Whatever stands in an address or a form where a key is meant, a page answers: it is no error of ours."""

from typing import cast

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from agents.models import Agent
from agents.tests.page_suite import ADDRESSES, MAKE, signed_in
from leadcrm.lib.admin.desk import Desk
from leadcrm.models import User
from leadcrm.testing.factories import LeadFactory

pytestmark = pytest.mark.django_db

# An Arabic three, which Python takes for a digit; more digits than a bigint holds, and than Python reads.
every_odd_key = pytest.mark.parametrize(
    "key", ["", "0", "-1", "\u0663", str(10**30), "1" * 5_000, "\x00"],
    ids=["nothing", "zero", "negative", "arabic", "too large", "endless", "zero byte"],
)  # fmt: skip
ASKED_OF_AGENTS = (
    ("follow_ups", "whose"),
    ("follow_ups", "after"),
    ("my_numbers", "whose"),
    ("lead_list", "owner"),
)
POSTED_BY_AGENTS = (("notices_seen", "lead"), ("finish_many", "ids"), ("finish_many", "only"))
ASKED_OF_MANAGERS = (
    ("page_vendor_scorecard", "vendor"), ("page_agent_scorecard", "team"), ("page_live_floor", "team"),
    ("page_live_floor", "pause"), ("page_export_leads", "view"), ("compliance_checksetting_add", "source"),
    ("compliance_callingrule_add", "replaces"), ("compliance_businessrelationship_add", "lead_number"),
    ("intake_lead_changelist", "of_vendor"), ("agents_assignment_changelist", "agent__id__exact"),
    ("compliance_configchange_changelist", "q"), ("compliance_contactdecision_changelist", "q"),
)  # fmt: skip


def test_no_row_has_a_number_beyond_a_bigint(agent: Agent) -> None:
    client, lead = signed_in(agent.user), LeadFactory.create(owner=agent.user)
    for address in ADDRESSES:
        if keys := MAKE[address.of](agent, lead):
            assert address.ask(client, *(10**30 for _ in keys)).status_code == 404, address


@every_odd_key
def test_the_agents_pages_answer_to_any_key(agent: Agent, key: str) -> None:
    client = signed_in(agent.user)
    for page, name in ASKED_OF_AGENTS:
        assert client.get(reverse(page), {name: key}).status_code in (200, 404), page
    for page, name in POSTED_BY_AGENTS:
        assert client.post(reverse(page), {name: key}).status_code < 500, page


@every_odd_key
def test_the_managers_pages_answer_to_any_key(client: Client, reviewer: User, key: str) -> None:
    client.force_login(reviewer)
    for page, name in ASKED_OF_MANAGERS:
        assert client.get(reverse(f"admin:{page}"), {name: key}).status_code < 500, (page, name)
    assert client.post(reverse("admin:page_live_floor"), {"resume": key}).status_code == 404


@every_odd_key
def test_the_desks_look_for_a_row_of_any_key(reviewer: User, key: str) -> None:
    request = RequestFactory().get("/")
    request.user = reviewer
    for desk in admin.site._registry.values():
        row = cast(Desk, desk).get_object(request, key)
        assert row is None or key == "\u0663", desk  # Django reads the digits of all scripts
