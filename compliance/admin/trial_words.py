"""A trial in words: which rule it is about, and what it changes, value by value."""

from collections.abc import Mapping
from typing import Any, Final

from compliance.admin.params import in_words, values_of
from compliance.models import CapPeriod, CapUnit, CheckMode, OnUnknown, Trial
from compliance.registry import CHECKS
from compliance.trials.settings import live_of
from leadcrm.lib.admin.words import amount

BY_NAME: Final = {check.name: check for check in CHECKS}
NO_CAP: Final = "no cap"


def rule_words(trial: Trial) -> str:
    """Which check or caps, and whose."""
    check = BY_NAME.get(trial.check_name)
    what = "The caps themselves" if trial.caps is not None else check.label if check else trial.check_name
    return f"{what}, for {trial.source or 'the agency'}"


def change_lines(trial: Trial) -> tuple[list[tuple[str, str, str, str]], bool]:
    """What it changes: of each value its name, as it was, as it is tried, as it is live now; and whether that moved."""
    live = live_of(trial)
    words = [_in_words(trial, setting) for setting in (trial.before, _tried(trial), live)]
    names = list(dict.fromkeys(name for each in words for name in each))
    lines = [(name, *(each.get(name, NO_CAP) for each in words)) for name in names]
    shown = [line for line in lines if len({*line[1:]}) > 1]
    return [(line[0], line[1], line[2], line[3]) for line in shown], live != trial.before


def _tried(trial: Trial) -> dict[str, Any]:
    if trial.caps is not None:
        return {"caps": trial.caps}
    row = {"mode": trial.mode, "on_unknown": trial.on_unknown, "params": trial.params}
    return {"row": row, "agency": trial.before.get("agency")}


def _in_words(trial: Trial, setting: Mapping[str, Any]) -> dict[str, str]:
    if trial.caps is not None:
        return {_cap_words(cap): amount(cap["limit"]) for cap in setting["caps"]}
    check = BY_NAME.get(trial.check_name)
    row, agency = setting["row"], setting["agency"] or {}
    over = row or agency
    values = {**agency.get("params", {}), **(row or {}).get("params", {})}
    return {
        "A refusal": CheckMode(over["mode"]).label if over else CheckMode.ENFORCE.label,
        "If it cannot know": OnUnknown(over["on_unknown"]).label if over else OnUnknown.BLOCK.label,
        "Settings": (in_words(check, values_of(check, values)) if check else "") or "as the product comes",
    }


def _cap_words(cap: Mapping[str, Any]) -> str:
    return f"{CapUnit(cap['unit']).label} per {CapPeriod(cap['period']).label.lower()}"
