"""What other systems are told of, where to, and how each telling went."""

import base64
import secrets
from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from intake.models.leads import Lead, Submission
from intake.models.vendors import Vendor
from leadcrm.lib.ids import uuid7
from leadcrm.lib.sealed_json import SealedJSONField


class EventKind(models.TextChoices):
    """What may be told."""

    ACCEPTED = "lead.accepted", "A post was accepted"
    REJECTED = "lead.rejected", "A post was rejected"
    ASSIGNED = "lead.assigned", "A lead got its owner"
    CONTACTED = "lead.contacted", "The person was reached"
    STATUS_CHANGED = "lead.status_changed", "A lead changed its stage"
    SOLD = "lead.sold", "A lead was sold"
    RETURNED = "lead.returned", "A lead was returned"
    RETURN_CHANGED = "return.changed", "A return was asked, taken, refused or withdrawn"
    REVOKED = "consent.revoked", "The person asked us to stop"
    TEST = "endpoint.test", "A test"


# Those an endpoint may ask for; a test is sent by hand.
SUBSCRIBABLE = tuple(kind for kind in EventKind if kind != EventKind.TEST)


class EndpointState(models.TextChoices):
    """Whether anything is sent. What happens meanwhile waits, but for a retired endpoint."""

    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused by a person"
    DISABLED = "disabled", "Disabled: it failed for days"
    RETIRED = "retired", "Retired: collects nothing"


class Method(models.TextChoices):
    """How a receiver wants to be called."""

    POST = "POST", "POST"
    GET = "GET", "GET"


def new_secret() -> str:
    """A signing secret in the notation of Standard Webhooks: whsec_ and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _new_secrets() -> dict[str, str]:
    return {"now": new_secret()}


class WebhookEndpoint(models.Model):
    """An address that is told of events: a vendor's postback, a dialer, a warehouse."""

    name = models.CharField(max_length=80, unique=True)
    vendor = models.ForeignKey(
        Vendor, on_delete=models.PROTECT, null=True, blank=True, related_name="webhooks",
        help_text="Told of this vendor's leads only, and never of people. Empty: a system of ours, told of all.",
    )  # fmt: skip
    kinds = ArrayField(
        models.CharField(max_length=24, choices=[(kind.value, kind.label) for kind in SUBSCRIBABLE]),
        verbose_name="events",
    )
    method = models.CharField(max_length=4, choices=Method, default=Method.POST)
    url = models.TextField("URL", help_text="May hold macros such as {vendor_lead_id} behind the host.")
    template = models.TextField(
        blank=True,
        help_text="The body, with macros, for a receiver that cannot be changed. Empty: signed JSON.",
    )
    content_type = models.CharField(max_length=80, default="application/json")
    contact_data = models.BooleanField(
        default=False, help_text="Also send name, phone, e-mail and the agent: to systems of ours only."
    )
    notify = models.EmailField(blank=True, help_text="Who is written to when the endpoint is disabled.")
    # {"now": secret, "before": the one of before, "until": when that ends}; sealed, for it must be read to sign.
    secrets = SealedJSONField(default=_new_secrets, editable=False)
    state = models.CharField(max_length=8, choices=EndpointState, default=EndpointState.ACTIVE)
    disabled_at = models.DateTimeField(null=True, editable=False)
    disabled_why = models.CharField(max_length=120, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = "webhook"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=EndpointState.values), name="webhook_state_known"),
            models.CheckConstraint(condition=Q(method__in=Method.values), name="webhook_method_known"),
            models.CheckConstraint(
                condition=Q(vendor__isnull=True) | Q(contact_data=False), name="webhook_no_people_to_vendors"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def signing_secrets(self, now: datetime) -> list[str]:
        """The secrets to sign with at `now`: the present one, and for a while the one of before."""
        kept = self.secrets
        before = kept.get("before") if kept.get("until", "") > now.isoformat() else None
        return [kept["now"], *([before] if before else [])]


class WebhookHealth(models.Model):
    """How an endpoint does. Apart from it: each change of the endpoint is one of configuration."""

    endpoint = models.OneToOneField(
        WebhookEndpoint, on_delete=models.CASCADE, primary_key=True, related_name="health"
    )
    failing_since = models.DateTimeField(
        null=True, help_text="The first of the failures that no success has ended."
    )
    tell_at = models.DateTimeField(null=True, help_text="When to write that it was disabled.")

    def __str__(self) -> str:
        return f"Failing since {self.failing_since}" if self.failing_since else "Well"


class WebhookEvent(models.Model):
    """Something that happened, written in its transaction where some endpoint wants to know. Names no person."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=24, choices=EventKind)
    at = models.DateTimeField()
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, null=True, related_name="webhook_events")
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    data = models.JSONField(
        default=dict, help_text="Stages, a reason's code, keys. People are read when sent."
    )

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["-at"], name="webhook_event_newest")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="webhook_event_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk.hex}"


class DeliveryState(models.TextChoices):
    """Where a delivery stands."""

    WAITING = "waiting", "Waiting"
    DELIVERED = "delivered", "Delivered"
    GIVEN_UP = "given_up", "Given up"


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint. The row is the queue; a message only rings."""

    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    state = models.CharField(max_length=9, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True, help_text="HTTP status of the last answer.")
    last_error = models.CharField(max_length=24, blank=True, help_text="Why there was none.")

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name_plural = "webhook deliveries"
        indexes: ClassVar = [
            models.Index(
                fields=["endpoint", "due_at"], name="webhook_due", condition=Q(due_at__isnull=False)
            ),
            models.Index(fields=["endpoint", "-id"], name="webhook_of_endpoint"),
            models.Index(fields=["-id"], name="webhook_not_delivered", condition=~Q(state="delivered")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="webhook_once_per_endpoint"),
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="webhook_delivery_known"
            ),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.WAITING, due_at__isnull=False)
                | (~Q(state=DeliveryState.WAITING) & Q(due_at__isnull=True)),
                name="webhook_waits_with_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"Delivery {self.pk}"


class WebhookAttempt(models.Model):
    """One call: what was sent and what came back. Sealed, for a dialer is sent people's data."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField()
    ms = models.FloatField(default=0)
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=24, blank=True)
    exchange = SealedJSONField(default=dict, help_text="method, url, body; answer, as far as it is kept.")

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.status or self.error}"
