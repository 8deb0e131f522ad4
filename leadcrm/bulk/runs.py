"""Runs of bulk actions: begun as a draft, confirmed once, carried out row by row, resumable.

A run is rows before anything is done. What the web process cannot finish while somebody waits, or left behind as it
died, a worker goes on with.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any, Final

import structlog
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, transaction
from django.db.models import QuerySet

from leadcrm.lib.actor import acting, by_act
from leadcrm.lib.admin.bulk import ACTIONS, BulkAction, Doing, NotDone, unlocked
from leadcrm.lib.alone import alone
from leadcrm.models import BulkItem, BulkRun, BulkState, ItemState, User

log = structlog.get_logger(__name__)

# First byte of the advisory lock's key; the rest is the run's.
_LOCK: Final = 0x42
DRAFT_KEPT: Final = timedelta(days=1)
RUN_KEPT: Final = timedelta(days=90)


def draft_run(
    *,
    action: BulkAction,
    model: type[Any],
    rows: Sequence[Any],
    what: str,
    back: str,
    by: User,
    now: datetime,
) -> BulkRun:
    """Note which `rows` of `model` `by` wants to touch, and how each stands as it is seen now. Does nothing yet.

    `what` says in words how they were chosen, `back` the query of the list they were chosen in.
    """
    with transaction.atomic():
        run = BulkRun.objects.create(
            action=action.name, label=action.label, model=model._meta.label_lower, what=what[:200], back=back[:300],
            by=by, created_at=now,
        )  # fmt: skip
        BulkItem.objects.bulk_create(
            BulkItem(run=run, object_id=str(row.pk), name=str(row)[:80], seen=action.seen(row)[:200])
            for row in rows
        )
    return run


def confirm_run(*, run: BulkRun, values: dict[str, str], now: datetime) -> bool:
    """Say that `run` is meant, with the form filled in as `values`; False where somebody has said so before."""
    drafts = BulkRun.objects.filter(pk=run.pk, state=BulkState.DRAFT)
    confirmed = drafts.update(state=BulkState.RUNNING, values=values, confirmed_at=now)
    run.refresh_from_db()
    return bool(confirmed)


def rows_of(run: BulkRun, action: BulkAction) -> QuerySet[Any]:
    """The rows that `run` is about, with the names that they are told by."""
    model = apps.get_model(run.model)
    keys = [item.object_id for item in run.items.all()]
    rows: QuerySet[Any] = model._default_manager.filter(pk__in=keys)
    return rows.select_related(*action.joins) if action.joins else rows


def carry_run(*, run: BulkRun, now: datetime, seconds: float) -> bool:
    """Go on with `run` for `seconds` at most; whether it is finished. One process at a time, each row once.

    What breaks on one row is logged and told in its result, and the others go on. Raises OperationalError where the
    database is away: the next round goes on.
    """
    ends = monotonic() + seconds
    with alone(_LOCK << 56 | (run.pk.int & (1 << 56) - 1)) as mine:
        if not mine:
            return False
        run.refresh_from_db()
        if run.state != BulkState.RUNNING:
            return run.state == BulkState.FINISHED
        by_act(run.label)
        try:
            action, doing = _prepared(run, now)
        except NotDone as why:
            run.items.filter(state=ItemState.WAITING).update(state=ItemState.NOT_DONE, words=str(why)[:300])
            return _finish(run, now)
        for item in run.items.filter(state=ItemState.WAITING).order_by("pk"):
            if monotonic() > ends:
                return False
            _carry_item(run, action, doing, item)
        return _finish(run, now)


def carry_runs(*, now: datetime, seconds: float = 20.0) -> None:
    """Go on with every run that is under way. For a worker; running twice at once does no harm."""
    ends = monotonic() + seconds
    for run in BulkRun.objects.filter(state=BulkState.RUNNING).order_by("confirmed_at"):
        if monotonic() < ends:
            with acting(run.by_id, via="bulk action"):
                carry_run(run=run, now=now, seconds=ends - monotonic())


def forget_runs(*, now: datetime) -> int:
    """Delete drafts that nobody confirmed and runs that are long over; how many. Twice at once does no harm."""
    drafts = BulkRun.objects.filter(state=BulkState.DRAFT, created_at__lt=now - DRAFT_KEPT)
    over = BulkRun.objects.filter(state=BulkState.FINISHED, finished_at__lt=now - RUN_KEPT)
    return sum(rows.delete()[1].get(BulkRun._meta.label, 0) for rows in (drafts, over))


def _prepared(run: BulkRun, now: datetime) -> tuple[BulkAction, Doing]:
    """The act and what goes with it. Raises NotDone where nothing can be done to any row any more."""
    action = ACTIONS.get(run.action)
    if action is None:
        raise NotDone("This version of the product does not know this act.")
    by = User.objects.get(pk=run.by_id)
    if not (by.is_active and by.is_staff and by.has_perm(action.permission)):
        raise NotDone(f"{by} may not do this any more.")
    form = action.form(run.values) if action.form else None
    if form is not None and not form.is_valid():
        faults = [
            f"{form.fields[name].label}: {text}" for name, texts in form.errors.items() for text in texts
        ]
        raise NotDone(f"What was filled in does not hold any more. {' '.join(faults)}")
    return action, Doing(form.cleaned_data if form is not None else {}, by, now)


def _carry_item(run: BulkRun, action: BulkAction, doing: Doing, item: BulkItem) -> None:
    """One row: done and noted in one transaction, or noted why not."""
    one: AbstractContextManager[Any] = nullcontext() if action.own_transactions else transaction.atomic()
    try:
        with one:
            row = _still_so(run, action, item)
            note = partial(_conclude, run, item, row)
            note(action.do(row, replace(doing, note=note)))
    except NotDone as why:
        _note(item, ItemState.NOT_DONE, str(why))
    except OperationalError:
        raise
    except Exception as error:
        log.error("bulk.row_broke", run_id=run.pk.hex, item_id=item.pk, exc_info=error)
        _note(item, ItemState.NOT_DONE, f"It broke ({type(error).__name__}): the log has it.")


def _still_so(run: BulkRun, action: BulkAction, item: BulkItem) -> Any:
    """The row, locked, where it stands as it was seen and nothing is against it. Raises NotDone."""
    rows = apps.get_model(run.model)._default_manager.filter(pk=item.object_id)
    rows = rows.select_related(*action.joins) if action.joins else rows
    if action.lock_first is not unlocked and (unsafe := rows.first()) is not None:
        action.lock_first(unsafe)
    if not action.own_transactions:
        rows = rows.select_for_update(no_key=True, of=("self",))
    row = rows.first()
    if row is None:
        raise NotDone("It is gone.")
    seen = action.seen(row)[:200]
    if seen != item.seen:
        raise NotDone(f"It changed since you looked: it was {item.seen}, it is {seen}.")
    if why := action.against(row):
        raise NotDone(why)
    return row


def _conclude(run: BulkRun, item: BulkItem, row: Any, words: str, *, done: bool = True) -> None:
    """Write what became of the row, once: the result and, of what was done, the history."""
    with transaction.atomic():
        if _note(item, ItemState.DONE if done else ItemState.NOT_DONE, words) and done:
            _note_history(run, row, words)


def _note(item: BulkItem, state: ItemState, words: str) -> bool:
    waiting = BulkItem.objects.filter(pk=item.pk, state=ItemState.WAITING)
    return bool(waiting.update(state=state, words=words[:300]))


def _note_history(run: BulkRun, row: Any, words: str) -> None:
    LogEntry.objects.create(
        user_id=run.by_id, content_type=ContentType.objects.get_for_model(row), object_id=str(row.pk),
        object_repr=str(row)[:200], action_flag=CHANGE, change_message=f"{run.label}, one of many: {words}",
    )  # fmt: skip


def _finish(run: BulkRun, now: datetime) -> bool:
    """What was filled in goes: the acts have kept what they keep of it."""
    done = run.items.filter(state=ItemState.DONE).count()
    left = run.items.filter(state=ItemState.NOT_DONE).count()
    BulkRun.objects.filter(pk=run.pk, state=BulkState.RUNNING).update(
        state=BulkState.FINISHED,
        finished_at=max(now, run.confirmed_at or now),
        values={},
        done=done,
        not_done=left,
    )
    run.refresh_from_db()
    return True
