"""From the shell to the first lead: what the commands print is enough for a vendor to post and an agent to sell."""

import json
from typing import Any

import pytest
from django.test import Client

from intake.models import Lead
from leadcrm.testing.commands import answers
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db
SOURCE = (
    "--vendor", "Example Leads", "--name", "FE Texas", "--interest", "final_expense", "--price", "22", "--live",
)  # fmt: skip
AGENT = (
    "--email", "first@example.com", "--name", "Test First", "--password", "three plain words 9",
    "--license", "TX:final_expense",
)  # fmt: skip


def post(client: Client, key: str, payload: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = client.post(
        "/api/lead-intake",
        json.dumps(payload),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    ).json()
    return answer


def test_two_commands_are_enough_for_a_lead_to_find_its_agent(client: Client) -> None:
    key = answers("create_source", *SOURCE)["api_key"]
    agent = answers("create_agent", *AGENT)
    answer = post(client, key, glossary())
    assert answer["status"] == "accepted", answer
    lead = Lead.objects.get(pk=int(answer["lead_id"].removeprefix("A-")))
    assert lead.owner_id == agent["user"]


def test_the_terms_given_on_the_shell_decide(client: Client) -> None:
    terms = ("--states", "TX", "--daily-cap", "1", "--require", "trustedform", "--max-age-days", "3")
    key = answers("create_source", *SOURCE, *terms)["api_key"]
    answers("create_agent", *AGENT)
    reasons = [
        post(client, key, payload).get("reason", "taken")
        for payload in (
            glossary(state="OK", zip="73102"),
            glossary(trustedform_url=None),
            glossary(timestamp="2020-01-01T00:00:00Z", consent_timestamp=glossary()["timestamp"]),
            glossary(),
            glossary(),
        )
    ]
    assert reasons == ["filter_mismatch", "consent_missing", "lead_too_old", "taken", "cap_reached"]


def test_old_and_new_key_post_side_by_side_after_a_rotation_and_the_old_one_can_end_at_once(
    client: Client,
) -> None:
    source = answers("create_source", *SOURCE)
    answers("create_agent", *AGENT)
    new = answers("rotate_key", "--source", str(source["source"]))["api_key"]
    assert [post(client, key, glossary())["status"] for key in (source["api_key"], new)] == ["accepted"] * 2
    newest = answers("rotate_key", "--source", "Example Leads · FE Texas", "--expire-old-in-hours", "0")
    answered = [
        post(client, key, glossary())["status"] for key in (source["api_key"], new, newest["api_key"])
    ]
    assert answered == ["error", "error", "accepted"]


def test_without_live_nothing_is_bought(client: Client) -> None:
    key = answers("create_source", *SOURCE[:-1])["api_key"]
    answers("create_agent", *AGENT)
    answer = post(client, key, glossary())
    assert (answer["status"], answer["test"]) == ("accepted", True)
    assert not Lead.objects.exists()
