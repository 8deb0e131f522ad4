"""What the checks ask of a source's posts, told to its vendor (intake.posting.asked). Caps are never told."""

from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings

from compliance.checks import consent, filters, lead_age
from compliance.checks.consent import ConsentParams
from compliance.checks.filters import FilterParams
from compliance.checks.lead_age import LeadAgeParams
from compliance.consent import Point, in_words
from compliance.models import CheckMode
from compliance.policy import POLICIES
from compliance.testmode import FORCED, Forced
from intake.conditions import AttributeFilter
from intake.posting.asked import Asked, TestZip
from leadcrm.lib.places import STATE_NAMES

# Modes in which a check's verdict reaches the vendor.
_TOLD: Final = frozenset({CheckMode.ENFORCE, CheckMode.REVIEW})
_SIGNS: Final = {
    "eq": "is",
    "ne": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "gte": "at least",
    "lte": "at most",
}


def asked_of(source_id: int, config_version: int) -> Asked:
    """What a post of the source must bring along under this configuration. No query while that has not changed."""
    policy = POLICIES.get(source_id, config_version)
    params = {item.check.name: item.params for item in policy.checks if item.mode in _TOLD}
    wanted: ConsentParams | None = params.get(consent.check.name)
    return Asked(
        proofs=tuple(_proofs(wanted)) if wanted else (),
        notes=tuple(_notes(wanted)) if wanted else (),
        limits=(*_bought(params.get(filters.check.name)), *_fresh(params.get(lead_age.check.name))),
        test_zips=tuple(_test_zip(zip5, forced) for zip5, forced in FORCED.items()),
    )


def _proofs(params: ConsentParams) -> Iterator[str]:
    if params.require_trustedform:
        yield "trustedform_cert_url"
    if params.require_jornaya:
        yield "jornaya_leadid"
    if params.require_text or params.name_agency:
        yield "consent_text"
    if params.require_ip:
        yield "consent_ip"


def _notes(params: ConsentParams) -> Iterator[tuple[str, str]]:
    yield "consent_timestamp", f"at most {params.max_age_days} days ago"
    if params.require_ip:
        yield "consent_ip", "or ip_address"
    if params.wording == "refuse":
        points = [point for point in Point if point != Point.PHONE or params.wording_shows_phone]
        yield "consent_text", f"refused unless it {in_words(points)}"
    if params.name_agency:
        yield "consent_text", f"must name {settings.AGENCY_NAME}"


def _bought(params: FilterParams | None) -> Iterator[tuple[str, str]]:
    if params is None:
        return
    if params.states:
        yield (
            "States",
            ", ".join(f"{code} {STATE_NAMES.get(code, '')}".strip() for code in sorted(params.states)),
        )
    if params.zips:
        yield "ZIPs", f"beginning with {', '.join(params.zips)}"
    if params.exclude_zips:
        yield "ZIPs not bought", f"beginning with {', '.join(params.exclude_zips)}"
    if params.min_age is not None or params.max_age is not None:
        yield "Age", _span(params.min_age, params.max_age)
    for rule in params.attributes:
        yield rule.name, _rule(rule)


def _span(low: Any, high: Any) -> str:
    if low is None:
        return f"at most {high}"
    return f"at least {low}" if high is None else f"{low} to {high}"


def _rule(rule: AttributeFilter) -> str:
    if rule.op == "present":
        return "must be sent"
    value = rule.value
    if isinstance(value, bool):
        return f"{_SIGNS[rule.op]} {'yes' if value else 'no'}"
    return f"{_SIGNS[rule.op]} {', '.join(value) if isinstance(value, list) else value}"


def _fresh(params: LeadAgeParams | None) -> Iterator[tuple[str, str]]:
    if params is not None and params.max_age_minutes is not None:
        yield "Age of the lead", f"at most {params.max_age_minutes} minutes"
    if params is not None and params.max_age_days is not None:
        yield "Age of the lead", f"at most {params.max_age_days} days"


def _test_zip(zip5: str, forced: Forced) -> TestZip:
    first = forced.reasons[0] if forced.reasons else None
    return TestZip(
        zip5, first.code if first else "", forced.wait_seconds, forced.unavailable,
        first.retry_after if first else None,
    )  # fmt: skip
