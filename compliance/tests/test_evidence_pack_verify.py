"""A pack verifies itself for whoever has nothing but the pack and Python; whatever was changed is named."""

import ast
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from compliance.evidence.leaves import canonical
from compliance.evidence.pack.archive import VERIFY
from compliance.evidence.pack.making import make_pack
from compliance.evidence.sealing import seal_pending
from compliance.models import EvidenceBatch, EvidencePending
from compliance.tests import pack_files
from compliance.tests.pack_files import (
    batches,
    change,
    read,
    say,
    sum_up,
    unpack,
    verify,
    write_batches,
    wrong,
)
from compliance.tests.pack_support import PHONE, rich_person, somebody_else
from leadcrm.testing.factories import DecisionFactory, ScrubAnswerFactory

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calling_rules")]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The unpacked pack of a person whose rows are in several batches, beside rows of others."""
    rich_person(NOW)
    somebody_else(NOW)
    seal_pending(now=NOW, batch=7)
    DecisionFactory.create()
    return unpacked(tmp_path / "pack")


def unpacked(folder: Path) -> Path:
    return unpack(make_pack(phone=PHONE, reason="A letter", by=None, by_name="Jo Example", now=NOW), folder)


def section(folder: Path, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read(folder, "evidence.json")["sections"][name]
    return rows


def prove(folder: Path, kind: str, row_id: str, half: str, **values: Any) -> None:
    """Have its proof say so too."""
    change(folder, "chain.json", lambda chain: proof_of(chain, kind, row_id)[half].update(values))


def test_an_untouched_pack_agrees_and_says_what_it_does_not_prove(pack: Path) -> None:
    code, said = verify(pack)
    assert code == 0
    assert "everything that can be checked agrees" in said
    proved = len(read(pack, "chain.json")["rows"])
    assert proved > 20
    assert f"{proved} facts of sealed rows" in said
    assert "posts (2): rows of this kind are not sealed" in said
    assert "That the chain itself was not made anew" in said
    assert "cannot show that nothing was left out" in said


def test_every_file_is_watched_to_the_byte(pack: Path) -> None:
    for path in [
        path for path in pack.rglob("*") if path.is_file() and path.name not in ("manifest.json", "verify.py")
    ]:
        content = path.read_bytes()
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        assert f"File {path.relative_to(pack)} was changed" in "\n".join(wrong(pack)), path
        path.write_bytes(content)
    assert wrong(pack) == []


def test_the_manifest_is_watched(pack: Path) -> None:
    manifest = read(pack, "manifest.json")
    for name in list(manifest["files"]):
        left = {**manifest, "files": {each: said for each, said in manifest["files"].items() if each != name}}
        pack_files.write(pack, "manifest.json", left)
        assert f"File {name} is in the folder and not in the manifest." in wrong(pack)
    pack_files.write(pack, "manifest.json", manifest)
    (pack / "note.txt").write_text("added")
    assert wrong(pack) == ["File note.txt is in the folder and not in the manifest."]
    (pack / "note.txt").unlink()
    (pack / "report.pdf").unlink()
    assert "File report.pdf is in the manifest and not in the folder." in wrong(pack)
    sum_up(pack)
    assert wrong(pack) == ["The manifest has no line for report.pdf."]


def test_a_value_changed_in_the_evidence_is_named(pack: Path) -> None:
    def how(evidence: Any) -> None:
        evidence["sections"]["contact_decisions"][1]["values"]["allowed"] = True
        evidence["sections"]["consents"][0]["values"]["text"] = "I agree to everything"
        evidence["sections"]["scrub_answers"][0]["values"]["litigator"] = 0  # as good as false to Python

    changed = (("contact_decisions", 1), ("consents", 0), ("scrub_answers", 0))
    ids = [section(pack, name)[at]["id"] for name, at in changed]
    change(pack, "evidence.json", how)
    assert sorted(wrong(pack)) == [
        f"consent record {ids[1]}: its text is not what was sealed.",
        f"contact decision {ids[0]}: its allowed is not what was sealed.",
        f"scrub answer {ids[2]}: its litigator is not what was sealed.",
    ]


def test_a_rule_changed_is_named(pack: Path) -> None:
    change(
        pack, "rules.json", lambda rules: rules["rules"][0]["values"].update(sunday_from="00:00:00.000000")
    )
    assert [line.endswith("its sunday_from is not what was sealed.") for line in wrong(pack)] == [True]


def test_a_value_changed_in_the_evidence_and_in_its_proof_is_named(pack: Path) -> None:
    row = section(pack, "contact_decisions")[1]
    say(pack, "contact_decisions", 1, allowed=True)
    prove(pack, "contact decision", row["id"], "public", allowed=True)
    assert wrong(pack) == [f"contact decision {row['id']} was changed: it is not what was sealed."]


def test_the_personal_half_is_watched_too(pack: Path) -> None:
    row = section(pack, "revocations")[0]
    say(pack, "revocations", 0, words="Call me")
    prove(pack, "revocation", row["id"], "personal", words="Call me")
    assert wrong(pack) == [f"revocation {row['id']} was changed: its personal half does not agree."]


def proof_of(chain: Any, kind: str, row_id: str) -> Any:
    return next(each for each in chain["rows"] if (each["kind"], each["row_id"]) == (kind, row_id))


def forge(proof: dict[str, Any]) -> None:
    """Give a proof the leaf that its contents have now."""
    where = [proof["kind"], proof["row_id"], proof["batch"], proof["position"], proof["public"]]
    public = sha256(bytes.fromhex(proof["public_salt"]) + canonical(where)).digest()
    leaf = sha256(b"\0" + public + bytes.fromhex(proof["personal_digest"])).hexdigest()
    proof["commitment"] = leaf


def test_a_row_changed_with_its_leaf_does_not_lead_to_the_root(pack: Path) -> None:
    row = section(pack, "contact_decisions")[1]

    def in_chain(chain: Any) -> None:
        proof = proof_of(chain, "contact decision", row["id"])
        proof["public"]["allowed"] = True
        forge(proof)

    say(pack, "contact_decisions", 1, allowed=True)
    change(pack, "chain.json", in_chain)
    (line,) = wrong(pack)
    assert line.startswith(f"contact decision {row['id']} does not lead to the root of batch ")


def test_two_rows_exchanged_are_both_named(pack: Path) -> None:
    first, second = (row["id"] for row in section(pack, "contact_decisions")[:2])

    def exchange(evidence: Any) -> None:
        rows = evidence["sections"]["contact_decisions"]
        rows[0]["id"], rows[1]["id"] = second, first
        rows[0]["values"]["id"], rows[1]["values"]["id"] = int(second), int(first)

    change(pack, "evidence.json", exchange)
    named = "\n".join(wrong(pack))
    assert f"contact decision {first}: its allowed" in named
    assert f"contact decision {second}: its allowed" in named

    def in_chain(chain: Any) -> None:
        one, other = (proof_of(chain, "contact decision", key) for key in (first, second))
        one["public"], other["public"] = other["public"], one["public"]
        one["personal"], other["personal"] = other["personal"], one["personal"]

    change(pack, "chain.json", in_chain)
    assert f"contact decision {first} was changed: it is not what was sealed." in wrong(pack)


def test_a_row_taken_out_is_named(pack: Path) -> None:
    gone = section(pack, "contact_decisions")[1]["id"]
    change(pack, "evidence.json", lambda evidence: evidence["sections"]["contact_decisions"].pop(1))
    assert f"contact decision {gone} is sealed and was taken out of evidence.json." in wrong(pack)


def test_a_row_put_in_is_named(pack: Path) -> None:
    def how(evidence: Any) -> None:
        row = json.loads(json.dumps(evidence["sections"]["contact_decisions"][0]))
        row["id"] = "999999"
        evidence["sections"]["contact_decisions"].append(row)

    change(pack, "evidence.json", how)
    assert wrong(pack) == ["contact decision 999999 has no proof, and is not said to wait for one."]


def test_a_kind_that_is_no_longer_explained_is_named(pack: Path) -> None:
    """So that nobody passes changed rows off as rows that are never sealed."""

    def how(chain: Any) -> None:
        del chain["kinds"]["contact decision"]
        chain["rows"] = [each for each in chain["rows"] if each["kind"] != "contact decision"]

    change(pack, "chain.json", how)
    assert wrong(pack) == [
        "contact_decisions: chain.json does not explain how rows of this kind were sealed."
    ]


def test_a_release_put_in_is_named(pack: Path) -> None:
    def how(evidence: Any) -> None:
        evidence["sections"]["requests_to_stop"][0]["values"]["released_at"] = "2026-11-06T17:00:01.000000Z"

    key = section(pack, "requests_to_stop")[0]["id"]
    change(pack, "evidence.json", how)
    assert wrong(pack) == [f"suppression release {key} has no proof, and is not said to wait for one."]


def test_the_body_of_a_post_exchanged_is_named(pack: Path) -> None:
    name = section(pack, "posts")[0]["more"]["file"]
    (pack / name).write_text("consent=yes")
    sum_up(pack)
    (line,) = wrong(pack)
    assert line.endswith(f"{name}, is missing or changed.")
    (pack / name).unlink()
    sum_up(pack)
    assert len(wrong(pack)) == 1


@pytest.mark.parametrize("column", ["root", "previous", "hash", "sealed_at", "leaves", "number"])
def test_a_batch_changed_is_named(pack: Path, column: str) -> None:
    rows = batches(pack)
    changed = {"leaves": 8, "number": 77, "sealed_at": "2026-01-01T00:00:00.000000Z"}.get(column, "ab" * 32)
    rows[1] = {**rows[1], column: changed}
    write_batches(pack, rows)
    assert any(line.startswith(f"Batch {rows[1]['number']} ") for line in wrong(pack))


def test_a_batch_made_anew_alone_is_found_by_the_next(pack: Path) -> None:
    rows = batches(pack)
    rows[1] = {**rows[1], "sealed_at": "2026-01-01T00:00:00.000000Z"}
    about = [rows[1][name] for name in ("number", "previous", "root", "leaves", "sealed_at")]
    rows[1]["hash"] = sha256(canonical(about)).hexdigest()
    write_batches(pack, rows)
    assert wrong(pack) == [f"Batch {rows[2]['number']} does not build on batch {rows[1]['number']}."]


def test_a_batch_taken_out_is_named(pack: Path) -> None:
    rows = batches(pack)
    write_batches(pack, [rows[0], *rows[2:]])
    assert f"Batch {rows[2]['number']} follows batch {rows[0]['number']}: others are missing." in wrong(pack)
    write_batches(pack, rows[:-1])
    assert "The last batch is not the head that chain.json names: batches are missing." in wrong(pack)


def chained(rows: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    """Batches hashed and linked anew."""
    made: list[dict[str, Any]] = []
    for row in rows:
        row = {**row, "previous": made[-1]["hash"] if made else row["previous"]}
        about = [row[name] for name in ("number", "previous", "root", "leaves", "sealed_at")]
        made.append({**row, "hash": sha256(canonical(about)).hexdigest()})
    return made


def test_only_a_head_kept_elsewhere_finds_a_chain_that_was_made_anew(pack: Path) -> None:
    """A forger with all means: the row, its leaf, the tree above it and every batch after agree again."""
    honest, row = batches(pack), section(pack, "contact_decisions")[1]

    def in_chain(chain: Any) -> None:
        proof = proof_of(chain, "contact decision", row["id"])
        # Its batch is made to hold this leaf alone, so that nobody else's salts are needed; the others "wait".
        left = [each for each in chain["rows"] if each["batch"] == proof["batch"] and each is not proof]
        chain["rows"] = [each for each in chain["rows"] if each not in left]
        chain["unsealed"] = [{"kind": each["kind"], "row_id": each["row_id"]} for each in left]
        proof["public"]["allowed"], proof["path"], proof["position"] = True, [], 0
        forge(proof)
        mine = {"root": proof["commitment"], "leaves": 1}
        anew = chained({**each, **(mine if each["number"] == proof["batch"] else {})} for each in honest)
        write_batches(pack, anew)
        chain["head"] = {"number": anew[-1]["number"], "hash": anew[-1]["hash"]}

    say(pack, "contact_decisions", 1, allowed=True)
    change(pack, "chain.json", in_chain)
    assert wrong(pack) == []  # alone, it agrees
    for batch in honest[-3:]:
        (line,) = wrong(pack, "--head", batch["hash"])
        assert "made anew" in line
    kept = pack.parent / "head.jsonl"
    kept.write_text(
        json.dumps({"number": honest[-1]["number"], "hash": honest[-1]["hash"], "rows": 1}) + "\n"
    )
    (line,) = wrong(pack, "--head", str(kept))
    assert line.startswith(f"The chain was made anew: batch {honest[-1]['number']} has not the hash")


def test_a_head_kept_elsewhere_agrees_with_any_batch_of_the_chain(pack: Path) -> None:
    for batch in batches(pack):
        code, said = verify(pack, "--head", batch["hash"].upper())
        assert code == 0
        assert "1 of 1 are of this chain" in said
        assert "That the chain itself was not made anew" not in said


def test_of_heads_of_many_days_those_in_reach_are_compared(pack: Path) -> None:
    rows, file = batches(pack), pack.parent / "heads.jsonl"

    def given(*heads: tuple[int, str]) -> str:
        file.write_text(
            "".join(json.dumps({"number": number, "hash": digest}) + "\n" for number, digest in heads)
        )
        return str(file)

    newest = (rows[-1]["number"], rows[-1]["hash"])
    later, mine = (newest[0] + 5, "ab" * 32), (0, "0" * 64)
    code, said = verify(pack, "--head", given(mine, newest, later))
    assert code == 0
    assert "1 of 2 are of this chain" in said
    assert f"The head given of batch {later[0]} is not among batches" in said
    assert len(wrong(pack, "--head", given(newest, (newest[0] - 1, "cd" * 32)))) == 1
    assert "is of no batch in this pack" in wrong(pack, "--head", given(later))[0]


def test_a_sum_printed_in_the_report_is_compared(pack: Path) -> None:
    printed = sha256((pack / "evidence.json").read_bytes()).hexdigest()
    assert wrong(pack, "--evidence", printed) == []
    assert wrong(pack, "--evidence", "0" * 64) == ["evidence.json has not the SHA-256 given."]


def test_what_is_not_sealed_yet_is_named_and_not_held_to_be_wrong(tmp_path: Path) -> None:
    rich_person(NOW)
    seal_pending(now=NOW)
    late = ScrubAnswerFactory.create(phone=PHONE)
    EvidencePending.objects.all().delete()  # as if no sealer ever came by
    folder = unpacked(tmp_path / "pack")
    assert read(folder, "chain.json")["unsealed"] == [{"kind": "scrub answer", "row_id": str(late.pk)}]
    code, said = verify(folder)
    assert code == 0
    assert f"scrub answer {late.pk}: not sealed when the pack was made" in said


def test_a_pack_without_any_batch_says_that_nothing_is_proved(tmp_path: Path) -> None:
    rich_person(NOW)
    EvidencePending.objects.all().delete()
    assert not EvidenceBatch.objects.exists()
    folder = unpacked(tmp_path / "pack")
    code, said = verify(folder, "--all")
    assert code == 0
    assert "0 facts of sealed rows" in said
    assert said.count("not sealed when the pack was made") == len(read(folder, "chain.json")["unsealed"]) > 20


@pytest.mark.parametrize(
    "name", ["manifest.json", "evidence.json", "chain.json", "batches.jsonl", "rules.json"]
)
def test_a_file_that_is_not_what_it_should_be_ends_in_words(pack: Path, name: str) -> None:
    for content in ("", "[]", '{"a": 1, "a": 2}', "\xff\xfe", '{"rows": [{}]}'):
        (pack / name).write_bytes(content.encode("latin-1"))
        assert wrong(pack)
        if name != "manifest.json":
            sum_up(pack)
            assert wrong(pack)


def test_a_head_that_is_none_is_no_head(pack: Path) -> None:
    (pack.parent / "head.txt").write_text("nothing")
    for head in ("1234", str(pack.parent / "head.txt"), str(pack / "gone")):
        with pytest.raises(AssertionError, match="neither a hash"):
            verify(pack, "--head", head)


def test_the_program_needs_an_old_python_and_nothing_else() -> None:
    tree = ast.parse(VERIFY.read_text(), feature_version=(3, 8))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
        )
    }
    allowed = "__future__ argparse collections hashlib io json pathlib re sys typing"
    assert imported == set(allowed.split())
