"""Starting a trial: of one check's setting, or of a source's caps."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction

from compliance.models import Cap, CheckMode, CheckSetting, OnUnknown, Trial, TrialState
from compliance.policy import build_policy, tried_caps
from compliance.trials.looking_back import USUAL_DAYS as LOOK_BACK_DAYS
from compliance.trials.looking_back import begin_look_back
from compliance.trials.settings import as_cap, live_setting
from compliance.trials.usage import used_before
from leadcrm.models import User

USUAL_DAYS: Final = 14
# A rule that is still on trial after two months is one that nobody decides about.
MOST_DAYS: Final = 60


class CannotTry(ValueError):
    """The trial cannot be started; the message says why, for people. `running` is the trial that runs already."""

    def __init__(self, words: str, *, running: Trial | None = None) -> None:
        super().__init__(words)
        self.running = running


def try_check(*, setting: CheckSetting, by: User, now: datetime, days: int = USUAL_DAYS) -> Trial:
    """Try `setting`, a row as it would be saved (it is not), for `days` beside the live one; and over the last week's
    posts, as soon as a worker comes to it.

    Safe to press twice: the second raises CannotTry, which names the first; so does a setting that changes nothing.
    Raises BadParams for parameters that the check does not take.
    """
    before = live_setting(setting.check_name, setting.source_id)
    if not _changes(setting, before):
        raise CannotTry("This is how the check is set already; change something to try it.")
    return _start(
        Trial(
            source_id=setting.source_id, check_name=setting.check_name, mode=setting.mode,
            on_unknown=setting.on_unknown, params=setting.params, before=before, started_at=now, started_by=by,
            ends_at=now + _span(days),
        )
    )  # fmt: skip


def try_caps(
    *, source_id: int, caps: Sequence[Cap], by: User, now: datetime, days: int = USUAL_DAYS
) -> Trial:
    """Try `caps`, all that the source would have (unsaved rows), beside its live ones. As `try_check`."""
    before = live_setting("caps", source_id, caps=True)
    tried = sorted((as_cap(cap) for cap in caps), key=lambda cap: (cap["period"], cap["unit"]))
    if tried == before["caps"]:
        raise CannotTry("These are the caps of the source already; change one to try it.")
    trial = Trial(
        source_id=source_id, check_name="caps", caps=tried, before=before, started_at=now, started_by=by,
        ends_at=now + _span(days),
    )  # fmt: skip
    trial.used = used_before(source_id, tried_caps(trial), now.astimezone(settings.AGENCY_ZONE))
    return _start(trial)


def _span(days: int) -> timedelta:
    if not 1 <= days <= MOST_DAYS:
        raise CannotTry(f"A trial runs for 1 to {MOST_DAYS} days.")
    return timedelta(days=days)


def _start(trial: Trial) -> Trial:
    try:
        with transaction.atomic():
            trial.save(force_insert=True)
            begin_look_back(trial, days=LOOK_BACK_DAYS, by=trial.started_by, now=trial.started_at)
    except IntegrityError:
        running = Trial.objects.filter(
            source=trial.source_id, check_name=trial.check_name, state=TrialState.RUNNING
        ).first()
        if running is None:
            raise
        raise CannotTry("A trial of this runs already. Drop or adopt it first.", running=running) from None
    return trial


def _changes(setting: CheckSetting, before: Mapping[str, Any]) -> bool:
    """Whether `setting` is another than the live one. Raises BadParams."""
    agency = [row_of(before["agency"], setting.check_name, None)] if before["agency"] else []
    live = (
        [row_of(before["row"], setting.check_name, setting.source_id)]
        if before["row"]
        else []
    )  # fmt: skip
    return build_policy([*agency, setting], ()).checks != build_policy([*agency, *live], ()).checks


def row_of(values: Mapping[str, Any], check_name: str, source_id: int | None) -> CheckSetting:
    """The unsaved row of `values` as `live_setting` gives them."""
    return CheckSetting(
        source_id=source_id, check_name=check_name, mode=CheckMode(values["mode"]),
        on_unknown=OnUnknown(values["on_unknown"]), params=values["params"],
    )  # fmt: skip
