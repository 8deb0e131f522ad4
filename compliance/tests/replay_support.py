"""What the tests of replays share: a day to stand on, and a world that changes after a decision."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from compliance.evidence.replay import replay
from compliance.evidence.replayed import CheckReplay, Replay
from compliance.models import (
    Cap,
    CheckSetting,
    Decision,
    DncList,
    RevocationChannel,
    RevocationOrigin,
    Suppression,
    SuppressionKind,
)
from compliance.revocation import revoke
from compliance.suppression import suppress
from compliance.tests.dnc_support import full
from intake.models import FieldRule, Lead, LeadEvent, Source, SourceHours, Vertical
from leadcrm.testing.door import Door
from leadcrm.testing.factories import CapFactory, FieldRuleFactory, UserFactory

# Changes of configuration are stamped by the database's own clock, so posts come later than those of the set-up.
DAY = (timezone.now() + timedelta(days=2)).replace(hour=17, minute=0, second=0, microsecond=0).astimezone(UTC)
DAY += timedelta(days=DAY.day == 1)  # the day before is of the same month
BEFORE, LATER = DAY - timedelta(days=1), DAY + timedelta(days=400)


def again(decision: Decision) -> Replay:
    """The decision as it is stored, again."""
    return replay(Decision.objects.get(pk=decision.pk))


def line(found: Replay, name: str) -> CheckReplay:
    """What came of one check."""
    (only,) = [each for each in found.checks if each.name == name]
    return only


def load(
    code: str, numbers: list[str], *, at: datetime = BEFORE, days_old: int = 1, **fields: Any
) -> DncList:
    """A do-not-call list with its bitmaps, in use since `at`."""
    found, _ = DncList.objects.get_or_create(
        code=code, defaults={"name": code, "kind": "national" if code == "national" else "other", **fields}
    )
    full(numbers, code=code, on=_day(at, days_old), now=at, confirm=True)
    return found


def _day(at: datetime, days_old: int) -> date:
    return timezone.localdate(at) - timedelta(days=days_old)


def change_everything(door: Door, phones: list[str]) -> None:
    """Another contract, other checks, lists, stages and requests, as of LATER."""
    Source.objects.filter(pk=door.source.pk).update(
        status="live", price=Decimal(1), price_kind="fixed", required_fields=["email", "city"], demo=False
    )
    SourceHours.objects.all().delete()
    FieldRule.objects.all().delete()
    FieldRuleFactory.create(source=door.source, incoming="phone", field="phone_2")
    Vertical.objects.update(words=[])
    CheckSetting.objects.all().delete()
    door.set_check("filters", states=["WY"])
    door.set_check("lead_age", mode="off")
    door.set_check("caps", mode="off")
    Cap.objects.all().delete()
    CapFactory.create(source=door.source, limit=0)
    for listing in DncList.objects.all():
        load(listing.code, ["9185550000", *phones], at=LATER)
        load(listing.code, ["9185550001"], at=LATER + timedelta(hours=1))
    DncList.objects.update(stale_after_days=1, by_area_code=True)
    Suppression.objects.filter(released_at=None).update(released_at=LATER, released_by=UserFactory.create())
    for phone in phones:
        suppress(
            phone=f"+1{phone}",
            email="",
            kind=SuppressionKind.LITIGATOR,
            reason="",
            channel="call",
            by=None,
            now=LATER,
        )
        revoke(
            phone=f"+1{phone}", email="", channel=RevocationChannel.CALL, words="stop", received_at=LATER, by=None,
            lead=None, origin=RevocationOrigin.CALL, external_id="", now=LATER,
        )  # fmt: skip
    for lead in Lead.objects.all():
        LeadEvent.objects.create(lead=lead, kind="status", at=LATER, old=lead.status, new="returned")
    Lead.objects.update(status="returned", status_at=LATER)


def tampered(sql: str, *params: str) -> None:
    """Evidence changed by somebody who may switch its guards off."""
    table = sql.split()[1].replace("FROM", sql.split()[2])
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else the table waits for checks of this transaction
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql, params or None)
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
