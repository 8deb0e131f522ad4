"""Rows for tests, one factory per model: `LeadFactory.create(owner=user)`.

The people are plainly made up: 555-01xx, example.com. Use `.create()`, which is typed.
"""

from leadcrm.testing.factories.agents import (
    AgentFactory,
    AgentHoursFactory,
    AgentLoadFactory,
    AssignmentFactory,
    BalanceFactory,
    CommunicationFactory,
    FollowUpFactory,
    LicenseFactory,
    MembershipFactory,
    PoolFactory,
    TeamFactory,
)
from leadcrm.testing.factories.base import (
    CONSENT_TEXT,
    PASSWORD,
    UserFactory,
    fake_phone,
)
from leadcrm.testing.factories.compliance import (
    CapFactory,
    CapUseFactory,
    CheckSettingFactory,
    DecisionFactory,
    DncListFactory,
    DncVersionFactory,
    SuppressionFactory,
)
from leadcrm.testing.factories.intake import (
    ApiKeyFactory,
    ConsentRecordFactory,
    FieldRuleFactory,
    LeadEventFactory,
    LeadFactory,
    SourceFactory,
    SourceHoursFactory,
    SubmissionFactory,
    VendorFactory,
    VerticalAttributeFactory,
    VerticalFactory,
)

__all__ = [
    "CONSENT_TEXT",
    "PASSWORD",
    "AgentFactory",
    "AgentHoursFactory",
    "AgentLoadFactory",
    "ApiKeyFactory",
    "AssignmentFactory",
    "BalanceFactory",
    "CapFactory",
    "CapUseFactory",
    "CheckSettingFactory",
    "CommunicationFactory",
    "ConsentRecordFactory",
    "DecisionFactory",
    "DncListFactory",
    "DncVersionFactory",
    "FieldRuleFactory",
    "FollowUpFactory",
    "LeadEventFactory",
    "LeadFactory",
    "LicenseFactory",
    "MembershipFactory",
    "PoolFactory",
    "SourceFactory",
    "SourceHoursFactory",
    "SubmissionFactory",
    "SuppressionFactory",
    "TeamFactory",
    "UserFactory",
    "VendorFactory",
    "VerticalAttributeFactory",
    "VerticalFactory",
    "fake_phone",
]
