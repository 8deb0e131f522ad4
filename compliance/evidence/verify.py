"""Goes through the whole chain and every row, and names what does not agree."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Exists, F, Min, OuterRef, TextField
from django.db.models.functions import Cast

from compliance.evidence.chain import GENESIS, Head, hash_of
from compliance.evidence.comparing import Finding, compare
from compliance.evidence.kinds import KINDS, Kind
from compliance.evidence.sealing import BATCH
from compliance.evidence.snapshot import one_snapshot
from compliance.models import EvidenceBatch, EvidenceLeaf, EvidencePending

# What is noted longer than this should have been sealed.
PATIENCE: Final = timedelta(minutes=10)
# Rows compared at a time, in whole batches: what is held in memory, and some answers of services are long.
AT_ONCE: Final = BATCH


@dataclass(slots=True)
class Progress:
    """How far a verification is."""

    batches: int = 0
    rows: int = 0
    of_batches: int = 0
    waiting: int = 0


def verify_evidence(
    *,
    now: datetime,
    heads: Sequence[Head] = (),
    patience: timedelta = PATIENCE,
    report: Callable[[Progress], None] = lambda progress: None,
) -> Iterator[Finding]:
    """Everything that does not agree, as it is found: nothing at all if the evidence is as it was sealed.

    All of it in one snapshot, so that it may run beside the product. `heads` were exported earlier and kept where
    nobody who can write here could change them. `report` is called after each group of batches.
    """
    with one_snapshot():
        progress = Progress(of_batches=EvidenceBatch.objects.count(), waiting=EvidencePending.objects.count())
        yield from _chain(progress, report)
        yield from _orphans()
        for head in heads:
            yield from _head(head)
        yield from _overdue(now - patience)
        for kind in KINDS.values():
            yield from _never_noted(kind)


def _chain(progress: Progress, report: Callable[[Progress], None]) -> Iterator[Finding]:
    previous, last = GENESIS, 0
    for group in _groups(EvidenceBatch.objects.order_by("number").iterator(chunk_size=500)):
        for batch in group:
            yield from _link(batch, previous, last)
            previous, last = bytes(batch.hash), batch.number
        yield from compare(group)
        progress.batches += len(group)
        progress.rows += sum(batch.leaves for batch in group)
        report(progress)


def _groups(batches: Iterable[EvidenceBatch]) -> Iterator[list[EvidenceBatch]]:
    group: list[EvidenceBatch] = []
    size = 0
    for batch in batches:
        if group and size + batch.leaves > AT_ONCE:
            yield group
            group, size = [], 0
        group.append(batch)
        size += batch.leaves
    if group:
        yield group


def _link(batch: EvidenceBatch, previous: bytes, last: int) -> Iterator[Finding]:
    if batch.number > last + 1:
        gone = (
            f"batch {last + 1} is"
            if batch.number == last + 2
            else f"batches {last + 1} to {batch.number - 1} are"
        )
        yield Finding("batch gone", f"{gone} gone")
    elif bytes(batch.previous) != previous:
        yield Finding("chain broken", f"batch {batch.number} does not build on batch {last}")
    if hash_of(batch) != bytes(batch.hash):
        yield Finding("batch changed", f"batch {batch.number} was changed: it does not give its hash")


def _orphans() -> Iterator[Finding]:
    batch = EvidenceBatch.objects.filter(number=OuterRef("batch_id"))
    for leaf in EvidenceLeaf.objects.filter(~Exists(batch)).iterator():
        yield Finding("batch gone", f"{leaf} was sealed in batch {leaf.batch_id}, which is gone")


def _head(head: Head) -> Iterator[Finding]:
    if head.number == 0:
        return  # taken before there was anything
    batch = EvidenceBatch.objects.filter(number=head.number).first()
    if batch is None:
        yield Finding("head", f"batch {head.number} is gone, of which an exported head tells")
    elif bytes(batch.hash).hex() != head.hash:
        yield Finding("head", f"batch {head.number} is not the one of which an exported head tells")


def _overdue(before: datetime) -> Iterator[Finding]:
    old = EvidencePending.objects.filter(noted_at__lt=before).order_by()
    for row in old.values("kind").annotate(count=Count("pk"), since=Min("noted_at")).order_by("kind"):
        yield Finding(
            "unsealed",
            f"{row['count']} of kind {row['kind']} wait to be sealed since {row['since']:%Y-%m-%d %H:%M} UTC",
        )


def _never_noted(kind: Kind) -> Iterator[Finding]:
    """Rows that are in no batch and wait for none: added behind the triggers' back, or taken out of the chain."""
    about = {"kind": kind.name, "row_id": OuterRef("as_text")}
    rows = kind.model._base_manager.order_by().annotate(as_text=Cast(F("pk"), TextField()))
    if kind.moment:
        rows = rows.filter(**{f"{kind.moment}__isnull": False})
    missing = rows.exclude(Exists(EvidenceLeaf.objects.filter(**about)))
    missing = missing.exclude(Exists(EvidencePending.objects.filter(**about)))
    for row_id in missing.order_by("pk").values_list("as_text", flat=True).iterator():
        yield Finding("not sealed", f"{kind.name} {row_id} is in no batch, and was not noted for one")
