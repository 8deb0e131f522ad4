"""Telling people in good time which licenses end: the agent, the team's leader, whoever keeps the licenses.

Rows first, mails after (agents.mail_queue): a warning is noted once, the database holds it to that. One mail a person
and day, however many licenses are in it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from agents.mail_queue import MailQueue
from agents.models import THRESHOLDS, License, LicenseWarning
from agents.queries import staff_with
from leadcrm.models import User

MOST_TRIES: Final = 6
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


def _still_needed(batch: Sequence[LicenseWarning], now: datetime) -> list[LicenseWarning]:
    """Those still to be told: the license as it was noted, its agent at work, the reader with a login."""
    today = now.astimezone(settings.AGENCY_ZONE).date()
    keys = [row.license_id for row in batch if row.license_id]
    ending = License.objects.of_people_at_work().filter(pk__in=keys)
    ending = ending.ending(first=today, last=today + timedelta(days=max(THRESHOLDS)), today=today)
    held = dict(ending.values_list("pk", "expires_on"))
    return [
        row for row in batch
        if row.recipient and row.recipient.is_active and row.license and held.get(row.license.pk) == row.expires_on
    ]  # fmt: skip


def _letter(batch: Sequence[LicenseWarning], now: datetime) -> dict[str, Any]:
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


def _read(rows: QuerySet[LicenseWarning]) -> QuerySet[LicenseWarning]:
    related = rows.select_related("recipient", "license__agent__user")
    return related.order_by("expires_on", "what", "pk")


WARNINGS: Final = MailQueue[LicenseWarning](
    name="license_warning", rows=LicenseWarning.objects.all, reader="recipient", read=_read,
    still_needed=_still_needed, letter=_letter, most_tries=MOST_TRIES, first_wait=timedelta(minutes=10),
    claim_lasts=timedelta(minutes=15),
)  # fmt: skip


def send_warnings(*, now: datetime) -> int:
    """Send what is due, as agents.mail_queue does; how many mails went out."""
    return WARNINGS.send_due(now=now)
