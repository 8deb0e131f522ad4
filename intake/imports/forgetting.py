"""Files are kept for a while, and nobody who asked to be erased stays in one. That there was an import stays."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

import structlog
from django.db import transaction

from intake.imports.lines import Line, lines_of, seal_lines
from intake.models import AT_WORK, ImportBlock, ImportLine, ImportState, LeadImport
from leadcrm.lib.sealing import CannotOpen

log = structlog.get_logger(__name__)
BATCH: Final = 2_000


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


def erase_lines(*, phones: Sequence[str]) -> int:
    """Blank the lines of stored files in which one of `phones` (E.164) stands, in any notation; how many there were.

    In the caller's transaction. A line that waits to be taken is not taken any more. Opens every block there is: a job
    of seconds. What does not open is passed over: without its key nobody can read it.
    """
    count = 0
    for block in ImportBlock.objects.order_by("pk").iterator(chunk_size=100):
        with suppress(CannotOpen):
            lines = lines_of(block)
            found = {line.number for line in lines if _stands_in(line, phones)}
            if found:
                count += _blank(block.pk, found)
    return count


def _blank(block_id: int, numbers: set[int]) -> int:
    block = ImportBlock.objects.select_for_update().get(pk=block_id)
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
    for rows in (ImportLine.objects.filter(of=row), ImportBlock.objects.filter(of=row)):
        while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
            with transaction.atomic():
                rows.model._default_manager.filter(pk__in=keys).delete()
