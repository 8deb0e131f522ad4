"""Rows of evidence are noted as they come and cannot be changed or deleted, whatever writes to the database."""

import re
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from compliance.evidence.kinds import FREE, KINDS, Kind
from compliance.evidence.triggers import note_sql, trigger_name
from compliance.models import (
    BusinessRelationship,
    Decision,
    DncVersion,
    EvidenceBatch,
    EvidenceLeaf,
    EvidencePending,
    Suppression,
    VersionState,
)
from compliance.suppression import release
from compliance.tests.evidence_support import decisions, make, run, seal
from intake.models import ConsentRecord
from leadcrm.testing.factories import (
    BusinessRelationshipFactory,
    DecisionFactory,
    DncVersionFactory,
    LeadFactory,
    SubmissionFactory,
    SuppressionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

MODELS = sorted({kind.model for kind in KINDS.values()}, key=lambda model: model.__name__)
ALL_KINDS = pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)


def noted(kind: str) -> list[str]:
    rows = EvidencePending.objects.filter(kind=kind).order_by("pk")
    return list(rows.values_list("row_id", flat=True))


def definitions(table: str) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [table],
        )
        return dict(cursor.fetchall())


def another(column: str, of_type: str) -> str:
    """SQL for a value that is not the one of the column, of a PostgreSQL type."""
    name = f'"{column}"'
    if of_type.endswith("[]"):
        return f"array_append({name}, NULL)"
    if of_type.startswith(("character", "text")):
        return f"left('x' || {name}, greatest(length({name}), 1))"
    return {
        "boolean": f"NOT {name}", "jsonb": """'{"x": 1}'""", "uuid": "gen_random_uuid()", "inet": "'192.0.2.9'",
        "timestamp with time zone": f"{name} + interval '1 second'",
        "time without time zone": f"{name} + interval '1 minute'",
    }.get(of_type, f"{name} + 1")  # fmt: skip


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_column_is_sealed_or_said_to_be_free(model: Any) -> None:
    key = model._meta.pk.attname
    sealed = {column for kind in KINDS.values() if kind.model is model for column in kind.columns}
    assert sealed | set(FREE.get(model, ())) == {f.attname for f in model._meta.concrete_fields} - {key}


@ALL_KINDS
def test_the_database_notes_what_the_registry_names(kind: Kind) -> None:
    found = definitions(kind.model._meta.db_table)
    note = found[trigger_name(kind.name)]
    assert f"'{kind.name}'" in note
    if kind.moment:
        assert f"old.{kind.moment} IS NULL" in note
        assert f"new.{kind.moment} IS NOT NULL" in found[trigger_name(kind.name) + "_at_once"]
    assert "BEFORE DELETE OR UPDATE" in found["keep_evidence"]


@ALL_KINDS
def test_a_row_is_noted_when_its_fact_is_there(kind: Kind) -> None:
    row = make(kind)
    assert str(row.pk) in noted(kind.name)
    assert noted(kind.name).count(str(row.pk)) == 1


@ALL_KINDS
def test_no_column_of_a_fact_can_be_changed(kind: Kind) -> None:
    row = make(kind)
    table, key = kind.model._meta.db_table, row._meta.pk.column
    for column in set(kind.columns) - set(FREE.get(kind.model, ())):
        name = row._meta.get_field(column).column
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT ("{name}" IS NULL), format_type(atttypid, NULL) FROM "{table}", pg_attribute '
                f"WHERE attrelid = %s::regclass AND attname = %s AND {key} = %s",
                [table, name, row.pk],
            )
            is_null, of_type = cursor.fetchone()
        if is_null:
            continue
        with pytest.raises(IntegrityError, match=f"{table} is evidence: {name} cannot"), transaction.atomic():
            run(f'UPDATE "{table}" SET "{name}" = {another(name, of_type)} WHERE {key} = %s', row.pk)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_row_can_be_deleted(model: Any) -> None:
    row = make(next(kind for kind in KINDS.values() if kind.model is model))
    with pytest.raises(IntegrityError, match=f"{model._meta.db_table} is evidence"), transaction.atomic():
        run(f'DELETE FROM "{model._meta.db_table}" WHERE {model._meta.pk.column} = %s', row.pk)


def test_a_message_quotes_no_value() -> None:
    lead = LeadFactory.create()
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        ConsentRecord.objects.filter(pk=lead.pk).update(text="I agree, +12145550100")
    assert "555" not in str(refused.value)
    assert "agree" not in str(refused.value)


def test_one_statement_with_many_rows_notes_each() -> None:
    post = SubmissionFactory.create()
    about = {"submission": post, "outcome": "held", "checks": [], "decided_at": timezone.now(), "ms": 1}
    rows = Decision.objects.bulk_create(Decision(**about) for _ in range(3))
    assert noted("post decision") == [str(row.pk) for row in rows]


def test_what_is_rolled_back_is_not_noted() -> None:
    with transaction.atomic():
        DecisionFactory.create()
        transaction.set_rollback(True)
    assert noted("post decision") == []


def test_a_release_is_a_fact_of_its_own_and_cannot_be_undone() -> None:
    row = SuppressionFactory.create()
    assert noted("suppression release") == []
    assert release(suppression=row, by=UserFactory.create(), now=timezone.now())
    assert noted("suppression release") == [str(row.pk)]
    for change in ({"released_at": None, "released_by": None}, {"released_at": timezone.now()}):
        with pytest.raises(IntegrityError, match="released_at"), transaction.atomic():
            Suppression.objects.filter(pk=row.pk).update(**change)


def test_nobody_is_named_for_a_release_that_did_not_take_place() -> None:
    row = BusinessRelationshipFactory.create()
    with pytest.raises(IntegrityError, match="withdrawn_why"), transaction.atomic():
        BusinessRelationship.objects.filter(pk=row.pk).update(withdrawn_why="No")


def test_a_version_is_superseded_but_its_import_stays_what_it_was() -> None:
    row = DncVersionFactory.create(state=VersionState.READY)
    DncVersion.objects.filter(pk=row.pk).update(state=VersionState.SUPERSEDED, history_kept=False)
    with pytest.raises(IntegrityError, match="rows"), transaction.atomic():
        DncVersion.objects.filter(pk=row.pk).update(rows=5)


def test_the_chain_itself_cannot_be_changed() -> None:
    decisions(2)
    seal()
    for act in (
        "UPDATE compliance_evidencebatch SET sealed_at = now()", "DELETE FROM compliance_evidencebatch",
        "UPDATE compliance_evidenceleaf SET commitment = decode(repeat('00', 32), 'hex')",
        "UPDATE compliance_evidenceleaf SET personal_salt = NULL, erased_at = now(), erasure = 'x'",
        "DELETE FROM compliance_evidenceleaf",
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match="is evidence"), transaction.atomic():
            run(act)
    assert EvidenceBatch.objects.count() == 1
    assert EvidenceLeaf.objects.filter(erased_at__isnull=True).count() == EvidenceBatch.objects.get().leaves


def test_personal_columns_become_blank_only_while_erasing() -> None:
    lead = LeadFactory.create()
    with pytest.raises(IntegrityError, match="user_agent"), transaction.atomic():
        ConsentRecord.objects.filter(pk=lead.pk).update(text="", user_agent="")
    with transaction.atomic():
        run("SELECT set_config('leadcrm.erasing', '7', true)")
        with pytest.raises(IntegrityError, match="text"), transaction.atomic():
            ConsentRecord.objects.filter(pk=lead.pk).update(text="Something else")
        with pytest.raises(IntegrityError, match="seller"), transaction.atomic():
            ConsentRecord.objects.filter(pk=lead.pk).update(text="", seller="Another")
        assert ConsentRecord.objects.filter(pk=lead.pk).update(text="") == 1


def test_rows_that_were_there_before_are_noted_by_the_migration() -> None:
    rows = [SuppressionFactory.create() for _ in range(3)]
    release(suppression=rows[0], by=UserFactory.create(), now=timezone.now())
    EvidencePending.objects.all().delete()
    table = Suppression._meta.db_table
    for kind, moment in (("suppression", ""), ("suppression release", "released_at")):
        sql = note_sql(kind=kind, table=table, moment=moment)
        run(re.findall(r"INSERT INTO compliance_evidencepending[^;]+ORDER BY[^;]+;", sql)[-1])
    assert noted("suppression") == [str(row.pk) for row in rows]
    assert noted("suppression release") == [str(rows[0].pk)]
