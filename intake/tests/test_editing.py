"""Correcting a lead: what was typed is cleaned like a post, recorded, and never put over what nobody saw."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from compliance.erasure import erase_person
from compliance.evidence.subject import find_subject
from compliance.models import RevocationChannel
from intake.editable import editables
from intake.editing import (
    Change,
    EditConflict,
    EditIdTaken,
    EditRefused,
    LeadErased,
    as_bought,
    edit_lead,
)
from intake.models import Lead, LeadEvent
from leadcrm.models import User
from leadcrm.testing.factories import (
    LeadFactory,
    SourceFactory,
    UserFactory,
    VerticalAttributeFactory,
    VerticalFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> Lead:
    """A demonstration's lead, whose numbers may be made up."""
    return LeadFactory.create(source=SourceFactory.create(demo=True), phone="+12145550142", city="Dallas")


@pytest.fixture
def ana() -> User:
    return UserFactory.create(first_name="Ana", last_name="Example")


def marks(lead: Lead) -> dict[str, str]:
    """What a form drawn now carries along."""
    return {field.name: field.mark(lead) for field in editables(lead)}


def edit(
    lead: Lead, by: User, seen: dict[str, str] | None = None, request_id: UUID | None = None, /, **typed: str
) -> tuple[Change, ...]:
    return edit_lead(
        lead=lead, typed=typed, seen=marks(lead) if seen is None else seen, by=by,
        request_id=request_id or uuid4(), now=timezone.now(),
    )  # fmt: skip


def edits(lead: Lead) -> list[tuple[str, str, str]]:
    return list(
        LeadEvent.objects.filter(lead=lead, kind="edited").order_by("pk").values_list("field", "old", "new")
    )


def test_values_are_cleaned_as_in_a_post_and_each_field_has_its_line(lead: Lead, ana: User) -> None:
    old_last, old_mail = lead.last_name, lead.email

    edit(
        lead,
        ana,
        last_name="  New   Name ",
        phone="1-512-555-0107 x12",
        email="New@Example.COM",
        zip="752041234",
    )

    stored = Lead.objects.get(pk=lead.pk)
    assert (stored.last_name, stored.phone, stored.phone_extension) == ("New Name", "+15125550107", "12")
    assert (stored.email, stored.zip, stored.zip_plus4) == ("new@example.com", "75204", "1234")
    assert sorted(edits(lead)) == sorted(
        [
            ("last_name", old_last, "New Name"), ("phone", "+12145550142", "+15125550107"),
            ("phone_extension", "", "12"), ("email", old_mail, "new@example.com"),
            ("zip", "75201", "75204-1234"),
        ]
    )  # fmt: skip


def test_what_nobody_typed_over_is_neither_read_nor_written(lead: Lead, ana: User) -> None:
    Lead.objects.filter(pk=lead.pk).update(email="never was an address")
    lead.refresh_from_db()

    assert edit(lead, ana, email="never was an address", city="Austin") == (
        Change("city", "Dallas", "Austin"),
    )


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"phone": "555"}, "phone", "does not have ten digits."),
        ({"phone": ""}, "phone", "must not be empty."),
        ({"state": ""}, "state", "must not be empty."),
        ({"email": "nobody"}, "email", ""),
        ({"zip": "99999x"}, "zip", "is not a ZIP code of five or nine digits."),
        ({"date_of_birth": "2999-01-01"}, "date_of_birth", ""),
        ({"phone_2": "(214) 555-0142"}, "phone_2", "is the first number already."),
        ({"first_name": "x" * 101}, "first_name", "is longer than 100 characters."),
    ],
)
def test_a_bad_value_names_its_field_and_nothing_is_written(
    lead: Lead, ana: User, typed: dict[str, str], field: str, says: str
) -> None:
    with pytest.raises(EditRefused) as refused:
        edit(lead, ana, city="Austin", **typed)

    assert set(refused.value.errors) == {field}
    assert says in refused.value.errors[field]
    assert Lead.objects.get(pk=lead.pk).city == lead.city == "Dallas"
    assert edits(lead) == []


def test_a_made_up_number_is_refused_outside_the_demonstration(ana: User) -> None:
    with pytest.raises(EditRefused):
        edit(LeadFactory.create(), ana, phone="(512) 555-0107")


def test_a_missing_state_comes_with_the_zip_and_one_that_is_there_stays(lead: Lead, ana: User) -> None:
    edit(lead, ana, zip="10001")
    assert lead.state == "TX"

    Lead.objects.filter(pk=lead.pk).update(state="", zip="")
    lead.refresh_from_db()
    edit(lead, ana, zip="10001")
    assert lead.state == "NY"
    assert edits(lead)[-2:] in (
        [("state", "", "NY"), ("zip", "", "10001")],
        [("zip", "", "10001"), ("state", "", "NY")],
    )


class TestTheProductsAttributes:
    @pytest.fixture
    def lead(self) -> Lead:
        vertical = VerticalFactory.create(code="example_cover")
        for name, kind, choices in (
            ("amount", "money", []), ("smoker", "boolean", []), ("since", "date", []),
            ("term", "choice", ["Ten", "Twenty"]), ("people", "integer", []), ("city", "text", []),
            ("drivers", "list", []),
        ):  # fmt: skip
            VerticalAttributeFactory.create(vertical=vertical, name=name, kind=kind, choices=choices)
        source = SourceFactory.create(vertical=vertical, demo=True)
        given = {
            "amount": {"low": "10000", "high": "20000"},
            "smoker": False,
            "drivers": [{"age": 40}],
            "odd": "x",
        }
        return LeadFactory.create(source=source, attributes=given)

    def test_they_are_read_by_their_kind(self, lead: Lead, ana: User) -> None:
        typed = {
            "attributes.amount": "$15,000", "attributes.smoker": "yes", "attributes.since": "2020-02-03",
            "attributes.term": "twenty", "attributes.people": "4", "attributes.city": "Waco",
        }  # fmt: skip

        edit(lead, ana, **typed)

        assert lead.attributes == {
            "amount": "15000", "smoker": True, "since": "2020-02-03", "term": "twenty", "people": 4,
            "city": "Waco", "drivers": [{"age": 40}], "odd": "x",
        }  # fmt: skip
        assert ("attributes.amount", "10000 to 20000", "15000") in edits(lead)
        assert Lead.objects.get(pk=lead.pk).city == ""

    def test_a_range_reads_back_as_it_is_shown(self, lead: Lead, ana: User) -> None:
        shown = {field.name: field.text for field in editables(lead)}["attributes.amount"]
        assert edit(lead, ana, {}, **{"attributes.amount": f" {shown} "}) == ()

        for text, value in (("5000 or more", {"low": "5000"}), ("up to 5000", {"high": "5000"})):
            edit(lead, ana, **{"attributes.amount": text})
            assert lead.attributes["amount"] == value
            assert {f.name: f.text for f in editables(lead)}["attributes.amount"] == text

    def test_an_empty_one_is_taken_away_and_a_bad_one_named(self, lead: Lead, ana: User) -> None:
        edit(lead, ana, **{"attributes.smoker": ""})
        assert "smoker" not in lead.attributes

        with pytest.raises(EditRefused) as refused:
            edit(lead, ana, **{"attributes.people": "many", "attributes.term": "forty"})
        assert set(refused.value.errors) == {"attributes.people", "attributes.term"}


class TestTwoAtOnce:
    def test_other_fields_never_conflict(self, lead: Lead, ana: User) -> None:
        seen = marks(lead)
        edit(lead, ana, seen, city="Austin")

        edit(lead, UserFactory.create(), seen, first_name="Given", city="Dallas")

        assert (lead.first_name, lead.city) == ("Given", "Austin")

    def test_the_same_field_is_told_with_who_what_and_when(self, lead: Lead, ana: User) -> None:
        seen = marks(lead)
        edit(lead, ana, seen, city="Austin")

        with pytest.raises(EditConflict) as told:
            edit(lead, UserFactory.create(), seen, city="Houston", first_name="Given")

        (conflict,) = told.value.conflicts
        assert (conflict.label, conflict.theirs, conflict.mine, conflict.by) == (
            "City",
            "Austin",
            "Houston",
            ana,
        )
        assert conflict.at == LeadEvent.objects.get(field="city").at
        assert (lead.city, lead.first_name) == ("Austin", "Test")
        assert len(edits(lead)) == 1

    def test_the_same_value_from_both_is_no_conflict(self, lead: Lead, ana: User) -> None:
        seen = marks(lead)
        edit(lead, ana, seen, phone="512-555-0107")

        assert edit(lead, UserFactory.create(), seen, phone="(512) 555 0107") == ()

    def test_who_has_seen_the_other_value_decides(self, lead: Lead, ana: User) -> None:
        edit(lead, ana, city="Austin")
        edit(lead, ana, marks(lead), city="Houston")

        assert edits(lead) == [("city", "Dallas", "Austin"), ("city", "Austin", "Houston")]

    def test_a_request_that_comes_again_changes_nothing_even_after_it_was_taken_back(
        self, lead: Lead, ana: User
    ) -> None:
        seen, request_id = marks(lead), uuid4()
        first = edit(lead, ana, seen, request_id, city="Austin")
        edit(lead, ana, city="Dallas")

        assert edit(lead, ana, seen, request_id, city="Austin") == first
        assert lead.city == "Dallas"

    def test_the_same_form_with_other_values_is_another_edit(self, lead: Lead, ana: User) -> None:
        seen, request_id = marks(lead), uuid4()
        edit(lead, ana, seen, request_id, city="Austin")

        with pytest.raises(EditConflict):
            edit(lead, ana, seen, request_id, city="Houston")
        edit(lead, ana, seen, request_id, city="Austin", first_name="Given")

        assert edits(lead) == [("city", "Dallas", "Austin"), ("first_name", "Test", "Given")]

    def test_a_form_of_another_lead_is_refused(self, lead: Lead, ana: User) -> None:
        request_id = uuid4()
        edit(lead, ana, None, request_id, city="Austin")

        with pytest.raises(EditIdTaken):
            edit(LeadFactory.create(), ana, None, request_id, city="Austin")


@pytest.mark.django_db(transaction=True)
def test_of_ten_at_once_one_is_first_and_the_others_are_told(lead: Lead) -> None:
    users = [UserFactory.create() for _ in range(10)]
    seen = marks(lead)

    def press(number: int) -> str:
        mine = Lead.objects.get(pk=lead.pk)
        try:
            edit(mine, users[number], seen, city=f"Town {number}")
        except EditConflict:
            return "conflict"
        finally:
            connection.close()
        return "saved"

    with ThreadPoolExecutor(10) as threads:
        found = sorted(threads.map(press, range(10)))

    assert found == ["conflict"] * 9 + ["saved"]
    assert len(edits(lead)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_edits_once(lead: Lead, ana: User) -> None:
    seen, request_id = marks(lead), uuid4()

    def press(_: int) -> Any:
        try:
            return edit(Lead.objects.get(pk=lead.pk), ana, seen, request_id, city="Austin")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(press, range(4)))

    assert found == [(Change("city", "Dallas", "Austin"),)] * 4
    assert edits(lead) == [("city", "Dallas", "Austin")]


class TestThePersonBehindIt:
    def test_what_was_posted_is_still_known(self, lead: Lead, ana: User) -> None:
        edit(lead, ana, phone="512-555-0107")
        edit(lead, ana, phone="512-555-0108")

        assert as_bought(lead) == {"phone": "+12145550142"}

    def test_who_knows_the_old_number_only_finds_the_lead_to_be_erased(self, lead: Lead, ana: User) -> None:
        edit(lead, ana, phone="512-555-0107")

        assert find_subject("+12145550142").lead_ids == [lead.pk]

    def test_the_history_is_erased_with_the_person(self, lead: Lead, ana: User) -> None:
        edit(
            lead, ana, phone="512-555-0107", first_name="Secret", date_of_birth=date(1950, 6, 30).isoformat()
        )
        now = timezone.now()

        erase_person(phone="+12145550142", asked_at=now, channel=RevocationChannel.EMAIL, by=ana, now=now)

        assert {(old, new) for _, old, new in edits(lead)} == {("[erased]", "[erased]")}
        with pytest.raises(LeadErased):
            edit(lead, ana, first_name="Back")
