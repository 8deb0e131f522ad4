"""Every change of configuration is recorded by the database: what, by whom, under which version."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from compliance.models import Cap, ConfigChange, ConfigOperation, SuppressionKind
from compliance.suppression import suppress
from intake.keys import issue_key
from intake.models import FieldRule, Source
from leadcrm.lib.actor import acting
from leadcrm.lib.config import current_version
from leadcrm.models import User
from leadcrm.testing.door import at_once
from leadcrm.testing.factories import CapFactory, CheckSettingFactory, SourceFactory

pytestmark = pytest.mark.django_db


def changes_of(row: Any) -> list[Any]:
    """The row's history, the newest first."""
    return list(ConfigChange.objects.filter(table_name=row._meta.db_table, row_id=str(row.pk)))


def test_every_configuration_table_is_recorded() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT event_object_table, array_agg(DISTINCT trigger_name::text) FROM information_schema.triggers"
            " GROUP BY 1 HAVING bool_or(trigger_name = 'raise_config_stamp')"
        )
        tables = {table: set(names) for table, names in cursor.fetchall()}
    assert len(tables) > 20
    del tables["leadcrm_user"]  # only who may log in raises the stamp there
    wanted = {f"record_config_{event}" for event in ("insert", "update", "delete")}
    assert {table for table, names in tables.items() if not wanted <= names} == set()


def test_a_row_s_life_is_recorded_with_the_version_each_change_made() -> None:
    cap = CapFactory.create(limit=Decimal(10))
    made = current_version()
    Cap.objects.filter(pk=cap.pk).update(limit=Decimal("12.50"))
    changed = current_version()
    table, key = cap._meta.db_table, cap.pk
    cap.delete()
    history: Any = ConfigChange.objects.filter(table_name=table, row_id=str(key))
    gone, update, insert = history
    assert [(change.operation, change.version) for change in (insert, update, gone)] == [
        (ConfigOperation.INSERT, made), (ConfigOperation.UPDATE, changed),
        (ConfigOperation.DELETE, current_version()),
    ]  # fmt: skip
    assert (insert.before, insert.after["limit"]) == (None, 10)
    assert (update.before["limit"], update.after["limit"], update.columns) == (10, 12.5, ["limit"])
    assert (gone.before["limit"], gone.after) == (12.5, None)


def test_a_statement_that_changes_nothing_leaves_no_record() -> None:
    cap = CapFactory.create()
    Cap.objects.filter(pk=cap.pk).update(limit=cap.limit)
    Cap.objects.filter(pk=0).update(limit=1)
    assert len(changes_of(cap)) == 1


def test_one_statement_over_many_rows_records_each_under_one_version() -> None:
    caps = [CapFactory.create() for _ in range(3)]
    Cap.objects.update(limit=7)
    newest = [changes_of(cap)[0] for cap in caps]
    assert {change.version for change in newest} == {current_version()}
    assert {change.after["limit"] for change in newest} == {7}


def test_nothing_secret_is_recorded() -> None:
    source = SourceFactory.create()
    key, text = issue_key(source=source)
    recorded = [change for row in (source, key) for change in changes_of(row)]
    assert recorded
    written = "".join(f"{change.before}{change.after}" for change in recorded)
    assert key.prefix in written
    assert [secret for secret in (text, key.sha256, source.posting_token) if secret in written] == []


def test_the_history_cannot_be_edited() -> None:
    change = changes_of(CapFactory.create())[0]
    for tamper in (lambda: ConfigChange.objects.filter(pk=change.pk).update(version=1), change.delete):
        with pytest.raises(DatabaseError, match="is evidence"), transaction.atomic():
            tamper()


def test_whoever_acts_is_named_and_nobody_afterwards(reviewer: User) -> None:
    with acting(reviewer.pk, via="a test"):
        cap = CapFactory.create()
    Cap.objects.filter(pk=cap.pk).update(limit=3)
    later, first = changes_of(cap)
    assert (first.by, first.via) == (reviewer, "a test")
    assert (later.by, later.via) == (None, "")


def test_a_change_in_the_admin_writes_who(client: Client, reviewer: User) -> None:
    client.force_login(reviewer)
    setting = CheckSettingFactory.create(check_name="lead_age", params={})
    url = reverse("admin:compliance_checksetting_change", args=[setting.pk])
    form = client.get(url).context["adminform"].form
    data = {name: value for name, value in form.initial.items() if value is not None}
    data |= {f"{name}": form[name].value() or "" for name in form.fields}
    data |= {"mode": "observe"}
    assert client.post(url, data).status_code == 302
    newest = changes_of(setting)[0]
    assert (newest.by, newest.via, newest.columns) == (reviewer, "admin", ["mode"])
    CapFactory.create(source=setting.source)
    assert ConfigChange.objects.all()[0].by is None  # the connection goes on under no name


def test_a_command_is_named() -> None:
    call_command(
        "create_source", vendor="Example Leads", name="One", interest="final_expense", price=Decimal(20)
    )
    source = Source.objects.get(name="One")
    assert {change.via for change in changes_of(source)} == {"create_source"}


def test_what_is_no_configuration_leaves_no_record() -> None:
    before = ConfigChange.objects.count()
    suppress(
        phone="+12145550123", email="", kind=SuppressionKind.INTERNAL, reason="", channel="call", by=None,
        now=ConfigChange.objects.earliest("at").at,
    )  # fmt: skip
    assert ConfigChange.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_changes_at_the_same_moment_are_recorded_in_the_order_of_their_versions() -> None:
    caps = [CapFactory.create(limit=1) for _ in range(4)]

    def change(number: int) -> None:
        for limit in (2, 3, 4):
            with transaction.atomic():
                Cap.objects.filter(pk=caps[number].pk).update(limit=limit)
                FieldRule.objects.create(source=caps[number].source, incoming=f"name{limit}", field="email")

    start = current_version()
    at_once(4, change)
    recorded = ConfigChange.objects.exclude(operation=ConfigOperation.SNAPSHOT).order_by("pk")
    versions = list(recorded.filter(version__gt=start).values_list("version", flat=True))
    assert len(versions) == 24
    assert versions == list(range(start + 1, start + 25))
    assert versions[-1] == current_version()


@pytest.mark.django_db(transaction=True)
def test_emptying_a_table_is_recorded(django_db_blocker: Any) -> None:
    cap = CapFactory.create()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE compliance_cap CASCADE")
    newest = changes_of(cap)[0]
    assert (newest.operation, newest.before["period"]) == (ConfigOperation.DELETE, "day")
    assert newest.version == current_version()
