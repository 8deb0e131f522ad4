"""One row can be verified by whoever has its proof and the head; erasing what it says of a person leaves that so."""

import json
from hashlib import sha256
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from compliance.evidence import merkle
from compliance.evidence.chain import export_head
from compliance.evidence.forgetting import forget
from compliance.evidence.kinds import KINDS, Kind
from compliance.evidence.leaves import canonical, content
from compliance.evidence.proofs import proofs_of
from compliance.models import Decision, Erasure, EvidenceBatch, EvidenceLeaf, EvidencePending
from compliance.tests.evidence_support import decisions, findings, make, run, seal
from intake.models import ConsentRecord
from leadcrm.testing.altering import altering
from leadcrm.testing.factories import ContactDecisionFactory, ErasureFactory, LeadFactory, ScrubAnswerFactory

db = pytest.mark.django_db
NEEDED = ("suppression", "revocation")  # without knowing whom, nobody could be spared


def proved(said: str) -> list[tuple[str, str]]:
    """What a stranger makes of a proof, with hashlib alone: (kind, row id) of the rows that it proves.

    Nothing of the product is used, on purpose. Raises AssertionError when something does not agree.
    """

    def text(value: Any) -> bytes:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    proof = json.loads(said)
    for before, batch in zip([None, *proof["batches"]], proof["batches"], strict=False):
        about = [batch[name] for name in ("number", "previous", "root", "leaves", "sealed_at")]
        assert sha256(text(about)).hexdigest() == batch["hash"]
        assert before is None or batch["previous"] == before["hash"]
    roots = {batch["number"]: batch["root"] for batch in proof["batches"]}
    rows = []
    for row in proof["rows"]:
        public = [row["kind"], row["row_id"], row["batch"], row["position"], row["public"]]
        shown = sha256(bytes.fromhex(row["public_salt"]) + text(public)).digest()
        hidden = bytes.fromhex(row["personal_digest"])
        if row["personal"] is not None:
            assert sha256(bytes.fromhex(row["personal_salt"]) + text(row["personal"])).digest() == hidden
        found = sha256(b"\0" + shown + hidden).digest()
        for step in row["path"]:
            other = bytes.fromhex(step["hash"])
            found = sha256(b"\1" + (other + found if step["side"] == "left" else found + other)).digest()
        assert found.hex() == roots[row["batch"]]
        rows.append((row["kind"], row["row_id"]))
    return rows


@given(st.integers(min_value=1, max_value=70))
def test_every_path_of_a_tree_of_any_size_leads_to_its_root(size: int) -> None:
    leaves = [sha256(bytes([n])).digest() for n in range(size)]
    root = merkle.root_of(leaves)
    for position, leaf in enumerate(leaves):
        path = merkle.path_of(leaves, position)
        assert merkle.root_from(leaf, path) == root
        assert merkle.root_from(sha256(leaf).digest(), path) != root


def _as_the_standard_says(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(
        b"\1" + _as_the_standard_says(leaves[:split]) + _as_the_standard_says(leaves[split:])
    ).digest()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 7, 8, 13, 1000])
def test_the_tree_is_that_of_rfc_6962(size: int) -> None:
    leaves = [sha256(n.to_bytes(2, "big")).digest() for n in range(size)]
    assert merkle.root_of(leaves) == _as_the_standard_says(leaves)


def test_a_leaf_doubled_at_the_end_gives_another_root() -> None:
    leaves = [bytes([n]) * 32 for n in range(3)]
    assert merkle.root_of(leaves) != merkle.root_of([*leaves, leaves[-1]])
    with pytest.raises(ValueError, match="leaf"):
        merkle.root_of([])


def test_bytes_to_be_hashed_do_not_vary() -> None:
    assert canonical({"b": [1, 2.5, None, True], "a": "é\n"}) == '{"a":"é\\n","b":[1,2.5,null,true]}'.encode()


@db
@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_row_of_every_kind_is_proved_to_a_stranger(kind: Kind) -> None:
    row = make(kind)
    seal()
    said = json.dumps(proofs_of({kind.name: [row.pk]}))
    assert proved(said) == [(kind.name, str(row.pk))]


@db
def test_proofs_reach_from_the_first_batch_needed_to_the_head() -> None:
    seal()
    EvidencePending.objects.all().delete()
    rows = decisions(7)
    waiting = rows.pop()
    EvidencePending.objects.filter(row_id=str(waiting.pk)).delete()
    seal(batch=2)
    first = EvidenceBatch.objects.count() - 1
    proof = proofs_of({"post decision": [row.pk for row in rows[3:]] + [waiting.pk], "suppression": []})
    assert len(proved(json.dumps(proof))) == 3
    assert [each["number"] for each in proof["batches"]] == [first, first + 1]
    assert proof["batches"][-1]["hash"] == export_head(now=timezone.now())["hash"]
    assert proof["unsealed"] == [{"kind": "post decision", "row_id": str(waiting.pk)}]
    assert proofs_of({})["batches"] == []
    with pytest.raises(KeyError):
        proofs_of({"of tomorrow": [1]})


@db
def test_a_proof_of_a_changed_row_proves_nothing() -> None:
    (row,) = decisions(1)
    seal()
    with altering(Decision):
        run("UPDATE compliance_decision SET outcome = 'held' WHERE id = %s", row.pk)
    said = json.dumps(proofs_of({"post decision": [row.pk]}))
    with pytest.raises(AssertionError):
        proved(said)


@db
def test_neighbours_in_a_proof_say_nothing_of_their_rows() -> None:
    """The same row sealed twice over gives other hashes: what is salted cannot be guessed at."""
    rows = [ScrubAnswerFactory.create(phone="+12145550100") for _ in range(2)]
    seal()
    one, two = proofs_of({"scrub answer": [row.pk for row in rows]})["rows"]
    assert one["personal"] == two["personal"]
    assert one["personal_digest"] != two["personal_digest"]
    assert sha256(canonical(one["personal"])).hexdigest() != one["personal_digest"]


def _forget(rows: dict[str, list[Any]], erasure: str | None = None) -> int:
    """With a receipt in the chain where none is named."""
    receipt = str(ErasureFactory.create().pk) if erasure is None else erasure
    erased = forget(rows=rows, erasure=receipt, now=timezone.now())
    if erasure is None:
        seal()
    return erased


@db
def test_what_was_said_of_a_person_is_gone_and_all_else_stays_proved() -> None:
    lead, other = LeadFactory.create(), LeadFactory.create()
    ask = ContactDecisionFactory.create(lead=lead)
    seal()
    assert _forget({"consent record": [lead.pk], "contact decision": [ask.pk]}) == 2
    consent = ConsentRecord.objects.get(pk=lead.pk)
    assert (consent.text, consent.text_sha256, consent.page_url, consent.ip_address) == ("", "", "", None)
    ask.refresh_from_db()
    assert ask.phone == ""
    assert ask.allowed
    assert ConsentRecord.objects.get(pk=other.pk).text
    assert findings() == []
    proof = proofs_of({"consent record": [lead.pk, other.pk], "contact decision": [ask.pk]})
    assert len(proved(json.dumps(proof))) == 3
    gone, kept, _ = proof["rows"]
    assert (gone["personal"], gone["personal_salt"], gone["erasure"]) == (
        None,
        None,
        str(Erasure.objects.get().pk),
    )
    assert kept["personal"]["text"]


@db
@pytest.mark.parametrize(
    "kind",
    [kind for kind in KINDS.values() if kind.blanks and kind.name not in NEEDED],
    ids=lambda kind: kind.name,
)
def test_every_kind_that_tells_of_a_person_can_be_erased(kind: Kind) -> None:
    row = make(KINDS.get(f"{kind.name} end", kind))  # a legal hold only once it is lifted
    rows = {
        each.name: [row.pk]
        for each in KINDS.values()
        if each.model is kind.model and (each is kind or each.moment)
    }
    seal()
    assert _forget(rows) >= 1
    row.refresh_from_db()
    assert content(kind, row)[1] == dict(kind.blanks)
    assert findings() == []


@db
@pytest.mark.parametrize("kind", NEEDED)
def test_a_request_to_stop_cannot_lose_whom_it_is_about(kind: str) -> None:
    row = make(KINDS[kind])
    with pytest.raises(IntegrityError, match="names_someone"), transaction.atomic():
        _forget({kind: [row.pk]})


@db
def test_what_is_not_sealed_yet_is_sealed_before_it_is_erased() -> None:
    lead = LeadFactory.create()
    EvidencePending.objects.exclude(kind="consent record").delete()
    assert _forget({"consent record": [lead.pk]}) == 1
    assert not EvidencePending.objects.exists()
    leaf = EvidenceLeaf.objects.get(kind="consent record")
    assert leaf.personal_salt is None
    assert [line for line in findings() if "consent" in line] == []


@db
def test_erasing_again_changes_nothing() -> None:
    lead = LeadFactory.create()
    seal()
    assert _forget({"consent record": [lead.pk]}, "1") == 1
    assert _forget({"consent record": [lead.pk]}, "2") == 0
    assert EvidenceLeaf.objects.get(kind="consent record").erasure == "1"
    with pytest.raises(ValueError, match="receipt"):
        _forget({"consent record": [lead.pk]}, "")


@db
def test_an_erasure_opens_the_guards_for_itself_alone() -> None:
    lead, other = LeadFactory.create(), LeadFactory.create()
    with transaction.atomic():
        _forget({"consent record": [lead.pk]})
        with pytest.raises(IntegrityError), transaction.atomic():
            ConsentRecord.objects.filter(pk=other.pk).update(text="")


@db
def test_an_erasure_that_is_rolled_back_erased_nothing() -> None:
    lead = LeadFactory.create()
    seal()
    with transaction.atomic():
        _forget({"consent record": [lead.pk]})
        transaction.set_rollback(True)
    assert ConsentRecord.objects.get(pk=lead.pk).text
    assert findings() == []


@db
def test_what_was_erased_and_filled_in_again_is_named() -> None:
    lead = LeadFactory.create()
    seal()
    _forget({"consent record": [lead.pk]})
    with altering(ConsentRecord):
        run("UPDATE intake_consentrecord SET text = 'I never agreed' WHERE lead_id = %s", lead.pk)
    assert findings() == [
        f"row changed: consent record {lead.pk} is erased, but what it says of a person was filled in again"
    ]


@db
def test_a_public_column_changed_after_an_erasure_is_named() -> None:
    lead = LeadFactory.create()
    seal()
    _forget({"consent record": [lead.pk]})
    with altering(ConsentRecord):
        run("UPDATE intake_consentrecord SET seller = 'Another' WHERE lead_id = %s", lead.pk)
    assert findings() == [f"row changed: consent record {lead.pk} (batch 1) was changed"]


@db
def test_an_erased_row_needs_a_receipt_in_the_chain() -> None:
    lead, other = LeadFactory.create(), LeadFactory.create()
    seal()
    _forget({"consent record": [lead.pk]})
    _forget({"consent record": [other.pk]}, "-5")
    assert findings() == [f"erased: consent record {other.pk} was erased without a receipt in the chain"]
