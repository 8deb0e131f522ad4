"""What became listed after it was bought: one row a lead, number and list, and the record of each re-scrub."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from compliance.models.dnc import DncList, DncVersion
from intake.models import Lead


class Cleared(models.TextChoices):
    """Why a lead is no longer held back by a list."""

    UNLISTED = "unlisted", "No longer on the list"
    CLOSED = "closed", "The lead is closed"
    NOT_ASKED = "not_asked", "The list is not asked any more"


class RescrubRun(models.Model):
    """One re-scrub of the open leads: which versions, how many numbers, what came of it. Written once, at its end."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    versions = models.JSONField(default=dict, help_text="List code to the version asked.")
    not_asked = models.JSONField(
        default=dict, help_text="List code to the sources whose settings did not ask the list."
    )
    leads = models.PositiveIntegerField(default=0, help_text="Open leads asked about.")
    listed = models.PositiveIntegerField(default=0, help_text="Entries found: a lead, a number, a list.")
    cleared = models.PositiveIntegerField(default=0, help_text="Entries closed.")
    ms = models.FloatField()
    error = models.CharField(max_length=200, blank=True, help_text="What broke; the next run asks again.")

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "re-scrub"
        verbose_name_plural = "re-scrubs"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(finished_at__gte=F("started_at")), name="rescrub_finishes_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"Re-scrub of {self.started_at:%Y-%m-%d %H:%M} UTC"


class ListedLead(models.Model):
    """An open lead whose number stands on a list since it was bought. Open until `cleared_at`."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="listings")
    phone = models.CharField(max_length=16, help_text="E.164: the lead's first or second number.")
    dnc_list = models.ForeignKey(DncList, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.ForeignKey(
        DncVersion, on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text="In which it was found first.",
    )  # fmt: skip
    found_at = models.DateTimeField(help_text="When the re-scrub that found it began.")
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_why = models.CharField(max_length=10, choices=Cleared, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "lead that became listed"
        verbose_name_plural = "leads that became listed"
        indexes: ClassVar = [models.Index(fields=["-found_at"], name="listed_lead_newest")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lead", "phone", "dnc_list"], name="listed_once", condition=Q(cleared_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(cleared_at__isnull=True, cleared_why="")
                | (Q(cleared_at__gte=F("found_at")) & Q(cleared_why__in=Cleared.values)),
                name="listed_cleared_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"A-{self.lead_id} on {self.dnc_list}"
