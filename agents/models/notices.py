"""Telling a person of a lead that came: how they want it, what they have seen, and the mails."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from intake.models import Lead


class NoticeSettings(models.Model):
    """How one person wants to be told of new leads. No row: as the defaults say."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="notice_settings"
    )
    sound = models.BooleanField(default=False)
    desktop = models.BooleanField(default=False)
    email = models.BooleanField(default=True)
    quiet = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "notice settings"

    def __str__(self) -> str:
        return f"Notices of {self.user}"


class NoticeMark(models.Model):
    """When a page of this person's last asked for news (to the minute), and which leads they put aside.

    Apart from AgentLoad, whose row the intake locks: a page that polls never stands in a post's way.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="notice_mark"
    )
    seen_at = models.DateTimeField(null=True)
    dismissed = ArrayField(models.BigIntegerField(), default=list)

    def __str__(self) -> str:
        return f"Seen {self.seen_at or 'never'}"


class NoticeKind(models.TextChoices):
    """What is told."""

    NEW_LEAD = "new_lead", "New lead"


class NoticeState(models.TextChoices):
    """Where a mail stands. One that may have gone out is never sent again."""

    WAITING = "waiting", "Waits to be sent"
    SENDING = "sending", "Is being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Given up: the mail server refuses"
    UNKNOWN = "unknown", "Perhaps sent: the connection broke"
    DROPPED = "dropped", "No longer needed"


class Notice(models.Model):
    """One mail to `user` about `lead`, which came while no page of theirs was open. Each is told of once."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="notices", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=NoticeKind, default=NoticeKind.NEW_LEAD)
    state = models.CharField(max_length=8, choices=NoticeState, default=NoticeState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=80, blank=True, help_text="What went wrong last, by its kind.")
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lead", "user", "kind"], name="notice_once"),
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="notice_kind_known"),
            models.CheckConstraint(condition=Q(state__in=NoticeState.values), name="notice_state_known"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="notice_sent_has_moment",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="notice_due"),
            models.Index(fields=["claimed_at"], condition=Q(state="sending"), name="notice_claimed"),
            models.Index(fields=["user", "-sent_at"], condition=Q(state="sent"), name="notice_last_sent"),
            models.Index(fields=["due_at"], condition=Q(state="failed"), name="notice_failed"),
        ]

    def __str__(self) -> str:
        return f"A-{self.lead_id} to {self.user}"
