"""Telling a person of a lead that came: how they want it, what they have seen, and the mails."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from agents.models.mails import PersonMail, mail_constraints, mail_indexes
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


class Notice(PersonMail):
    """One mail to `user` about `lead`, which came while no page of theirs was open. Each is told of once."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="notices", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=NoticeKind, default=NoticeKind.NEW_LEAD)

    class Meta(PersonMail.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lead", "user", "kind"], name="notice_once"),
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="notice_kind_known"),
            *mail_constraints("notice"),
        ]
        indexes: ClassVar = [
            *mail_indexes("notice"),
            models.Index(fields=["user", "-sent_at"], condition=Q(state="sent"), name="notice_last_sent"),
            models.Index(fields=["due_at"], condition=Q(state="failed"), name="notice_failed"),
        ]

    def __str__(self) -> str:
        return f"A-{self.lead_id} to {self.user}"
