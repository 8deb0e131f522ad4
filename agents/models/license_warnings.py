"""Mails that say in good time which licenses end: one row for each person, license and threshold."""

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from agents.models.mails import PersonMail, mail_constraints, mail_indexes
from agents.models.people import License

# Days before the last one. Carriers and states take weeks to renew; the last two are the alarm.
THRESHOLDS: Final = (30, 14, 7, 1)


class LicenseWarning(PersonMail):
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

    class Meta(PersonMail.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["license", "expires_on", "days", "recipient"], name="license_warning_once"
            ),
            models.CheckConstraint(condition=Q(days__in=THRESHOLDS), name="license_warning_days_known"),
            *mail_constraints("license_warning"),
        ]
        indexes: ClassVar = mail_indexes("license_warning")

    def __str__(self) -> str:
        return f"{self.what}: {self.days} days before {self.expires_on}"
