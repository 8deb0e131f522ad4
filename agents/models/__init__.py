"""Models of the agents app: people, pools, and their work on leads."""

from agents.models.claims import OPEN_OFFER, ClaimOffer, OfferOrigin
from agents.models.crm import Channel, Communication, Direction, FollowUp, FollowUpKind
from agents.models.exports import Export, ExportKind, ExportState
from agents.models.figures import (
    ActivityFigures,
    CohortFigures,
    FigureDue,
    FigureKind,
    FigureMark,
    FigureState,
    OwnerFigures,
    PostFigures,
    SourceFigures,
)
from agents.models.handover import HandOver, HandOverItem
from agents.models.license_warnings import THRESHOLDS, LicenseWarning
from agents.models.mails import PersonMailState
from agents.models.messages import (
    ON_ITS_WAY,
    BridgedCall,
    Delivery,
    DeliveryProvider,
    DeliveryState,
    InboundText,
    MessageTemplate,
    TemplateChannel,
)
from agents.models.notices import Notice, NoticeKind, NoticeMark, NoticeSettings
from agents.models.outcomes import CadenceStep, Outcome, Tone
from agents.models.people import Agent, AgentHours, License, Team
from agents.models.policies import RENEWING, Carrier, Policy, PolicyChange, PolicyStatus, PremiumMode
from agents.models.pools import (
    AgentLoad,
    Assignment,
    AssignmentKind,
    Balance,
    LastLink,
    Membership,
    Pool,
)
from agents.models.presence import Presence
from agents.models.reports import (
    Repeats,
    ReportMail,
    ReportPeriod,
    ReportRun,
    ReportSchedule,
    RunState,
    RunVia,
)
from agents.models.routing import ReplayState, RoutingReplay
from agents.models.saved_views import SavedView
from agents.models.second_factor import DIGITS, STEP_SECONDS, Authenticator, BackupCode
from agents.models.sla import MailState, SlaAct, SlaClock, SlaEvent, SlaEventKind, SlaStep
from agents.models.twins import Ground, LeadMerge, NotTwins, TwinGroup, TwinMark, TwinMember

__all__ = [
    "DIGITS",
    "ON_ITS_WAY",
    "OPEN_OFFER",
    "RENEWING",
    "STEP_SECONDS",
    "THRESHOLDS",
    "ActivityFigures",
    "Agent",
    "AgentHours",
    "AgentLoad",
    "Assignment",
    "AssignmentKind",
    "Authenticator",
    "BackupCode",
    "Balance",
    "BridgedCall",
    "CadenceStep",
    "Carrier",
    "Channel",
    "ClaimOffer",
    "CohortFigures",
    "Communication",
    "Delivery",
    "DeliveryProvider",
    "DeliveryState",
    "Direction",
    "Export",
    "ExportKind",
    "ExportState",
    "FigureDue",
    "FigureKind",
    "FigureMark",
    "FigureState",
    "FollowUp",
    "FollowUpKind",
    "Ground",
    "HandOver",
    "HandOverItem",
    "InboundText",
    "LastLink",
    "LeadMerge",
    "License",
    "LicenseWarning",
    "MailState",
    "Membership",
    "MessageTemplate",
    "NotTwins",
    "Notice",
    "NoticeKind",
    "NoticeMark",
    "NoticeSettings",
    "OfferOrigin",
    "Outcome",
    "OwnerFigures",
    "PersonMailState",
    "Policy",
    "PolicyChange",
    "PolicyStatus",
    "Pool",
    "PostFigures",
    "PremiumMode",
    "Presence",
    "Repeats",
    "ReplayState",
    "ReportMail",
    "ReportPeriod",
    "ReportRun",
    "ReportSchedule",
    "RoutingReplay",
    "RunState",
    "RunVia",
    "SavedView",
    "SlaAct",
    "SlaClock",
    "SlaEvent",
    "SlaEventKind",
    "SlaStep",
    "SourceFigures",
    "Team",
    "TemplateChannel",
    "Tone",
    "TwinGroup",
    "TwinMark",
    "TwinMember",
]
