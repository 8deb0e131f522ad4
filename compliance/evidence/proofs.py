"""What somebody without our database needs to verify single rows: their content, salts, and the way to the head."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from compliance.evidence import leaves, merkle
from compliance.evidence.chain import header_of
from compliance.evidence.kinds import KINDS, Kind
from compliance.evidence.vault import UNOPENED
from compliance.models import EvidenceBatch, EvidenceLeaf

# Rows proved at a time: their batches' commitments are held in memory.
AT_ONCE: Final = 200
Tree = list[list[bytes]]


def proofs_of(rows: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Proofs of `rows` (primary keys by kind), ready for JSON; bytes are in hex.

    `rows`: per sealed row kind, row_id, public, personal (None once erased), public_salt, personal_salt (None once
    erased), personal_digest, commitment, erased_at, erasure, batch, position, path [{side, hash}]; unopened (why) in
    place of a personal half that the vault keeps and that does not open. `batches`: every
    header from the first one needed to the head. `unsealed`: rows of which there is no proof (yet): kind, row_id.
    How they fit together: compliance.evidence.leaves, merkle, chain. Call it in one transaction of REPEATABLE READ,
    or be content that a batch sealed meanwhile may be missing at the end. Raises KeyError for an unknown kind.
    """
    unsealed: list[dict[str, str]] = []
    proofs = list(each_proof(rows, unsealed))
    return {
        "rows": proofs,
        "batches": list(headers_from(min((each["batch"] for each in proofs), default=None))),
        "unsealed": unsealed,
    }


def each_proof(rows: Mapping[str, Sequence[Any]], unsealed: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
    """The `rows` of `proofs_of`, one at a time; those there is no proof of are added to `unsealed` on the way."""
    for name, keys in rows.items():
        row_ids = [str(key) for key in keys]
        for begin in range(0, len(row_ids), AT_ONCE):
            part = row_ids[begin : begin + AT_ONCE]
            found = _leaves_of(KINDS[name], part)
            unsealed += [{"kind": name, "row_id": each} for each in part if each not in found]
            yield from _proofs(KINDS[name], found)


def headers_from(first: int | None) -> Iterator[dict[str, Any]]:
    """The headers of all batches from number `first` to the head, one at a time; of none for None."""
    if first is not None:
        for batch in EvidenceBatch.objects.filter(number__gte=first).order_by("number").iterator(1000):
            yield header_of(batch)


def _leaves_of(kind: Kind, row_ids: Sequence[str]) -> dict[str, EvidenceLeaf]:
    found = EvidenceLeaf.objects.filter(kind=kind.name, row_id__in=row_ids)
    return {leaf.row_id: leaf for leaf in found}


def _proofs(kind: Kind, found: Mapping[str, EvidenceLeaf]) -> Iterator[dict[str, Any]]:
    content = leaves.rows_of(kind, list(found))
    trees = _trees({leaf.batch_id for leaf in found.values()})
    for row_id, leaf in found.items():
        yield _proof(kind, leaf, content.get(row_id), trees[leaf.batch_id])


def _trees(batches: Collection[int]) -> dict[int, Tree]:
    """The whole trees of some batches, each worked out once. One query."""
    found: dict[int, list[bytes]] = defaultdict(list)
    sealed = EvidenceLeaf.objects.filter(batch__in=batches).order_by("batch", "position")
    for batch, commitment in sealed.values_list("batch_id", "commitment").iterator():
        found[batch].append(bytes(commitment))
    return {batch: merkle.levels_of(commitments) for batch, commitments in found.items()}


def _proof(kind: Kind, leaf: EvidenceLeaf, row: Mapping[str, Any] | None, tree: Tree) -> dict[str, Any]:
    public, personal = leaves.content(kind, row) if row is not None else (None, {})
    path = merkle.path_in(tree, leaf.position)
    unopened = row.get(UNOPENED) if row is not None else None
    shown = leaf.personal_salt is not None and unopened is None
    return {
        "kind": leaf.kind,
        "row_id": leaf.row_id,
        "public": public,
        "personal": personal if shown else None,
        "public_salt": bytes(leaf.public_salt).hex(),
        "personal_salt": bytes(leaf.personal_salt).hex() if leaf.personal_salt is not None else None,
        "personal_digest": bytes(leaf.personal_digest).hex(),
        "commitment": bytes(leaf.commitment).hex(),
        **({"unopened": unopened} if unopened is not None else {}),
        "erased_at": leaves.as_json(leaf.erased_at),
        "erasure": leaf.erasure,
        "batch": leaf.batch_id,
        "position": leaf.position,
        "path": [{"side": step.side, "hash": step.hash.hex()} for step in path],
    }
