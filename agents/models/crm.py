"""What agents do with a lead: talk to people, and promise to talk again."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from compliance.models import ContactDecision
from intake.models import Lead


class Channel(models.TextChoices):
    """How a person was reached."""

    CALL = "call", "Call"
    TEXT = "text", "Text"
    EMAIL = "email", "E-mail"
    NOTE = "note", "Note"


class Direction(models.TextChoices):
    """Who reached whom."""

    OUT = "out", "Outgoing"
    IN = "in", "Incoming"
    NONE = "none", "Internal"


class Communication(models.Model):
    """One call, text, e-mail or note on a lead. Append-only: a note is corrected by another one."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="communications")
    channel = models.CharField(max_length=6, choices=Channel)
    direction = models.CharField(max_length=4, choices=Direction)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField()
    outcome = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=200, blank=True, help_text="Of an e-mail.")
    body = models.TextField(blank=True)
    request_id = models.UUIDField(unique=True, help_text="Made with the form: a double click writes one row.")
    decision = models.ForeignKey(
        ContactDecision, on_delete=models.PROTECT, null=True, blank=True, related_name="communications",
        help_text="Whether it was allowed. Empty for what came in, notes, and calls of before this was asked.",
    )  # fmt: skip
    explanation = models.CharField(
        max_length=300, blank=True, help_text="Why a person who must not be called was called."
    )

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["lead", "-at"], name="communication_of_lead"),
            # An agent's day: calls of today, the last one.
            models.Index(fields=["author", "-at"], name="communication_of_author"),
            # What an agent's calls came to, week by week: read from the index alone.
            models.Index(
                fields=["author", "-at"],
                name="outcome_of_author",
                include=["outcome", "lead"],
                condition=~Q(outcome=""),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="communication_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(direction__in=Direction.values), name="communication_direction_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} on A-{self.lead_id}"


class FollowUpKind(models.TextChoices):
    """Why a person is to be reached."""

    PROMISE = "promise", "Promised"
    CADENCE = "cadence", "Next try"
    REPLY = "reply", "They wrote or called"
    RENEWAL = "renewal", "Renewal"


class FollowUp(models.Model):
    """A promise to reach a person at a moment. Open until done or dropped."""

    lead = models.ForeignKey(
        Lead, on_delete=models.PROTECT, related_name="follow_ups", db_index=False
    )  # follow_up_of_lead begins with it
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="follow_ups")
    kind = models.CharField(max_length=8, choices=FollowUpKind, default=FollowUpKind.PROMISE)
    due_at = models.DateTimeField()
    what = models.CharField(max_length=200)
    policy = models.ForeignKey(
        "agents.Policy", on_delete=models.PROTECT, null=True, blank=True, related_name="follow_ups",
        db_index=False, help_text="Whose renewal it is.",
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["due_at"]
        indexes: ClassVar = [
            models.Index(
                fields=["owner", "due_at"], name="open_follow_up", condition=Q(done_at__isnull=True)
            ),
            # Everybody's, for managers: a walk that ends with the page.
            models.Index(fields=["due_at"], name="open_follow_up_due", condition=Q(done_at__isnull=True)),
            # The same of people who wrote or called: few among many that are due.
            models.Index(
                fields=["due_at"], name="open_reply_due", condition=Q(done_at__isnull=True, kind=FollowUpKind.REPLY)
            ),
            models.Index(fields=["lead", "due_at"], name="follow_up_of_lead"),
            # Which leads have something planned, in the list's filter.
            models.Index(fields=["lead"], name="open_follow_up_of_lead", condition=Q(done_at__isnull=True)),
            models.Index(
                fields=["owner", "kind", "due_at"], name="open_follow_up_of_kind",
                condition=Q(done_at__isnull=True),
            ),
            # How many promises were kept, open and done.
            models.Index(
                fields=["owner", "due_at"], name="promise_of_owner", include=["done_at"],
                condition=Q(kind=FollowUpKind.PROMISE),
            ),
        ]  # fmt: skip
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=FollowUpKind.values), name="follow_up_kind_known"),
            # What the product plans by itself stands once, whoever asks for it at the same time.
            models.UniqueConstraint(
                fields=["lead", "kind"], name="one_open_try_and_reply",
                condition=Q(done_at__isnull=True, kind__in=["cadence", "reply"]),
            ),
            models.UniqueConstraint(
                fields=["policy"], name="one_open_renewal_of_policy",
                condition=Q(done_at__isnull=True, policy__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.what
