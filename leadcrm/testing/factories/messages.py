"""Messages on their way, texts that came in, wordings."""

from django.utils import timezone

from agents.models import (
    BridgedCall,
    Channel,
    Delivery,
    DeliveryProvider,
    DeliveryState,
    InboundText,
    MessageTemplate,
    TemplateChannel,
)
from leadcrm.testing.factories.agents import CommunicationFactory
from leadcrm.testing.factories.base import (
    LazyFunction,
    Rows,
    SelfAttribute,
    Sequence,
    SubFactory,
    UserFactory,
)
from leadcrm.testing.factories.calling import ContactDecisionFactory
from leadcrm.testing.factories.intake import LeadFactory


class DeliveryFactory(Rows[Delivery]):
    """A text that the provider has."""

    class Meta:
        model = Delivery

    communication = SubFactory(CommunicationFactory, channel=Channel.TEXT, body="Hello")
    provider = DeliveryProvider.TWILIO
    state = DeliveryState.SENT
    to = SelfAttribute("communication.lead.phone")
    provider_id = Sequence(lambda n: f"SM{n:032x}")
    created_at = LazyFunction(timezone.now)
    updated_at = LazyFunction(timezone.now)


class BridgedCallFactory(Rows[BridgedCall]):
    """A call that the provider has."""

    class Meta:
        model = BridgedCall

    lead = SubFactory(LeadFactory, owner=SubFactory(UserFactory))
    user = SelfAttribute("lead.owner")
    phone = SelfAttribute("lead.phone")
    decision = SubFactory(ContactDecisionFactory)
    provider = DeliveryProvider.TWILIO
    state = DeliveryState.SENT
    to = "+15125550190"
    provider_id = Sequence(lambda n: f"CA{n:032x}")
    created_at = LazyFunction(timezone.now)
    updated_at = LazyFunction(timezone.now)


class InboundTextFactory(Rows[InboundText]):
    """From a number that belongs to no lead."""

    class Meta:
        model = InboundText

    provider_id = Sequence(lambda n: f"SM{n:031x}f")
    phone = "+15125550191"
    to = "+15125550192"
    body = "Who is this?"
    received_at = LazyFunction(timezone.now)


class MessageTemplateFactory(Rows[MessageTemplate]):
    """A text."""

    class Meta:
        model = MessageTemplate

    channel = TemplateChannel.TEXT
    name = Sequence(lambda n: f"Wording {n}")
    body = "Hi {first_name|there}"


__all__ = ["BridgedCallFactory", "DeliveryFactory", "InboundTextFactory", "MessageTemplateFactory"]
