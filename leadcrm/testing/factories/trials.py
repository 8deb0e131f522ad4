"""Changes of rules that are tried, and what they would have said."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from compliance.models import (
    CapPeriod,
    CheckMode,
    Effect,
    OnUnknown,
    Outcome,
    Trial,
    TrialLookBack,
    TrialUse,
    TrialVerdict,
    WouldBe,
)
from leadcrm.testing.factories.base import (
    LazyAttribute,
    LazyFunction,
    Rows,
    SelfAttribute,
    SubFactory,
    UserFactory,
)
from leadcrm.testing.factories.intake import SourceFactory, SubmissionFactory


class TrialFactory(Rows[Trial]):
    """A narrower duplicate window, tried for a fortnight."""

    class Meta:
        model = Trial

    source = SubFactory(SourceFactory)
    check_name = "duplicate"
    mode = CheckMode.ENFORCE
    on_unknown = OnUnknown.BLOCK
    params = LazyFunction(lambda: {"days": 7})
    before = LazyFunction(lambda: {"row": None, "agency": None})
    started_at = LazyFunction(timezone.now)
    started_by = SubFactory(UserFactory)
    ends_at = LazyAttribute(lambda row: row.started_at + timedelta(days=14))


class TrialVerdictFactory(Rows[TrialVerdict]):
    """A post that was bought and would have been refused."""

    class Meta:
        model = TrialVerdict

    trial = SubFactory(TrialFactory)
    submission = SubFactory(SubmissionFactory)
    source = SelfAttribute("submission.source")
    at = LazyFunction(timezone.now)
    state = "TX"
    price = Decimal(20)
    live_outcome = Outcome.ACCEPTED
    would_outcome = WouldBe.REJECTED
    code = "duplicate"
    field = "phone"
    reasons = LazyFunction(lambda: [{"code": "duplicate", "field": "phone"}])
    effect = Effect.REFUSES


class TrialLookBackFactory(Rows[TrialLookBack]):
    """A week that waits for a worker."""

    class Meta:
        model = TrialLookBack

    trial = SubFactory(TrialFactory)
    until = LazyAttribute(lambda row: row.trial.started_at)
    since = LazyAttribute(lambda row: row.until - timedelta(days=7))
    asked_at = SelfAttribute("until")
    asked_by = SelfAttribute("trial.started_by")
    due_at = SelfAttribute("asked_at")


class TrialUseFactory(Rows[TrialUse]):
    """What a trial of caps has bought today."""

    class Meta:
        model = TrialUse

    trial = SubFactory(TrialFactory)
    period = CapPeriod.DAY
    start = LazyFunction(lambda: timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0))
    until = LazyFunction(timezone.now)
    leads = 1
    spend = Decimal(20)
