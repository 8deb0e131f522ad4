"""Telling people in good time which licenses end: the agent, the team's leader, whoever keeps the licenses.

Rows first, mails after: a warning is noted once (the database holds it to that), claimed before it is sent, and
never sent again where it may have gone out. One mail a person and day, however many licenses are in it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from agents.mailing import PERHAPS_TAKEN, MailNotTaken, hand_over
from agents.models import THRESHOLDS, License, LicenseWarning, WarningState
from agents.queries import staff_with
from leadcrm.models import User

log = structlog.get_logger(__name__)

MOST_TRIES: Final = 6
FIRST_WAIT: Final = timedelta(minutes=10)
# A claim older than this belongs to a process that is gone; nobody knows how far it came.
CLAIM_LASTS: Final = timedelta(minutes=15)
KEEPER: Final = "agents.change_license"


def threshold_of(days_left: int) -> int | None:
    """The threshold that so many days belong to: 8 to 14 days to 14. None: too early, or over."""
    return min((days for days in THRESHOLDS if days_left <= days), default=None) if days_left >= 0 else None


def note_warnings(*, now: datetime) -> int:
    """Note who is to be told of which license, by the agency's date at `now`; how many of them are new.

    A threshold that was missed (nobody ran this for days) is not made up for: the present one is told instead.
    """
    today = now.astimezone(settings.AGENCY_ZONE).date()
    ending = (
        License.objects.of_people_at_work()
        .ending(first=today, last=today + timedelta(days=max(THRESHOLDS)), today=today)
        .select_related("agent__user", "agent__team__leader")
    )
    told = set(
        LicenseWarning.objects.filter(license__in=ending).values_list("license_id", "expires_on", "days")
    )
    due = [(license_, _threshold(license_, today)) for license_ in ending]
    fresh = [(row, days) for row, days in due if (row.pk, row.expires_on, days) not in told]
    if not fresh:
        return 0
    keepers = list(staff_with(KEEPER))
    rows = [_warning(row, days, person, now) for row, days in fresh for person in _to_tell(row, keepers)]
    LicenseWarning.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _warning(license_: License, days: int, person: User, now: datetime) -> LicenseWarning:
    assert license_.expires_on is not None  # ending() finds no others
    return LicenseWarning(
        license=license_, expires_on=license_.expires_on, days=days, recipient=person, due_at=now, created_at=now,
        what=f"{license_.agent}: {license_}"[:200],
    )  # fmt: skip


def _threshold(license_: License, today: date) -> int:
    assert license_.expires_on is not None
    days = threshold_of((license_.expires_on - today).days)
    assert days is not None
    return days


def _to_tell(license_: License, keepers: Iterable[User]) -> list[User]:
    """The agent, the team's leader, the keepers; each once, and nobody whose login is switched off."""
    leader = license_.agent.team.leader if license_.agent.team else None
    people = [license_.agent.user, *([leader] if leader else []), *keepers]
    return [user for user in {user.pk: user for user in people}.values() if user.is_active]


def send_warnings(*, now: datetime) -> int:
    """Send what is due, one mail a person; how many mails went out. Two at once do not send the same."""
    _give_up_lost_claims(now=now)
    sent = 0
    while batch := _claim(now=now):
        wanted = _drop_needless(batch, now=now)
        if wanted and _deliver(wanted, now=now):
            sent += 1
    return sent


def _claim(*, now: datetime) -> list[LicenseWarning]:
    """The warnings that are due to one person, now ours; empty when none are."""
    waiting = LicenseWarning.objects.filter(state=WarningState.WAITING, due_at__lte=now)
    with transaction.atomic():
        first = waiting.select_for_update(skip_locked=True).order_by("due_at", "pk").first()
        if first is None:
            return []
        locked = waiting.filter(recipient=first.recipient_id).select_for_update(skip_locked=True)
        keys = list(locked.values_list("pk", flat=True))
        rows = LicenseWarning.objects.filter(pk__in=keys)
        rows.update(state=WarningState.SENDING, claimed_at=now)
    related = rows.select_related("recipient", "license__agent__user").order_by("expires_on", "what", "pk")
    return list(related)


def _give_up_lost_claims(*, now: datetime) -> None:
    lost = LicenseWarning.objects.filter(state=WarningState.SENDING, claimed_at__lt=now - CLAIM_LASTS)
    if count := lost.update(state=WarningState.UNKNOWN, error="The process ended meanwhile"):
        log.warning("license_warning.lost", count=count)


def _drop_needless(batch: Sequence[LicenseWarning], *, now: datetime) -> list[LicenseWarning]:
    """Those still to be told: the license as it was noted, its agent at work, the reader with a login."""
    today = now.astimezone(settings.AGENCY_ZONE).date()
    keys = [row.license_id for row in batch if row.license_id]
    ending = License.objects.of_people_at_work().filter(pk__in=keys)
    ending = ending.ending(first=today, last=today + timedelta(days=max(THRESHOLDS)), today=today)
    held = dict(ending.values_list("pk", "expires_on"))
    wanted = [
        row for row in batch
        if row.recipient and row.recipient.is_active and row.license and held.get(row.license.pk) == row.expires_on
    ]  # fmt: skip
    _rows({row.pk for row in batch} - {row.pk for row in wanted}).update(state=WarningState.DROPPED)
    return wanted


def _deliver(batch: Sequence[LicenseWarning], *, now: datetime) -> bool:
    rows = _rows(row.pk for row in batch)
    try:
        hand_over(**_letter(batch, now=now))
    except MailNotTaken as refused:
        _try_later(batch, str(refused), now=now)
    except PERHAPS_TAKEN as broke:
        rows.update(state=WarningState.UNKNOWN, error=type(broke).__name__)
        log.warning("license_warning.unknown", error=type(broke).__name__)
    else:
        rows.update(state=WarningState.SENT, sent_at=now, attempts=batch[0].attempts + 1, error="")
        return True
    return False


def _letter(batch: Sequence[LicenseWarning], *, now: datetime) -> dict[str, Any]:
    """Subject, text and address. The reader's own licenses come first."""
    reader = batch[0].recipient
    assert reader is not None
    today = now.astimezone(settings.AGENCY_ZONE).date()
    parts: dict[bool, list[dict[str, Any]]] = defaultdict(list)
    for row in batch:
        assert row.license is not None
        own = row.license.agent.user_id == reader.pk
        parts[own].append({"row": row, "license": row.license, "days": (row.expires_on - today).days})
    count = len(batch)
    subject = f"{count} license{'' if count == 1 else 's'} ending soon: {settings.AGENCY_NAME}"
    text = render_to_string(
        "agents/mail/licenses.txt",
        {
            "reader": reader, "own": parts[True], "others": parts[False], "agency": settings.AGENCY_NAME,
            "url": settings.PUBLIC_URL + reverse("me"),
            "desk": settings.PUBLIC_URL + reverse("admin:agents_license_changelist") if reader.is_staff else "",
        },
    )  # fmt: skip
    return {"subject": " ".join(subject.split()), "body": text, "to": [reader.email]}


def _try_later(batch: Sequence[LicenseWarning], error: str, *, now: datetime) -> None:
    """Wait twice as long each time; after the last try give up."""
    for row in batch:
        row.attempts += 1
        over = row.attempts >= MOST_TRIES
        row.state = WarningState.FAILED if over else WarningState.WAITING
        row.due_at, row.error = now + FIRST_WAIT * 2 ** (row.attempts - 1), error[:80]
    LicenseWarning.objects.bulk_update(batch, ["attempts", "state", "due_at", "error"])
    log.warning("license_warning.not_sent", error=error, count=len(batch))


def _rows(keys: Iterable[int]) -> QuerySet[LicenseWarning]:
    return LicenseWarning.objects.filter(pk__in=list(keys))
