"""The terms of a contract that checks watch over: filters, windows, proofs of consent, caps."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from compliance.models import Cap, CapPeriod, CapUnit, CheckMode, CheckSetting
from compliance.policy import read_params
from compliance.registry import CHECKS
from intake.contracts import Contract, open_source
from intake.models import Source
from leadcrm.models import User

# Proofs of consent a contract may ask for, and the parameter of the consent check that asks for each.
PROOFS: Final = {
    "trustedform": "require_trustedform",
    "jornaya": "require_jornaya",
    "consent_text": "require_text",
    "consent_ip": "require_ip",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a source's leads are checked against, beyond the agency's settings. None and () add nothing.

    `duplicate_days`: 0 leaves open leads and clients only. Caps count accepted leads, `daily_budget` US
    dollars, in the agency's time zone. `proofs` are words of PROOFS.
    """

    states: tuple[str, ...] = ()
    duplicate_days: int | None = None
    max_age_days: int | None = None
    proofs: tuple[str, ...] = ()
    hourly_cap: int | None = None
    daily_cap: int | None = None
    monthly_cap: int | None = None
    daily_budget: Decimal | None = None


def contract_source(*, contract: Contract, terms: Terms, by: User | None = None) -> tuple[Source, str]:
    """A new source with its first key, its check settings and caps; the key's text is shown only here.

    All or nothing. Raises ValidationError by field of Contract or Terms.
    """
    with transaction.atomic():
        source, key = open_source(contract=contract, by=by)
        agree_terms(source=source, terms=terms)
    return source, key


def agree_terms(*, source: Source, terms: Terms) -> None:
    """Write `terms` as rows of a source that has none of its own yet."""
    for check_name, params in _params(terms).items():
        _set_check(source, check_name, params)
    for period, unit, limit in _limits(terms):
        cap = Cap(source=source, period=period, unit=unit, limit=limit)
        cap.full_clean()
        cap.save(force_insert=True)


def _params(terms: Terms) -> dict[str, dict[str, Any]]:
    wanted: dict[str, dict[str, Any]] = {
        "filters": {"states": list(terms.states)} if terms.states else {},
        "duplicate": {} if terms.duplicate_days is None else {"days": terms.duplicate_days},
        "lead_age": {} if terms.max_age_days is None else {"max_age_days": terms.max_age_days},
        "consent": {PROOFS[proof]: True for proof in terms.proofs},
    }
    return {check_name: params for check_name, params in wanted.items() if params}


def _set_check(source: Source, check_name: str, params: Mapping[str, Any]) -> None:
    """A row of the source hides the agency's mode, so it takes that over; what is asked for is never off."""
    check = next(check for check in CHECKS if check.name == check_name)
    read_params(check, params)
    row = CheckSetting(source=source, check_name=check_name, params=dict(params))
    agency = CheckSetting.objects.filter(source__isnull=True, check_name=check_name).first()
    if agency and agency.mode != CheckMode.OFF:
        row.mode, row.on_unknown = agency.mode, agency.on_unknown
    row.save(force_insert=True)


def _limits(terms: Terms) -> list[tuple[CapPeriod, CapUnit, Decimal]]:
    limits = (
        (CapPeriod.HOUR, CapUnit.LEADS, terms.hourly_cap),
        (CapPeriod.DAY, CapUnit.LEADS, terms.daily_cap),
        (CapPeriod.MONTH, CapUnit.LEADS, terms.monthly_cap),
        (CapPeriod.DAY, CapUnit.SPEND, terms.daily_budget),
    )
    return [(period, unit, Decimal(limit)) for period, unit, limit in limits if limit is not None]
