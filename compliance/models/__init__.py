"""Models of the compliance app: how checks are set, what they decided, whom not to call."""

from compliance.models.calling import (
    CallingPolicy,
    CallingRule,
    ChecklistRule,
    Confidence,
    EmergencyBan,
    UnknownZone,
)
from compliance.models.caps import Cap, CapPeriod, CapUnit, CapUse
from compliance.models.certificates import (
    AnswerOutcome,
    Certificate,
    CertificateAnswer,
    CertificateFlag,
    CertificateState,
    Provider,
    Purpose,
)
from compliance.models.config_change import ConfigChange, ConfigOperation
from compliance.models.contacts import (
    ContactAct,
    ContactAttempt,
    ContactChannel,
    ContactDecision,
    ZoneConfirmation,
)
from compliance.models.decision import Decision, Outcome
from compliance.models.dnc import (
    DncBlock,
    DncDelta,
    DncFile,
    DncList,
    DncVersion,
    ListKind,
    VersionKind,
    VersionState,
)
from compliance.models.erasure import Erasure, ErasureKind, EvidenceVault, LegalHold, RetentionRun
from compliance.models.evidence import EvidenceBatch, EvidenceCheck, EvidenceLeaf, EvidencePending
from compliance.models.evidence_pack import EvidencePack
from compliance.models.policy import CheckMode, CheckSetting, OnUnknown
from compliance.models.relationships import BusinessRelationship, RelationshipKind
from compliance.models.rescrub import Cleared, ListedLead, RescrubRun
from compliance.models.review import HeldPost, Review, ReviewAction
from compliance.models.revocation import (
    STOPS_CALLS,
    OptOutKey,
    Revocation,
    RevocationChannel,
    RevocationOrigin,
    RevocationScope,
)
from compliance.models.scrubs import ScrubAnswer, ScrubService, ScrubState
from compliance.models.suppression import Suppression, SuppressionKind
from compliance.models.trials import (
    Effect,
    LookBackState,
    Trial,
    TrialLookBack,
    TrialState,
    TrialUse,
    TrialVerdict,
    WouldBe,
)

__all__ = [
    "STOPS_CALLS",
    "AnswerOutcome",
    "BusinessRelationship",
    "CallingPolicy",
    "CallingRule",
    "Cap",
    "CapPeriod",
    "CapUnit",
    "CapUse",
    "Certificate",
    "CertificateAnswer",
    "CertificateFlag",
    "CertificateState",
    "CheckMode",
    "CheckSetting",
    "ChecklistRule",
    "Cleared",
    "Confidence",
    "ConfigChange",
    "ConfigOperation",
    "ContactAct",
    "ContactAttempt",
    "ContactChannel",
    "ContactDecision",
    "Decision",
    "DncBlock",
    "DncDelta",
    "DncFile",
    "DncList",
    "DncVersion",
    "Effect",
    "EmergencyBan",
    "Erasure",
    "ErasureKind",
    "EvidenceBatch",
    "EvidenceCheck",
    "EvidenceLeaf",
    "EvidencePack",
    "EvidencePending",
    "EvidenceVault",
    "HeldPost",
    "LegalHold",
    "ListKind",
    "ListedLead",
    "LookBackState",
    "OnUnknown",
    "OptOutKey",
    "Outcome",
    "Provider",
    "Purpose",
    "RelationshipKind",
    "RescrubRun",
    "RetentionRun",
    "Review",
    "ReviewAction",
    "Revocation",
    "RevocationChannel",
    "RevocationOrigin",
    "RevocationScope",
    "ScrubAnswer",
    "ScrubService",
    "ScrubState",
    "Suppression",
    "SuppressionKind",
    "Trial",
    "TrialLookBack",
    "TrialState",
    "TrialUse",
    "TrialVerdict",
    "UnknownZone",
    "VersionKind",
    "VersionState",
    "WouldBe",
    "ZoneConfirmation",
]
