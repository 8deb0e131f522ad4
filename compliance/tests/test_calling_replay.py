"""A contact decision comes out the same years later, whatever has changed outside; a changed record does not."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from agents.models import License
from compliance.calling import ask_to_contact, replay_contact
from compliance.calling.ruling import RULE_FIELDS, end_emergency, replace_rule, set_policy
from compliance.models import CallingRule, ContactDecision, EmergencyBan, Suppression, UnknownZone
from compliance.tests import dnc_support
from compliance.tests.calling_support import at, everywhere, lead_of
from intake.models import Lead
from leadcrm.models import User
from leadcrm.testing.altering import altering
from leadcrm.testing.factories import (
    BusinessRelationshipFactory,
    CallingPolicyFactory,
    ContactAttemptFactory,
    EmergencyBanFactory,
    ScrubAnswerFactory,
    SuppressionFactory,
    ZoneConfirmationFactory,
)

pytestmark = pytest.mark.django_db
NOON = at("2026-12-02 12:00:00")


@pytest.fixture
def user() -> User:
    user = everywhere()
    License.objects.update(effective_on=date(2020, 1, 1))
    return user


@pytest.fixture
def lead() -> Lead:
    return lead_of(area_code="504", zip5="70112", state="LA")


def decide(lead: Lead, user: User, now: datetime = NOON, act: str = "dial") -> ContactDecision:
    channel = "text" if act == "text" else "call"
    asked: dict[str, Any] = {"phone": lead.phone, "user": user, "channel": channel, "act": act, "now": now}
    return ask_to_contact(lead=lead, request_id=uuid4(), **asked)[1]


def listed(lead: Lead) -> None:
    dnc_support.full([lead.phone[2:]], on=date(2026, 11, 20))


def related(lead: Lead) -> None:
    listed(lead)
    BusinessRelationshipFactory.create(
        phone=lead.phone, started_on=date(2026, 6, 1), ends_on=date(2027, 12, 1)
    )


def limited(lead: Lead) -> None:
    Lead.objects.filter(pk=lead.pk).update(state="FL")
    lead.refresh_from_db()
    ContactAttemptFactory.create_batch(3, lead=lead, at=NOON - timedelta(hours=2))


def placeless(lead: Lead) -> None:
    Lead.objects.filter(pk=lead.pk).update(phone="+18005550123", zip="", state="")
    lead.refresh_from_db()
    CallingPolicyFactory.create(unknown_zone=UnknownZone.EASTERN)


SITUATIONS: dict[str, Callable[[Lead], object]] = {
    "nothing against it": lambda lead: None,
    "opted out": lambda lead: SuppressionFactory.create(phone=lead.phone),
    "listed": listed,
    "exempt": related,
    "limited": limited,
    "of no place": placeless,
    "scrubbed": lambda lead: ScrubAnswerFactory.create(
        phone=lead.phone, state="listed", litigator=True, asked_at=NOON - timedelta(days=1)
    ),
    "emergency": lambda lead: EmergencyBanFactory.create(starts_at=NOON - timedelta(hours=1)),
    "zone confirmed": lambda lead: ZoneConfirmationFactory.create(lead=lead, zone="Pacific/Honolulu"),
    "unlicensed": lambda lead: License.objects.all().delete(),
}


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("hour", [6, 12, 22])
def test_it_comes_out_the_same_after_everything_outside_has_changed(
    lead: Lead, user: User, reviewer: User, situation: str, hour: int
) -> None:
    SITUATIONS[situation](lead)
    decision = decide(lead, user, at(f"2026-12-02 {hour:02}:00:00"))
    change_everything(lead, reviewer)
    decision = ContactDecision.objects.get(pk=decision.pk)
    replayed = replay_contact(decision)
    assert replayed.differs == ()
    assert replayed.codes == tuple(reason["code"] for reason in decision.reasons)


def change_everything(lead: Lead, by: User) -> None:
    """New rules for every state, another policy, bans ended, people listed and licensed anew."""
    for rule in CallingRule.objects.filter(retired_at__isnull=True):
        said = {name: getattr(rule, name) for name in RULE_FIELDS} | {"weekday_from": time(11, 30)}
        replace_rule(old=rule, values=said, by=by, now=NOON + timedelta(days=1))
    set_policy(
        values={"unknown_zone": UnknownZone.BLOCK, "license_required": False},
        by=by,
        now=NOON + timedelta(days=1),
    )
    for ban in EmergencyBan.objects.all():
        end_emergency(ban=ban, by=by, now=NOON + timedelta(days=1))
    with altering(Suppression):
        Suppression.objects.all().delete()
    Lead.objects.filter(pk=lead.pk).update(state="NY", zip="10001")


def test_a_call_recorded_after_its_dial_stands_on_that_dial(lead: Lead, user: User) -> None:
    dial = decide(lead, user, at("2026-12-02 19:59:00"))
    log = decide(lead, user, at("2026-12-02 20:30:00"), act="log")
    assert replay_contact(log).agrees
    with altering(ContactDecision):
        ContactDecision.objects.filter(pk=dial.pk).update(allowed=False, reasons=[{"code": "hours"}])
    assert replay_contact(log).differs == ("the dial it stands on is gone",)


def test_a_changed_record_or_rule_is_told(lead: Lead, user: User) -> None:
    decision = decide(lead, user, at("2026-12-02 22:00:00"))
    with altering(ContactDecision):
        ContactDecision.objects.filter(pk=decision.pk).update(allowed=True, reasons=[])
    decision.refresh_from_db()
    assert replay_contact(decision).differs == ("recorded yes, comes out no (hours)",)
    decision = decide(lead, user)
    rule = CallingRule.objects.get(state="LA")
    with altering(CallingRule):
        CallingRule.objects.filter(pk=rule.pk).update(weekday_from=time(13))
    assert replay_contact(decision).differs == ("recorded yes, comes out no (hours)",)
    with altering(CallingRule), connection.cursor() as cursor:
        cursor.execute("DELETE FROM compliance_callingrule WHERE id = %s", [rule.pk])
    assert replay_contact(decision).differs == (f"rule {rule.pk} is gone",)
