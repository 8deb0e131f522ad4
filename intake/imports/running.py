"""What people do with an import: try it, start it, pause, go on, cancel. Each is safe to repeat."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from intake.imports.columns import missing_fields, plan_of
from intake.models import ImportGive, ImportState, LeadImport, SourceStatus
from intake.sources import SOURCES
from leadcrm.lib import pipeline
from leadcrm.lib.config import current_version
from leadcrm.models import User

log = structlog.get_logger(__name__)
_NOT_OPEN: Final = {
    SourceStatus.TEST: "The source is in test mode: set it live first, or make a dry run.",
    SourceStatus.PAUSED: "The source is paused: it would refuse every line.",
}  # fmt: skip


def start_dry_run(*, import_id: int, now: datetime, generated_on: date | None = None) -> LeadImport:
    """Have every line tried by workers; the result of an earlier dry run is replaced. `now` is aware.

    `generated_on` is the day of lines that say none. Raises ValidationError by field, and unless the import is ready
    and its columns say what every line must.
    """
    with transaction.atomic():
        row = _locked(import_id, ImportState.READY)
        if wrong := _wrong_day(generated_on, now):
            raise ValidationError(wrong)
        row.generated_on = generated_on
        _refuse_unmapped(row)
        row.results.filter(dry=True).delete()
        row.keys.all().delete()
        row.compared, row.dry_counts = 0, {}
        _begin(row, ImportState.TRYING, now)
    return row


def start_import(
    *, import_id: int, price: Decimal | None, count_caps: bool, give: ImportGive, owner: User | None,
    generated_on: date | None, now: datetime,
) -> LeadImport:  # fmt: skip
    """Have every line taken by workers, on these terms, which stay. `now` is aware.

    `price` None: as the source's contract says. `owner` is who gets all leads, for ImportGive.PERSON. Raises
    ValidationError by field, and where the import is not ready or its source takes nothing.
    """
    with transaction.atomic():
        row = _locked(import_id, ImportState.READY)
        set_terms(
            row,
            price=price,
            count_caps=count_caps,
            give=give,
            owner=owner,
            generated_on=generated_on,
            now=now,
        )
        if why := _NOT_OPEN.get(SourceStatus(row.source.status)):
            raise ValidationError(why)
        _refuse_unmapped(row)
        _begin(row, ImportState.RUNNING, now)
    log.info("import.started", import_id=row.pk, source_id=row.source_id, lines=row.lines)
    return row


def set_terms(
    row: LeadImport, *, price: Decimal | None, count_caps: bool, give: ImportGive, owner: User | None,
    generated_on: date | None, now: datetime,
) -> None:  # fmt: skip
    """Put the terms into a locked row that has not begun; saved. Raises ValidationError by field."""
    wrong = _wrong_day(generated_on, now)
    if price is not None and price < 0:
        wrong["price"] = "A price is not below zero."
    if give == ImportGive.PERSON and (owner is None or not owner.is_active):
        wrong["owner"] = "Say to whom the leads go: somebody who can log in."
    if wrong:
        raise ValidationError(wrong)
    row.price, row.count_caps, row.give, row.generated_on = price, count_caps, give, generated_on
    row.owner = owner if give == ImportGive.PERSON else None
    row.save()


def _wrong_day(generated_on: date | None, now: datetime) -> dict[str, str]:
    if generated_on is not None and generated_on > timezone.localdate(now):
        return {"generated_on": "This day is still to come."}
    return {}


def pause_import(*, import_id: int) -> LeadImport:
    """Stop after the lines that are in work. One that is paused stays so. Raises ValidationError unless it runs."""
    with transaction.atomic():
        row = _locked(import_id, ImportState.RUNNING, ImportState.PAUSED)
        row.state, row.due_at = ImportState.PAUSED, None
        row.save(update_fields=["state", "due_at"])
    return row


def resume_import(*, import_id: int, now: datetime) -> LeadImport:
    """Go on with a paused import. One that runs goes on. Raises ValidationError otherwise."""
    with transaction.atomic():
        row = _locked(import_id, ImportState.PAUSED, ImportState.RUNNING)
        if row.state == ImportState.PAUSED:
            row.state, row.due_at, row.worked_at, row.error = ImportState.RUNNING, now, None, ""
            row.save(update_fields=["state", "due_at", "worked_at", "error"])
        pipeline.ring("carry_imports")
    return row


def cancel_import(*, import_id: int, now: datetime) -> LeadImport:
    """End an import for good after the lines in work; leads that it made stay. A dry run ends, and can begin again.

    Workers write “not imported” of each line that is left, and what came of those that a dead one took: then it is
    cancelled. One that is, or is on its way there, stays so. Raises ValidationError for one that is over otherwise.
    """
    open_ones = (ImportState.READING, ImportState.READY, ImportState.RUNNING, ImportState.PAUSED)
    over = (ImportState.CANCELLING, ImportState.CANCELLED)
    with transaction.atomic():
        row = _locked(import_id, *open_ones, ImportState.TRYING, *over)
        if row.state in over:
            return row
        if row.state in (ImportState.RUNNING, ImportState.PAUSED):
            row.state, row.due_at, row.finished_at, row.attempts = ImportState.CANCELLING, now, now, 0
            pipeline.ring("carry_imports")
        else:
            _end_unbegun(row, now)
        row.save()
    log.info("import.cancelled", import_id=row.pk, seen=row.seen)
    return row


def _end_unbegun(row: LeadImport, now: datetime) -> None:
    """Nothing was taken. What a dry run has said until now is half the truth, and a file that waits to be read goes."""
    row.seen, row.counts, row.reasons, row.dry_counts = 0, {}, {}, {}
    row.due_at, row.erased = None, []
    row.keys.all().delete()
    row.parts.all().delete()
    if row.state == ImportState.TRYING:
        row.state = ImportState.READY
    else:
        row.state, row.finished_at = ImportState.CANCELLED, now


def _locked(import_id: int, *states: ImportState) -> LeadImport:
    row = LeadImport.objects.select_for_update(of=("self",)).select_related("source").get(pk=import_id)
    if row.forgotten_at is not None:
        raise ValidationError("The file is gone: it was kept as long as files are.")
    if row.state not in states:
        raise ValidationError(f"This is not possible: the import is “{row.get_state_display()}”.")
    return row


def _refuse_unmapped(row: LeadImport) -> None:
    config = SOURCES.get(row.source_id, current_version())
    if missing := missing_fields(plan_of(row, config), config):
        raise ValidationError(
            f"No column says {', '.join(missing)}, which every line must. Say which one does, "
            + ("say on which day they were made, " if "lead_created_at" in missing else "")
            + "or mend the file."
        )


def _begin(row: LeadImport, state: ImportState, now: datetime) -> None:
    row.state, row.due_at, row.started_at, row.finished_at = state, now, now, None
    row.seen, row.counts, row.reasons, row.error = 0, {}, {}, ""
    row.attempts, row.worked_at, row.worked_seconds = 0, None, 0
    row.save()
    row.blocks.update(due_at=now)
    pipeline.ring("carry_imports")
