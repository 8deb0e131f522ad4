"""Managers' pages for checks, caps, decisions, do-not-contact entries and do-not-call lists.

Adds to intake's desks what this room knows: a source's checks and caps, a post's decisions.
"""

from compliance.admin.caps import CapDesk
from compliance.admin.checks import CheckSettingDesk
from compliance.admin.compliance_desk import PAGE
from compliance.admin.decisions import DecisionDesk
from compliance.admin.dnc import DncListDesk, DncVersionDesk
from compliance.admin.suppressions import SuppressionDesk

__all__ = [
    "PAGE", "CapDesk", "CheckSettingDesk", "DecisionDesk", "DncListDesk", "DncVersionDesk", "SuppressionDesk",
]  # fmt: skip
