"""What a source buys: vertical, states, ZIPs, ages, attributes; how old a lead may be; what it may cost."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from intake.models import PriceKind
from leadcrm.testing.door import Door
from leadcrm.testing.factories import VerticalFactory

pytestmark = pytest.mark.django_db


def mismatches(reply: Any) -> list[str]:
    """The fields that did not match; [] for an accepted post."""
    if reply.outcome == "accepted":
        return []
    assert {code for code, _ in reply.codes} == {"filter_mismatch"}, reply.text
    return sorted(field for _, field in reply.codes)


def test_another_kind_of_insurance_is_not_bought(door: Door) -> None:
    VerticalFactory.create(code="medicare")
    assert mismatches(door.post(interest="medicare")) == ["interest"]
    for word in ("Final Expense", "burial", "final-expense", None):
        assert mismatches(door.post(interest=word)) == []
    assert door.post(interest="boats").codes == [("invalid_field", "interest")]


@pytest.mark.parametrize(("states", "found"), [(["TX", "OK"], []), (["OK"], ["state"]), ([], [])])
def test_only_states_of_the_contract_are_bought(door: Door, states: list[str], found: list[str]) -> None:
    door.set_check("filters", states=states)
    assert mismatches(door.post()) == found


@pytest.mark.parametrize(
    ("params", "zip_code", "found"),
    [
        ({"zips": ["75201"]}, "75201", []),
        ({"zips": ["75201"]}, "75202", ["zip"]),
        ({"zips": ["752", "76"]}, "75299", []),
        ({"zips": ["752", "76"]}, "76001", []),
        ({"zips": ["752", "76"]}, "77001", ["zip"]),
        ({"zips": ["752"]}, None, ["zip"]),
        ({"exclude_zips": ["75201"]}, "75201", ["zip"]),
        ({"exclude_zips": ["752"]}, "75299", ["zip"]),
        ({"exclude_zips": ["752"]}, "76001", []),
        ({"exclude_zips": ["752"]}, None, []),
        ({"zips": ["752"], "exclude_zips": ["75201"]}, "75201-1234", ["zip"]),
        ({"zips": ["752"], "exclude_zips": ["75201"]}, "75202", []),
    ],
)
def test_zips_are_bought_or_left_out_whole_or_by_prefix(
    door: Door, params: dict[str, Any], zip_code: str | None, found: list[str]
) -> None:
    door.set_check("filters", **params)
    assert mismatches(door.post(zip=zip_code)) == found


@pytest.mark.parametrize(
    ("born", "posted", "found"),
    [
        ("1976-11-24", None, []), ("1976-11-25", None, ["date_of_birth"]),  # 50 today; 50 tomorrow
        ("1940-11-25", None, []), ("1940-11-24", None, ["date_of_birth"]),  # 85, 86 today
        (None, "50", []), (None, "85", []), (None, "49", ["age"]), (None, "86", ["age"]), (None, None, ["age"]),
        ("1960-01-01", "20", []),  # the date of birth is the surer one
    ],
)  # fmt: skip
def test_ages_are_asked_in_completed_years_of_the_agencys_day(
    door: Door, born: str | None, posted: str | None, found: list[str]
) -> None:
    door.set_check("filters", min_age=50, max_age=85)
    with time_machine.travel(
        "2026-11-24T23:30:00-05:00", tick=False
    ):  # the 25th in UTC, the 24th in New York
        assert mismatches(door.post(date_of_birth=born, age=posted)) == found


def test_no_age_is_asked_where_none_is_set_and_either_end_may_stand_alone(door: Door) -> None:
    assert mismatches(door.post()) == []
    door.set_check("filters", min_age=50)
    assert (mismatches(door.post(age="120")), mismatches(door.post(age="49"))) == ([], ["age"])
    door.set_check("filters", max_age=50)
    assert (mismatches(door.post(age="0")), mismatches(door.post(age="51"))) == ([], ["age"])


@pytest.mark.parametrize(
    ("rule", "value", "matches"),
    [
        (("tobacco", "eq", False), "no", True), (("tobacco", "eq", False), "yes", False),
        (("tobacco", "eq", False), None, False), (("tobacco", "ne", True), "yes", False),
        (("tobacco", "ne", True), None, True), (("tobacco", "present", ""), "no", True),
        (("tobacco", "present", ""), None, False),
        (("coverage_amount", "gte", 10000), "$10,000", True), (("coverage_amount", "gte", 10000), "9999", False),
        (("coverage_amount", "lte", "20k"), "5000", False),
        (("coverage_amount", "gte", 10000), "10k-25k", True), (("coverage_amount", "lte", 25000), "10k-25k", True),
        (("coverage_amount", "lte", 20000), "10k-25k", False),
        (("coverage_amount", "gte", 10000), "under 20000", False),
        (("coverage_amount", "lte", 20000), "10000+", False), (("coverage_amount", "gte", 10000), "10000+", True),
        (("marital_status", "in", ["married", "Widowed"]), "MARRIED", True),
        (("marital_status", "in", ["married"]), "single", False),
        (("marital_status", "in", ["married"]), None, False),
        (("marital_status", "not_in", ["single"]), "married", True),
        (("marital_status", "not_in", ["single"]), "single", False),
        (("marital_status", "not_in", ["single"]), None, True),
    ],
)  # fmt: skip
def test_attribute_rules(door: Door, rule: tuple[str, str, Any], value: str | None, matches: bool) -> None:
    name, operator, wanted = rule
    door.set_check("filters", attributes=[{"name": name, "op": operator, "value": wanted}])
    fields: dict[str, Any] = {name: value}
    assert mismatches(door.post(**fields)) == ([] if matches else [name])


def test_all_mismatches_are_told_at_once(door: Door) -> None:
    rule = {"name": "tobacco", "op": "eq", "value": False}
    door.set_check("filters", states=["OK"], zips=["731"], min_age=50, attributes=[rule])
    VerticalFactory.create(code="life")
    found = mismatches(door.post(interest="life", age="40", tobacco="yes"))
    assert found == ["age", "interest", "state", "tobacco", "zip"]


@pytest.mark.parametrize(
    ("params", "age", "outcome"),
    [
        ({}, timedelta(days=80), "accepted"),
        ({"max_age_days": 7}, timedelta(days=6, hours=23), "accepted"),
        ({"max_age_days": 7}, timedelta(days=7, minutes=1), "lead_too_old"),
        ({"max_age_minutes": 5}, timedelta(minutes=4), "accepted"),
        ({"max_age_minutes": 5}, timedelta(minutes=6), "lead_too_old"),
        ({"max_age_days": 7, "max_age_minutes": 5}, timedelta(minutes=6), "lead_too_old"),
        ({"max_age_days": 0}, timedelta(minutes=1), "lead_too_old"),
    ],
)
def test_a_source_sets_how_old_a_lead_may_be(
    door: Door, params: dict[str, Any], age: timedelta, outcome: str
) -> None:
    door.set_check("lead_age", **params)
    assert door.post(timestamp=(timezone.now() - age).isoformat()).outcome == outcome


def test_a_lead_without_a_moment_is_as_old_as_its_arrival(door: Door) -> None:
    door.set_check("lead_age", max_age_minutes=1)
    assert door.post(timestamp=None).outcome == "accepted"


@pytest.mark.parametrize(
    ("kind", "asked", "outcome", "paid"),
    [
        (PriceKind.FIXED, None, "accepted", "22.00"), (PriceKind.FIXED, "22.00", "accepted", "22.00"),
        (PriceKind.FIXED, "$10", "accepted", "22.00"), (PriceKind.FIXED, "22.01", "price_too_high", "0.00"),
        (PriceKind.ASK, None, "accepted", "22.00"), (PriceKind.ASK, "10.5", "accepted", "10.50"),
        (PriceKind.ASK, "22", "accepted", "22.00"), (PriceKind.ASK, "22.01", "price_too_high", "0.00"),
        (PriceKind.ASK, "0", "accepted", "0.00"),
    ],
)  # fmt: skip
def test_the_price_is_the_sources_or_the_vendors_ask_up_to_it(
    door: Door, kind: PriceKind, asked: str | None, outcome: str, paid: str
) -> None:
    door.set(price_kind=kind)
    reply = door.post(price=asked)
    assert (reply.outcome, reply.json["price"]) == (outcome, paid)
    assert reply.submission.price == Decimal(paid)


def test_what_is_told_is_what_is_paid_to_the_cent(door: Door) -> None:
    door.set(price_kind=PriceKind.ASK)
    reply = door.post(price="21.2575")
    assert reply.outcome == "accepted"
    assert Decimal(reply.json["price"]) == reply.lead.price == reply.submission.price


def test_an_odd_price_is_a_field_error(door: Door) -> None:
    for price in ("-1", "free", "1e9", "10000000", "1.23456"):
        assert door.post(price=price).codes == [("invalid_field", "price")]


def test_the_age_of_a_birthday_on_the_29th_of_february(door: Door) -> None:
    door.set_check("filters", min_age=50)
    with time_machine.travel("2026-02-28T12:00:00-05:00", tick=False):
        assert mismatches(door.post(date_of_birth="1976-02-29")) == ["date_of_birth"]
    with time_machine.travel("2026-03-01T12:00:00-05:00", tick=False):
        assert mismatches(door.post(date_of_birth="1976-02-29")) == []
