"""Files are kept for a while, and nobody who asked to be erased stays in one. That there was an import stays."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

import structlog
from django.core.exceptions import ValidationError
from django.db import OperationalError, transaction

from intake.imports.lines import Line, lines_of, seal_lines
from intake.models import AT_WORK, ImportBlock, ImportLine, ImportState, LeadImport
from leadcrm.lib.lookup import all_keyed, keyed
from leadcrm.lib.sealing import CannotOpen

log = structlog.get_logger(__name__)
BATCH: Final = 2_000
# A worker may have lines of a block in its hands.
_TAKING: Final = (ImportState.RUNNING, ImportState.PAUSED, ImportState.CANCELLING)


def forget_files(*, before: datetime, held: Sequence[str], now: datetime) -> tuple[int, int]:
    """Delete the files that were done with, or lay about, since `before`: rows and results; how many, and how many not.

    Those stay in which one of the numbers `held` (E.164, under a legal hold) stands, or that do not open. Counts stay.
    In batches, so that a run may be stopped at any moment; safe to repeat.
    """
    gone = kept = 0
    due = LeadImport.objects.filter(forgotten_at__isnull=True, created_at__lt=before)
    for row in due.exclude(state__in=(*AT_WORK, ImportState.PAUSED)).order_by("created_at"):
        if (row.finished_at or row.started_at or row.created_at) >= before:
            continue
        if held and _holds_one(row, held):
            kept += 1
            continue
        _delete(row)
        LeadImport.objects.filter(pk=row.pk).update(forgotten_at=now, file_name="[forgotten]", names={})
        gone += 1
    if gone or kept:
        log.info("import.forgotten", files=gone, held=kept)
    return gone, kept


def erase_lines(*, phones: Sequence[str], now: datetime) -> int:
    """Blank the lines of stored files in which one of `phones` (E.164) stands, in any notation; how many there were.

    In the caller's transaction. A line that waits to be taken is not taken any more; a file that waits to be read is
    told whom to leave out. Opens every block there is: a job of seconds. What does not open is passed over: without its
    key nobody can read it. Raises ValidationError while a file is read, or such a line is in a worker's hands.
    """
    _note_for_unread(phones)
    count = 0
    for block in ImportBlock.objects.order_by("pk").iterator(chunk_size=100):
        with suppress(CannotOpen):
            lines = lines_of(block)
            found = {line.number for line in lines if _stands_in(line, phones)}
            if found:
                count += _blank(block.pk, found, now)
    return count


def _note_for_unread(phones: Sequence[str]) -> None:
    """Whoever reads a file holds its row: what was read is seen by the caller, what comes later sees the digests."""
    try:
        rows = list(LeadImport.objects.filter(state=ImportState.READING).select_for_update(nowait=True))
    except OperationalError:
        raise ValidationError({"phone": "A file of leads is being read: try again in a minute."}) from None
    for row in rows:
        row.erased = sorted({*row.erased, *all_keyed(list(phones))})
        row.save(update_fields=["erased"])


def without_erased(lines: Iterable[Line], digests: Sequence[str]) -> Iterator[Line]:
    """`lines`, those blank in which a number stands whose keyed digest is one of `digests`, in any notation."""
    known = frozenset(digests)
    for line in lines:
        yield Line(line.number, (), erased=True) if known and _is_known(line, known) else line


def _is_known(line: Line, digests: frozenset[str]) -> bool:
    for cell in line.cells:
        digits = re.sub(r"\D", "", cell)
        if any(keyed(f"+1{digits[at : at + 10]}") in digests for at in range(len(digits) - 9)):
            return True
    return False


def _blank(block_id: int, numbers: set[int], now: datetime) -> int:
    block = ImportBlock.objects.select_for_update(of=("self",)).select_related("of").get(pk=block_id)
    if block.of.state in _TAKING and block.due_at is not None and block.due_at > now:
        raise ValidationError({"phone": "A line of this person is being imported: try again in two minutes."})
    kept = [
        Line(each.number, (), erased=True) if each.number in numbers else each for each in lines_of(block)
    ]
    seal_lines(block, kept)
    block.save(update_fields=["body"])
    return len(numbers)


def _holds_one(row: LeadImport, phones: Sequence[str]) -> bool:
    for block in row.blocks.order_by("number").iterator(chunk_size=100):
        try:
            if any(_stands_in(line, phones) for line in lines_of(block)):
                return True
        except CannotOpen:
            return True
    return False


def _stands_in(line: Line, phones: Sequence[str]) -> bool:
    cells = [re.sub(r"\D", "", cell) for cell in line.cells]
    return any(phone[2:] in cell for phone in phones for cell in cells)


def _delete(row: LeadImport) -> None:
    """Results first, then what they are about."""
    row.parts.all().delete()
    row.keys.all().delete()
    for rows in (ImportLine.objects.filter(of=row), ImportBlock.objects.filter(of=row)):
        while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
            with transaction.atomic():
                rows.model._default_manager.filter(pk__in=keys).delete()
