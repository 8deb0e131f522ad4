"""Configuration as of a version is what the front door had then: the same policy, the same contract."""

from dataclasses import fields, replace
from datetime import time
from decimal import Decimal

import pytest
from django.db import connection

from compliance.evidence.history import NotKept, kept_since, lists_as_of, policy_as_of, source_as_of
from compliance.models import CheckSetting, DncList
from compliance.policy import Policy, load_policy
from intake.keys import issue_key
from intake.models import FieldRule, Source, SourceHours, Vertical
from intake.sources import SourceConfig, load_source
from leadcrm.lib.config import current_version
from leadcrm.testing.factories import (
    CapFactory,
    CheckSettingFactory,
    DncListFactory,
    FieldRuleFactory,
    SourceFactory,
    SourceHoursFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    """A source with one of everything."""
    source = SourceFactory.create(price=Decimal("21.50"), allowed_networks=["192.0.2.0/24"])
    issue_key(source=source)
    FieldRuleFactory.create(source=source, incoming="Telefon", field="phone", values={})
    FieldRuleFactory.create(source=source, incoming="sx", field="gender", values={"M": "male", "0": "female"})
    SourceHoursFactory.create(source=source, weekday=2, opens_at=time(8, 30), closes_at=time(23, 59, 59))
    CheckSettingFactory.create(source=source, check_name="lead_age", params={"max_age_days": 3})
    CheckSettingFactory.create(source=None, check_name="filters", params={
        "states": ["TX"], "attributes": [{"name": "smoker", "op": "gte", "value": 1.5}],
    })  # fmt: skip
    CheckSettingFactory.create(source=SourceFactory.create(), check_name="price", mode="off")
    CapFactory.create(source=source, limit=Decimal("12.50"), unit="spend")
    CapFactory.create(source=source, period="hour", limit=4)
    return source


def change_everything(source: Source) -> None:
    """Nothing stays as it was."""
    Source.objects.filter(pk=source.pk).update(price=1, allowed_networks=[], status="paused", name="Another")
    FieldRule.objects.filter(incoming="Telefon").delete()
    FieldRule.objects.filter(incoming="sx").update(values={"m": "other"})
    FieldRuleFactory.create(source=source, incoming="mail", field="email")
    SourceHours.objects.all().delete()
    source.keys.all().delete()
    CheckSetting.objects.filter(source=source).update(params={"max_age_days": 30})
    CheckSetting.objects.filter(source=None).delete()
    source.caps.update(limit=99)
    Vertical.objects.filter(pk=source.vertical_id).update(words=["something else"], line="health")


def plain(contract: SourceConfig) -> dict[str, object]:
    """The contract, less the secrets."""
    found = {field.name: getattr(contract, field.name) for field in fields(contract)}
    found["keys"] = {prefix: (key.pk, key.label, key.created_at) for prefix, key in contract.keys.items()}
    columns = [field.attname for field in Source._meta.concrete_fields if field.name != "posting_token"]
    source = contract.source
    found["source"] = [
        *(getattr(source, name) for name in columns), source.vendor.name, source.vertical.name,
    ]  # fmt: skip
    return found


def caps_of(policy: Policy) -> list[tuple[object, ...]]:
    return [(cap.pk, cap.period, cap.unit, cap.limit) for cap in policy.caps]


def test_policy_and_contract_are_those_of_their_version_whatever_came_later(source: Source) -> None:
    version, policy, contract = current_version(), load_policy(source.pk), load_source(source.pk)
    was, caps = plain(contract), caps_of(policy)
    change_everything(source)
    assert policy_as_of(source.pk, version).checks == policy.checks
    assert caps_of(policy_as_of(source.pk, version)) == caps
    assert plain(source_as_of(source.pk, version)) == was
    now = current_version()
    assert now > version
    assert policy_as_of(source.pk, now).checks == load_policy(source.pk).checks != policy.checks
    assert plain(source_as_of(source.pk, now)) == plain(load_source(source.pk)) != was


def test_the_keys_of_the_past_hold_no_secret(source: Source) -> None:
    contract = source_as_of(source.pk, current_version())
    assert [key.sha256 for key in contract.keys.values()] == [""]
    assert contract.source.posting_token == ""


def test_a_deleted_source_is_still_known(source: Source) -> None:
    version = current_version()
    policy = load_policy(source.pk)
    for rows in (source.caps, source.keys, source.hours, source.field_rules, source.check_settings):
        rows.all().delete()
    key = source.pk
    source.delete()
    assert policy_as_of(key, version) == replace(policy, caps=policy_as_of(key, version).caps)
    with pytest.raises(NotKept, match=f"There is no source {key}"):
        source_as_of(key, current_version())


def test_lists_are_told_as_they_were_set_up() -> None:
    DncListFactory.create(code="tx", kind="state", state="TX", stale_after_days=92)
    version = current_version()
    DncList.objects.update(active=False, stale_after_days=None)
    assert [(row.code, row.active, row.stale_after_days) for row in lists_as_of(version)] == [
        ("tx", True, 92)
    ]


def test_a_version_before_recording_began_is_not_guessed_at(source: Source) -> None:
    first = kept_since()
    assert first > 0
    with pytest.raises(NotKept, match=f"kept since version {first}"):
        policy_as_of(source.pk, first - 1)


def test_a_column_that_came_later_has_its_default(source: Source) -> None:
    version = current_version()
    with connection.cursor() as cursor:  # as a row recorded before the column was
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE compliance_configchange DISABLE TRIGGER USER")
        cursor.execute("UPDATE compliance_configchange SET after = after - 'rate_limit' - 'detail'")
        cursor.execute("ALTER TABLE compliance_configchange ENABLE TRIGGER USER")
    contract = source_as_of(source.pk, version)
    assert (contract.source.rate_limit, contract.source.detail) == (1200, "full")
