"""Managers' pages for people and routing. Adds owners and contacts to the lead's page."""

import agents.admin.help  # noqa: F401 - says what fields are for
from agents.admin import bulk  # noqa: F401 - puts acts on many rows into the desks
from agents.admin.exports import ExportDesk
from agents.admin.floor import PAGE as LIVE_FLOOR
from agents.admin.handover import HandOverDesk
from agents.admin.leads import AssignmentDesk
from agents.admin.license_warnings import LicenseWarningDesk
from agents.admin.licenses import LicenseDesk
from agents.admin.merges import LeadMergeDesk, NotTwinsDesk
from agents.admin.messages import DeliveryDesk, InboundTextDesk, MessageTemplateDesk
from agents.admin.notices import NoticeDesk
from agents.admin.outcomes import CadenceDesk, OutcomeDesk
from agents.admin.people import AgentDesk, TeamDesk
from agents.admin.policies import CarrierDesk, PolicyDesk
from agents.admin.pools import PoolDesk
from agents.admin.records import CallDesk, ContactDesk, FollowUpDesk, LeadEventDesk
from agents.admin.report_keys import ReportKeyDesk
from agents.admin.reports import ReportRunDesk, ReportScheduleDesk
from agents.admin.reports_page import PAGE as REPORTS_PAGE
from agents.admin.routing_pages import PAGES as ROUTING_PAGES
from agents.admin.routing_replays import RoutingReplayDesk
from agents.admin.scorecards import AGENT_PAGE, SPEED_PAGE, VENDOR_PAGE
from agents.admin.second_factor import SecondFactorFilter
from agents.admin.sla import SlaEventDesk
from agents.admin.twins import TwinGroupDesk
from compliance.admin.config_changes import link_changes

__all__ = [
    "AGENT_PAGE",
    "LIVE_FLOOR",
    "REPORTS_PAGE",
    "ROUTING_PAGES",
    "SPEED_PAGE",
    "VENDOR_PAGE",
    "AgentDesk",
    "AssignmentDesk",
    "CadenceDesk",
    "CallDesk",
    "CarrierDesk",
    "ContactDesk",
    "DeliveryDesk",
    "ExportDesk",
    "FollowUpDesk",
    "HandOverDesk",
    "InboundTextDesk",
    "LeadEventDesk",
    "LeadMergeDesk",
    "LicenseDesk",
    "LicenseWarningDesk",
    "MessageTemplateDesk",
    "NotTwinsDesk",
    "NoticeDesk",
    "OutcomeDesk",
    "PolicyDesk",
    "PoolDesk",
    "ReportKeyDesk",
    "ReportRunDesk",
    "ReportScheduleDesk",
    "RoutingReplayDesk",
    "SecondFactorFilter",
    "SlaEventDesk",
    "TeamDesk",
    "TwinGroupDesk",
]

link_changes(
    AgentDesk,
    CadenceDesk,
    CarrierDesk,
    LicenseDesk,
    MessageTemplateDesk,
    OutcomeDesk,
    PoolDesk,
    ReportScheduleDesk,
)
