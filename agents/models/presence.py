"""Who has which lead open: so that two people do not call one person."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from intake.models import Lead


class Presence(models.Model):
    """A person has a lead's page before them. One row each, renewed while it is looked at; old ones are deleted."""

    lead = models.ForeignKey(
        Lead, on_delete=models.CASCADE, related_name="+", db_index=False
    )  # one_presence_each
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )  # users are not deleted
    # In no index: renewing a row then writes the row alone.
    seen_at = models.DateTimeField()
    typing = models.BooleanField(default=False, help_text="Something stands in a form that is not saved yet.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lead", "user"], name="one_presence_each"),
        ]

    def __str__(self) -> str:
        return f"{self.user} on A-{self.lead_id}"
