"""Managers' pages for checks, caps, decisions, do-not-contact entries and do-not-call lists.

Adds to intake's desks what this room knows: a source's checks and caps, a post's decisions.
"""

import compliance.admin.help  # noqa: F401 - says what fields are for
from compliance.admin.calling_bans import CallingPolicyDesk, EmergencyBanDesk
from compliance.admin.calling_rules import CallingRuleDesk, ChecklistRuleDesk
from compliance.admin.caps import CapDesk
from compliance.admin.certificates import CertificateDesk
from compliance.admin.checks import CheckSettingDesk
from compliance.admin.compliance_desk import PAGE
from compliance.admin.config_changes import ConfigChangeDesk
from compliance.admin.contacts import ContactDecisionDesk, ZoneConfirmationDesk
from compliance.admin.decisions import DecisionDesk
from compliance.admin.dnc import DncListDesk, DncVersionDesk
from compliance.admin.erasures import ErasureDesk, RetentionRunDesk
from compliance.admin.evidence_checks import EvidenceCheckDesk
from compliance.admin.evidence_packs import EvidencePackDesk
from compliance.admin.held import HeldDesk
from compliance.admin.holds import LegalHoldDesk
from compliance.admin.opt_out_keys import OptOutKeyDesk
from compliance.admin.relationships import BusinessRelationshipDesk
from compliance.admin.rescrub import ListedLeadDesk, RescrubRunDesk
from compliance.admin.revocations import RevocationDesk
from compliance.admin.row_history import row_history
from compliance.admin.scrubs import ScrubAnswerDesk
from compliance.admin.suppressions import SuppressionDesk
from compliance.admin.trial_notices import verdicts_panel
from compliance.admin.trials import TrialDesk
from compliance.admin.trying_caps import CapsForm

__all__ = [
    "PAGE",
    "BusinessRelationshipDesk",
    "CallingPolicyDesk",
    "CallingRuleDesk",
    "CapDesk",
    "CapsForm",
    "CertificateDesk",
    "CheckSettingDesk",
    "ChecklistRuleDesk",
    "ConfigChangeDesk",
    "ContactDecisionDesk",
    "DecisionDesk",
    "DncListDesk",
    "DncVersionDesk",
    "EmergencyBanDesk",
    "ErasureDesk",
    "EvidenceCheckDesk",
    "EvidencePackDesk",
    "HeldDesk",
    "LegalHoldDesk",
    "ListedLeadDesk",
    "OptOutKeyDesk",
    "RescrubRunDesk",
    "RetentionRunDesk",
    "RevocationDesk",
    "ScrubAnswerDesk",
    "SuppressionDesk",
    "TrialDesk",
    "ZoneConfirmationDesk",
    "row_history",
    "verdicts_panel",
]
