"""Situations for replays: what is set up the day before, what is posted, what becomes of it by which check."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from django.utils import timezone

from agents.models import License
from compliance.evidence.replayed import Basis
from compliance.models import RevocationChannel, RevocationOrigin, RevocationScope, SuppressionKind
from compliance.revocation import revoke
from compliance.suppression import suppress
from compliance.tests.replay_support import BEFORE, DAY, load
from intake.lifecycle import move_lead
from intake.models import LeadStatus
from leadcrm.testing.door import Door
from leadcrm.testing.factories import CapFactory, FieldRuleFactory, SourceHoursFactory

PHONE, SECOND, OTHER = "2145552222", "2145553333", "2145554444"
RECOMPUTED, RECORD = Basis.RECOMPUTED, Basis.RECORD
Act = Callable[[Door], object]


def on_list(kind: SuppressionKind, *, phone: str = "", email: str = "") -> Act:
    return lambda door: suppress(
        phone=phone, email=email, kind=kind, reason="", channel="call", by=None, now=BEFORE
    )


def asked_to_stop(*, days: float, scope: RevocationScope = RevocationScope.ALL) -> Act:
    """A request of the person, that many days before DAY."""
    then = DAY - timedelta(days=days)
    return lambda door: revoke(
        phone=f"+1{PHONE}", email="", scope=scope, channel=RevocationChannel.TEXT, words="stop", received_at=then,
        by=None, lead=None, origin=RevocationOrigin.API, external_id="", now=max(then, BEFORE),
    )  # fmt: skip


def moved(*stages: str) -> Act:
    """The person's lead, in the last of these stages."""

    def act(door: Door) -> None:
        lead = door.post(phone=PHONE, email="first@example.com").lead
        for stage in stages:
            move_lead(lead=lead, to=LeadStatus(stage), reason="", actor=None, now=timezone.now())

    return act


def listed(code: str, *numbers: str, **fields: Any) -> Act:
    return lambda door: load(code, list(numbers), **fields)


def all_of(*acts: Act) -> Act:
    return lambda door: [act(door) for act in acts]


def unlicensed(door: Door) -> None:
    License.objects.all().delete()


def called_otherwise(door: Door) -> None:
    FieldRuleFactory.create(source=door.source, incoming="Telefon", field="phone")
    FieldRuleFactory.create(source=door.source, incoming="sx", field="gender", values={"0": "female"})


def filled(period: str = "month", limit: int = 2, unit: str = "leads", more: int = 0) -> Act:
    """A cap of two leads' size with both places taken; it is larger by `more` afterwards."""

    def act(door: Door) -> None:
        CapFactory.create(source=door.source, period=period, limit=limit, unit=unit)
        for _ in range(2):
            assert door.post().outcome == "accepted"
        door.source.caps.update(limit=limit + more)

    return act


def consented() -> dict[str, Any]:
    """The person's consent of two days ago."""
    return {"phone": PHONE, "consent_timestamp": (timezone.now() - timedelta(days=2)).isoformat()}


@dataclass
class Case:
    """What is set up the day before, what is posted, and what becomes of it."""

    outcome: str
    check: str
    setup: Act = lambda door: None
    fields: Any = dict
    basis: Basis = RECOMPUTED


def checks(name: str, **params: Any) -> Act:
    return lambda door: door.set_check(name, **params)


def contract(**fields: Any) -> Act:
    return lambda door: door.set(**fields)


CASES: dict[str, Case] = {
    "all is well": Case("accepted", "filters"),
    "source paused": Case("source_paused", "source_open", contract(status="paused")),
    "source closed": Case("closed", "source_open", lambda door: SourceHoursFactory.create(
        source=door.source, weekday=DAY.weekday(), opens_at=time(1), closes_at=time(2))),
    "pause only noted": Case("accepted", "source_open", all_of(
        contract(status="paused"), checks("source_open", mode="observe"))),
    "field missing": Case("missing_field", "fields", contract(required_fields=["city"])),
    "born tomorrow": Case("invalid_field", "fields", fields=lambda: {
        "date_of_birth": (timezone.localdate() + timedelta(days=1)).isoformat()}),
    "sent tomorrow": Case("invalid_field", "fields", fields=lambda: {
        "timestamp": (timezone.now() + timedelta(days=2)).isoformat()}),
    "fields of other names": Case("accepted", "fields", called_otherwise, lambda: {
        "phone": None, "Telefon": PHONE, "sx": "0"}),
    "no phone": Case("missing_field", "suppression", fields=lambda: {"phone": None, "test": "1"}),
    "consent missing": Case("consent_missing", "consent", checks("consent", require_text=True), lambda: {
        "consent_text": None}),
    "consent old": Case("consent_expired", "consent", checks("consent", max_age_days=2), lambda: {
        "timestamp": (timezone.now() - timedelta(days=3)).isoformat()}),
    "wording poor": Case("consent_invalid", "consent", checks("consent", wording="refuse"), lambda: {
        "consent_text": "Yes, call me."}),
    "wording held": Case("pending", "consent", checks("consent", mode="review", wording="refuse"), lambda: {
        "consent_text": "Yes, call me."}),
    "duplicate phone": Case("duplicate", "duplicate", moved(), lambda: {"phone": PHONE}),
    "duplicate e-mail": Case("duplicate", "duplicate", moved(), lambda: {"email": "first@example.com"}),
    "duplicate client": Case("duplicate", "duplicate", all_of(
        checks("duplicate", days=0, open_leads=False), moved("contacted", "sold")), lambda: {"phone": PHONE}),
    "lost person again": Case("accepted", "duplicate", all_of(
        checks("duplicate", days=0), moved("lost")), lambda: {"phone": PHONE}),
    "only by both": Case("accepted", "duplicate", all_of(
        checks("duplicate", match="all"), moved()), lambda: {"phone": PHONE}),
    "state not bought": Case("filter_mismatch", "filters", checks("filters", states=["OK"])),
    "ZIP not bought": Case("filter_mismatch", "filters", checks("filters", exclude_zips=["752"])),
    "too young": Case("filter_mismatch", "filters", checks("filters", min_age=50), lambda: {
        "date_of_birth": (timezone.localdate() - timedelta(days=50 * 365 + 11)).isoformat()}),
    "attribute": Case("filter_mismatch", "filters", checks("filters", attributes=[
        {"name": "coverage_amount", "op": "gte", "value": 10000}]), lambda: {"coverage_amount": "5,000"}),
    "lead old": Case("lead_too_old", "lead_age", checks("lead_age", max_age_minutes=5), lambda: {
        "timestamp": (timezone.now() - timedelta(minutes=9)).isoformat()}),
    "too dear": Case("price_too_high", "price", fields=lambda: {"price": "500.00"}),
    "asked us to stop": Case("suppressed_internal", "suppression", on_list(
        SuppressionKind.INTERNAL, phone=f"+1{PHONE}"), lambda: {"phone": PHONE}),
    "asked for no texts": Case("accepted", "suppression", asked_to_stop(
        days=3, scope=RevocationScope.TEXTS), lambda: {"phone": PHONE}),
    "asked, and consented later": Case("accepted", "suppression", all_of(
        asked_to_stop(days=3), checks("suppression", later_consent_reopens=True)), consented),
    "consented later, not trusted": Case("suppressed_internal", "suppression", asked_to_stop(days=3), consented),
    "asked again after the consent": Case("suppressed_internal", "suppression", all_of(
        asked_to_stop(days=3), asked_to_stop(days=1.5), checks("suppression", later_consent_reopens=True)), consented),
    "litigator by e-mail": Case("suppressed_litigator", "suppression", on_list(
        SuppressionKind.LITIGATOR, email="first@example.com"), lambda: {"email": "First@example.com"}),
    "national list": Case("suppressed_dnc", "suppression", listed("national", PHONE), lambda: {"phone": PHONE}),
    "second phone listed": Case("suppressed_dnc", "suppression", listed("national", SECOND), lambda: {
        "phone": PHONE, "phone_2": SECOND}),
    "clear of all lists": Case("accepted", "suppression", all_of(
        listed("national", OTHER), listed("tx", OTHER, kind="state", state="TX"),
        listed("ok", PHONE, kind="state", state="OK")), lambda: {"phone": PHONE}),
    "list out of date": Case("check_unavailable", "suppression", listed(
        "national", OTHER, days_old=40, stale_after_days=31), lambda: {"phone": PHONE}),
    "stale list held": Case("pending", "suppression", all_of(
        listed("national", OTHER, days_old=40, stale_after_days=31), checks("suppression", on_unknown="hold")),
        lambda: {"phone": PHONE}),
    "area code not held": Case("check_unavailable", "suppression", listed(
        "national", PHONE, by_area_code=True), lambda: {"phone": "9185552222"}),
    "reassigned": Case("suppressed_dnc", "suppression", all_of(
        listed("reassigned", PHONE, kind="reassigned", days_old=0), checks("suppression", reassigned=True)),
        lambda: {"phone": PHONE, "timestamp": (timezone.now() - timedelta(days=9)).isoformat()}),
    "month's cap full": Case("cap_reached", "caps", filled()),
    "room under the cap": Case("accepted", "caps", filled(more=1)),
    "budget spent": Case("cap_reached", "caps", filled(limit=60, unit="spend")),
    "hour's cap not yet": Case("accepted", "caps", filled("hour")),
    "no agent": Case("no_agent", "agent", unlicensed, basis=RECORD),
    "test post": Case("accepted", "agent", fields=lambda: {"test": "1"}, basis=RECORD),
    "test post refused twice": Case("filter_mismatch", "lead_age", all_of(
        checks("filters", states=["OK"]), checks("lead_age", max_age_minutes=5)), lambda: {
        "test": "1", "timestamp": (timezone.now() - timedelta(minutes=9)).isoformat()}),
    "magic ZIP": Case("duplicate", "filters", checks("filters", states=["OK"]), lambda: {
        "test": "1", "zip": "00001"}),
}  # fmt: skip
