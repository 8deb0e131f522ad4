"""Managers see what became listed, when that was last looked at, and what scrub services answered."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import DncList, ListedLead
from compliance.rescrub import rescrub
from compliance.tests.dnc_support import full
from leadcrm.models import User
from leadcrm.testing.factories import (
    DncListFactory,
    LeadFactory,
    ListedLeadFactory,
    RescrubRunFactory,
    ScrubAnswerFactory,
)

pytestmark = pytest.mark.django_db
PHONE, SECOND = "+12145550111", "+12145550122"
CLOSED: dict[str, Any] = {"cleared_at": timezone.now() + timedelta(hours=1), "cleared_why": "closed"}


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    """A manager at the desk."""
    client.force_login(reviewer)
    return client


def rows(client: Client, model: str, **asked: str) -> list[Any]:
    """What a list shows."""
    page = client.get(reverse(f"admin:compliance_{model}_changelist"), asked)
    return list(page.context["cl"].result_list)


def test_entries_are_found_by_lead_and_by_either_phone_and_filtered_to_the_open_ones(manager: Client) -> None:
    lead = LeadFactory.create(phone=PHONE, phone_2=SECOND)
    row = ListedLeadFactory.create(lead=lead)
    closed = ListedLeadFactory.create(**CLOSED)
    for words in (f"A-{lead.pk}", f"a-{lead.pk}", str(lead.pk), "(214) 555-0111", "214-555-0122"):
        assert rows(manager, "listedlead", q=words) == [row]
    assert rows(manager, "listedlead", q="somebody") == []
    assert rows(manager, "listedlead", held="yes") == [row]
    assert set(rows(manager, "listedlead")) == {row, closed}


def test_the_desk_counts_open_entries_and_says_when_it_was_last_looked(manager: Client) -> None:
    def part() -> Any:
        page = manager.get(reverse("admin:page_compliance_desk"))
        return next(each for each in page.context["sections"] if each.key == "became-listed")

    assert "never asked about again" in part().says
    row = ListedLeadFactory.create()
    ListedLeadFactory.create(**CLOSED)
    RescrubRunFactory.create()
    found = part()
    assert (found.figure, found.level, "Last looked" in found.says) == ("1", "warn", True)
    assert f"A-{row.lead_id}" in found.rows[0][0]


def test_a_list_says_whether_open_leads_were_asked_about_its_version(manager: Client) -> None:
    full(["2145550111"])
    page = reverse("admin:compliance_dnclist_change", args=[DncList.objects.get().pk])
    assert ">not yet<" in manager.get(page).content.decode()
    LeadFactory.create(phone=PHONE)
    rescrub(now=timezone.now())
    assert ">not yet<" not in manager.get(page).content.decode()
    assert ListedLead.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "days", "words"),
    [
        ("state", None, "no days set: never stale"),
        ("national", None, "no days set: never stale"),
        ("litigator", None, ">never stale<"),
        ("state", 92, "stale for"),
    ],
)
def test_a_state_list_without_days_is_no_fresh_list(
    manager: Client, kind: str, days: int | None, words: str
) -> None:
    DncListFactory.create(
        code="mine", kind=kind, state="TX" if kind == "state" else "", stale_after_days=days
    )
    full(["2145550111"], code="mine", on=timezone.localdate().replace(year=timezone.localdate().year - 1))
    page = manager.get(reverse("admin:compliance_dnclist_changelist")).content.decode()
    assert words in page


def test_a_known_state_list_gets_days_when_it_is_first_loaded() -> None:
    full(["2145550111"], code="state_tx")
    assert DncList.objects.get(code="state_tx").stale_after_days == 92


def test_answers_of_services_are_found_by_phone(manager: Client) -> None:
    row = ScrubAnswerFactory.create(phone=PHONE)
    ScrubAnswerFactory.create(phone=SECOND)
    assert rows(manager, "scrubanswer", q="214 555 0111") == [row]
    assert rows(manager, "scrubanswer", q="somebody") == []
