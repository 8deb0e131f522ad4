"""Replays by hand: the command for programs and people, the page behind the button, the history of configuration."""

import json
import re
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.calling import ask_to_contact
from compliance.models import Cap, ConfigChange, ContactDecision, Decision
from compliance.tests.calling_support import everywhere, lead_of
from compliance.tests.replay_support import tampered
from leadcrm.models import User
from leadcrm.testing.door import Door
from leadcrm.testing.factories import CapFactory, UserFactory

pytestmark = pytest.mark.django_db


def run(*args: str, **options: Any) -> tuple[str, str]:
    """What the command prints, and its error if it ends with one."""
    out, error = StringIO(), ""
    try:
        call_command("replay_decision", *args, stdout=out, **options)
    except CommandError as raised:
        error = f"{raised.returncode}: {raised}"
    return out.getvalue(), error


@pytest.fixture
def asked() -> ContactDecision:
    """A dial that was asked for."""
    lead = lead_of(area_code="214", zip5="75201", state="TX")
    return ask_to_contact(
        lead=lead, phone=lead.phone, user=everywhere(), channel="call", act="dial", request_id=uuid4(),
        now=timezone.now(),
    )[1]  # fmt: skip


def lie(decision: Decision) -> None:
    tampered("UPDATE compliance_decision SET outcome = 'rejected', reason = 'price_too_high'")


def test_decisions_of_both_kinds_are_decided_again(door: Door, asked: ContactDecision) -> None:
    decision = door.post().decision
    text, error = run(str(decision.pk), f"contact:{asked.pk}")
    assert error == ""
    assert f"post:{decision.pk}: accepted. Comes out as recorded. Taken from the record: Agent." in text
    assert f"contact:{asked.pk}: " in text
    assert text.endswith("0 not as recorded, 0 could not be decided again.\n")


def test_a_decision_that_does_not_come_out_ends_the_command_with_one(door: Door) -> None:
    good = door.post().decision
    decision = door.post().decision
    tampered(
        f"UPDATE compliance_decision SET outcome = 'rejected', reason = 'duplicate' WHERE id = {decision.pk}"
    )
    text, error = run("--since", f"{timezone.localdate() - timedelta(days=1)}")
    assert error == "1: 1 not as recorded."
    assert "differs  recorded rejected (duplicate), comes out accepted" in text
    assert f"post:{good.pk}:" not in text
    told = json.loads(run(f"post:{decision.pk}", format="json")[0])
    assert (told["differ"], told["shown"][0]["agrees"], told["shown"][0]["result"]) == (1, False, "differ")
    assert {line["basis"] for line in told["shown"][0]["checks"]} == {"recomputed", "taken from the record"}


def test_a_sample_is_of_each_kind(door: Door, asked: ContactDecision) -> None:
    for _ in range(3):
        door.post()
    since = f"{timezone.localdate() - timedelta(days=1)}"
    told = json.loads(run("--since", since, "--sample", "2", format="json")[0])
    assert told["decisions"] == 3
    told = json.loads(run("--since", since, "--kind", "post", format="json")[0])
    assert (told["decisions"], told["agree_in_part"], told["shown"]) == (3, 3, [])
    later = f"{timezone.localdate() + timedelta(days=2)}"
    assert json.loads(run("--since", later, format="json")[0])["decisions"] == 0


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ([], "1: Name decisions, or a day with --since."),
        (["17", "--since", "2026-11-25"], "1: Name decisions, or a day with --since."),
        (["999999"], "2: There is no decision post:999999."),
        (["contact:999999"], "2: There is no decision contact:999999."),
    ],
)
def test_what_cannot_be_asked_is_said(args: list[str], error: str) -> None:
    assert run(*args) == ("", error)


@pytest.mark.parametrize("text", ["seventeen", "lead:17", "post:", "--since=yesterday"])
def test_what_is_no_decision_or_day_is_said(text: str) -> None:
    assert "is no" in run(text)[1]


def test_the_page_shows_the_comparison(client: Client, reviewer: User, door: Door) -> None:
    client.force_login(reviewer)
    decision = door.post().decision
    address = reverse("admin:compliance_decision_act", args=[decision.pk, "replay"])
    assert (
        address
        in client.get(reverse("admin:compliance_decision_change", args=[decision.pk])).content.decode()
    )
    page = client.get(address).content.decode()
    assert "Comes out as recorded. Taken from the record: Agent." in page
    assert page.count("nothing proved") == 1
    lie(decision)
    page = client.get(address).content.decode()
    assert "recorded rejected (price_too_high), comes out accepted" in page


def test_the_page_shows_contacts_too(client: Client, reviewer: User, asked: ContactDecision) -> None:
    client.force_login(reviewer)
    page = client.get(reverse("admin:compliance_contactdecision_act", args=[asked.pk, "replay"]))
    assert (
        "Comes out as recorded. Taken from the record: What was known of the person." in page.content.decode()
    )


def test_deciding_again_takes_a_right_of_its_own(client: Client, door: Door) -> None:
    decision = door.post().decision
    viewer = UserFactory.create(is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_decision"))
    client.force_login(viewer)
    address = reverse("admin:compliance_decision_act", args=[decision.pk, "replay"])
    assert client.get(address).status_code == 403
    viewer.user_permissions.add(Permission.objects.get(codename="replay_decision"))
    assert client.get(address).status_code == 200


def test_the_history_of_configuration_is_found_by_row_kind_version_and_day(
    client: Client, reviewer: User
) -> None:
    client.force_login(reviewer)
    cap, other = CapFactory.create(limit=5), CapFactory.create()
    Cap.objects.filter(pk=cap.pk).update(limit=6)
    history = reverse("admin:compliance_cap_history", args=[cap.pk])
    assert history in client.get(reverse("admin:compliance_cap_change", args=[cap.pk])).text
    assert "6.00" in client.get(history).text
    link = f"{reverse('admin:compliance_configchange_changelist')}?table_name=compliance_cap&row_id={cap.pk}"
    changed = client.get(link).context["cl"].result_list
    assert [(change.operation, change.row_id) for change in changed] == [
        ("update", str(cap.pk)), ("insert", str(cap.pk)),
    ]  # fmt: skip
    base = reverse("admin:compliance_configchange_changelist")
    version = changed[0].version
    assert [row.pk for row in client.get(base, {"q": f"v{version}"}).context["cl"].result_list] == [
        changed[0].pk
    ]
    found = client.get(base, {"table_name": "compliance_cap", "q": str(other.pk)}).context["cl"].result_list
    assert {row.row_id for row in found} == {str(other.pk)}
    tomorrow = timezone.now() + timedelta(days=1)
    assert client.get(base, {"at__gte": tomorrow.isoformat()}).context["cl"].result_list == []
    shown = client.get(reverse("admin:compliance_configchange_change", args=[changed[0].pk])).content.decode()
    assert re.search(r">[Ll]imit</th><td>5\.0+</td><td>6\.0+</td>", shown)
    assert ConfigChange.objects.filter(pk=changed[0].pk).exists()
