"""Established business relationships: how long each lasts, what ends it, and how people record one."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import BusinessRelationship, SuppressionKind
from compliance.relationships import (
    last_day,
    record_relationship,
    relationship_in_force,
    relationships_in_force,
    withdraw_relationship,
)
from compliance.suppression import release, suppress
from leadcrm.models import User
from leadcrm.testing.factories import LeadFactory

pytestmark = pytest.mark.django_db
EASTERN = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 25, 12, tzinfo=EASTERN)
PHONE = "+12145550111"


def bought_on(day: date, by: User, **fields: Any) -> BusinessRelationship:
    """A purchase."""
    asked: dict[str, Any] = {
        "phone": PHONE, "kind": "purchase", "started_on": day, "evidence": "Policy TEST-1", "by": by,
        "lead": None, "now": NOW, **fields,
    }  # fmt: skip
    return record_relationship(**asked)


@pytest.mark.parametrize(
    ("kind", "started", "last"),
    [
        ("purchase", date(2026, 1, 15), date(2027, 7, 15)),
        ("purchase", date(2026, 8, 31), date(2028, 2, 29)),
        ("inquiry", date(2026, 11, 25), date(2027, 2, 25)),
        ("inquiry", date(2026, 11, 30), date(2027, 2, 28)),
        ("inquiry", date(2026, 9, 30), date(2026, 12, 30)),
    ],
)
def test_a_purchase_holds_for_18_months_and_an_inquiry_for_three(
    kind: str, started: date, last: date
) -> None:
    assert last_day(kind, started) == last


def test_it_is_in_force_from_its_first_day_to_its_last(reviewer: User) -> None:
    row = bought_on(date(2025, 6, 1), reviewer)
    assert row.ends_on == date(2026, 12, 1)
    days = [date(2025, 5, 31), date(2025, 6, 1), date(2026, 12, 1), date(2026, 12, 2)]
    assert [relationship_in_force(PHONE, day) for day in days] == [None, row, row, None]
    assert relationship_in_force("+12145550199", date(2026, 1, 1)) is None
    assert relationship_in_force("", date(2026, 1, 1)) is None


def test_of_several_the_one_that_lasts_longest_is_told_for_many_numbers_in_one_query(
    reviewer: User, django_assert_num_queries: Any
) -> None:
    bought_on(date(2026, 1, 1), reviewer)
    longest = bought_on(date(2026, 6, 1), reviewer)
    other = bought_on(date(2026, 3, 1), reviewer, phone="(214) 555-0122")
    with django_assert_num_queries(1):
        found = relationships_in_force([PHONE, "+12145550122", "+12145550133", ""], NOW.date())
    assert found == {PHONE: longest, "+12145550122": other}


@pytest.mark.parametrize(
    ("asked_at", "ended"),
    [
        (datetime(2026, 9, 30, 23, 59, tzinfo=EASTERN), False),  # before the purchase: it begins anew
        (datetime(2026, 10, 1, 0, 0, tzinfo=EASTERN), True),
        (datetime(2026, 11, 25, 23, 59, tzinfo=EASTERN), True),
        (datetime(2026, 11, 26, 0, 0, tzinfo=EASTERN), False),  # the day after the one asked about
    ],
)
def test_a_request_not_to_be_called_ends_it(reviewer: User, asked_at: datetime, ended: bool) -> None:
    bought_on(date(2026, 10, 1), reviewer)
    suppress(
        phone=PHONE, email="", kind=SuppressionKind.INTERNAL, reason="asked", channel="call", by=None,
        now=asked_at,
    )  # fmt: skip
    assert (relationship_in_force(PHONE, date(2026, 11, 25)) is None) == ended


def test_a_request_that_was_released_has_ended_it_all_the_same(reviewer: User) -> None:
    bought_on(date(2026, 10, 1), reviewer)
    (request,) = suppress(
        phone=PHONE, email="", kind=SuppressionKind.INTERNAL, reason="asked", channel="call", by=None, now=NOW
    )
    release(suppression=request, by=reviewer, now=NOW + timedelta(hours=1))
    assert relationship_in_force(PHONE, date(2026, 11, 26)) is None


def test_what_was_a_mistake_is_taken_back_by_name_and_reason_and_stays(reviewer: User) -> None:
    row = bought_on(date(2026, 10, 1), reviewer)
    with pytest.raises(ValidationError):
        withdraw_relationship(relationship=row, why=" ", by=reviewer, now=NOW)
    assert withdraw_relationship(relationship=row, why="Another person", by=reviewer, now=NOW)
    assert not withdraw_relationship(relationship=row, why="Again", by=reviewer, now=NOW)
    row.refresh_from_db()
    assert (row.withdrawn_by, row.withdrawn_why) == (reviewer, "Another person")
    assert relationship_in_force(PHONE, NOW.date()) is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone": "555-0111"}, "phone"),
        ({"kind": "lead"}, "kind"),
        ({"started_on": date(2026, 11, 26)}, "started_on"),
        ({"evidence": "  "}, "evidence"),
    ],
)
def test_what_cannot_be_meant_is_refused(reviewer: User, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        bought_on(changes.pop("started_on", date(2026, 10, 1)), reviewer, **changes)
    assert list(refused.value.message_dict) == [field]
    assert not BusinessRelationship.objects.exists()


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    """A manager at the desk."""
    client.force_login(reviewer)
    return client


ADD = "admin:compliance_businessrelationship_add"


def test_a_manager_records_one_from_a_lead(manager: Client, reviewer: User) -> None:
    lead = LeadFactory.create(phone=PHONE)
    address = reverse("admin:intake_lead_act", args=[lead.pk, "relationship"])
    page = manager.get(address, follow=True)
    assert PHONE[-4:] not in page.redirect_chain[-1][0]
    form = page.context["adminform"].form
    assert (form["phone"].value(), form["lead_number"].value()) == ("(214) 555-0111", f"A-{lead.pk}")
    day = timezone.localdate() - timedelta(days=3)
    sent = {
        "phone": form["phone"].value(), "lead_number": form["lead_number"].value(), "kind": "inquiry",
        "started_on": str(day), "evidence": "Called us on our own number about a policy",
    }  # fmt: skip
    answer = manager.post(reverse(ADD), sent)
    assert answer.status_code == 302, answer.context["errors"]
    row = BusinessRelationship.objects.get()
    assert (row.phone, row.lead, row.recorded_by, row.ends_on) == (
        PHONE,
        lead,
        reviewer,
        last_day("inquiry", day),
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"phone": "12"}, "not a US phone number"),
        ({"started_on": "2099-01-01"}, "has not come yet"),
        ({"evidence": "   "}, "required"),
        ({"lead_number": "A-999999"}, "no such lead"),
        ({"lead_number": "nobody"}, "no such lead"),
    ],
)
def test_a_form_that_cannot_be_meant_is_told_at_its_field(
    manager: Client, changes: dict[str, str], words: str
) -> None:
    sent = {"phone": PHONE, "kind": "purchase", "started_on": "2026-01-01", "evidence": "Policy TEST-1"}
    page = manager.post(reverse(ADD), {**sent, **changes})
    assert words in page.content.decode()
    assert not BusinessRelationship.objects.exists()


def test_a_manager_takes_one_back(manager: Client, reviewer: User) -> None:
    row = bought_on(date(2026, 10, 1), reviewer)
    address = reverse("admin:compliance_businessrelationship_act", args=[row.pk, "withdraw"])
    assert "Why was it a mistake" in manager.get(address).content.decode()
    assert "required" in manager.post(address, {"why": ""}).content.decode()
    page = manager.post(address, {"why": "Another person"}, follow=True)
    assert "taken back" in page.content.decode()
    assert relationship_in_force(PHONE, NOW.date()) is None


def test_the_desk_says_which_are_in_force(manager: Client, reviewer: User) -> None:
    with time_machine.travel(NOW, tick=False):
        bought_on(date(2026, 10, 1), reviewer)
        bought_on(date(2020, 10, 1), reviewer, phone="+12145550122")
        bought_on(date(2026, 10, 1), reviewer, phone="+12145550133")
        suppress(
            phone="+12145550133", email="", kind=SuppressionKind.INTERNAL, reason="", channel="call", by=None,
            now=NOW,
        )  # fmt: skip
        page = manager.get(reverse("admin:compliance_businessrelationship_changelist")).content.decode()
    assert [page.count(f">{words}<") for words in ("in force", "ended", "ended by a request")] == [1, 1, 1]
