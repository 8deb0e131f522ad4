"""Managers erase a person and print the receipt, place legal holds and lift them."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import Erasure, LegalHold
from intake.models import Lead
from leadcrm.models import User
from leadcrm.testing.door import Door, written_logs
from leadcrm.testing.factories import LegalHoldFactory

pytestmark = pytest.mark.django_db
ERASE = "admin:compliance_erasure_add"
HOLD = "admin:compliance_legalhold_add"
PHONE = "2145552222"


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


@pytest.fixture
def lead(door: Door) -> Lead:
    return door.post(phone=PHONE, first_name="Dana").lead


def erase(manager: Client, **fields: Any) -> Any:
    now = timezone.localtime() - timedelta(minutes=1)
    usual = {
        "phone": "(214) 555-2222", "channel": "email", "asked_at_0": f"{now:%Y-%m-%d}",
        "asked_at_1": f"{now:%H:%M:%S}", "sure": "on",
    }  # fmt: skip
    return manager.post(reverse(ERASE), {**usual, **fields}, follow=True)


def test_a_person_is_erased_in_the_managers_name_and_the_receipt_shows_it(
    manager: Client, reviewer: User, lead: Lead
) -> None:
    erase(manager)
    receipt = Erasure.objects.get()
    assert (receipt.by, receipt.channel) == (reviewer, "email")
    lead.refresh_from_db()
    assert lead.first_name == ""
    page = manager.get(reverse("admin:compliance_erasure_change", args=[receipt.pk])).content.decode()
    assert f"A-{lead.pk}" in page
    assert "consent record" in page
    assert PHONE not in page
    assert PHONE not in str(list(LogEntry.objects.values_list("object_repr", "change_message")))


def test_the_receipt_is_found_by_the_number_that_is_not_kept(manager: Client, lead: Lead) -> None:
    erase(manager)
    url = reverse("admin:compliance_erasure_changelist")
    assert len(manager.get(url, {"q": "214 555 2222"}).context["cl"].result_list) == 1
    assert len(manager.get(url, {"q": "214 555 2223"}).context["cl"].result_list) == 0


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"sure": ""}, "required"),
        ({"phone": "12"}, "not a US phone number"),
        ({"phone": "2145559999"}, "Nothing is kept"),
        ({"asked_at_0": "2099-01-01"}, "still to come"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_erased(
    manager: Client, lead: Lead, fields: dict[str, str], words: str
) -> None:
    assert words in erase(manager, **fields).content.decode()
    lead.refresh_from_db()
    assert lead.first_name == "Dana"


def test_a_hold_stops_it_and_says_so(manager: Client, reviewer: User, lead: Lead) -> None:
    manager.post(reverse(HOLD), {"phone": "214-555-2222", "reason": "Letter of a lawyer"})
    hold = LegalHold.objects.get()
    assert (hold.phone, hold.placed_by) == (f"+1{PHONE}", reviewer)
    assert "Legal hold" in erase(manager).content.decode()
    manager.post(reverse("admin:compliance_legalhold_act", args=[hold.pk, "lift"]), {"why": "Settled"})
    hold.refresh_from_db()
    assert (hold.lifted_by, hold.lifted_why) == (reviewer, "Settled")
    erase(manager)
    assert Erasure.objects.count() == 1


def test_a_hold_is_not_lifted_without_a_reason(manager: Client) -> None:
    hold = LegalHoldFactory.create()
    manager.post(reverse("admin:compliance_legalhold_act", args=[hold.pk, "lift"]), {"why": " "})
    hold.refresh_from_db()
    assert hold.lifted_at is None


def test_no_log_line_names_who_was_erased(manager: Client, lead: Lead) -> None:
    with written_logs() as logs:
        erase(manager)
    assert not any(word in logs.getvalue() for word in (PHONE, "Dana"))
