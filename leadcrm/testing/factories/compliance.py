"""Settings of checks, caps, decisions, lists."""

import secrets
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from compliance.models import (
    AnswerOutcome,
    BusinessRelationship,
    Cap,
    CapPeriod,
    CapUse,
    Certificate,
    CertificateAnswer,
    CertificateState,
    CheckSetting,
    ConfigChange,
    ConfigOperation,
    Decision,
    DncList,
    DncVersion,
    Erasure,
    ErasureKind,
    EvidenceCheck,
    EvidencePack,
    EvidenceVault,
    LegalHold,
    ListedLead,
    ListKind,
    OptOutKey,
    Outcome,
    Provider,
    Purpose,
    RelationshipKind,
    RescrubRun,
    RetentionRun,
    Review,
    ReviewAction,
    Revocation,
    RevocationChannel,
    RevocationOrigin,
    ScrubAnswer,
    ScrubService,
    ScrubState,
    Suppression,
    VersionKind,
    VersionState,
)
from compliance.revocation import honour_by as ten_business_days_after
from leadcrm.testing.factories.base import (
    LazyAttribute,
    LazyFunction,
    Rows,
    SelfAttribute,
    Sequence,
    SubFactory,
    UserFactory,
    fake_phone,
)
from leadcrm.testing.factories.intake import LeadFactory, SourceFactory, SubmissionFactory


class CheckSettingFactory(Rows[CheckSetting]):
    """`source=None` sets the check for the whole agency."""

    class Meta:
        model = CheckSetting

    source = SubFactory(SourceFactory)
    check_name = "duplicate"


class ConfigChangeFactory(Rows[ConfigChange]):
    """A change of a cap that is not there; the real ones are written by the database."""

    class Meta:
        model = ConfigChange

    table_name = "compliance_cap"
    row_id = Sequence(lambda n: str(1_000_000 + n))
    operation = ConfigOperation.UPDATE
    before = LazyFunction(lambda: {"limit": 5, "period": "day"})
    after = LazyFunction(lambda: {"limit": 6, "period": "day"})
    version = 1
    at = LazyFunction(timezone.now)
    via = "admin"


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


class RevocationFactory(Rows[Revocation]):
    class Meta:
        model = Revocation

    phone = Sequence(fake_phone)
    channel = RevocationChannel.TEXT
    origin = RevocationOrigin.API
    words = "STOP"
    received_at = LazyFunction(timezone.now)
    applied_at = SelfAttribute("received_at")
    honour_by = LazyAttribute(lambda row: ten_business_days_after(row.received_at))


class OptOutKeyFactory(Rows[OptOutKey]):
    class Meta:
        model = OptOutKey

    label = "Texting provider"
    prefix = LazyFunction(lambda: secrets.token_hex(4))
    sha256 = LazyFunction(lambda: secrets.token_hex(32))


class ErasureFactory(Rows[Erasure]):
    class Meta:
        model = Erasure

    kind = ErasureKind.REQUEST
    phone_hash = "0" * 64
    asked_at = LazyFunction(timezone.now)
    at = SelfAttribute("asked_at")
    what = LazyFunction(lambda: {"leads": ["A-1"]})


class EvidenceVaultFactory(Rows[EvidenceVault]):
    class Meta:
        model = EvidenceVault

    kind = "consent record"
    row_id = Sequence(str)
    sealed = b"x"
    erasure = SubFactory(ErasureFactory)
    phone_hashes = LazyFunction(lambda: ["0" * 64])
    expires_at = LazyFunction(timezone.now)


class LegalHoldFactory(Rows[LegalHold]):
    class Meta:
        model = LegalHold

    phone = Sequence(fake_phone)
    reason = "Letter of a lawyer"
    placed_at = LazyFunction(timezone.now)
    placed_by = SubFactory(UserFactory)


class EvidenceCheckFactory(Rows[EvidenceCheck]):
    class Meta:
        model = EvidenceCheck

    started_at = LazyFunction(timezone.now)
    finished_at = SelfAttribute("started_at")


class RetentionRunFactory(Rows[RetentionRun]):
    class Meta:
        model = RetentionRun

    started_at = LazyFunction(timezone.now)
    finished_at = SelfAttribute("started_at")


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


class ScrubAnswerFactory(Rows[ScrubAnswer]):
    """A clear answer of today, valid for a month."""

    class Meta:
        model = ScrubAnswer

    service = ScrubService.BLACKLIST_ALLIANCE
    phone = Sequence(fake_phone)
    state = ScrubState.CLEAR
    http_status = 200
    asked_at = LazyFunction(timezone.now)
    valid_until = LazyAttribute(lambda answer: answer.asked_at + timedelta(days=30))
    ms = 1.0


class BusinessRelationshipFactory(Rows[BusinessRelationship]):
    """A purchase of last month."""

    class Meta:
        model = BusinessRelationship

    phone = Sequence(fake_phone)
    kind = RelationshipKind.PURCHASE
    started_on = LazyFunction(lambda: timezone.localdate() - timedelta(days=30))
    ends_on = LazyAttribute(lambda row: row.started_on + timedelta(days=548))
    evidence = "Policy TEST-1, first premium paid"
    recorded_by = SubFactory(UserFactory)
    recorded_at = LazyFunction(timezone.now)


class RescrubRunFactory(Rows[RescrubRun]):
    """A run that found nothing."""

    class Meta:
        model = RescrubRun

    started_at = LazyFunction(timezone.now)
    finished_at = SelfAttribute("started_at")
    ms = 1.0


class ListedLeadFactory(Rows[ListedLead]):
    """An open entry: the lead's first number became listed."""

    class Meta:
        model = ListedLead

    lead = SubFactory(LeadFactory)
    phone = SelfAttribute("lead.phone")
    dnc_list = SubFactory(DncListFactory)
    version = SubFactory(DncVersionFactory, dnc_list=SelfAttribute("..dnc_list"))
    found_at = LazyFunction(timezone.now)


class CertificateFactory(Rows[Certificate]):
    """A TrustedForm certificate bought a moment ago and not retained yet."""

    class Meta:
        model = Certificate

    lead = SubFactory(LeadFactory)
    provider = Provider.TRUSTEDFORM
    token = LazyFunction(lambda: secrets.token_hex(20))
    accepted_at = LazyAttribute(lambda row: row.lead.received_at)
    due_at = LazyAttribute(lambda row: row.accepted_at if row.state == CertificateState.WAITING else None)
    vanishes_at = LazyAttribute(lambda row: row.accepted_at + timedelta(hours=72))
    state = CertificateState.WAITING
    retained_at = LazyAttribute(
        lambda row: row.accepted_at if row.state == CertificateState.RETAINED else None
    )
    error = LazyAttribute(lambda row: "not_found" if row.state == CertificateState.LOST else "")


class CertificateAnswerFactory(Rows[CertificateAnswer]):
    """A plain answer of a moment ago."""

    class Meta:
        model = CertificateAnswer

    provider = Provider.TRUSTEDFORM
    token = LazyFunction(lambda: secrets.token_hex(20))
    purpose = Purpose.RETAIN
    phone = Sequence(fake_phone)
    asked_at = LazyFunction(timezone.now)
    ms = 1.0
    http_status = 200
    outcome = AnswerOutcome.OK


class ReviewFactory(Rows[Review]):
    """A manager bought a post that was held."""

    class Meta:
        model = Review

    submission = SubFactory(SubmissionFactory)
    action = ReviewAction.APPROVE
    note = "Looked at"
    by = SubFactory(UserFactory)
    at = LazyFunction(timezone.now)


class EvidencePackFactory(Rows[EvidencePack]):
    """A pack that somebody took for a letter."""

    class Meta:
        model = EvidencePack

    made_at = LazyFunction(timezone.now)
    made_by = SubFactory(UserFactory)
    made_by_name = "Jo Example"
    reason = "A letter"
    name = "evidence-pack-20261120-170000.zip"
    sha256 = LazyFunction(lambda: secrets.token_hex(32))
    evidence_sha256 = LazyFunction(lambda: secrets.token_hex(32))
    size = 1000
