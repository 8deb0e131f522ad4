"""Messages on their way: what became of texts, e-mails and bridged calls, what came in, the agency's wordings."""

from typing import ClassVar, Final
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from agents.models.crm import Communication
from compliance.models import ContactDecision
from intake.models import Lead


class DeliveryProvider(models.TextChoices):
    """Who carries it."""

    MAIL = "mail", "Mail server"
    TWILIO = "twilio", "Twilio"


class DeliveryState(models.TextChoices):
    """How far it came. UNSURE: perhaps sent, perhaps not; a person decides whether to send it again."""

    QUEUED = "queued", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    UNSURE = "unsure", "Perhaps sent"
    SENT = "sent", "Sent"
    DELIVERED = "delivered", "Delivered"
    UNDELIVERED = "undelivered", "Not delivered"
    FAILED = "failed", "Not sent"


# Those a worker still has to do something about; these and only these have a `due_at`.
ON_ITS_WAY: Final = (DeliveryState.QUEUED, DeliveryState.SENDING)


class Dispatch(models.Model):
    """Something handed to a provider outside, as far as we know of it. Abstract.

    Written in the transaction of the act; sent after it by a worker. `due_at` is when a worker looks at it: to send
    it while it is queued, to give it up as perhaps sent while it is being sent.
    """

    provider = models.CharField(max_length=8, choices=DeliveryProvider)
    state = models.CharField(max_length=11, choices=DeliveryState, default=DeliveryState.QUEUED)
    public_id = models.UUIDField(
        default=uuid4, unique=True, help_text="Names it in addresses the provider or the person calls."
    )
    to = models.CharField(max_length=254, blank=True, help_text="Number or address; empty once erased.")
    sender = models.CharField(max_length=254, blank=True)
    provider_id = models.CharField(max_length=128, blank=True, help_text="The provider's own number for it.")
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True


def _due_while_on_its_way(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(state__in=ON_ITS_WAY, due_at__isnull=False)
        | (~Q(state__in=ON_ITS_WAY) & Q(due_at__isnull=True)),
        name=name,
    )


class Delivery(Dispatch):
    """The way of one outgoing text or e-mail."""

    communication = models.OneToOneField(Communication, on_delete=models.PROTECT, related_name="delivery")
    reply_to = models.CharField(max_length=254, blank=True)
    segments = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Parts a text was billed as."
    )

    class Meta:
        ordering: ClassVar = ["-pk"]
        default_permissions = ("view", "change")
        verbose_name_plural = "deliveries"
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="delivery_due", condition=Q(due_at__isnull=False)),
            models.Index(
                fields=["updated_at"], name="delivery_odd", condition=Q(state__in=["unsure", "failed"])
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_known"),
            models.CheckConstraint(
                condition=Q(provider__in=DeliveryProvider.values), name="delivery_provider_known"
            ),
            models.UniqueConstraint(
                fields=["provider_id"], name="delivery_provider_id_once", condition=~Q(provider_id="")
            ),
            _due_while_on_its_way("delivery_due_while_on_its_way"),
        ]

    def __str__(self) -> str:
        return f"Delivery {self.pk}"


class BridgedCall(Dispatch):
    """A call that the provider puts through: the agent's own phone rings first, then the person's."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="bridged_calls", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    phone = models.CharField(max_length=16, blank=True, help_text="The person's, E.164; `to` is the agent's.")
    decision = models.OneToOneField(
        ContactDecision, on_delete=models.PROTECT, related_name="bridged_call",
        help_text="The yes on which it was begun.",
    )  # fmt: skip
    connected_at = models.DateTimeField(null=True, blank=True, help_text="The agent pressed a key.")
    seconds = models.PositiveIntegerField(null=True, blank=True, help_text="Talked with the person.")

    class Meta:
        ordering: ClassVar = ["-pk"]
        default_permissions = ("view",)
        verbose_name = "bridged call"
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="bridged_call_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["lead", "-created_at"], name="bridged_call_of_lead"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="bridged_call_state_known"
            ),
            models.CheckConstraint(
                condition=Q(provider__in=DeliveryProvider.values), name="bridged_call_provider_known"
            ),
            models.UniqueConstraint(
                fields=["provider_id"], name="bridged_call_provider_id_once", condition=~Q(provider_id="")
            ),
            _due_while_on_its_way("bridged_call_due_while_on_its_way"),
        ]

    def __str__(self) -> str:
        return f"Call for A-{self.lead_id}"


class InboundText(models.Model):
    """A text that came in, kept once whatever its provider repeats. Without a lead where nobody's number it is."""

    provider_id = models.CharField(max_length=128, unique=True)
    phone = models.CharField(max_length=32, blank=True, help_text="Who wrote; empty once erased.")
    to = models.CharField(max_length=32, blank=True)
    body = models.TextField(blank=True)
    received_at = models.DateTimeField()
    asked_to_stop = models.BooleanField(default=False)
    lead = models.ForeignKey(
        Lead, on_delete=models.PROTECT, null=True, blank=True, related_name="inbound_texts", db_index=False
    )
    communication = models.OneToOneField(
        Communication, on_delete=models.PROTECT, null=True, blank=True, related_name="inbound_text"
    )
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False,
    )  # fmt: skip

    class Meta:
        ordering: ClassVar = ["-pk"]
        default_permissions = ("view", "change")
        verbose_name = "text that came in"
        verbose_name_plural = "texts that came in"
        indexes: ClassVar = [
            models.Index(fields=["lead"], name="inbound_text_of_lead", condition=Q(lead__isnull=False)),
            models.Index(fields=["phone"], name="inbound_text_of_phone", condition=~Q(phone="")),
            models.Index(
                fields=["received_at"], name="inbound_text_unmatched",
                condition=Q(lead__isnull=True, handled_at__isnull=True),
            ),
        ]  # fmt: skip
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(lead__isnull=True, communication__isnull=True)
                | Q(lead__isnull=False, communication__isnull=False),
                name="inbound_text_of_lead_is_said",
            ),
        ]

    def __str__(self) -> str:
        return f"Text {self.pk}"


class TemplateChannel(models.TextChoices):
    """What a wording is for."""

    TEXT = "text", "Text"
    EMAIL = "email", "E-mail"


class MessageTemplate(models.Model):
    """A wording that agents start from, with fields in braces (agents.messaging.wordings)."""

    channel = models.CharField(max_length=5, choices=TemplateChannel)
    name = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True, help_text="Of an e-mail.")
    body = models.TextField(max_length=5_000)
    active = models.BooleanField(default=True, help_text="Off: agents no longer see it.")
    position = models.PositiveSmallIntegerField(default=100, help_text="Smaller stands further up.")

    class Meta:
        ordering: ClassVar = ["channel", "position", "name"]
        verbose_name = "message template"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "name"], name="message_template_name_once"),
            models.CheckConstraint(
                condition=Q(channel__in=TemplateChannel.values), name="message_template_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(channel="text", subject="") | (Q(channel="email") & ~Q(subject="")),
                name="message_template_subject_of_emails",
            ),
        ]

    def __str__(self) -> str:
        return self.name
