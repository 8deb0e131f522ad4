"""Ask and act: the answer under a lock on the number, recorded always, counted where it is a contact."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from compliance.calling.asking import judge, refuse_others_number
from compliance.calling.facts import Asked, gather
from compliance.calling.permission import Permission, Why, as_records, read_records
from compliance.dedupe import lock_key
from compliance.models import ContactAct, ContactAttempt, ContactChannel, ContactDecision
from intake.models import Lead
from leadcrm.lib.clock import time_words
from leadcrm.lib.db import Query
from leadcrm.models import User

# A call that is recorded within this time of being dialled by the same person is that call.
LOG_WITHIN: Final = timedelta(hours=4)


class RequestIdTaken(ValueError):
    """The request id belongs to another question."""


def ask_to_contact(
    *, lead: Lead, phone: str, user: User, channel: str, act: str, request_id: UUID, now: datetime
) -> tuple[Permission, ContactDecision]:
    """Ask whether `user` may do `act` (dial, text, log) to `phone` at `now`, record the answer, count the contact.

    Questions about one number come one after the other, so the last attempt of a limit is given to one of two who
    click at once. An allowed dial or text counts as an attempt. `log` records a call that took place: it counts,
    allowed or not, unless the same person was let dial this number for this lead within LOG_WITHIN; then it is that
    call, and it was allowed. A repeated `request_id` gets the first answer and counts nothing. Commits with the
    caller's transaction. Raises RequestIdTaken, NotTheirNumber, ValueError for an unknown channel or act.
    """
    ContactAct(act), ContactChannel(channel)
    refuse_others_number(lead, phone)
    now = now.astimezone(UTC)
    started = perf_counter()
    with transaction.atomic():
        asked = Asked.of(lead, phone)
        known = gather([asked], now=now, first=[_lock(phone)])
        earlier = ContactDecision.objects.filter(request_id=request_id).select_related("attempt").first()
        if earlier is not None:
            return _same_question(earlier, lead=lead, phone=phone, user=user, act=act), earlier
        permission = judge(known, user=user, channel=channel, now=now)[asked]
        attempt = _dialled(lead, phone, user, now) if act == ContactAct.LOG else None
        if attempt is not None:
            permission = _as_dialled(permission, attempt)
        elif permission.allowed or act == ContactAct.LOG:
            attempt = ContactAttempt.objects.create(
                phone=phone, channel=channel, at=now, lead=lead, user=user
            )
        decision = _record(
            permission, lead=lead, user=user, act=act, attempt=attempt, request_id=request_id, now=now,
            ms=(perf_counter() - started) * 1000,
        )  # fmt: skip
        return permission, decision


def _lock(phone: str) -> Query:
    return Query("SELECT pg_advisory_xact_lock(%s)", (lock_key("contact", phone),))


def _dialled(lead: Lead, phone: str, user: User, now: datetime) -> ContactAttempt | None:
    """The newest allowed dial that no record of a call has claimed yet."""
    claimed = ContactDecision.objects.filter(act=ContactAct.LOG, lead=lead, attempt__isnull=False)
    return (
        ContactAttempt.objects.filter(
            phone=phone, lead=lead, user=user, channel=ContactChannel.CALL, at__gt=now - LOG_WITHIN, at__lte=now,
        )
        .exclude(pk__in=claimed.values("attempt"))
        .first()
    )  # fmt: skip


def _as_dialled(permission: Permission, attempt: ContactAttempt) -> Permission:
    """The call was let through when it began; what has changed since is no objection to it."""
    zone = ZoneInfo(permission.zone) if permission.zone else None
    when = attempt.at.astimezone(zone) if zone else attempt.at
    why = Why("dialled_before", f"Dialled at {time_words(when)}, when it was allowed")
    return replace(permission, allowed=True, reasons=(), opens_at=None, warnings=(why, *permission.warnings))


def _record(
    permission: Permission, *, lead: Lead, user: User, act: str, attempt: ContactAttempt | None, request_id: UUID,
    now: datetime, ms: float,
) -> ContactDecision:  # fmt: skip
    return ContactDecision.objects.create(
        request_id=request_id, lead=lead, phone=permission.phone, user=user, channel=permission.channel, act=act,
        at=now, allowed=permission.allowed, reasons=as_records(permission.reasons),
        warnings=as_records(permission.warnings), opens_at=permission.opens_at, closes_at=permission.closes_at,
        zone=permission.zone, zones=list(permission.zones), states=list(permission.states),
        rules=[list(rule) for rule in permission.rules], lists=list(permission.lists), given=permission.given,
        attempt=attempt, ms=ms,
    )  # fmt: skip


def _same_question(earlier: ContactDecision, *, lead: Lead, phone: str, user: User, act: str) -> Permission:
    if (earlier.lead_id, earlier.phone, earlier.user_id, earlier.act) != (lead.pk, phone, user.pk, act):
        raise RequestIdTaken(str(earlier.request_id))
    return permission_of(earlier)


def permission_of(decision: ContactDecision) -> Permission:
    """The answer as it was recorded."""
    zone = ZoneInfo(decision.zone) if decision.zone else None
    return Permission(
        allowed=decision.allowed, phone=decision.phone, channel=decision.channel,
        reasons=read_records(decision.reasons), warnings=read_records(decision.warnings),
        opens_at=decision.opens_at, closes_at=decision.closes_at, zone=decision.zone,
        zones=tuple(decision.zones), states=tuple(decision.states),
        local=decision.at.astimezone(zone) if zone else None, rules=_keys(decision.rules),
        lists=tuple(decision.lists), given=decision.given,
    )  # fmt: skip


def _keys(rules: Iterable[list[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((rule[0], rule[1]) for rule in rules)
