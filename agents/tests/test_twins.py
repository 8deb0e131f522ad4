"""Leads that look like one person's are found once, whatever is posted or corrected, and told apart for good."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.corrections import correct_lead
from agents.models import NotTwins, TwinGroup, TwinMark, TwinMember
from agents.twins import sweep
from agents.twins.apart import take_apart_back, tell_apart
from agents.twins.groups import MOST, regroup
from agents.twins.sweep import SETTLED, find_twins
from intake.editable import editables
from intake.lifecycle import move_lead
from intake.models import Lead, LeadStatus
from leadcrm.models import User
from leadcrm.testing.factories import LeadEventFactory, LeadFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 29, 15, 0, tzinfo=UTC)
PHONE = "+12145550100"


def came(**fields: Any) -> Lead:
    """A lead with the first line of its history."""
    lead: Lead = LeadFactory.create(**fields)
    LeadEventFactory.create(lead=lead, at=lead.received_at)
    return lead


def look(now: datetime = NOW) -> None:
    """Note the end of the history, then read it once it has settled."""
    find_twins(now=now)
    find_twins(now=now + SETTLED)


def groups() -> list[list[int]]:
    """The leads of each group, newest group first."""
    return [sorted(group.members.values_list("lead", flat=True)) for group in TwinGroup.objects.all()]


@pytest.mark.parametrize(
    ("one", "other", "grounds"),
    [
        ({"phone": PHONE}, {"phone": PHONE}, ["phone"]),
        ({"phone": PHONE}, {"phone_2": PHONE}, ["phone"]),
        ({"phone_2": PHONE}, {"phone_2": PHONE}, ["phone"]),
        ({"email": "ann@example.com"}, {"email": "ann@example.com"}, ["email"]),
        (
            {"first_name": "Ann", "last_name": "Roe", "date_of_birth": date(1960, 1, 2)},
            {"first_name": "ANN ", "last_name": "roe", "date_of_birth": date(1960, 1, 2)},
            ["name"],
        ),
    ],
)
def test_two_leads_of_one_person_make_a_group_that_says_why(
    one: dict[str, Any], other: dict[str, Any], grounds: list[str]
) -> None:
    pair = [came(**one).pk, came(**other).pk]
    came()
    look()
    assert groups() == [pair]
    assert TwinGroup.objects.get().grounds == grounds


def test_namesakes_of_another_day_or_place_and_empty_fields_are_no_ground() -> None:
    born = {"first_name": "Ann", "last_name": "Roe", "date_of_birth": date(1960, 1, 2)}
    came(**born, email="")
    came(**{**born, "date_of_birth": date(1960, 1, 3)}, email="")
    came(**born, zip="10001")
    came(**{**born, "last_name": "Poe"})
    look()
    assert groups() == []


def test_who_was_lost_returned_or_erased_is_in_no_group() -> None:
    came(phone=PHONE)
    came(phone=PHONE, status=LeadStatus.LOST)
    came(phone=PHONE, status=LeadStatus.RETURNED)
    look()
    assert groups() == []


def test_a_number_that_many_share_is_one_group_and_one_too_many_is_said() -> None:
    leads = [came(phone=PHONE).pk for _ in range(MOST)]
    look()
    assert groups() == [leads]
    assert not TwinGroup.objects.get().crowded
    came(phone=PHONE)
    look(NOW + timedelta(hours=1))
    assert max(map(len, groups())) == MOST
    assert TwinGroup.objects.latest("found_at").crowded


def test_each_line_is_read_once_and_not_before_it_has_settled() -> None:
    came(phone=PHONE)
    came(phone=PHONE)
    find_twins(now=NOW)
    find_twins(now=NOW + SETTLED - timedelta(seconds=1))
    assert groups() == []
    find_twins(now=NOW + SETTLED)
    assert len(groups()) == 1
    TwinGroup.objects.all().delete()  # read again, they would be found again
    find_twins(now=NOW + 3 * SETTLED)
    assert groups() == []


def test_a_run_that_is_out_of_time_is_gone_on_with_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "CHUNK", 2)
    leads = [came(phone=f"+121455501{n % 3:02}").pk for n in range(6)]
    find_twins(now=NOW)
    assert not find_twins(now=NOW + SETTLED, seconds=-1)
    runs = 0
    while not find_twins(now=NOW + SETTLED, seconds=0.0) and runs < 10:
        runs += 1
        TwinMark.objects.get()
    assert find_twins(now=NOW + SETTLED)
    assert sorted(groups()) == [[leads[n], leads[n + 3]] for n in range(3)]


def test_a_correction_brings_a_lead_to_a_group_and_takes_it_away(reviewer: User) -> None:
    one, other = came(phone=PHONE), came(phone="+12145550177", source__demo=True)
    look()
    assert groups() == []

    def correct(number: str, now: datetime) -> None:
        seen = {field.name: field.mark(other) for field in editables(other)}
        correct_lead(lead=other, typed={"phone": number}, seen=seen, by=reviewer, request_id=uuid4(), now=now)

    correct("214-555-0100", NOW)
    look(NOW + timedelta(hours=1))
    assert groups() == [[one.pk, other.pk]]
    correct("214-555-0177", NOW + timedelta(hours=2))
    look(NOW + timedelta(hours=3))
    assert groups() == []


def test_a_lead_that_is_lost_leaves_its_group_and_one_taken_up_again_comes_back(reviewer: User) -> None:
    one, other = came(phone=PHONE), came(phone=PHONE)
    look()
    move_lead(lead=one, to=LeadStatus.LOST, reason="no answer", actor=reviewer, now=NOW)
    look(NOW + timedelta(hours=1))
    assert groups() == []
    move_lead(lead=one, to=LeadStatus.CONTACTED, reason="called back", actor=reviewer, now=NOW)
    look(NOW + timedelta(hours=2))
    assert groups() == [[one.pk, other.pk]]


def test_a_group_keeps_its_number_and_is_new_again_when_somebody_comes_to_it() -> None:
    came(phone=PHONE)
    came(phone=PHONE)
    look()
    first = TwinGroup.objects.get()
    regroup(leads=first.members.values_list("lead", flat=True), now=NOW + timedelta(days=1))
    assert TwinGroup.objects.get().found_at == first.found_at
    came(phone=PHONE)
    look(NOW + timedelta(days=2))
    again = TwinGroup.objects.get()
    assert (again.pk, again.members.count()) == (first.pk, 3)
    assert again.found_at > first.found_at + timedelta(days=1)


def test_a_lead_that_leads_to_two_groups_makes_one_of_them() -> None:
    leads = [came(phone=PHONE), came(phone=PHONE), came(email="a@example.com"), came(email="a@example.com")]
    look()
    assert len(groups()) == 2
    leads.append(came(phone=PHONE, email="a@example.com"))
    look(NOW + timedelta(hours=1))
    assert groups() == [[lead.pk for lead in leads]]
    assert TwinGroup.objects.get().grounds == ["phone", "email"]


def test_a_pair_that_is_not_one_person_never_comes_again_until_that_is_taken_back(reviewer: User) -> None:
    one, other = came(phone=PHONE), came(phone=PHONE)
    look()
    assert tell_apart(leads=[other.pk, one.pk], by=reviewer, now=NOW) == 1
    assert groups() == []
    assert tell_apart(leads=[one.pk, other.pk], by=reviewer, now=NOW) == 0
    LeadEventFactory.create(lead=one, kind="edited", field="phone")
    look(NOW + timedelta(hours=1))
    assert groups() == []
    assert take_apart_back(pair=NotTwins.objects.get(), now=NOW)
    assert groups() == [[one.pk, other.pk]]


def test_telling_two_apart_leaves_a_third_who_hangs_together_with_both(reviewer: User) -> None:
    one, other, third = (came(phone=PHONE) for _ in range(3))
    look()
    tell_apart(leads=[one.pk, other.pk], by=reviewer, now=NOW)
    assert groups() == [[one.pk, other.pk, third.pk]]
    tell_apart(leads=[one.pk, third.pk], by=reviewer, now=NOW)
    assert groups() == [[other.pk, third.pk]]
    assert not TwinMember.objects.filter(lead=one).exists()


def test_a_run_asks_the_same_number_of_questions_of_one_lead_and_of_fifty_that_are_nobodys_twins() -> None:
    def questions(leads: int, now: datetime) -> int:
        for _ in range(leads):
            came()
        find_twins(now=now)
        with CaptureQueriesContext(connection) as asked:
            find_twins(now=now + SETTLED)
        return len(asked)

    # Once before: the first run reads through all numbers of lines up to the first.
    questions(1, NOW - timedelta(hours=1))
    assert questions(1, NOW) == questions(50, NOW + timedelta(hours=1))
