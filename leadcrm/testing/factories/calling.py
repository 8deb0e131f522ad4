"""Calling rules and contacts asked for."""

import uuid
from datetime import time, timedelta

from django.utils import timezone

from compliance.models import (
    CallingPolicy,
    CallingRule,
    ChecklistRule,
    Confidence,
    ContactAct,
    ContactAttempt,
    ContactChannel,
    ContactDecision,
    EmergencyBan,
    ZoneConfirmation,
)
from leadcrm.testing.factories.base import (
    LazyFunction,
    Rows,
    SelfAttribute,
    Sequence,
    SubFactory,
    UserFactory,
)
from leadcrm.testing.factories.intake import LeadFactory


class CallingRuleFactory(Rows[CallingRule]):
    """Texas, 8 to 21 every day, beside whatever is shipped."""

    class Meta:
        model = CallingRule

    state = "TX"
    version = Sequence(lambda n: 100 + n)
    weekday_from, weekday_to = time(8), time(21)
    saturday_from, saturday_to = time(8), time(21)
    sunday_from, sunday_to = time(8), time(21)
    citation = "A test's own rule"
    as_of = LazyFunction(timezone.localdate)
    confidence = Confidence.HIGH
    made_at = LazyFunction(timezone.now)


class ChecklistRuleFactory(Rows[ChecklistRule]):
    class Meta:
        model = ChecklistRule

    code = "test_point"
    version = Sequence(lambda n: 100 + n)
    says = "Say hello"
    citation = "A test's own rule"
    as_of = LazyFunction(timezone.localdate)
    confidence = Confidence.HIGH
    made_at = LazyFunction(timezone.now)


class EmergencyBanFactory(Rows[EmergencyBan]):
    """Louisiana, since an hour ago, until it is ended."""

    class Meta:
        model = EmergencyBan

    states = LazyFunction(lambda: ["LA"])
    starts_at = LazyFunction(lambda: timezone.now() - timedelta(hours=1))
    reason = "Test storm"
    source = "Proclamation 0-TEST"
    declared_by = SubFactory(UserFactory)
    declared_at = SelfAttribute("starts_at")


class CallingPolicyFactory(Rows[CallingPolicy]):
    """The defaults."""

    class Meta:
        model = CallingPolicy

    made_at = LazyFunction(timezone.now)
    made_by = SubFactory(UserFactory)


class ZoneConfirmationFactory(Rows[ZoneConfirmation]):
    class Meta:
        model = ZoneConfirmation

    lead = SubFactory(LeadFactory)
    zone = "America/Denver"
    reason = "Said so on the phone"
    by = SubFactory(UserFactory)
    at = LazyFunction(timezone.now)


class ContactAttemptFactory(Rows[ContactAttempt]):
    class Meta:
        model = ContactAttempt

    lead = SubFactory(LeadFactory)
    phone = SelfAttribute("lead.phone")
    channel = ContactChannel.CALL
    at = LazyFunction(timezone.now)
    user = SubFactory(UserFactory)


class ContactDecisionFactory(Rows[ContactDecision]):
    """An allowed dial of this moment, without the attempt it made."""

    class Meta:
        model = ContactDecision

    request_id = LazyFunction(uuid.uuid4)
    lead = SubFactory(LeadFactory)
    phone = SelfAttribute("lead.phone")
    user = SubFactory(UserFactory)
    channel = ContactChannel.CALL
    act = ContactAct.DIAL
    at = LazyFunction(timezone.now)
    allowed = True
    ms = 1.0
