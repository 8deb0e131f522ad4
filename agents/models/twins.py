"""Leads that may be one person's: groups to be looked at, pairs that are not, leads that were merged."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from intake.models import Lead, LeadStatus


class Ground(models.TextChoices):
    """Why two leads look like one person's, the strongest first."""

    PHONE = "phone", "Same phone"
    EMAIL = "email", "Same e-mail"
    NAME = "name", "Same name, ZIP and date of birth"


class TwinGroup(models.Model):
    """Open leads and clients that look like one person's. Kept in the background; gone once all is decided."""

    found_at = models.DateTimeField(help_text="When the newest of them came to it.")
    grounds = ArrayField(models.CharField(max_length=5, choices=Ground))
    crowded = models.BooleanField(default=False, help_text="More leads share it than are shown.")

    class Meta:
        ordering: ClassVar = ["-found_at", "-pk"]
        verbose_name = "possible duplicate"
        indexes: ClassVar = [models.Index(fields=["-found_at", "-id"], name="twin_group_newest")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(grounds__contained_by=Ground.values) & Q(grounds__len__gt=0),
                name="twin_group_has_grounds",
            ),
        ]

    def __str__(self) -> str:
        return f"Possible duplicate {self.pk}"


class TwinMember(models.Model):
    """One lead of a group; a lead is in one at most."""

    group = models.ForeignKey(TwinGroup, on_delete=models.CASCADE, related_name="members")
    lead = models.OneToOneField(Lead, on_delete=models.PROTECT, related_name="twin_member")

    class Meta:
        ordering: ClassVar = ["lead"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"A-{self.lead_id}"


class TwinMark(models.Model):
    """How far the history of leads was read for twins: one row."""

    event = models.BigIntegerField(default=0, help_text="The last line that was read.")
    seen = models.BigIntegerField(default=0, help_text="The last line there was at `seen_at`.")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [models.CheckConstraint(condition=Q(pk=1), name="twin_mark_is_one_row")]

    def __str__(self) -> str:
        return str(self.event)


class NotTwins(models.Model):
    """Two leads of which a person said that they are not one person's. Asked about no more, until it is taken back."""

    low = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="+", db_index=False)
    high = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField()
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name = "pair that is not one person"
        verbose_name_plural = "pairs that are not one person"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["low", "high"], name="not_twins_once"),
            models.CheckConstraint(condition=Q(low__lt=F("high")), name="not_twins_in_order"),
        ]

    def __str__(self) -> str:
        return f"A-{self.low_id} and A-{self.high_id}"


class LeadMerge(models.Model):
    """One lead that was merged into another of the same person, with what it takes to undo it.

    What either was written to stays where it is: nothing is counted twice, and evidence is not rewritten.
    """

    survivor = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="merges", verbose_name="stays")
    merged = models.ForeignKey(
        Lead, on_delete=models.PROTECT, related_name="merges_away", verbose_name="merged lead"
    )
    at = models.DateTimeField("merged at")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    request_id = models.UUIDField(unique=True, help_text="Made with the form: a double click merges once.")
    was_status = models.CharField(max_length=10, choices=LeadStatus)
    was_status_at = models.DateTimeField()
    # Names and numbers: kept for as long as it can be undone, blank once the person is erased.
    fields_before = models.JSONField(default=dict, help_text="Columns of the lead that stays, as they were.")
    fields_after = models.JSONField(default=dict, help_text="And as the merge left them.")
    moved = models.JSONField(default=list, help_text="Follow-ups that went along: [key, owner before].")
    closed = models.JSONField(default=list, help_text="Follow-ups that were closed.")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name = "merge of two leads"
        verbose_name_plural = "merges of leads"
        permissions: ClassVar = [("merge_leads", "Can merge leads of one person, and undo it")]
        indexes: ClassVar = [
            # Whose names and numbers are still kept, the oldest first.
            models.Index(fields=["at"], name="lead_merge_kept", condition=~Q(fields_before={})),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["merged"], name="lead_merged_once", condition=Q(undone_at__isnull=True)
            ),
            models.CheckConstraint(condition=~Q(survivor=F("merged")), name="lead_merge_of_two"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="lead_merge_undone_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(was_status__in=["new", "contacted", "quoted", "sold"]),
                name="lead_merge_of_an_open_one",
            ),
        ]

    def __str__(self) -> str:
        return f"A-{self.merged_id} into A-{self.survivor_id}"
