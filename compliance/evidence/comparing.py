"""Comparing sealed rows with what stands in the tables now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from compliance.evidence import leaves, merkle
from compliance.evidence.kinds import KINDS
from compliance.evidence.sealing import BATCH
from compliance.evidence.vault import UNOPENED
from compliance.models import EvidenceBatch, EvidenceLeaf

ERASURE: Final = "erasure"  # the kind of the receipts of erasures
MOST_LEAVES: Final = BATCH  # in one batch
Rows = Mapping[tuple[str, str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not agree. `says` names kinds, ids and batches, never what a row holds."""

    code: str
    says: str

    def __str__(self) -> str:
        return f"{self.code}: {self.says}"


def compare(batches: Sequence[EvidenceBatch]) -> Iterator[Finding]:
    """What does not agree in `batches` (consecutive ones, in order): their leaves, and the rows of these."""
    found: dict[int, list[EvidenceLeaf]] = {batch.number: [] for batch in batches}
    between = EvidenceLeaf.objects.filter(batch__gte=batches[0].number, batch__lte=batches[-1].number)
    for leaf in between.order_by("batch", "position"):
        if leaf.batch_id in found:
            found[leaf.batch_id].append(leaf)
    rows = _rows_of([leaf for of_batch in found.values() for leaf in of_batch])
    receipts = _receipts([leaf for of_batch in found.values() for leaf in of_batch])
    for batch in batches:
        yield from _positions(batch, found[batch.number])
        for leaf in found[batch.number]:
            yield from _leaf(leaf, rows, batch, receipts)
        yield from _root(batch, found[batch.number])


def _rows_of(sealed: Sequence[EvidenceLeaf]) -> Rows:
    ids: dict[str, list[str]] = {}
    for leaf in sealed:
        ids.setdefault(leaf.kind, []).append(leaf.row_id)
    return {
        (kind, row_id): row
        for kind, row_ids in ids.items()
        if kind in KINDS
        for row_id, row in leaves.rows_of(KINDS[kind], row_ids).items()
    }


def _receipts(sealed: Sequence[EvidenceLeaf]) -> set[str]:
    """The receipts that erased leaves name, as far as they are sealed themselves."""
    named = {leaf.erasure for leaf in sealed if leaf.erasure is not None}
    known = (
        EvidenceLeaf.objects.filter(kind=ERASURE, row_id__in=named) if named else EvidenceLeaf.objects.none()
    )
    return set(known.values_list("row_id", flat=True))


def _positions(batch: EvidenceBatch, found: Sequence[EvidenceLeaf]) -> Iterator[Finding]:
    """Places without a leaf, and leaves beyond the last place.

    `leaves` may have been changed to any number, which the batch's hash tells: no more are looked for than a batch
    can hold.
    """
    positions = {leaf.position for leaf in found}
    for position in range(min(batch.leaves, MOST_LEAVES)):
        if position not in positions:
            yield Finding(
                "leaf gone", f"the row sealed at place {position} of batch {batch.number} is taken out of it"
            )
    for leaf in found:
        if leaf.position >= batch.leaves:
            yield Finding("leaf added", f"{leaf} was put into batch {batch.number} later")


def _root(batch: EvidenceBatch, found: Sequence[EvidenceLeaf]) -> Iterator[Finding]:
    if not found or merkle.root_of([bytes(leaf.commitment) for leaf in found]) != bytes(batch.root):
        yield Finding("root", f"the leaves of batch {batch.number} do not give its root")


def _leaf(leaf: EvidenceLeaf, rows: Rows, batch: EvidenceBatch, receipts: set[str]) -> Iterator[Finding]:
    if leaf.kind not in KINDS:
        yield Finding(
            "unknown kind", f"{leaf} (batch {batch.number}) is of a kind this version does not know"
        )
        return
    row = rows.get((leaf.kind, leaf.row_id))
    if row is None:
        yield Finding("row gone", f"{leaf} (batch {batch.number}) is gone")
        return
    public, personal = leaves.content(KINDS[leaf.kind], row)
    if UNOPENED in row:
        yield Finding("not opened", f"{leaf} (batch {batch.number}) is kept sealed. {row[UNOPENED]}")
    elif leaf.personal_salt is None:
        yield from _erased(leaf, personal, receipts)
    elif _personal(leaf, personal) != bytes(leaf.personal_digest):
        yield Finding(
            "row changed", f"{leaf} (batch {batch.number}) was changed, in what it says of a person"
        )
    if _commitment(leaf, public, leaf.position) != bytes(leaf.commitment):
        yield _moved_or_changed(leaf, public, batch)


def _erased(leaf: EvidenceLeaf, personal: leaves.Half, receipts: set[str]) -> Iterator[Finding]:
    if personal != dict(KINDS[leaf.kind].blanks):
        yield Finding("row changed", f"{leaf} is erased, but what it says of a person was filled in again")
    if ERASURE in KINDS and leaf.erasure not in receipts:
        yield Finding("erased", f"{leaf} was erased without a receipt in the chain")


def _moved_or_changed(leaf: EvidenceLeaf, public: leaves.Half, batch: EvidenceBatch) -> Finding:
    for position in range(min(batch.leaves, MOST_LEAVES)):
        if _commitment(leaf, public, position) == bytes(leaf.commitment):
            return Finding(
                "row moved",
                f"{leaf} stands at place {leaf.position} of batch {batch.number}, sealed at {position}",
            )
    return Finding("row changed", f"{leaf} (batch {batch.number}) was changed")


def _personal(leaf: EvidenceLeaf, personal: leaves.Half) -> bytes:
    return leaves.personal_digest(salt=bytes(leaf.personal_salt or b""), personal=personal)


def _commitment(leaf: EvidenceLeaf, public: leaves.Half, position: int) -> bytes:
    shown = leaves.public_digest(
        salt=bytes(leaf.public_salt), kind=leaf.kind, row_id=leaf.row_id, batch=leaf.batch_id, position=position,
        public=public,
    )  # fmt: skip
    return leaves.commitment(shown, bytes(leaf.personal_digest))
