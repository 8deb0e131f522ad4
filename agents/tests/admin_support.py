"""One row of everything that managers have a page for."""

from collections.abc import Callable
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.models import Group
from django.db.models import Model

from agents.models import (
    Agent,
    Assignment,
    CadenceStep,
    Carrier,
    Communication,
    Delivery,
    Export,
    FollowUp,
    HandOver,
    InboundText,
    LeadMerge,
    License,
    LicenseWarning,
    MessageTemplate,
    Notice,
    NotTwins,
    Outcome,
    Policy,
    Pool,
    ReportKey,
    ReportRun,
    ReportSchedule,
    RoutingReplay,
    SlaEvent,
    Team,
    TwinGroup,
)
from compliance.models import (
    BusinessRelationship,
    CallingPolicy,
    CallingRule,
    Cap,
    Certificate,
    ChecklistRule,
    CheckSetting,
    ConfigChange,
    ContactAttempt,
    ContactDecision,
    Decision,
    DncList,
    DncVersion,
    EmergencyBan,
    Erasure,
    EvidenceCheck,
    EvidencePack,
    HeldPost,
    LegalHold,
    ListedLead,
    OptOutKey,
    RescrubRun,
    RetentionRun,
    Revocation,
    ScrubAnswer,
    Suppression,
    Trial,
    ZoneConfirmation,
)
from intake.models import (
    ApiKey,
    Lead,
    LeadEvent,
    LeadImport,
    Ping,
    Return,
    ReturnCandidate,
    Source,
    Submission,
    Vendor,
    Vertical,
    WebhookDelivery,
    WebhookEndpoint,
)
from leadcrm.models import BulkRun, Job, User
from leadcrm.testing.factories import (
    AgentFactory,
    ApiKeyFactory,
    AssignmentFactory,
    BalanceFactory,
    BulkItemFactory,
    BusinessRelationshipFactory,
    CadenceStepFactory,
    CallingPolicyFactory,
    CallingRuleFactory,
    CapFactory,
    CapUseFactory,
    CarrierFactory,
    CertificateFactory,
    ChecklistRuleFactory,
    CheckSettingFactory,
    CommunicationFactory,
    ConfigChangeFactory,
    ContactAttemptFactory,
    ContactDecisionFactory,
    DecisionFactory,
    DeliveryFactory,
    DncListFactory,
    DncVersionFactory,
    EmergencyBanFactory,
    ErasureFactory,
    EvidenceCheckFactory,
    EvidencePackFactory,
    ExportFactory,
    FieldRuleFactory,
    FollowUpFactory,
    HandOverItemFactory,
    ImportLineFactory,
    InboundTextFactory,
    JobRunFactory,
    LeadEventFactory,
    LeadFactory,
    LeadMergeFactory,
    LegalHoldFactory,
    LicenseFactory,
    LicenseWarningFactory,
    ListedLeadFactory,
    MembershipFactory,
    MessageTemplateFactory,
    NoticeFactory,
    NotTwinsFactory,
    OptOutKeyFactory,
    OutcomeFactory,
    PingFactory,
    PolicyFactory,
    PoolFactory,
    PriceRuleFactory,
    ReportKeyFactory,
    ReportMailFactory,
    ReportScheduleFactory,
    RescrubRunFactory,
    RetentionRunFactory,
    ReturnCandidateFactory,
    ReturnFactory,
    ReturnTermFactory,
    RevocationFactory,
    RoutingReplayFactory,
    ScrubAnswerFactory,
    SlaEventFactory,
    SlaStepFactory,
    SourceFactory,
    SourceHoursFactory,
    SubmissionFactory,
    SuppressionFactory,
    TeamFactory,
    TrialVerdictFactory,
    TwinGroupFactory,
    TwinMemberFactory,
    UserFactory,
    VerticalFactory,
    WebhookDeliveryFactory,
    WebhookEndpointFactory,
    ZoneConfirmationFactory,
)


def _twins() -> TwinGroup:
    group = TwinGroupFactory.create()
    for _ in range(2):
        TwinMemberFactory.create(group=group)
    return group


def _source() -> Source:
    source = SourceFactory.create()
    ApiKeyFactory.create(source=source, created_by=UserFactory.create())
    SourceHoursFactory.create(source=source)
    FieldRuleFactory.create(source=source)
    ReturnTermFactory.create(source=source)
    PriceRuleFactory.create(source=source, states=["TX"], weekdays=[0, 1, 2, 3, 4])
    CheckSettingFactory.create(source=source, params={"days": 7})
    CapUseFactory.create(cap=CapFactory.create(source=source), used=3)
    return source


def _lead() -> Lead:
    agent = AgentFactory.create(licenses=["TX:life"])
    lead = LeadFactory.create(owner=agent.user)
    AssignmentFactory.create(
        lead=lead, agent=agent, assigned_by=agent.user,
        candidates=[{"pool": PoolFactory.create().pk, "agent": agent.pk, "weight": 1, "before": 5, "after": -5}],
    )  # fmt: skip
    CommunicationFactory.create(lead=lead)
    FollowUpFactory.create(lead=lead)
    LeadEventFactory.create(lead=lead, actor=agent.user)
    return lead


def _pool() -> Pool:
    pool = PoolFactory.create(overflow=PoolFactory.create())
    pool.sources.add(SourceFactory.create())
    member = MembershipFactory.create(pool=pool)
    BalanceFactory.create(pool=pool, agent=member.agent, owed=1)
    SlaStepFactory.create(pool=pool)
    return pool


def _list() -> DncList:
    number = DncList.objects.count()
    listing = DncListFactory.create(code=f"list_{number}", kind="other", stale_after_days=31)
    listing.current = DncVersionFactory.create(dnc_list=listing)
    listing.save(update_fields=["current"])
    return listing


def _team() -> Team:
    team = TeamFactory.create(leader=UserFactory.create())
    AgentFactory.create(team=team)
    return team


def _decided() -> Submission:
    submission = SubmissionFactory.create(test=True)
    DecisionFactory.create(submission=submission)
    return submission


MAKE: dict[type[Model], Callable[[], Model]] = {
    AccessAttempt: lambda: AccessAttempt.objects.create(
        username=f"user{AccessAttempt.objects.count()}@example.com", ip_address="192.0.2.1", user_agent="test",
        failures_since_start=1, get_data="", post_data="", http_accept="", path_info="/",
    ),
    AccessFailureLog: lambda: AccessFailureLog.objects.create(username="user@example.com"),
    AccessLog: lambda: AccessLog.objects.create(username="user@example.com"),
    Agent: lambda: AgentFactory.create(licenses=["TX:life"], team=TeamFactory.create()),
    ApiKey: ApiKeyFactory.create,
    Assignment: lambda: _lead().assignments.get(),
    BusinessRelationship: lambda: BusinessRelationshipFactory.create(lead=LeadFactory.create()),
    CadenceStep: lambda: CadenceStepFactory.create(
        vertical=VerticalFactory.create(code=f"tried_{Vertical.objects.count()}"), number=1
    ),
    CallingPolicy: CallingPolicyFactory.create,
    CallingRule: CallingRuleFactory.create,
    Cap: lambda: CapUseFactory.create(used=3).cap,
    Carrier: CarrierFactory.create,
    Ping: lambda: PingFactory.create(
        place="held", places=[{"cap": 1, "period": "2026-11-29T00:00:00-05:00", "amount": "1"}],
        checks=[{"check": "caps", "outcome": "pass", "ms": 0.1}], vendor_lead_id="V-1", answer="{}",
    ),
    Policy: PolicyFactory.create,
    Certificate: CertificateFactory.create,
    Communication: CommunicationFactory.create,
    ContactAttempt: ContactAttemptFactory.create,
    FollowUp: FollowUpFactory.create,
    LeadEvent: LeadEventFactory.create,
    CheckSetting: lambda: CheckSettingFactory.create(params={"days": 7}),
    ChecklistRule: ChecklistRuleFactory.create,
    # Of a kind that whoever sees changes may see.
    ConfigChange: lambda: ConfigChangeFactory.create(by=UserFactory.create(), table_name="compliance_configchange"),
    ContactDecision: ContactDecisionFactory.create,
    Decision: DecisionFactory.create,
    Delivery: DeliveryFactory.create,
    DncList: _list,
    LeadMerge: lambda: LeadMergeFactory.create(),
    NotTwins: lambda: NotTwinsFactory.create(),
    TwinGroup: _twins,
    DncVersion: lambda: DncVersionFactory.create(),
    EmergencyBan: EmergencyBanFactory.create,
    EvidencePack: EvidencePackFactory.create,
    Export: ExportFactory.create,
    BulkRun: lambda: BulkItemFactory.create().run,
    InboundText: InboundTextFactory.create,
    Job: lambda: JobRunFactory.create().job,
    MessageTemplate: MessageTemplateFactory.create,
    Group: lambda: Group.objects.create(name=f"role {Group.objects.count()}"),
    OptOutKey: OptOutKeyFactory.create,
    Outcome: OutcomeFactory.create,
    Erasure: ErasureFactory.create,
    HandOver: lambda: HandOverItemFactory.create().hand_over,
    LegalHold: LegalHoldFactory.create,
    EvidenceCheck: EvidenceCheckFactory.create,
    WebhookDelivery: WebhookDeliveryFactory.create,
    WebhookEndpoint: WebhookEndpointFactory.create,
    RetentionRun: RetentionRunFactory.create,
    Return: ReturnFactory.create,
    ReturnCandidate: ReturnCandidateFactory.create,
    Revocation: RevocationFactory.create,
    HeldPost: lambda: HeldPost.objects.get(pk=SubmissionFactory.create(state="held").pk),
    Lead: _lead,
    LeadImport: lambda: ImportLineFactory.create().of,
    License: lambda: LicenseFactory.create(),
    LicenseWarning: LicenseWarningFactory.create,
    ListedLead: ListedLeadFactory.create,
    Notice: NoticeFactory.create,
    Pool: _pool,
    ReportKey: ReportKeyFactory.create,
    ReportRun: lambda: ReportMailFactory.create().run,
    ReportSchedule: ReportScheduleFactory.create,
    RoutingReplay: RoutingReplayFactory.create,
    RescrubRun: RescrubRunFactory.create,
    SlaEvent: lambda: SlaEventFactory.create(mail_to=UserFactory.create()),
    ScrubAnswer: lambda: ScrubAnswerFactory.create(lead=LeadFactory.create()),
    Source: _source,
    Submission: _decided,
    Suppression: lambda: SuppressionFactory.create(added_by=UserFactory.create()),
    Team: _team,
    Trial: lambda: TrialVerdictFactory.create().trial,
    User: UserFactory.create,
    Vendor: lambda: SourceFactory.create().vendor,
    ZoneConfirmation: ZoneConfirmationFactory.create,
    Vertical: lambda: VerticalFactory.create(code=f"kind_{Vertical.objects.count()}"),
}  # fmt: skip


def make(model: type[Model], times: int = 1) -> Any:
    """`times` rows of `model`, with what belongs to them; the last one."""
    made: Any = None
    for _ in range(times):
        made = MAKE[model]()
    return made
