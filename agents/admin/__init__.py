"""Managers' pages for people and routing. Adds owners and contacts to the lead's page."""

from agents.admin.leads import AssignmentDesk
from agents.admin.licenses import LicenseDesk
from agents.admin.people import AgentDesk, TeamDesk
from agents.admin.pools import PoolDesk

__all__ = ["AgentDesk", "AssignmentDesk", "LicenseDesk", "PoolDesk", "TeamDesk"]
