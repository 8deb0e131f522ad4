"""Changing rules, bans and the policy: always a new row, by a named person, from a moment on."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from compliance.calling.zones import ZONE_NAMES
from compliance.models import CallingPolicy, CallingRule, ChecklistRule, EmergencyBan, ZoneConfirmation
from compliance.models.calling import FEDERAL
from intake.models import Lead
from leadcrm.lib.places import STATES
from leadcrm.models import User

# What a person states about a rule; the rest (version, who, when) is the product's.
RULE_FIELDS: Final = (
    "weekday_from", "weekday_to", "saturday_from", "saturday_to", "sunday_from", "sunday_to", "holidays", "attempts",
    "emergency_ban", "effective_from", "effective_to", "citation", "source", "as_of", "confidence", "note",
)  # fmt: skip
POLICY_FIELDS: Final = (
    "unknown_zone", "written_consent_exempts", "stale_list_blocks", "consent_max_age_days", "license_required",
)  # fmt: skip
AnyRule = TypeVar("AnyRule", CallingRule, ChecklistRule)


class AlreadyReplaced(Exception):
    """Somebody changed or retired this version in the meantime."""


def add_rule(*, state: str, values: Mapping[str, Any], by: User, now: datetime) -> CallingRule:
    """A rule for a state that has none at that time. `values` by RULE_FIELDS.

    Raises ValidationError where another row of the state is in force at some day of it.
    """
    with transaction.atomic():
        live = _live_rows(state)
        first, last = values.get("effective_from") or date.min, values.get("effective_to") or date.max
        for row in live:
            if first <= (row.effective_to or date.max) and (row.effective_from or date.min) <= last:
                raise ValidationError(
                    f"There is a rule for these days already: change version {row.version}."
                )
        return _write(state, values, by, now)


def replace_rule(*, old: CallingRule, values: Mapping[str, Any], by: User, now: datetime) -> CallingRule:
    """The next version of a rule. `old` is retired; what it said until the new one begins goes on in a row of its own.

    `values` by RULE_FIELDS. Raises AlreadyReplaced.
    """
    with transaction.atomic():
        live = {row.pk: row for row in _live_rows(old.state)}
        if old.pk not in live:
            raise AlreadyReplaced(f"Version {old.version} is no longer in force")
        old = live[old.pk]
        _retire(old, by, now)
        begins = values.get("effective_from")
        until = begins - timedelta(days=1) if begins else None
        if until and until >= (old.effective_from or date.min) and until >= timezone.localdate(now):
            said = {name: getattr(old, name) for name in RULE_FIELDS}
            _write(old.state, {**said, "effective_to": until}, by, now)
        return _write(old.state, values, by, now)


def retire_rule(*, rule: CallingRule, by: User, now: datetime) -> bool:
    """Take a state's rule out of force from `now`; the federal hours go on. False if it was already.

    Raises ValidationError for the federal rule itself: without it nobody could be called.
    """
    if rule.state == FEDERAL:
        raise ValidationError("The federal rule can be changed, not retired.")
    return _retire(rule, by, now)


def confirm_rule(*, rule: AnyRule, by: User, now: datetime) -> bool:
    """Say, in the name of `by`, that the row was read up and is right. False if somebody has said so before."""
    live = type(rule)._default_manager.filter(pk=rule.pk, confirmed_at__isnull=True, retired_at__isnull=True)
    return bool(live.update(confirmed_at=now, confirmed_by=by))


def _live_rows(state: str) -> list[CallingRule]:
    """The rows of a state that are not retired, locked, so that two changes come one after the other."""
    rows = CallingRule.objects.select_for_update().filter(state=state).order_by("version")
    return [row for row in rows if row.retired_at is None]


def _retire(rule: CallingRule, by: User, now: datetime) -> bool:
    live = CallingRule.objects.filter(pk=rule.pk, retired_at__isnull=True)
    return bool(live.update(retired_at=now, retired_by=by))


def _write(state: str, values: Mapping[str, Any], by: User, now: datetime) -> CallingRule:
    newest = CallingRule.objects.filter(state=state).aggregate(newest=Max("version"))["newest"] or 0
    said = {name: values[name] for name in RULE_FIELDS if name in values}
    return CallingRule.objects.create(state=state, version=newest + 1, made_by=by, made_at=now, **said)


def declare_emergency(
    *, states: Sequence[str], starts_at: datetime, ends_at: datetime | None, reason: str, source: str, by: User,
    now: datetime,
) -> EmergencyBan:  # fmt: skip
    """Stop calls into `states` whose rule says so, from `starts_at` until `ends_at` (None: until it is ended).

    Raises ValidationError by field for what cannot be meant.
    """
    wrong = {}
    if not states or not set(states) <= set(STATES):
        wrong["states"] = "Name at least one state."
    if ends_at is not None and ends_at <= starts_at:
        wrong["ends_at"] = "It ends before it begins."
    if not reason.strip() or not source.strip():
        wrong["source"] = "Say what the emergency is and where it was declared."
    if wrong:
        raise ValidationError(wrong)
    return EmergencyBan.objects.create(
        states=sorted(set(states)), starts_at=starts_at, ends_at=ends_at, reason=reason.strip(), source=source.strip(),
        declared_by=by, declared_at=now,
    )  # fmt: skip


def end_emergency(*, ban: EmergencyBan, by: User, now: datetime) -> bool:
    """Let calls through again from `now`. False if it was ended before."""
    running = EmergencyBan.objects.filter(pk=ban.pk, ended_at__isnull=True)
    return bool(running.update(ended_at=now, ended_by=by))


def set_policy(*, values: Mapping[str, Any], by: User, now: datetime) -> CallingPolicy:
    """The agency's own choices from `now` on. `values` by POLICY_FIELDS; what is left out keeps what held before."""
    before = CallingPolicy.objects.first() or CallingPolicy()
    said = {name: values.get(name, getattr(before, name)) for name in POLICY_FIELDS}
    return CallingPolicy.objects.create(made_at=now, made_by=by, **said)


def confirm_zone(*, lead: Lead, zone: str, reason: str, by: User, now: datetime) -> ZoneConfirmation:
    """Say by which clock `lead` lives: an IANA key of ZONE_NAMES, which then counts alone; "" takes it back.

    Raises ValidationError by field without a reason or for another zone.
    """
    wrong = {}
    if zone and zone not in ZONE_NAMES:
        wrong["zone"] = "There is no such time zone here."
    if not reason.strip():
        wrong["reason"] = "Say how you know."
    if wrong:
        raise ValidationError(wrong)
    return ZoneConfirmation.objects.create(lead=lead, zone=zone, reason=reason.strip()[:200], by=by, at=now)
