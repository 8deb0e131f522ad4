"""Teams, agents, licenses; pools and assignments; communications and follow-ups."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from agents.models import (
    Agent,
    AgentHours,
    AgentLoad,
    Assignment,
    AssignmentKind,
    Authenticator,
    BackupCode,
    Balance,
    CadenceStep,
    Carrier,
    Channel,
    ClaimOffer,
    Communication,
    Direction,
    FollowUp,
    HandOver,
    HandOverItem,
    License,
    LicenseWarning,
    Membership,
    Notice,
    NoticeMark,
    NoticeSettings,
    OfferOrigin,
    Outcome,
    Policy,
    PolicyChange,
    Pool,
    Presence,
    SlaAct,
    SlaClock,
    SlaEvent,
    SlaEventKind,
    SlaStep,
    Team,
)
from leadcrm.lib.sealing import seal_text
from leadcrm.testing.factories.base import (
    LazyAttribute,
    LazyFunction,
    PostGeneration,
    Rows,
    SelfAttribute,
    Sequence,
    SubFactory,
    UserFactory,
)
from leadcrm.testing.factories.intake import LeadFactory


class TeamFactory(Rows[Team]):
    class Meta:
        model = Team

    name = Sequence(lambda n: f"Team {n}")


def _give_licenses(agent: Any, create: bool, given: Any, **more: Any) -> None:
    for text in given or () if create else ():
        state, line = text.split(":")
        LicenseFactory.create(agent=agent, state=state, line=line)


def _join_pool(agent: Any, create: bool, given: Any, **more: Any) -> None:
    if create and given:
        MembershipFactory.create(agent=agent, pool=given, weight=more.get("weight", 1))


class AgentFactory(Rows[Agent]):
    """`licenses=["TX:final_expense", "OK:life"]` and `pool=..., pool__weight=2` may be given at once."""

    class Meta:
        model = Agent

    user = SubFactory(UserFactory)
    licenses = PostGeneration(_give_licenses)
    pool = PostGeneration(_join_pool)


class AgentHoursFactory(Rows[AgentHours]):
    class Meta:
        model = AgentHours

    agent = SubFactory(AgentFactory)
    weekday = 0
    starts_at = "09:00"
    ends_at = "17:00"


class LicenseFactory(Rows[License]):
    """Valid since last year, with no end."""

    class Meta:
        model = License

    agent = SubFactory(AgentFactory)
    state = "TX"
    line = "final_expense"
    number = Sequence(lambda n: f"TEST-{n}")
    effective_on = LazyFunction(lambda: timezone.localdate() - timedelta(days=365))


class LicenseWarningFactory(Rows[LicenseWarning]):
    """Waits to be sent; its license ends in ten days."""

    class Meta:
        model = LicenseWarning

    license = SubFactory(
        LicenseFactory, expires_on=LazyFunction(lambda: timezone.localdate() + timedelta(days=10))
    )
    expires_on = SelfAttribute("license.expires_on")
    days = 14
    recipient = SelfAttribute("license.agent.user")
    what = "Test Agent: TX final_expense"
    due_at = LazyFunction(timezone.now)
    created_at = LazyFunction(timezone.now)


class AuthenticatorFactory(Rows[Authenticator]):
    """A second factor that is on, the same one when asked twice. Its key is the same for everybody."""

    class Meta:
        model = Authenticator
        django_get_or_create = ("user",)

    user = SubFactory(UserFactory)
    name = "Authenticator app"
    confirmed = True
    created_at = LazyFunction(timezone.now)
    confirmed_at = LazyFunction(timezone.now)
    sealed_key = LazyAttribute(
        lambda row: seal_text("JBSWY3DPEHPK3PXP" * 2, place=f"agents_authenticator.sealed_key:{row.user.pk}")
    )


class BackupCodeFactory(Rows[BackupCode]):
    class Meta:
        model = BackupCode

    authenticator = SubFactory(AuthenticatorFactory)
    digest = Sequence(lambda n: f"{n:064x}")


def _fill_pool(pool: Any, create: bool, given: Any, **more: Any) -> None:
    for agent in given or () if create else ():
        MembershipFactory.create(pool=pool, agent=agent)


class PoolFactory(Rows[Pool]):
    """Takes every lead; refuses those nobody may take. `members=[agent, ...]` fills it."""

    class Meta:
        model = Pool

    name = Sequence(lambda n: f"Pool {n}")

    members = PostGeneration(_fill_pool)


class MembershipFactory(Rows[Membership]):
    class Meta:
        model = Membership

    pool = SubFactory(PoolFactory)
    agent = SubFactory(AgentFactory)


class BalanceFactory(Rows[Balance]):
    class Meta:
        model = Balance

    pool = SubFactory(PoolFactory)
    agent = SubFactory(AgentFactory)


class AgentLoadFactory(Rows[AgentLoad]):
    class Meta:
        model = AgentLoad

    agent = SubFactory(AgentFactory)


class NoticeSettingsFactory(Rows[NoticeSettings]):
    class Meta:
        model = NoticeSettings

    user = SubFactory(UserFactory)


class NoticeMarkFactory(Rows[NoticeMark]):
    class Meta:
        model = NoticeMark

    user = SubFactory(UserFactory)
    seen_at = LazyFunction(timezone.now)


class NoticeFactory(Rows[Notice]):
    """Waits to be sent to the owner of its lead."""

    class Meta:
        model = Notice

    lead = SubFactory(LeadFactory, owner=SubFactory(UserFactory))
    user = SelfAttribute("lead.owner")
    due_at = LazyFunction(timezone.now)
    created_at = LazyFunction(timezone.now)


class AssignmentFactory(Rows[Assignment]):
    class Meta:
        model = Assignment

    lead = SubFactory(LeadFactory)
    kind = AssignmentKind.ROTATION
    pool = SubFactory(PoolFactory)
    agent = SubFactory(AgentFactory)
    state = SelfAttribute("lead.state")
    state_from = "post"
    rule_version = "test"
    assigned_at = LazyFunction(timezone.now)


class ClaimOfferFactory(Rows[ClaimOffer]):
    """Open since now, of a Texan looking for a policy of its lead's interest; the lead has no owner."""

    class Meta:
        model = ClaimOffer

    lead = SubFactory(LeadFactory)
    pool = SubFactory(PoolFactory)
    origin = OfferOrigin.LAST_LINK
    state = "TX"
    interest = SelfAttribute("lead.interest")
    line = "life"
    offered_at = LazyFunction(timezone.now)


class CommunicationFactory(Rows[Communication]):
    class Meta:
        model = Communication

    lead = SubFactory(LeadFactory)
    channel = Channel.CALL
    direction = Direction.OUT
    author = SelfAttribute("lead.owner")
    at = LazyFunction(timezone.now)
    request_id = LazyFunction(uuid4)


class FollowUpFactory(Rows[FollowUp]):
    class Meta:
        model = FollowUp

    lead = SubFactory(LeadFactory, owner=SubFactory(UserFactory))
    owner = SelfAttribute("lead.owner")
    due_at = LazyFunction(lambda: timezone.now() + timedelta(days=1))
    what = "Call back"


class OutcomeFactory(Rows[Outcome]):
    """Switched off: the keys belong to those that are shipped."""

    class Meta:
        model = Outcome

    code = Sequence(lambda n: f"ended_{n}")
    label = Sequence(lambda n: f"Ended so {n}")
    position = 9
    active = False


class CadenceStepFactory(Rows[CadenceStep]):
    """Of every product, behind the steps that are shipped."""

    class Meta:
        model = CadenceStep

    number = Sequence(lambda n: 7 + n % 14)
    after = timedelta(days=7)


class PresenceFactory(Rows[Presence]):
    class Meta:
        model = Presence

    lead = SubFactory(LeadFactory)
    user = SubFactory(UserFactory)
    seen_at = LazyFunction(timezone.now)


class SlaStepFactory(Rows[SlaStep]):
    class Meta:
        model = SlaStep

    pool = SubFactory(PoolFactory)
    after_minutes = Sequence(lambda n: n % 10_000 + 1)
    act = SlaAct.NUDGE


class SlaClockFactory(Rows[SlaClock]):
    """Of a lead that its owner got just now."""

    class Meta:
        model = SlaClock

    lead = SubFactory(LeadFactory, owner=SubFactory(UserFactory))
    pool = SubFactory(PoolFactory)
    owner = SelfAttribute("lead.owner")
    chain_at = LazyFunction(timezone.now)
    since = SelfAttribute("chain_at")
    look_at = SelfAttribute("chain_at")


class SlaEventFactory(Rows[SlaEvent]):
    class Meta:
        model = SlaEvent

    lead = SubFactory(LeadFactory)
    pool = SubFactory(PoolFactory)
    agent = SubFactory(AgentFactory)
    kind = SlaEventKind.NUDGE
    after_minutes = 5
    chain_at = LazyFunction(timezone.now)
    at = LazyFunction(timezone.now)
    what = "Reminded somebody"


class CarrierFactory(Rows[Carrier]):
    class Meta:
        model = Carrier

    name = Sequence(lambda n: f"Example Life {n}")


class PolicyFactory(Rows[Policy]):
    """In force since last month, sold by the lead's owner."""

    class Meta:
        model = Policy

    lead = SubFactory(LeadFactory, owner=SubFactory(UserFactory), status="sold")
    carrier = SubFactory(CarrierFactory)
    number = Sequence(lambda n: f"TEST-{n:06}")
    product = SelfAttribute("lead.interest")
    premium = Decimal("54.20")
    status = "in_force"
    effective_on = LazyFunction(lambda: timezone.localdate() - timedelta(days=30))
    sold_by = SelfAttribute("lead.owner")
    sold_at = LazyFunction(timezone.now)
    request_id = LazyFunction(uuid4)


class PolicyChangeFactory(Rows[PolicyChange]):
    class Meta:
        model = PolicyChange

    policy = SubFactory(PolicyFactory)
    at = LazyFunction(timezone.now)
    by = SelfAttribute("policy.sold_by")
    field = "premium"
    old = "54.20"
    new = "60.00"
    request_id = LazyFunction(uuid4)


class HandOverFactory(Rows[HandOver]):
    class Meta:
        model = HandOver

    from_agent = SubFactory(AgentFactory)
    to_agent = SubFactory(AgentFactory)
    reason = "Leaves"
    created_at = LazyFunction(timezone.now)
    created_by = SubFactory(UserFactory)


class HandOverItemFactory(Rows[HandOverItem]):
    class Meta:
        model = HandOverItem

    hand_over = SubFactory(HandOverFactory)
    lead = SubFactory(LeadFactory)
    to_agent = SelfAttribute("hand_over.to_agent")
