"""How a trial ends: adopted, dropped, or by itself. Each once, whoever else is at it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import structlog
from django.db import IntegrityError, transaction

from compliance.models import Cap, CheckSetting, LookBackState, Trial, TrialLookBack, TrialState, TrialVerdict
from compliance.trials.report import summary_of
from compliance.trials.settings import as_cap, fingerprint, live_of
from compliance.trials.starting import MOST_DAYS
from leadcrm.models import User

log = structlog.get_logger(__name__)

# The single posts of a closed trial are kept as long as the raw posts they name; its figures stay.
KEEP_POSTS: Final = timedelta(days=90)
_AT_ONCE: Final = 5_000


class CannotClose(ValueError):
    """The trial cannot be adopted, dropped or extended as it stands; the message says why, for people."""


class LiveChanged(CannotClose):
    """The live setting is another than when the trial began. `live` is what it is now (settings.live_of)."""

    def __init__(self, live: Mapping[str, Any]) -> None:
        super().__init__("The live setting was changed since this trial began.")
        self.live = live


def adopt_trial(*, trial_id: int, by: User, now: datetime, seen: str = "") -> Trial:
    """Make the tried setting the live one, and close the trial. Once: a second time returns the trial as it stands.

    Where the live setting was changed meanwhile, `seen` must be the fingerprint of what it is now, which says that the
    person overwrites it knowingly: else raises LiveChanged. Raises CannotClose for a trial that was dropped.
    """
    with transaction.atomic():
        trial = _locked(trial_id)
        if trial.state == TrialState.ADOPTED:
            return trial
        if trial.state == TrialState.DROPPED:
            raise CannotClose("This trial was dropped.")
        live = live_of(trial, lock=True)
        if live != trial.before and seen != fingerprint(live):
            raise LiveChanged(live)
        _write(trial, live)
        return _close(trial, TrialState.ADOPTED, by=by, now=now)


def drop_trial(*, trial_id: int, by: User, now: datetime) -> Trial:
    """Close the trial and leave the live setting as it is. A second time returns it as it stands."""
    with transaction.atomic():
        trial = _locked(trial_id)
        if trial.state == TrialState.DROPPED:
            return trial
        if trial.state == TrialState.ADOPTED:
            raise CannotClose("This trial was adopted; change the setting itself.")
        return _close(trial, TrialState.DROPPED, by=by, now=now)


def extend_trial(*, trial_id: int, ends_at: datetime, now: datetime) -> Trial:
    """Let a running trial go on until `ends_at` (aware), sixty days from `now` at most. Raises CannotClose."""
    with transaction.atomic():
        trial = _locked(trial_id)
        if trial.state != TrialState.RUNNING:
            raise CannotClose("This trial is closed. Start another one.")
        if not now < ends_at <= now + timedelta(days=MOST_DAYS):
            raise CannotClose(f"A trial may end in {MOST_DAYS} days at the latest, and not in the past.")
        trial.ends_at = ends_at
        trial.save(update_fields=["ends_at"])
        return trial


def end_due_trials(*, now: datetime) -> int:
    """Close the running trials whose time is over; how many. Two at once: each trial is closed by one."""
    due = Trial.objects.filter(state=TrialState.RUNNING, ends_at__lte=now).order_by("ends_at")
    closed = 0
    for trial_id in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            trial = _locked(trial_id)
            if trial.is_running and trial.ends_at <= now:
                _close(trial, TrialState.ENDED, by=None, now=now)
                closed += 1
    return closed


def forget_posts(*, now: datetime) -> int:
    """Delete the single posts of trials closed long ago, some thousand at a time; how many."""
    closed = Trial.objects.filter(closed_at__lt=now - KEEP_POSTS).exclude(state=TrialState.RUNNING)
    count = 0
    for trial_id in closed.order_by("pk").values_list("pk", flat=True):
        while keys := list(
            TrialVerdict.objects.filter(trial=trial_id).values_list("pk", flat=True)[:_AT_ONCE]
        ):
            count += TrialVerdict.objects.filter(pk__in=keys).delete()[0]
    return count


def _locked(trial_id: int) -> Trial:
    return Trial.objects.select_for_update(of=("self",)).select_related("source").get(pk=trial_id)


def _write(trial: Trial, live: Mapping[str, Any]) -> None:
    """The tried values as the live rows, which are `live` and held. The database records what they were, and by whom.

    A row that somebody adds at this very moment is held by nobody: then nothing is written.
    """
    try:
        with transaction.atomic():
            if trial.caps is not None:
                _write_caps(trial, live)
                return
            about = {"source_id": trial.source_id, "check_name": trial.check_name}
            values = {"mode": trial.mode, "on_unknown": trial.on_unknown, "params": trial.params}
            if live["row"] is None:
                CheckSetting.objects.create(**about, **values)
            else:
                CheckSetting.objects.filter(**about).update(**values)
    except IntegrityError:
        raise LiveChanged(live_of(trial)) from None


def _write_caps(trial: Trial, live: Mapping[str, Any]) -> None:
    rows = list(Cap.objects.filter(source=trial.source_id).order_by("period", "unit").select_for_update())
    if [as_cap(cap) for cap in rows] != live["caps"]:
        raise LiveChanged(live_of(trial))
    wanted = {(each["period"], each["unit"]): Decimal(each["limit"]) for each in trial.caps or ()}
    for cap in rows:
        limit = wanted.pop((cap.period, cap.unit), None)
        if limit is None:
            cap.delete()
        elif limit != cap.limit:
            Cap.objects.filter(pk=cap.pk).update(limit=limit)
    assert trial.source_id is not None  # trial_of_a_check_or_of_caps
    for (period, unit), limit in wanted.items():
        Cap.objects.create(source_id=trial.source_id, period=period, unit=unit, limit=limit)


def _close(trial: Trial, state: TrialState, *, by: User | None, now: datetime) -> Trial:
    TrialLookBack.objects.filter(trial=trial, state=LookBackState.WAITING).update(
        state=LookBackState.STOPPED, due_at=None, finished_at=now
    )
    trial.summary = trial.summary or summary_of(trial)
    trial.state, trial.closed_at, trial.closed_by = state, now, by
    trial.save(update_fields=["summary", "state", "closed_at", "closed_by"])
    log.info("trial.closed", trial=trial.pk, state=str(state))
    return trial
