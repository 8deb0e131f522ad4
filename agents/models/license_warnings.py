"""Mails that say in good time which licenses end: one row for each person, license and threshold."""

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from agents.models.people import License

# Days before the last one. Carriers and states take weeks to renew; the last two are the alarm.
THRESHOLDS: Final = (30, 14, 7, 1)


class WarningState(models.TextChoices):
    """Where a warning stands. A mail that may have gone out is never sent again."""

    WAITING = "waiting", "Waits to be sent"
    SENDING = "sending", "Is being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Given up: the mail server refuses"
    UNKNOWN = "unknown", "Perhaps sent: the connection broke"
    DROPPED = "dropped", "No longer needed"


class LicenseWarning(models.Model):
    """`recipient` is told that `license`, as it stands until `expires_on`, has `days` left or fewer.

    The database holds each to be there once, so that nobody is told the same twice. A license that was renewed by
    changing its last day has a new `expires_on`, and is warned of anew when that comes near.
    """

    license = models.ForeignKey(License, on_delete=models.SET_NULL, null=True, related_name="warnings")
    expires_on = models.DateField("last day")
    days = models.PositiveSmallIntegerField("days before")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    what = models.CharField(max_length=200, help_text="Whose license for what, as it was told.")
    state = models.CharField(max_length=8, choices=WarningState, default=WarningState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=80, blank=True, help_text="What went wrong last, by its kind.")
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["license", "expires_on", "days", "recipient"], name="license_warning_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=WarningState.values), name="license_warning_state_known"
            ),
            models.CheckConstraint(condition=Q(days__in=THRESHOLDS), name="license_warning_days_known"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="license_warning_sent_has_moment",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="license_warning_due"),
            models.Index(fields=["claimed_at"], condition=Q(state="sending"), name="license_warning_claimed"),
        ]

    def __str__(self) -> str:
        return f"{self.what}: {self.days} days before {self.expires_on}"
