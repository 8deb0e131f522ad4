"""The live setting that a trial is about: read as plain values, compared, put into words that a program can keep."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from compliance.models import Cap, CheckSetting, Trial


def live_setting(
    check_name: str, source_id: int | None, *, caps: bool = False, lock: bool = False
) -> dict[str, Any]:
    """What a trial would change, as it stands, as JSON: the row itself, and the agency's that a source's stands on.

    With `lock` the rows are held until the transaction ends. Two queries at most.
    """
    if caps:
        rows = Cap.objects.filter(source=source_id).order_by("period", "unit")
        return {"caps": [as_cap(cap) for cap in (rows.select_for_update() if lock else rows)]}
    settings = CheckSetting.objects.filter(check_name=check_name)
    found = settings.filter(source__isnull=True) | settings.filter(source=source_id)
    rows_ = {row.source_id: _as_row(row) for row in (found.select_for_update() if lock else found)}
    return {"row": rows_.get(source_id), "agency": None if source_id is None else rows_.get(None)}


def live_of(trial: Trial, *, lock: bool = False) -> dict[str, Any]:
    """`live_setting` for what `trial` is about."""
    return live_setting(trial.check_name, trial.source_id, caps=trial.caps is not None, lock=lock)


def as_cap(cap: Cap) -> dict[str, str]:
    """A cap as a trial keeps it."""
    return {"period": str(cap.period), "unit": str(cap.unit), "limit": f"{cap.limit:.2f}"}


def _as_row(row: CheckSetting) -> dict[str, Any]:
    return {"mode": str(row.mode), "on_unknown": str(row.on_unknown), "params": row.params}


def fingerprint(setting: Mapping[str, Any]) -> str:
    """A short name of a setting's values, for a form that says which ones its reader has seen."""
    return hashlib.sha256(json.dumps(setting, sort_keys=True).encode()).hexdigest()[:16]
