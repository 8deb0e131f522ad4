"""Settings of checks, caps, decisions, lists."""

import secrets
from decimal import Decimal

from django.utils import timezone

from compliance.models import (
    Cap,
    CapPeriod,
    CapUse,
    CheckSetting,
    Decision,
    DncList,
    DncVersion,
    ListKind,
    Outcome,
    Suppression,
    VersionKind,
    VersionState,
)
from leadcrm.testing.factories.base import (
    LazyAttribute,
    LazyFunction,
    Rows,
    SelfAttribute,
    Sequence,
    SubFactory,
    fake_phone,
)
from leadcrm.testing.factories.intake import SourceFactory, SubmissionFactory


class CheckSettingFactory(Rows[CheckSetting]):
    """`source=None` sets the check for the whole agency."""

    class Meta:
        model = CheckSetting

    source = SubFactory(SourceFactory)
    check_name = "duplicate"


class CapFactory(Rows[Cap]):
    class Meta:
        model = Cap

    source = SubFactory(SourceFactory)
    period = CapPeriod.DAY
    limit = Decimal(10)


class CapUseFactory(Rows[CapUse]):
    class Meta:
        model = CapUse

    cap = SubFactory(CapFactory)
    period_start = LazyFunction(
        lambda: timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    )
    limit = LazyAttribute(lambda use: use.cap.limit)


class DecisionFactory(Rows[Decision]):
    class Meta:
        model = Decision

    submission = SubFactory(SubmissionFactory)
    outcome = Outcome.ACCEPTED
    checks = LazyFunction(lambda: [{"check": "duplicate", "outcome": "pass", "ms": 0.1}])
    decided_at = LazyFunction(timezone.now)
    ms = 1.0


class SuppressionFactory(Rows[Suppression]):
    class Meta:
        model = Suppression

    phone = Sequence(fake_phone)
    added_at = LazyFunction(timezone.now)


class DncListFactory(Rows[DncList]):
    """A list with no version yet; use compliance.dnc to load one."""

    class Meta:
        model = DncList
        django_get_or_create = ("code",)

    code = "national"
    name = LazyAttribute(lambda dnc_list: f"{dnc_list.code} list")
    kind = ListKind.NATIONAL


class DncVersionFactory(Rows[DncVersion]):
    """The record of a version, without bitmaps."""

    class Meta:
        model = DncVersion

    dnc_list = SubFactory(DncListFactory)
    number = Sequence(lambda n: n + 1)
    kind = VersionKind.FULL
    state = VersionState.SUPERSEDED
    effective_on = LazyFunction(timezone.localdate)
    sha256 = LazyFunction(lambda: secrets.token_hex(32))
    imported_by = "test"
    started_at = LazyFunction(timezone.now)
    finished_at = SelfAttribute("started_at")
