"""Check an evidence pack: run `python3 verify.py` in the folder it was unpacked into.

    python3 verify.py --head 0123abcd...      compare with a head of the chain that left the agency earlier
    python3 verify.py --head head.jsonl       the same, from the file or mail it was kept in
    python3 verify.py --evidence 4567cdef...  compare with the sum of evidence.json printed in the report

Needs Python 3.8 or later and nothing else: no network, no other program. The exit code is 0 if all that can be checked
agrees, 1 if anything does not, 2 if it was called wrongly. Read it before you trust it: it is short on purpose.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Dict, Tuple

FILES = "README.txt batches.jsonl chain.json evidence.json report.pdf rules.json timeline.csv verify.py"
# Tables whose rows are not sealed: of any other, each row must be proved or said to wait.
LOOSE = "agents_communication compliance_certificate intake_lead intake_leadevent intake_submission"
# What operating systems leave in a folder that somebody looked into.
LITTER = (".DS_Store", "Thumbs.db", "desktop.ini")
# So many names are printed of what is not proved; of what is wrong all are.
NAMED = 20


class Unreadable(Exception):
    """A file that is not what it should be."""


class Checked:
    """What was found so far."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.unproved: list[str] = []
        self.good: list[tuple[str, str]] = []
        self.titles: dict[str, str] = {}  # by table: where its rows stand

    def expect(self, agrees: bool, otherwise: str) -> bool:
        """Note what is wrong unless something agrees."""
        if not agrees:
            self.wrong.append(otherwise)
        return agrees


def canonical(value: Any) -> bytes:
    """The bytes that were hashed: JSON with sorted keys, no blanks, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which a name that comes twice is an error, not the last one's."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def load(path: Path) -> Any:
    """A JSON file. Raises Unreadable."""
    try:
        return json.loads(path.read_bytes().decode("utf-8"), object_pairs_hook=once)
    except (OSError, ValueError) as why:
        raise Unreadable("%s cannot be read: %s" % (path.name, why)) from None


def sum_of(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file."""
    digest = sha256()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest(), path.stat().st_size


def check_files(folder: Path, checked: Checked) -> None:
    """Every file is as manifest.json lists it; nothing is missing, nothing was put in."""
    listed = load(folder / "manifest.json")["files"]
    there = set(files_in(folder)) - {"manifest.json"}
    agree = 0
    for name, said in sorted(listed.items()):
        if name not in there:
            checked.expect(False, "File %s is in the manifest and not in the folder." % name)
            continue
        digest, size = sum_of(folder / name)
        same = digest == said["sha256"] and size == said["bytes"]
        agree += checked.expect(same, "File %s was changed: its SHA-256 is %s." % (name, digest))
    for name in sorted(there - set(listed)):
        checked.expect(False, "File %s is in the folder and not in the manifest." % name)
    for name in sorted(set(FILES.split()) - set(listed)):
        checked.expect(False, "The manifest has no line for %s." % name)
    checked.good.append(("Files", "%d of %d have the SHA-256 of the manifest" % (agree, len(listed))))


def files_in(folder: Path) -> Iterator[str]:
    """Names of all files, by their way from the folder."""
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in LITTER:
            yield path.relative_to(folder).as_posix()


Rows = Dict[Tuple[str, str], Dict[str, Any]]  # by table and id


def rows_of(folder: Path, checked: Checked) -> Rows:
    """All rows of evidence.json and rules.json, by table and id."""
    evidence, rules = load(folder / "evidence.json"), load(folder / "rules.json")
    lists = [*evidence["sections"].items(), *(each for each in rules.items() if isinstance(each[1], list))]
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for title, row in ((title, row) for title, rows in lists for row in rows if "table" in row):
        key = (row["table"], row["id"])
        checked.expect(key not in found, "Row %s %s is there twice." % key)
        checked.titles[row["table"]] = title
        found[key] = row
    return found


def check_posts(folder: Path, rows: Rows, checked: Checked) -> None:
    """The body of each post is the one that evidence.json speaks of."""
    for (table, row_id), row in rows.items():
        more = row.get("more", {})
        if "file" in more:
            path = folder / more["file"]
            same = path.is_file() and sum_of(path)[0] == more["sha256"]
            checked.expect(same, f"The body of {table} {row_id}, {more['file']}, is missing or changed.")


def check_rows(chain: dict[str, Any], rows: Rows, batches: dict[int, Any], checked: Checked) -> None:
    """Each proof leads from its row to the root of its batch, and says what evidence.json says."""
    proved: set[tuple[str, str]] = set()
    for proof in chain["rows"]:
        fact = (proof["kind"], proof["row_id"])
        name, kind = "%s %s" % fact, chain["kinds"].get(proof["kind"])
        if not checked.expect(kind is not None, f"{name} is of a kind that chain.json does not explain."):
            continue
        checked.expect(fact not in proved, f"{name} is proved twice.")
        proved.add(fact)
        check_proof(name, proof, batches, checked)
        check_content(name, proof, kind, rows.get((kind["table"], proof["row_id"])), checked)
    checked.good.append(("Rows", "%d facts of sealed rows checked against the chain" % len(proved)))
    check_unsealed(chain, rows, proved, checked)


def check_proof(name: str, proof: dict[str, Any], batches: dict[int, Any], checked: Checked) -> None:
    """From the row's halves to the leaf, from the leaf to the root of the batch."""
    where = [proof["kind"], proof["row_id"], proof["batch"], proof["position"]]
    public = sha256(bytes.fromhex(proof["public_salt"]) + canonical([*where, proof["public"]])).digest()
    personal = bytes.fromhex(proof["personal_digest"])
    if proof["personal"] is not None:
        opened = sha256(bytes.fromhex(proof["personal_salt"]) + canonical(proof["personal"])).digest()
        checked.expect(opened == personal, "%s was changed: its personal half does not agree." % name)
    leaf = sha256(b"\x00" + public + personal).digest()
    same = leaf.hex() == proof["commitment"]
    if not checked.expect(same, f"{name} was changed: it is not what was sealed."):
        return
    number = proof["batch"]
    batch: Any = batches.get(number)
    if checked.expect(batch is not None, f"{name} is of batch {number}, which is not here."):
        leads = root_from(leaf, proof, batch["leaves"]) == batch["root"]
        checked.expect(leads, f"{name} does not lead to the root of batch {number}.")


def root_from(leaf: bytes, proof: dict[str, Any], leaves: int) -> str:
    """The root of the Merkle tree (RFC 6962) of `leaves`, from one of them and its path; "" where none fits."""
    at, path = proof["position"], list(proof["path"])
    if not 0 <= at < leaves:
        return ""
    while leaves > 1:
        if at ^ 1 < leaves:  # a last one without a partner goes up as it is
            step = path.pop(0) if path else {"side": "", "hash": ""}
            if step["side"] != ("left" if at & 1 else "right"):
                return ""
            other = bytes.fromhex(step["hash"])
            leaf = sha256(b"\x01" + (other + leaf if at & 1 else leaf + other)).digest()
        at, leaves = at // 2, (leaves + 1) // 2
    return "" if path else leaf.hex()


def check_content(name: str, proof: dict[str, Any], kind: Any, row: Any, checked: Checked) -> None:
    """What was sealed is what stands in evidence.json or rules.json."""
    if proof["public"] is None:
        checked.unproved.append("%s: the row was gone before it could be sealed." % name)
        return
    if not checked.expect(row is not None, "%s is sealed and was taken out of evidence.json." % name):
        return
    if proof["personal"] is None:
        why = f"was erased on {proof['erased_at']} (receipt {proof['erasure']})"
        why = f"is kept sealed and does not open: {proof['unopened']}" if "unopened" in proof else why
        checked.unproved.append(f"{name}: what it said of a person {why}; the rest is proved.")
    for half in ("public", "personal"):
        columns = proof[half] or {}
        same = proof[half] is None or sorted(columns) == sorted(kind[half])
        checked.expect(same, f"{name}: its {half} half has not the columns that chain.json says.")
        for column, value in columns.items():
            same = column in row["values"] and canonical(row["values"][column]) == canonical(value)
            checked.expect(same, f"{name}: its {column} is not what was sealed.")


def check_unsealed(chain: dict[str, Any], rows: Rows, proved: set[tuple[str, str]], checked: Checked) -> None:
    """Every row of a kind that is sealed is proved, or is openly said to wait for that."""
    waiting = {(each["kind"], each["row_id"]) for each in chain["unsealed"]}
    kinds: dict[str, list[tuple[str, Any]]] = {}
    for name, kind in chain["kinds"].items():
        kinds.setdefault(kind["table"], []).append((name, kind))
    loose: dict[str, int] = {}
    for (table, row_id), row in rows.items():
        loose[table] = loose.get(table, 0) + 1
        for name, kind in kinds.get(table, ()):
            if kind["moment"] and row["values"][kind["moment"]] is None:
                continue  # what this kind is about has not happened
            said = (name, row_id) in proved or (name, row_id) in waiting
            checked.expect(said, "%s %s has no proof, and is not said to wait for one." % (name, row_id))
    late = "not sealed when the pack was made. Rows are sealed within a minute or so; ask why it was not."
    checked.unproved += [f"{kind} {row_id}: {late}" for kind, row_id in sorted(waiting - proved)]
    for table in sorted(loose):
        note_loose(table, loose[table], [kind for _, kind in kinds.get(table, ())], rows, checked)


def note_loose(table: str, count: int, kinds: list[Any], rows: Rows, checked: Checked) -> None:
    """What of a table is in no seal: all of it, or some columns."""
    title = checked.titles[table]
    if not kinds:
        said = "rows of this kind are not sealed; only the sums of the files cover them."
        checked.unproved.append(f"{title} ({count}): {said}")
        known = table in LOOSE.split()
        checked.expect(known, f"{title}: chain.json does not explain how rows of this kind were sealed.")
        return
    sealed = {column for kind in kinds for half in ("public", "personal") for column in kind[half]}
    values = next(row["values"] for (name, _), row in rows.items() if name == table)
    left = sorted(set(values) - sealed - {kinds[0]["key"]})
    if left:
        said = "columns are not sealed; only the sums of the files cover them."
        checked.unproved.append(f"{title}: the {', '.join(left)} {said}")


def check_batches(folder: Path, chain: dict[str, Any], heads: list[Any], checked: Checked) -> dict[int, Any]:
    """Each batch gives its hash and builds on the one before; the last is the head. Gives those that rows are in."""
    needed = {proof["batch"] for proof in chain["rows"]}
    found: dict[int, Any] = {}
    first: Any = None
    before: Any = None
    asked = dict.fromkeys(range(len(heads)), "")
    for batch in each_batch(folder / "batches.jsonl"):
        check_batch(batch, before, checked)
        first, before = first or batch, batch
        if batch["number"] in needed:
            found[batch["number"]] = batch
        compare_heads(heads, batch, asked)
    head = {"number": before["number"], "hash": before["hash"]} if before else None
    same = head == chain["head"]
    checked.expect(same, "The last batch is not the head that chain.json names: batches are missing.")
    reach = f"{first['number']} to {before['number']}" if before else "none"
    checked.good.append(("Batches", reach))
    if before:
        checked.good.append(("Head", f"batch {before['number']}, {before['hash']}"))
    check_heads(heads, asked, reach, checked)
    return found


def each_batch(path: Path) -> Iterator[dict[str, Any]]:
    """One at a time: there may be a million."""
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line, object_pairs_hook=once)
    except (OSError, ValueError) as why:
        raise Unreadable("%s cannot be read: %s" % (path.name, why)) from None


def check_batch(batch: dict[str, Any], before: Any, checked: Checked) -> None:
    """One link."""
    number = batch["number"]
    about = [number, batch["previous"], batch["root"], batch["leaves"], batch["sealed_at"]]
    same = sha256(canonical(about)).hexdigest() == batch["hash"]
    checked.expect(same, "Batch %s was changed: it does not give its hash." % number)
    if before:
        last, builds = before["number"], batch["previous"] == before["hash"]
        checked.expect(number == last + 1, f"Batch {number} follows batch {last}: others are missing.")
        checked.expect(builds, f"Batch {number} does not build on batch {last}.")
    elif number == 1:
        checked.expect(batch["previous"] == "0" * 64, "Batch 1 builds on something before it.")


def compare_heads(heads: list[Any], batch: dict[str, Any], asked: dict[int, str]) -> None:
    """Note which of the heads given this batch, or the one before, is or should be."""
    for at, (number, digest) in enumerate(heads):
        if digest in (batch["hash"], batch["previous"]):
            asked[at] = asked[at] or "good"
        elif number in (batch["number"], batch["number"] - 1):
            asked[at] = "bad"


def check_heads(heads: list[Any], asked: dict[int, str], reach: str, checked: Checked) -> None:
    """Every head given is of this chain; those of batches that are not in the pack's reach tell nothing."""
    for at, (number, digest) in enumerate(heads):
        if asked[at] == "bad":
            said = f"batch {number} has not the hash {digest} of the head given."
            checked.wrong.append(f"The chain was made anew: {said}")
        elif not asked[at] and number is not None and any(asked.values()):
            checked.unproved.append(f"The head given of batch {number} is not among batches {reach}.")
        elif not asked[at]:
            said = "the chain was made anew or cut off, or that head is older or newer than the pack: give another."
            checked.wrong.append(f"The head given, {digest}, is of no batch in this pack ({reach}): {said}")
    good = sum(each == "good" for each in asked.values())
    checked.good += [("Heads given", f"{good} of {len(heads)} are of this chain")] if heads else []


def heads_of(words: list[str]) -> list[tuple[Any, str]]:
    """Heads as given: a hash, or a file of heads as they were exported. Raises Unreadable."""
    heads: list[tuple[Any, str]] = []
    for word in words:
        if re.fullmatch("[0-9a-fA-F]{64}", word):
            heads.append((None, word.lower()))
            continue
        try:
            lines = filter(str.strip, Path(word).read_text(encoding="utf-8").splitlines())
            found = [json.loads(line) for line in lines]
            heads += [(int(each["number"]), str(each["hash"]).lower()) for each in found if each["number"]]
        except (OSError, ValueError, KeyError, TypeError):
            raise Unreadable("--head: %s is neither a hash of 64 digits nor a file of heads" % word) from None
    return heads


def check(folder: Path, heads: list[Any], evidence: str) -> Checked:
    """All of it."""
    checked = Checked()
    try:
        check_files(folder, checked)
        if evidence:
            same = sum_of(folder / "evidence.json")[0] == evidence.lower()
            checked.expect(same, "evidence.json has not the SHA-256 given.")
        rows, chain = rows_of(folder, checked), load(folder / "chain.json")
        check_posts(folder, rows, checked)
        check_rows(chain, rows, check_batches(folder, chain, heads, checked), checked)
        if not heads and chain["head"]:
            said = "That the chain itself was not made anew: give --head with a head kept elsewhere."
            checked.unproved.append(said)
    except Unreadable as why:
        checked.wrong.append(str(why))
    except (OSError, KeyError, TypeError, ValueError, AttributeError, IndexError) as why:
        checked.wrong.append("The pack is not whole: %s: %s" % (type(why).__name__, why))
    return checked


def report(checked: Checked) -> None:
    """For people."""
    for name, said in checked.good:
        print("%-12s%s" % (name, said))
    if checked.unproved:
        print("\nNOT PROVED, and not held to be wrong (%d):" % len(checked.unproved))
        for said in checked.unproved[:NAMED]:
            print("  - " + said)
        if len(checked.unproved) > NAMED:
            print("  ... and %d more; --all names them." % (len(checked.unproved) - NAMED))
    print("\nA pack cannot show that nothing was left out, nor that what was posted or recorded was true.")
    if checked.wrong:
        print("\nWRONG (%d):" % len(checked.wrong))
        for said in checked.wrong:
            print("  - " + said)
        print("\nRESULT: this pack does NOT agree with itself or with what was sealed. Do not rely on it.")
    else:
        print("\nRESULT: everything that can be checked agrees.")


def main() -> int:
    """As the first lines of this file say."""
    global NAMED
    parser = argparse.ArgumentParser(description="Check an evidence pack, in its own folder.")
    parser.add_argument(
        "--head", action="append", default=[], metavar="HASH", help="kept elsewhere; or its file"
    )
    parser.add_argument(
        "--evidence", default="", metavar="SHA256", help="as printed on the report's first page"
    )
    parser.add_argument("--all", action="store_true", help="name everything that is not proved")
    given = parser.parse_args()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal of few letters
    if given.all:
        NAMED = 1 << 30
    try:
        heads = heads_of(given.head)
    except Unreadable as why:
        print(why, file=sys.stderr)
        return 2
    checked = check(Path(__file__).resolve().parent, heads, given.evidence)
    report(checked)
    return 1 if checked.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
