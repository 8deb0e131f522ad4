"""Models of the agents app: people, pools, and their work on leads."""

from agents.models.crm import Channel, Communication, Direction, FollowUp, FollowUpKind
from agents.models.license_warnings import THRESHOLDS, LicenseWarning, WarningState
from agents.models.people import Agent, AgentHours, License, Team
from agents.models.pools import (
    AgentLoad,
    Assignment,
    AssignmentKind,
    Balance,
    LastLink,
    Membership,
    Pool,
)

__all__ = [
    "THRESHOLDS",
    "Agent",
    "AgentHours",
    "AgentLoad",
    "Assignment",
    "AssignmentKind",
    "Balance",
    "Channel",
    "Communication",
    "Direction",
    "FollowUp",
    "FollowUpKind",
    "LastLink",
    "License",
    "LicenseWarning",
    "Membership",
    "Pool",
    "Team",
    "WarningState",
]
