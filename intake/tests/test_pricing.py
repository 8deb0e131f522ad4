"""The price table: which line a lead has, for posts and pings alike."""

from collections.abc import Callable
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from compliance.evidence.history import source_as_of
from compliance.models import ConfigChange
from intake.admin.weekdays import read_weekdays, write_weekdays
from intake.models import PriceKind, PriceRule, Source
from leadcrm.lib.config import current_version
from leadcrm.models import User
from leadcrm.testing.door import Door
from leadcrm.testing.factories import PriceRuleFactory, SourceFactory

pytestmark = pytest.mark.django_db
Travel = Callable[[datetime], None]
EASTERN = ZoneInfo("America/New_York")


@pytest.fixture
def table(door: Door) -> Door:
    """A vendor whose leads are priced by table, 22 dollars where no line matches."""
    door.set(price_kind=PriceKind.TABLE, pings=True)
    return door


def price(door: Door, **fields: Any) -> str:
    """What a post with these fields costs; a test post, so that it may come again."""
    return str(door.post(test="1", **fields).json["price"])


@pytest.mark.parametrize(
    ("line", "fields", "matches"),
    [
        ({}, {}, True),
        ({"states": ["TX", "OK"]}, {}, True),
        ({"states": ["OK"]}, {}, False),
        ({"min_age": 66}, {"age": 66}, True),
        ({"min_age": 66}, {"age": 65}, False),
        ({"max_age": 66}, {"age": 66}, True),
        ({"max_age": 66}, {"date_of_birth": "1930-01-01"}, False),
        ({"min_age": 66}, {"date_of_birth": "1930-01-01", "age": 20}, True),  # the date is surer
        ({"max_age": 66}, {}, False),
        ({"conditions": [{"name": "tobacco", "op": "eq", "value": False}]}, {"smoker": "no"}, True),
        ({"conditions": [{"name": "tobacco", "op": "eq", "value": False}]}, {"smoker": "yes"}, False),
        ({"conditions": [{"name": "tobacco", "op": "ne", "value": True}]}, {}, True),
        ({"conditions": [{"name": "coverage_amount", "op": "gte", "value": 10000}]}, {"coverage": "10-20k"}, True),
        ({"conditions": [{"name": "coverage_amount", "op": "gte", "value": 15000}]}, {"coverage": "10-20k"}, False),
        (
            {"states": ["TX"], "conditions": [{"name": "marital_status", "op": "in", "value": ["single"]}]},
            {"marital_status": "Married"}, False,
        ),
    ],
)  # fmt: skip
def test_a_line_matches_where_all_it_asks_holds(
    table: Door, line: dict[str, Any], fields: dict[str, Any], matches: bool
) -> None:
    PriceRuleFactory.create(source=table.source, price="33.25", **line)
    wanted = "33.25" if matches else "22.00"
    assert price(table, **fields) == wanted
    assert table.ping(test="1", **fields).json["price"] == wanted


@pytest.mark.parametrize(
    ("moment", "wanted"),
    [
        (datetime(2026, 11, 23, 8, 0, tzinfo=EASTERN), "33.00"),
        (datetime(2026, 11, 23, 7, 59, 59, 999999, tzinfo=EASTERN), "22.00"),
        (datetime(2026, 11, 23, 16, 59, 59, tzinfo=EASTERN), "33.00"),
        (datetime(2026, 11, 23, 17, 0, tzinfo=EASTERN), "22.00"),
        (datetime(2026, 11, 22, 9, 0, tzinfo=EASTERN), "22.00"),  # a Sunday
        (datetime(2026, 11, 24, 3, 0, tzinfo=ZoneInfo("UTC")), "22.00"),  # Monday evening here
    ],
)
def test_hours_and_days_are_those_of_the_agency(
    table: Door, travel_to: Travel, settings: Any, moment: datetime, wanted: str
) -> None:
    settings.AGENCY_ZONE = EASTERN
    PriceRuleFactory.create(
        source=table.source, price=33, weekdays=[0, 1, 2, 3, 4], starts_at=time(8), ends_at=time(17)
    )
    travel_to(moment)
    assert price(table) == wanted


def test_the_first_line_by_rank_counts_and_only_where_the_contract_is_by_table(table: Door) -> None:
    PriceRuleFactory.create(source=table.source, rank=2, price=40)
    PriceRuleFactory.create(source=table.source, rank=1, price=30)
    PriceRuleFactory.create(rank=0, price=99)  # another source's
    assert price(table) == "30.00"
    table.set(price_kind=PriceKind.FIXED)
    assert price(table) == "22.00"


def test_a_lead_is_bought_at_the_price_of_its_line_and_an_ask_above_it_is_too_dear(table: Door) -> None:
    PriceRuleFactory.create(source=table.source, states=["TX"], price=40)
    assert table.post(price="40").lead.price == Decimal(40)
    assert table.post(price="40.01").outcome == "price_too_high"


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"states": ["XX"]}, "states"), ({"min_age": 70, "max_age": 60}, "max_age"), ({"weekdays": [7]}, "weekdays"),
        ({"starts_at": time(9), "ends_at": time(9)}, "ends_at"), ({"conditions": [{"name": "x"}]}, "conditions"),
        ({"conditions": [{"name": "shoe_size", "op": "present"}]}, "conditions"),
        ({"conditions": {"name": "tobacco"}}, "conditions"), ({"price": -1}, "price"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_meant_is_refused_by_field(line: dict[str, Any], field: str) -> None:
    row = PriceRule(**{"source": SourceFactory.create(), "price": Decimal(1), **line})
    with pytest.raises(ValidationError) as caught:
        row.full_clean(validate_constraints=False)
    assert field in caught.value.message_dict


@pytest.mark.parametrize(
    "line", [{"states": ["XX"]}, {"weekdays": [7]}, {"min_age": 9, "max_age": 8}, {"price": -1}]
)
def test_the_database_refuses_it_too(line: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PriceRuleFactory.create(**line)


def test_a_changed_table_is_in_force_at_once_and_its_past_is_kept(table: Door) -> None:
    rule = PriceRuleFactory.create(source=table.source, price=40)
    assert price(table) == "40.00"
    before = current_version()
    PriceRule.objects.filter(pk=rule.pk).update(price=41)
    assert price(table) == "41.00"
    assert current_version() > before
    assert [line.price for line in source_as_of(table.source.pk, before).prices] == [Decimal(40)]
    assert ConfigChange.objects.filter(table_name="intake_pricerule").count() == 2


@pytest.mark.parametrize(
    ("text", "days", "words"),
    [
        ("Mon-Fri", [0, 1, 2, 3, 4], "Mon-Fri"), ("sat, SUNDAY", [5, 6], "Sat, Sun"), ("", [], ""),
        ("Fri-Mon", [0, 4, 5, 6], "Mon, Fri-Sun"), ("tue tue", [1], "Tue"),
    ],
)  # fmt: skip
def test_days_are_written_as_people_write_them(text: str, days: list[int], words: str) -> None:
    assert (read_weekdays(text), write_weekdays(days)) == (days, words)
    with pytest.raises(ValueError, match="Mo1"):
        read_weekdays("Mo1")


def test_a_manager_edits_the_table_on_the_sources_page(client: Client, reviewer: User) -> None:
    client.force_login(reviewer)
    source = SourceFactory.create()
    line = {
        "rank": "1",
        "price": "31",
        "states": "tx, ok",
        "conditions": "[]",
        "weekdays": "Mon-Wed",
        "min_age": "50",
    }
    page = f"/admin/intake/source/{source.pk}/change/"
    assert client.post(page, form_of(source, line)).status_code == 302
    saved = Source.objects.get(pk=source.pk)
    row = saved.price_rules.get()
    assert (row.states, row.weekdays, row.min_age, row.price) == (["TX", "OK"], [0, 1, 2], 50, Decimal(31))
    assert (saved.pings, saved.ping_seconds, saved.price_kind) == (True, 60, "table")
    assert "Mon-Wed" in client.get(page).text
    wrong = {**line, "conditions": '[{"name": "shoe_size", "op": "present"}]', "weekdays": "Foo"}
    told = client.post(page, form_of(source, wrong)).text
    assert "has no attribute shoe_size" in told
    assert "is no day" in told
    marked = form_of(source, line, ping_fields="zip,phone")
    assert "A ping carries no phone" in client.post(page, marked).text


def form_of(source: Source, line: dict[str, str], **changes: Any) -> dict[str, Any]:
    """The page's form with one line of the table."""
    values = {
        "vendor": source.vendor_id, "name": source.name, "vertical": source.vertical_id, "price": "22.00",
        "price_kind": "table", "mode": "realtime", "profile": "always200", "dialect": "native", "detail": "full",
        "required_fields": "first_name,phone", "replay_by": "vendor_lead_id", "replay_days": 30,
        "allowed_networks": "", "rate_limit": "", "pings": "on", "ping_fields": "zip,state", "ping_seconds": 60,
        "ping_rate_limit": "",
    }  # fmt: skip
    for prefix in ("keys", "hours", "field_rules", "caps", "price_rules", "return_terms"):
        values |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    values |= {f"price_rules-0-{name}": value for name, value in line.items()}
    return {**values, "price_rules-TOTAL_FORMS": 1, **changes}
