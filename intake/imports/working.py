"""What workers do: read files, try lines, take lines. Block after block, in short turns that let others' work by.

Each line is a transaction of its own, as a post is. A block is concluded with its lines' results and the import's
counts in one transaction, once; a worker that dies leaves at most one block to be gone through again, whose lines are
recognised (intake.imports.taking). So it is with an import that was cancelled: what is left of its blocks is concluded
without taking anything.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from intake.imports.columns import plan_of
from intake.imports.lines import Line, lines_of
from intake.imports.reading import read_file
from intake.imports.taking import Taking, end_lines, take_line, try_line
from intake.imports.terms import file_terms
from intake.imports.twins import compare_next, new_keys
from intake.models import AT_WORK, ImportBlock, ImportKey, ImportLine, ImportOutcome, ImportState, LeadImport
from intake.sources import SOURCES
from leadcrm.lib import pipeline
from leadcrm.lib.alone import alone
from leadcrm.lib.api_errors import ApiError
from leadcrm.lib.config import current_version

log = structlog.get_logger(__name__)
# Seconds of a worker's turn: what waits behind it in the queue waits no longer.
TURN: Final = 5.0
# How long a block is left to the worker that claimed it: far longer than a line takes. Renewed while it goes on.
LEASE: Final = timedelta(seconds=90)
_RENEWED: Final = timedelta(seconds=10)
_FIRST_RETRY: Final = timedelta(seconds=15)
MAX_ATTEMPTS: Final = 8
_LANES: Final = 0x494D_504F_5254_0000  # "IMPORT", and the lane
_READING: Final = 0x494D_5052_0000_0000  # "IMPR", and the import
# Pauses of more than this between two blocks are no work.
_STILL_AT_WORK: Final = timedelta(seconds=30)

_CLAIM: Final = """
    UPDATE intake_importblock SET due_at = %(until)s WHERE id = (
        SELECT id FROM intake_importblock WHERE of_id = %(import)s AND due_at <= %(now)s
        ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING id
"""
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Done:
    """A block's results, and in a dry run by what its persons are known; unsaved."""

    results: Sequence[ImportLine]
    keys: Sequence[ImportKey] = ()


def carry_imports(*, clock: Clock = timezone.now, seconds: float = TURN) -> bool:
    """Go on with the imports at work for some `seconds`; True when there is more to do at once.

    At most settings.IMPORT_WORKERS processes do at a time; one more returns at once. `clock` says the time, aware.
    """
    with _lane() as mine:
        return mine and _turn(clock, time.monotonic() + seconds)


def carry_one(*, import_id: int, clock: Clock = timezone.now) -> bool:
    """Do the next piece of one import: read it, or one block. False when there is none to do now."""
    now = clock()
    row = LeadImport.objects.get(pk=import_id)
    if row.state not in AT_WORK:
        return False
    try:
        return _read_alone(row, now) if row.state == ImportState.READING else _next_block(row, clock)
    except Exception as error:
        # Our own failure: kept on the row, tried again later, told in the log.
        log.error("import.broke", import_id=row.pk, exc_info=error)
        _put_off(row.pk, error, now)
        return False


def _turn(clock: Clock, ends: float) -> bool:
    idle: set[int] = set()
    while True:
        due = LeadImport.objects.filter(due_at__lte=clock()).exclude(pk__in=idle).order_by("due_at")
        next_id = due.values_list("pk", flat=True).first()
        if next_id is None:
            return False
        while carry_one(import_id=next_id, clock=clock):
            if time.monotonic() > ends:
                return True
        idle.add(next_id)


@contextmanager
def _lane() -> Iterator[bool]:
    """One of the lanes, as long as one is free."""
    for number in range(settings.IMPORT_WORKERS):
        with alone(_LANES + number) as mine:
            if mine:
                yield True
                return
    yield False


def _read_alone(row: LeadImport, now: datetime) -> bool:
    with alone(_READING + row.pk) as mine:  # another worker reads it: leave it to that one
        if mine and _may_read(row.pk, now):
            read_file(import_id=row.pk, now=now)
    return False


def _may_read(import_id: int, now: datetime) -> bool:
    """Counted before it is read: a file that takes its reader's life is not read for ever."""
    with transaction.atomic():
        row = LeadImport.objects.select_for_update().get(pk=import_id)
        if row.state != ImportState.READING:
            return False
        if row.attempts >= MAX_ATTEMPTS:
            _give_up(row, now)
        else:
            row.attempts += 1
            row.due_at = now + _FIRST_RETRY * 2 ** (row.attempts - 1)
        row.save()
    return row.state == ImportState.READING


def _next_block(row: LeadImport, clock: Clock) -> bool:
    block = _claim(row.pk, clock())
    if block is None:
        return _finish(row.pk, clock())
    dry = row.state == ImportState.TRYING
    done = _go_through(row, block, clock)
    if done is None:  # a line is being decided elsewhere: the block is gone through again in a moment
        mine = ImportBlock.objects.filter(pk=block.pk, due_at=block.due_at)
        mine.update(due_at=clock() + _FIRST_RETRY)
        return True
    _conclude(block.pk, done, dry=dry, started_at=row.started_at, now=clock())
    return True


def _claim(import_id: int, now: datetime) -> ImportBlock | None:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"import": import_id, "now": now, "until": now + LEASE})
        found = cursor.fetchone()
    return ImportBlock.objects.get(pk=found[0]) if found else None


def _go_through(row: LeadImport, block: ImportBlock, clock: Clock) -> Done | None:
    """What came of the block's lines; None where one is in other hands, or the whole block is by now."""
    lines, version = lines_of(block), current_version()
    source = SOURCES.get(row.source_id, version)
    taking = Taking(row.replay_token, source, version, plan_of(row, source), file_terms(row))
    if row.state == ImportState.CANCELLING:
        return Done(end_lines(lines=lines, taking=taking))
    if row.state == ImportState.TRYING:
        rule = pipeline.step("same_person")(source_id=row.source_id, config_version=version)
        return _try_all(lines, replace(taking, match=rule and rule.match), clock)
    try:
        return _take_all(lines, block, taking, clock)
    except ApiError as error:
        log.info("import.line_in_progress", import_id=row.pk, code=error.code)
        return None


def _take_all(lines: Sequence[Line], block: ImportBlock, taking: Taking, clock: Clock) -> Done | None:
    results = []
    for line in lines:
        if not _holds(block, clock()):
            return None
        results.append(take_line(line=line, taking=taking, now=clock()))
    return Done(results)


def _try_all(lines: Sequence[Line], taking: Taking, clock: Clock) -> Done:
    tried = [(line, *try_line(line=line, taking=taking, now=clock())) for line in lines]
    keys = [key for line, _, found in tried for key in new_keys(line.number, found)]
    return Done([result for _, result, _ in tried], keys)


def _holds(block: ImportBlock, now: datetime) -> bool:
    """True while the block is this worker's, which is renewed: whoever waits for it would else go through it too."""
    assert block.due_at is not None
    if now < block.due_at - LEASE + _RENEWED:
        return True
    mine = ImportBlock.objects.filter(pk=block.pk, due_at=block.due_at)
    block.due_at = now + LEASE
    return mine.update(due_at=block.due_at) == 1


def _conclude(block_id: int, done: Done, *, dry: bool, started_at: datetime | None, now: datetime) -> None:
    """Write what came of a block, once. A dry run that was ended or begun anew meanwhile wants it no more."""
    with transaction.atomic():
        block = ImportBlock.objects.defer("body").get(pk=block_id)
        row = LeadImport.objects.select_for_update().get(pk=block.of_id)
        block = ImportBlock.objects.defer("body").select_for_update().get(pk=block_id)
        ended = dry and (row.state != ImportState.TRYING or row.started_at != started_at)
        if block.due_at is None or ended:
            return
        for result in done.results:
            result.of_id, result.dry = row.pk, dry
        for key in done.keys:
            key.of_id = row.pk
        ImportLine.objects.bulk_create(done.results, ignore_conflicts=True)
        ImportKey.objects.bulk_create(done.keys, ignore_conflicts=True)
        _count(row, done.results, now)
        if row.state == ImportState.RUNNING and all(
            each.outcome == ImportOutcome.FAILED for each in done.results
        ):
            _pause_broken(row)
        row.save()
        block.due_at = None
        block.save(update_fields=["due_at"])


def _count(row: LeadImport, results: Sequence[ImportLine], now: datetime) -> None:
    outcomes = Counter(row.counts) + Counter(str(result.outcome) for result in results)
    reasons = Counter(row.reasons) + Counter(code for result in results for code in result.reasons)
    row.counts, row.reasons = dict(outcomes), dict(reasons)
    row.seen += len(results)
    before = row.worked_at or row.started_at or now
    row.worked_seconds += min(now - before, _STILL_AT_WORK).total_seconds()
    row.worked_at, row.attempts = now, 0


def _pause_broken(row: LeadImport) -> None:
    """Not one decision of a block came about: more would not either, and each is tried again by the sweep."""
    row.state, row.due_at = ImportState.PAUSED, None
    row.error = "Paused by itself: no line could be decided. See the intake log, mend it, then go on."
    log.error("import.no_line_decided", import_id=row.pk)


def _finish(import_id: int, now: datetime) -> bool:
    """The import is through when no block is due any more; else it is looked at again when the next one is.

    A dry run is compared line with line then, a page at a time: True when there is more of that.
    """
    with transaction.atomic():
        row = LeadImport.objects.select_for_update().get(pk=import_id)
        if row.state not in (ImportState.TRYING, ImportState.RUNNING, ImportState.CANCELLING):
            return False
        waiting = row.blocks.filter(due_at__isnull=False).order_by("due_at")
        left = waiting.values_list("due_at", flat=True).first()
        more = left is None and row.state == ImportState.TRYING and compare_next(row)
        if left is not None:
            row.due_at = max(left, now + timedelta(seconds=1))
        elif not more:
            _end(row, now)
        row.save()
    return more


def _end(row: LeadImport, now: datetime) -> None:
    if row.state == ImportState.TRYING:
        row.dry_counts = {"lines": row.seen, "outcomes": row.counts, "reasons": row.reasons}
        row.state, row.due_at = ImportState.READY, None
        log.info("import.tried", import_id=row.pk, lines=row.seen)
        return
    cancelled = row.state == ImportState.CANCELLING
    row.state, row.due_at = ImportState.CANCELLED if cancelled else ImportState.DONE, None
    row.finished_at = row.finished_at or now
    log.info("import.done", import_id=row.pk, lines=row.done)


def _put_off(import_id: int, error: Exception, now: datetime) -> None:
    with transaction.atomic():
        row = LeadImport.objects.select_for_update().get(pk=import_id)
        if row.state not in AT_WORK:
            return
        row.attempts += row.state != ImportState.READING  # that is counted before it is read
        row.error = f"{type(error).__name__}: tried again"
        row.due_at = now + _FIRST_RETRY * 2 ** (row.attempts - 1)
        if row.attempts >= MAX_ATTEMPTS:
            _give_up(row, now)
        row.save()


def _give_up(row: LeadImport, now: datetime) -> None:
    row.due_at = None
    row.error = (
        "It could not be gone on with, several times. The log says why; then go on, or upload it again."
    )
    if row.state in (ImportState.RUNNING, ImportState.CANCELLING):
        row.state = ImportState.PAUSED
    elif row.state == ImportState.TRYING:
        row.state = ImportState.READY
    else:
        row.state, row.finished_at, row.erased = ImportState.REFUSED, now, []
        row.parts.all().delete()
