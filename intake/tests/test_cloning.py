"""A cloned source has its origin's terms and nothing that is its origin's own."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from agents import cloning as of_agents
from compliance import cloning as of_compliance
from compliance.models import CapUse
from intake import cloning
from intake.cloning import clone_source
from intake.models import PriceKind, Source, Vendor
from leadcrm.models import User
from leadcrm.testing.door import Door
from leadcrm.testing.factories import (
    ApiKeyFactory,
    CapFactory,
    CapUseFactory,
    CheckSettingFactory,
    FieldRuleFactory,
    PoolFactory,
    ReturnTermFactory,
    SourceFactory,
    SourceHoursFactory,
    VendorFactory,
)

pytestmark = pytest.mark.django_db
ROOMS: tuple[Any, ...] = (cloning, of_compliance, of_agents)


@pytest.fixture
def origin() -> Source:
    """A live source with something in every table that hangs on one."""
    source = SourceFactory.create(
        name="FE Texas", price="31.50", price_kind=PriceKind.ASK, required_fields=["phone"], dialect="leadconduit",
        allowed_networks=["192.0.2.0/24"], rate_limit=77, demo=True,
    )  # fmt: skip
    FieldRuleFactory.create(source=source, incoming="sex_code", field="gender", values={"0": "male"})
    SourceHoursFactory.create(source=source)
    ReturnTermFactory.create(source=source)
    CheckSettingFactory.create(source=source, check_name="filters", params={"states": ["TX"]})
    CapUseFactory.create(cap=CapFactory.create(source=source, limit=50), used=49)
    ApiKeyFactory.create(source=source)
    PoolFactory.create(name="Texans").sources.add(source)
    return source


def test_every_table_that_hangs_on_a_source_is_copied_or_is_left_for_a_reason() -> None:
    relations: list[Any] = [
        field
        for field in Source._meta.get_fields(include_hidden=True)
        if field.auto_created and not field.concrete
    ]
    hanging = [
        relation.related_model._meta.model_name if relation.hidden else relation.name
        for relation in relations
        if not relation.related_model._meta.auto_created  # the rows of a many-to-many, which has a name itself
    ]
    named = [name for room in ROOMS for name in (*room.COPIED, *room.LEFT)]
    assert sorted(named) == sorted(hanging)
    assert all(reason for room in ROOMS for reason in room.LEFT.values())


def test_every_column_of_a_source_is_copied_or_is_left_for_a_reason() -> None:
    columns = [field.name for field in Source._meta.concrete_fields]
    assert sorted([*cloning.COLUMNS, *cloning.COLUMNS_LEFT]) == sorted(columns)


def plain(row: Model, *but: str) -> dict[str, Any]:
    """The columns of a row, less its key and its source."""
    return {
        field.name: getattr(row, field.name)
        for field in row._meta.concrete_fields
        if field.name not in {"id", "source", *but}
    }


def test_a_clone_has_the_terms_of_its_origin(origin: Source) -> None:
    clone = clone_source(origin=origin, vendor=VendorFactory.create(name="Other Leads"), name=" FE Texas ")
    clone = Source.objects.get(pk=clone.pk)
    assert str(clone) == "Other Leads · FE Texas"
    own = tuple(cloning.COLUMNS_LEFT)
    assert plain(clone, *own) == plain(Source.objects.get(pk=origin.pk), *own)
    for name in ("field_rules", "hours", "return_terms", "check_settings", "caps"):
        ours, theirs = list(getattr(clone, name).all()), list(getattr(origin, name).all())
        assert [plain(row) for row in ours] == [plain(row) for row in theirs] != []
        assert {row.pk for row in ours}.isdisjoint({row.pk for row in theirs})
    assert [pool.name for pool in clone.pools.all()] == ["Texans"]


def test_a_clone_has_no_key_no_counter_and_starts_in_test(origin: Source) -> None:
    clone = clone_source(origin=origin, vendor=origin.vendor, name="FE Texas 2")
    assert (clone.status, clone.demo, clone.keys.exists()) == ("test", False, False)
    assert clone.posting_token != origin.posting_token
    assert CapUse.objects.get().cap.source == origin


def test_a_clone_may_go_to_other_pools(origin: Source) -> None:
    clone = clone_source(origin=origin, vendor=origin.vendor, name="FE Texas 2", same_pools=False)
    assert not clone.pools.exists()


def test_a_name_that_is_taken_makes_nothing(origin: Source) -> None:
    with pytest.raises(ValidationError, match="already"):
        clone_source(origin=origin, vendor=origin.vendor, name="fe texas")
    assert Source.objects.get() == origin
    assert origin.field_rules.count() == 1


def test_a_clone_reads_posts_as_its_origin_does(door: Door) -> None:
    door.source.field_rules.create(incoming="cust_phone", field="phone")
    clone = clone_source(origin=door.source, vendor=door.source.vendor, name="Copy")
    assert [str(rule) for rule in clone.field_rules.all()] == ["cust_phone → phone"]


def test_a_manager_clones_a_source_for_another_vendor(client: Client, reviewer: User, origin: Source) -> None:
    client.force_login(reviewer)
    other: Vendor = VendorFactory.create(name="Other Leads")
    address = reverse("admin:intake_source_act", args=[origin.pk, "clone"])
    assert "FE Texas 2" in client.get(address).content.decode()
    values = {"vendor": other.pk, "name": "FE Texas", "same_pools": "on"}
    answer = client.post(address, values)
    clone = other.sources.get()
    assert answer["Location"] == reverse("admin:intake_source_change", args=[clone.pk])
    entry = LogEntry.objects.get()
    assert (entry.object_id, f"({origin.pk})" in entry.change_message) == (str(clone.pk), True)
    again = client.post(address, values)
    assert "already" in again.content.decode()
    assert other.sources.count() == 1
