"""Models of the compliance app: how checks are set, what they decided, whom not to call."""

from compliance.models.caps import Cap, CapPeriod, CapUnit, CapUse
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
from compliance.models.policy import CheckMode, CheckSetting, OnUnknown
from compliance.models.suppression import Suppression, SuppressionKind

__all__ = [
    "Cap",
    "CapPeriod",
    "CapUnit",
    "CapUse",
    "CheckMode",
    "CheckSetting",
    "Decision",
    "DncBlock",
    "DncDelta",
    "DncFile",
    "DncList",
    "DncVersion",
    "ListKind",
    "OnUnknown",
    "Outcome",
    "Suppression",
    "SuppressionKind",
    "VersionKind",
    "VersionState",
]
