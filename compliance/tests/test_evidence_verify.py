"""Whoever owns the database can switch its guards off. Verification names what they then changed."""

from typing import Any

import pytest
from django.utils import timezone

from compliance.evidence import leaves, merkle
from compliance.evidence.chain import Head, batch_hash, export_head
from compliance.evidence.kinds import KINDS, Kind
from compliance.models import Decision, EvidenceBatch, EvidenceLeaf, EvidencePending, Suppression
from compliance.suppression import release
from compliance.tests.evidence_support import decisions, findings, make, run, seal
from intake.models import ConsentRecord
from leadcrm.testing.altering import altering
from leadcrm.testing.factories import DecisionFactory, LeadFactory, SuppressionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(db: None) -> list[Decision]:
    """Nine decisions in three batches, and nothing else."""
    with altering(*{kind.model for kind in KINDS.values()}):
        for table in ("callingrule", "checklistrule", "configchange"):
            run(f"DELETE FROM compliance_{table}")
    EvidencePending.objects.all().delete()
    rows = decisions(9)
    assert seal(batch=3) == 9
    assert findings() == []
    return rows


def behind(*models: Any) -> Any:
    """As the owner of the tables, with all their triggers off."""
    return altering(*models, silently=True)


def head_now() -> Head:
    return Head.from_json(export_head(now=timezone.now()))


def test_a_changed_row_is_named(sealed: list[Decision]) -> None:
    with behind(Decision):
        run("UPDATE compliance_decision SET reason = 'other' WHERE id = %s", sealed[4].pk)
    assert findings() == [f"row changed: post decision {sealed[4].pk} (batch 2) was changed"]


def test_a_moment_that_is_a_microsecond_off_is_named(sealed: list[Decision]) -> None:
    with behind(Decision):
        run(
            "UPDATE compliance_decision SET decided_at = decided_at + interval '1 microsecond' WHERE id = %s",
            sealed[0].pk,
        )
    assert findings() == [f"row changed: post decision {sealed[0].pk} (batch 1) was changed"]


def test_a_deleted_row_is_named(sealed: list[Decision]) -> None:
    with behind(Decision):
        run("DELETE FROM compliance_decision WHERE id = %s", sealed[8].pk)
    assert findings() == [f"row gone: post decision {sealed[8].pk} (batch 3) is gone"]


def test_rows_that_changed_places_are_named(sealed: list[Decision]) -> None:
    one, two = sealed[1].pk, sealed[5].pk
    with behind(Decision):
        run("UPDATE compliance_decision SET id = -1 WHERE id = %s", one)
        run("UPDATE compliance_decision SET id = %s WHERE id = %s", one, two)
        run("UPDATE compliance_decision SET id = %s WHERE id = -1", two)
    assert findings() == [
        f"row changed: post decision {one} (batch 1) was changed",
        f"row changed: post decision {two} (batch 2) was changed",
    ]


def test_leaves_that_changed_places_are_named(sealed: list[Decision]) -> None:
    with behind(EvidenceLeaf):
        run("UPDATE compliance_evidenceleaf SET position = 7 WHERE batch_id = 2 AND position = 0")
        run("UPDATE compliance_evidenceleaf SET position = 0 WHERE batch_id = 2 AND position = 2")
        run("UPDATE compliance_evidenceleaf SET position = 2 WHERE batch_id = 2 AND position = 7")
    assert findings() == [
        f"row moved: post decision {sealed[5].pk} stands at place 0 of batch 2, sealed at 2",
        f"row moved: post decision {sealed[3].pk} stands at place 2 of batch 2, sealed at 0",
        "root: the leaves of batch 2 do not give its root",
    ]


def test_a_row_taken_out_of_its_batch_is_named(sealed: list[Decision]) -> None:
    with behind(EvidenceLeaf):
        run("DELETE FROM compliance_evidenceleaf WHERE row_id = %s", str(sealed[4].pk))
    assert findings() == [
        "leaf gone: the row sealed at place 1 of batch 2 is taken out of it",
        "root: the leaves of batch 2 do not give its root",
        f"not sealed: post decision {sealed[4].pk} is in no batch, and was not noted for one",
    ]


def test_a_row_and_its_leaf_that_are_gone_together_are_found(sealed: list[Decision]) -> None:
    with behind(Decision, EvidenceLeaf):
        run("DELETE FROM compliance_evidenceleaf WHERE row_id = %s", str(sealed[4].pk))
        run("DELETE FROM compliance_decision WHERE id = %s", sealed[4].pk)
    assert findings() == [
        "leaf gone: the row sealed at place 1 of batch 2 is taken out of it",
        "root: the leaves of batch 2 do not give its root",
    ]


def test_a_batch_taken_out_is_found(sealed: list[Decision]) -> None:
    with behind(Decision, EvidenceLeaf, EvidenceBatch):
        run("DELETE FROM compliance_evidenceleaf WHERE batch_id = 2")
        run("DELETE FROM compliance_evidencebatch WHERE number = 2")
    assert findings() == [
        "batch gone: batch 2 is gone",
        *(
            f"not sealed: post decision {row.pk} is in no batch, and was not noted for one"
            for row in sealed[3:6]
        ),
    ]


def test_a_gap_closed_by_counting_anew_is_found(sealed: list[Decision]) -> None:
    with behind(Decision, EvidenceLeaf, EvidenceBatch):
        run("DELETE FROM compliance_evidenceleaf WHERE batch_id = 2")
        run("DELETE FROM compliance_evidencebatch WHERE number = 2")
        run("DELETE FROM compliance_decision WHERE id = ANY(%s)", [row.pk for row in sealed[3:6]])
        run("INSERT INTO compliance_evidencebatch SELECT 2, previous, root, leaves, sealed_at, hash "
            "FROM compliance_evidencebatch WHERE number = 3")  # fmt: skip
        run("UPDATE compliance_evidenceleaf SET batch_id = 2 WHERE batch_id = 3")
        run("DELETE FROM compliance_evidencebatch WHERE number = 3")
    found = findings()
    assert "chain broken: batch 2 does not build on batch 1" in found
    assert "batch changed: batch 2 was changed: it does not give its hash" in found


@pytest.mark.parametrize(
    "change",
    [
        "root = decode(repeat('00', 32), 'hex')",
        "sealed_at = sealed_at + interval '1 day'",
        "leaves = leaves + 1",
    ],
)
def test_a_changed_batch_is_named(sealed: list[Decision], change: str) -> None:
    with behind(EvidenceBatch):
        run(f"UPDATE compliance_evidencebatch SET {change} WHERE number = 2")
    assert "batch changed: batch 2 was changed: it does not give its hash" in findings()


def test_a_row_added_behind_the_triggers_is_named(sealed: list[Decision]) -> None:
    with behind(Decision):
        row = DecisionFactory.create()
    assert findings() == [f"not sealed: post decision {row.pk} is in no batch, and was not noted for one"]


def test_a_row_added_to_a_batch_later_is_named(sealed: list[Decision]) -> None:
    (row,) = decisions(1)
    EvidencePending.objects.all().delete()
    with behind(EvidenceLeaf):
        said = "kind, public_salt, personal_salt, personal_digest, commitment"
        run(
            f"INSERT INTO compliance_evidenceleaf (batch_id, position, row_id, {said}) SELECT 3, 3, %s, {said} "
            "FROM compliance_evidenceleaf WHERE row_id = %s",
            str(row.pk),
            str(sealed[0].pk),
        )
    assert f"leaf added: post decision {row.pk} was put into batch 3 later" in findings()


@pytest.mark.parametrize("column", KINDS["consent record"].personal)
def test_what_a_row_says_of_a_person_is_covered(column: str) -> None:
    lead = LeadFactory.create()
    seal()
    value = "192.0.2.99" if column == "ip_address" else "another"
    with behind(ConsentRecord):
        run(f"UPDATE intake_consentrecord SET {column} = %s WHERE lead_id = %s", value, lead.pk)
    assert findings() == [
        f"row changed: consent record {lead.pk} (batch 1) was changed, in what it says of a person"
    ]


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.moment], ids=lambda kind: kind.name)
def test_a_later_fact_that_is_taken_back_is_named(kind: Kind) -> None:
    row = make(kind)
    seal()
    moment = kind.moment
    who = {"cleared_at": "cleared_why = ''", "finished_at": "state = 'loading'"}.get(
        moment, f"{moment.removesuffix('_at')}_by_id = NULL"
    )
    why = f", {moment.removesuffix('_at')}_why = ''" if moment in ("withdrawn_at", "lifted_at") else ""
    fact = f"{moment} = NULL, {who}{why}"
    with behind(kind.model):
        run(f'UPDATE "{kind.model._meta.db_table}" SET {fact} WHERE id = %s', row.pk)
    found = findings()
    assert found
    assert all(f" {kind.name} {row.pk} " in line for line in found)


def test_a_release_made_behind_the_triggers_is_named() -> None:
    row = SuppressionFactory.create()
    with behind(Suppression):
        assert release(suppression=row, by=UserFactory.create(), now=timezone.now())
    seal()
    assert findings() == [
        f"not sealed: suppression release {row.pk} is in no batch, and was not noted for one"
    ]


def _forge(row: Decision) -> None:
    """Change a row, and the whole chain so that it agrees: all that is needed lies in the database."""
    with behind(Decision, EvidenceLeaf, EvidenceBatch):
        run("UPDATE compliance_decision SET reason = 'forged' WHERE id = %s", row.pk)
        leaf = EvidenceLeaf.objects.get(row_id=str(row.pk))
        row.refresh_from_db()
        kind = KINDS["post decision"]
        shown = leaves.public_digest(
            salt=bytes(leaf.public_salt), kind=kind.name, row_id=leaf.row_id, batch=leaf.batch_id,
            position=leaf.position, public=leaves.public_of(kind, row),
        )  # fmt: skip
        EvidenceLeaf.objects.filter(pk=leaf.pk).update(
            commitment=leaves.commitment(shown, bytes(leaf.personal_digest))
        )
        previous = bytes(32)
        for batch in EvidenceBatch.objects.order_by("number"):
            inside = EvidenceLeaf.objects.filter(batch=batch).order_by("position")
            said: dict[str, Any] = {
                "number": batch.number, "previous": previous, "leaves": batch.leaves, "sealed_at": batch.sealed_at,
                "root": merkle.root_of([bytes(each.commitment) for each in inside]),
            }  # fmt: skip
            previous = batch_hash(**said)
            EvidenceBatch.objects.filter(pk=batch.pk).update(**said, hash=previous)


def test_a_chain_that_was_written_anew_is_found_by_a_head_kept_elsewhere(sealed: list[Decision]) -> None:
    head = head_now()
    assert findings(head) == []
    _forge(sealed[4])
    assert findings() == [], "beside its data a chain proves little"
    assert findings(head) == ["head: batch 3 is not the one of which an exported head tells"]


def test_the_newest_batches_cut_off_with_their_rows_are_found_by_a_head_kept_elsewhere(
    sealed: list[Decision],
) -> None:
    head = head_now()
    with behind(Decision, EvidenceLeaf, EvidenceBatch):
        run("DELETE FROM compliance_evidenceleaf WHERE batch_id = 3")
        run("DELETE FROM compliance_evidencebatch WHERE number = 3")
        run("DELETE FROM compliance_decision WHERE id = ANY(%s)", [row.pk for row in sealed[6:]])
    assert findings() == []
    assert findings(head) == ["head: batch 3 is gone, of which an exported head tells"]


def test_a_head_agrees_however_much_was_sealed_since(sealed: list[Decision]) -> None:
    heads = [Head(0, "0" * 64), head_now()]
    decisions(2)
    seal()
    assert findings(*heads, head_now()) == []


def test_a_leaf_of_a_kind_that_is_not_known_is_told(
    sealed: list[Decision], monkeypatch: pytest.MonkeyPatch
) -> None:
    with behind(EvidenceLeaf):
        run("UPDATE compliance_evidenceleaf SET kind = 'of tomorrow' WHERE row_id = %s", str(sealed[0].pk))
    found = findings()
    assert found[0].startswith(f"unknown kind: of tomorrow {sealed[0].pk}")
    assert found[1].startswith(f"not sealed: post decision {sealed[0].pk}")


def test_rows_of_several_groups_are_compared(monkeypatch: pytest.MonkeyPatch, sealed: list[Decision]) -> None:
    monkeypatch.setattr("compliance.evidence.verify.AT_ONCE", 4)
    assert findings() == []
    with behind(Decision):
        run("UPDATE compliance_decision SET ms = 99 WHERE id = ANY(%s)", [sealed[0].pk, sealed[8].pk])
    assert [line.split()[4] for line in findings()] == [str(sealed[0].pk), str(sealed[8].pk)]


@pytest.mark.parametrize("value", [[], {}, {"number": "1", "hash": "0" * 64}, {"number": 1, "hash": "00"}])
def test_what_is_no_head_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"head|hash"):
        Head.from_json(value)
