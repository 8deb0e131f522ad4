"""Established business relationships, with the evidence for them (47 CFR 64.1200(f)(5))."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from intake.models import Lead


class RelationshipKind(models.TextChoices):
    """What it stands on, which says how long it lasts."""

    PURCHASE = "purchase", "Purchase or transaction (18 months)"
    INQUIRY = "inquiry", "Inquiry or application to us (3 months)"


class BusinessRelationship(models.Model):
    """A relationship between this agency and whoever has the number, recorded by a person. A bought lead is none.

    Kept as recorded; a mistake is withdrawn by a named person, once. A do-not-call request ends it without a
    change here: compliance.relationships asks for one.
    """

    phone = models.CharField(max_length=16, help_text="E.164.")
    kind = models.CharField(max_length=8, choices=RelationshipKind)
    started_on = models.DateField(help_text="The day of the last purchase, payment, inquiry or application.")
    ends_on = models.DateField(help_text="The last day it holds.")
    evidence = models.TextField(help_text="What proves it: policy number, invoice, the inquiry itself.")
    lead = models.ForeignKey(
        Lead, on_delete=models.PROTECT, null=True, blank=True, related_name="relationships", db_index=False
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    withdrawn_why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "business relationship"
        indexes: ClassVar = [
            models.Index(fields=["phone", "-ends_on"], name="relationship_of_phone"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=RelationshipKind.values), name="relationship_kind_known"
            ),
            models.CheckConstraint(
                # Empty once the personal half is erased (compliance.evidence.forgetting), never before.
                condition=Q(phone__regex=r"^\+1[2-9][0-9]{9}$") | Q(phone="", evidence="[erased]"),
                name="relationship_phone_e164",
            ),
            models.CheckConstraint(condition=~Q(evidence=""), name="relationship_has_evidence"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("started_on")), name="relationship_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_why="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_why="")),
                name="relationship_withdrawn_by_somebody_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.started_on:%Y-%m-%d}"
