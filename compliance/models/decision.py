"""The record of every decision: what was asked, what was answered, and on which data."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from intake.models import Submission


class Outcome(models.TextChoices):
    """How a post was decided."""

    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    HELD = "held", "Held for review"


class Decision(models.Model):
    """One decision on one post. Append-only; a post that is run again gets another one."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=10, choices=Outcome)
    reason = models.CharField(max_length=24, blank=True)
    checks = models.JSONField(help_text="In order: check, outcome, code, field, detail, milliseconds.")
    data_versions = models.JSONField(default=dict, help_text="List versions and configuration stamp used.")
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False,
        help_text="Empty: the product itself.",
    )  # fmt: skip
    ms = models.FloatField()

    class Meta:
        ordering: ClassVar = ["-decided_at"]
        permissions: ClassVar = [("replay_decision", "Can have a decision made again, to compare")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="decision_outcome_known"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.reason}".strip()
