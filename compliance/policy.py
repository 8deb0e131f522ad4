"""How the checks are set for one source: rows over defaults, read once and kept until configuration changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec
import structlog

from compliance.check import Check, VerdictOutcome
from compliance.models import Cap, CheckMode, CheckSetting, OnUnknown, Trial, TrialState
from compliance.registry import CHECKS
from intake.post import BadSettings, Ruling
from leadcrm.lib.config import ConfigCache

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SetCheck:
    """One check as it is set for a source."""

    check: Check
    mode: CheckMode
    on_unknown: OnUnknown
    params: Any


@dataclass(frozen=True, slots=True)
class SetTrial:
    """One running trial as it stands for a source: the check as it would be set, the caps it would have.

    `item` is None where the trial's row cannot be meant; `broken` then says why. `caps` is None unless caps are tried,
    `used` what their running periods had taken when the trial began.
    """

    trial_id: int
    check_name: str
    ends_at: datetime
    item: SetCheck | None
    caps: tuple[Cap, ...] | None = None
    used: Mapping[str, str] | None = None
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """All checks of a source in the order of the registry, its caps, and what is tried beside them."""

    checks: tuple[SetCheck, ...]
    caps: tuple[Cap, ...]
    trials: tuple[SetTrial, ...] = ()


class BadParams(BadSettings):
    """Parameters that the check does not take; the message names the parameter."""


def read_params(check: Check, raw: Mapping[str, Any]) -> Any:
    """`raw` as the check's Params, its defaults filled in. Raises BadParams."""
    known = {f.name for f in fields(check.Params)}
    if odd := sorted(set(raw) - known):
        raise BadParams(
            f"{check.name} has no parameter {', '.join(odd)}; it has {', '.join(sorted(known)) or 'none'}"
        )
    try:
        return msgspec.convert(dict(raw), type=check.Params)
    except msgspec.ValidationError as error:
        raise BadParams(f"{check.name}: {error}") from None


def load_policy(source_id: int) -> Policy:
    """The source's policy as its rows are now, with the trials that cover it. Raises BadParams for a row that cannot be
    meant; a trial of such a row comes as a broken one.
    """
    settings = CheckSetting.objects.filter(source__isnull=True) | CheckSetting.objects.filter(
        source=source_id
    )
    trials = Trial.objects.filter(source__isnull=True) | Trial.objects.filter(source=source_id)
    running = trials.filter(state=TrialState.RUNNING).order_by("pk")
    return build_policy(settings, Cap.objects.filter(source=source_id), running)


def build_policy(
    settings: Iterable[CheckSetting], caps: Iterable[Cap], trials: Iterable[Trial] = ()
) -> Policy:
    """One source's settings over the agency's (those without a source) over the code's, its caps and trials.

    Raises BadParams for a row that cannot be meant.
    """
    rows = list(settings)
    agency = {row.check_name: row for row in rows if row.source_id is None}
    own = {row.check_name: row for row in rows if row.source_id is not None}
    checks = tuple(_set_check(check, agency.get(check.name), own.get(check.name)) for check in CHECKS)
    found = (
        _set_trial(trial, checks, agency.get(trial.check_name), own.get(trial.check_name)) for trial in trials
    )
    return Policy(
        checks=checks,
        caps=tuple(sorted(caps, key=lambda cap: cap.pk)),
        trials=tuple(trial for trial in found if trial is not None),
    )


def _set_trial(
    trial: Trial, checks: Iterable[SetCheck], agency: CheckSetting | None, own: CheckSetting | None
) -> SetTrial | None:
    """`trial` as it stands for the source; None where its own row leaves nothing of the agency's to be tried."""
    live = next((item for item in checks if item.check.name == trial.check_name), None)
    item, caps, broken = None, None, ""
    try:
        if live is None:
            raise BadParams(f"there is no check {trial.check_name}")
        caps = None if trial.caps is None else tried_caps(trial)
        item = live if caps is not None else _tried_check(trial, live.check, agency, own)
    except Exception as error:  # whatever is wrong with a trial, posts go on being decided
        log.error("trial.unreadable", trial=trial.pk, exc_info=error)
        broken = str(error) if isinstance(error, BadParams) else type(error).__name__
    if item == live and caps is None and not broken:
        return None
    return SetTrial(
        trial_id=trial.pk, check_name=trial.check_name, ends_at=trial.ends_at, item=item, caps=caps,
        used=trial.used, broken=broken[:200],
    )  # fmt: skip


def _tried_check(
    trial: Trial, check: Check, agency: CheckSetting | None, own: CheckSetting | None
) -> SetCheck:
    row = CheckSetting(
        source_id=trial.source_id, mode=trial.mode, on_unknown=trial.on_unknown, params=trial.params
    )
    return _set_check(check, row, own) if trial.source_id is None else _set_check(check, agency, row)


def tried_caps(trial: Trial) -> tuple[Cap, ...]:
    """The caps of a trial of caps, as rows that are not there."""
    return tuple(
        Cap(period=each["period"], unit=each["unit"], limit=Decimal(each["limit"]))
        for each in trial.caps or ()
    )


def _set_check(check: Check, agency: CheckSetting | None, own: CheckSetting | None) -> SetCheck:
    row = own or agency
    params = {**(agency.params if agency else {}), **(own.params if own else {})}
    return SetCheck(
        check=check,
        mode=CheckMode(row.mode) if row and not check.always_enforced else CheckMode.ENFORCE,
        on_unknown=OnUnknown(row.on_unknown) if row else OnUnknown.BLOCK,
        params=read_params(check, params),
    )


def what_follows(
    outcome: VerdictOutcome, item: SetCheck, ruling: Ruling | None
) -> Literal["", "refused", "held", "waived"]:
    """What a verdict of the check `item` comes to under its settings and the word of a reviewer."""
    if outcome == "pass" or item.mode == CheckMode.OBSERVE:
        return ""
    unknown = outcome == "unknown"
    if unknown and item.on_unknown == OnUnknown.PASS:
        return ""
    if item.mode != CheckMode.REVIEW and not (unknown and item.on_unknown == OnUnknown.HOLD):
        return "refused"
    return "waived" if ruling is not None and item.check.name in ruling.waived else "held"


POLICIES: Final = ConfigCache(load_policy)

# msgspec studies a type at its first use, and two threads that do so at once crash the process (seen with 0.22):
# every type is met here, while the module is imported by one.
for _check in CHECKS:
    read_params(_check, {})
