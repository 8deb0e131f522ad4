"""Managers record requests to stop and hand out the keys by which other systems send them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import OptOutKey, Revocation, Suppression
from leadcrm.models import User
from leadcrm.testing.door import Door
from leadcrm.testing.factories import OptOutKeyFactory, RevocationFactory, SuppressionFactory

pytestmark = pytest.mark.django_db
ADD = "admin:compliance_revocation_add"
ADD_KEY = "admin:compliance_optoutkey_add"


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def fill(manager: Client, **fields: Any) -> Any:
    """Send the form for a new request as the page shows it, with `fields`."""
    form = manager.get(reverse(ADD)).context["adminform"].form
    now = timezone.localtime()
    usual = {
        "phone": "(214) 555-2222", "scope": "all", "channel": "letter", "words": "Do not write to me either",
        "received_at_0": f"{now:%Y-%m-%d}", "received_at_1": f"{now:%H:%M:%S}",
        "external_id": form.get_initial_for_field(form.fields["external_id"], "external_id"),
    }  # fmt: skip
    return manager.post(reverse(ADD), {**usual, **fields})


def test_a_request_is_recorded_in_the_managers_name_and_in_force(
    manager: Client, reviewer: User, door: Door
) -> None:
    fill(manager, phone_2="469 555 2223")
    row = Revocation.objects.get()
    assert (row.phone, row.phone_2, row.channel, row.origin) == (
        "+12145552222",
        "+14695552223",
        "letter",
        "admin",
    )
    assert row.by == reviewer
    assert door.post(phone="4695552223").outcome == "suppressed_internal"


def test_a_double_click_records_one(manager: Client) -> None:
    for _ in range(2):
        fill(manager, external_id="form-1")
    assert Revocation.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"phone": ""}, "Give a phone number or an e-mail"),
        ({"phone": "12"}, "phone"),
        ({"received_at_0": f"{timezone.now() + timedelta(days=3):%Y-%m-%d}"}, "in the future"),
        ({"scope": "some"}, "valid choice"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(manager: Client, fields: dict[str, str], words: str) -> None:
    assert words in fill(manager, **fields).content.decode()
    assert not Revocation.objects.exists()


def test_requests_are_neither_edited_nor_deleted_and_found_by_either_number(manager: Client) -> None:
    row = RevocationFactory.create(phone="+12145550142", phone_2="+14695550143", email="dana@example.com")
    RevocationFactory.create()
    assert manager.post(reverse("admin:compliance_revocation_change", args=[row.pk]), {}).status_code == 403
    assert manager.post(reverse("admin:compliance_revocation_delete", args=[row.pk]), {}).status_code == 403
    for term in ("214 555 0142", "(469) 555-0143", "Dana@example.com"):
        shown = manager.get(reverse("admin:compliance_revocation_changelist"), {"q": term})
        assert list(shown.context["cl"].result_list) == [row], term


def test_an_entry_leads_to_the_request_it_follows_from(manager: Client) -> None:
    request = RevocationFactory.create()
    entry = SuppressionFactory.create(phone=request.phone, revocation=request)
    page = manager.get(reverse("admin:compliance_suppression_change", args=[entry.pk])).content.decode()
    assert reverse("admin:compliance_revocation_change", args=[request.pk]) in page


def test_a_key_is_shown_once_and_works(manager: Client, reviewer: User, client: Client) -> None:
    once = manager.get(reverse(ADD_KEY)).context["adminform"].form.initial["once"]
    answer = manager.post(reverse(ADD_KEY), {"label": "Texting provider", "once": once})
    assert "no-store" in answer["Cache-Control"]
    (text,) = re.findall(r"lk_[0-9a-f]{8}_[0-9a-f]{40}", answer.content.decode())
    key = OptOutKey.objects.get()
    assert (key.created_by, LogEntry.objects.count()) == (reviewer, 1)
    headers = {"Authorization": f"Bearer {text}"}
    body = '{"phone": "2145552222"}'
    assert (
        client.post("/api/opt-out", body, content_type="application/json", headers=headers).status_code == 201
    )
    page = manager.get(reverse("admin:compliance_optoutkey_change", args=[key.pk])).content.decode()
    assert text not in page


def test_a_double_click_makes_one_key(manager: Client) -> None:
    once = manager.get(reverse(ADD_KEY)).context["adminform"].form.initial["once"]
    for _ in range(2):
        manager.post(reverse(ADD_KEY), {"label": "Texting provider", "once": once})
    assert (OptOutKey.objects.count(), LogEntry.objects.count()) == (1, 1)


def test_a_key_is_revoked_and_its_row_stays(manager: Client) -> None:
    key = OptOutKeyFactory.create()
    manager.post(reverse("admin:compliance_optoutkey_act", args=[key.pk, "revoke"]))
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert manager.post(reverse("admin:compliance_optoutkey_delete", args=[key.pk])).status_code == 403


def test_releasing_by_hand_leaves_the_request_on_record(manager: Client, reviewer: User) -> None:
    request = RevocationFactory.create(phone="+12145550142")
    entry = SuppressionFactory.create(phone=request.phone, revocation=request)
    manager.post(reverse("admin:compliance_suppression_act", args=[entry.pk, "release"]))
    assert Suppression.objects.get().released_by == reviewer
    assert Revocation.objects.get() == request
