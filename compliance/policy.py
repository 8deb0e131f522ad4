"""How the checks are set for one source: rows over defaults, read once and kept until configuration changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import msgspec

from compliance.check import Check
from compliance.models import Cap, CheckMode, CheckSetting, OnUnknown
from compliance.registry import CHECKS
from leadcrm.lib.config import ConfigCache


@dataclass(frozen=True, slots=True)
class SetCheck:
    """One check as it is set for a source."""

    check: Check
    mode: CheckMode
    on_unknown: OnUnknown
    params: Any


@dataclass(frozen=True, slots=True)
class Policy:
    """All checks of a source in the order of the registry, and its caps."""

    checks: tuple[SetCheck, ...]
    caps: tuple[Cap, ...]


class BadParams(ValueError):
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
    """The source's policy as its rows are now. Raises BadParams for a row that cannot be meant."""
    settings = CheckSetting.objects.filter(source__isnull=True) | CheckSetting.objects.filter(
        source=source_id
    )
    return build_policy(settings, Cap.objects.filter(source=source_id))


def build_policy(settings: Iterable[CheckSetting], caps: Iterable[Cap]) -> Policy:
    """One source's settings over the agency's (those without a source) over the code's, and its caps.

    Raises BadParams for a row that cannot be meant.
    """
    rows = list(settings)
    agency = {row.check_name: row for row in rows if row.source_id is None}
    own = {row.check_name: row for row in rows if row.source_id is not None}
    return Policy(
        checks=tuple(_set_check(check, agency.get(check.name), own.get(check.name)) for check in CHECKS),
        caps=tuple(sorted(caps, key=lambda cap: cap.pk)),
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


POLICIES: Final = ConfigCache(load_policy)

# msgspec studies a type at its first use, and two threads that do so at once crash the process (seen with 0.22):
# every type is met here, while the module is imported by one.
for _check in CHECKS:
    read_params(_check, {})
