"""What somebody without our database needs to verify single rows: their content, salts, and the way to the head."""

from collections.abc import Mapping, Sequence
from typing import Any

from compliance.evidence import leaves, merkle
from compliance.evidence.chain import header_of
from compliance.evidence.kinds import KINDS, Kind
from compliance.models import EvidenceBatch, EvidenceLeaf


def proofs_of(rows: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Proofs of `rows` (primary keys by kind), ready for JSON; bytes are in hex.

    `rows`: per sealed row kind, row_id, public, personal (None once erased), public_salt, personal_salt (None once
    erased), personal_digest, commitment, erased_at, erasure, batch, position, path [{side, hash}]. `batches`: every
    header from the first one needed to the head. `unsealed`: rows of which there is no proof (yet): kind, row_id.
    How they fit together: compliance.evidence.leaves, merkle, chain. Call it in one transaction of REPEATABLE READ,
    or be content that a batch sealed meanwhile may be missing at the end. Raises KeyError for an unknown kind.
    """
    proofs: list[dict[str, Any]] = []
    unsealed: list[dict[str, str]] = []
    trees: dict[int, list[bytes]] = {}
    for name, keys in rows.items():
        row_ids = [str(key) for key in keys]
        found = _leaves_of(KINDS[name], row_ids)
        unsealed += [{"kind": name, "row_id": each} for each in row_ids if each not in found]
        content = leaves.rows_of(KINDS[name], list(found))
        for row_id, leaf in found.items():
            proofs.append(_proof(KINDS[name], leaf, content.get(row_id), _tree(leaf.batch_id, trees)))
    return {"rows": proofs, "batches": _headers(min(trees, default=None)), "unsealed": unsealed}


def _leaves_of(kind: Kind, row_ids: Sequence[str]) -> dict[str, EvidenceLeaf]:
    found = EvidenceLeaf.objects.filter(kind=kind.name, row_id__in=row_ids)
    return {leaf.row_id: leaf for leaf in found}


def _tree(batch: int, trees: dict[int, list[bytes]]) -> list[bytes]:
    """The commitments of a batch, in order, read once."""
    if batch not in trees:
        found = (
            EvidenceLeaf.objects.filter(batch=batch).order_by("position").values_list("commitment", flat=True)
        )
        trees[batch] = [bytes(each) for each in found]
    return trees[batch]


def _proof(
    kind: Kind, leaf: EvidenceLeaf, row: Mapping[str, Any] | None, tree: Sequence[bytes]
) -> dict[str, Any]:
    public, personal = leaves.content(kind, row) if row is not None else (None, {})
    path = merkle.path_of(tree, leaf.position)
    return {
        "kind": leaf.kind,
        "row_id": leaf.row_id,
        "public": public,
        "personal": personal if leaf.personal_salt is not None else None,
        "public_salt": bytes(leaf.public_salt).hex(),
        "personal_salt": bytes(leaf.personal_salt).hex() if leaf.personal_salt is not None else None,
        "personal_digest": bytes(leaf.personal_digest).hex(),
        "commitment": bytes(leaf.commitment).hex(),
        "erased_at": leaves.as_json(leaf.erased_at),
        "erasure": leaf.erasure,
        "batch": leaf.batch_id,
        "position": leaf.position,
        "path": [{"side": step.side, "hash": step.hash.hex()} for step in path],
    }


def _headers(first: int | None) -> list[dict[str, Any]]:
    if first is None:
        return []
    return [header_of(each) for each in EvidenceBatch.objects.filter(number__gte=first).order_by("number")]
