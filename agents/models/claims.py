"""The claim pool: leads without an owner that whoever may sell there can take."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from agents.models.people import Agent
from agents.models.pools import Pool
from intake.models import Lead

OPEN_OFFER = Q(claimed_at__isnull=True, withdrawn_at__isnull=True)


class OfferOrigin(models.TextChoices):
    """How a lead came into the claim pool."""

    LAST_LINK = "last_link", "Nobody in the chain could have it"
    SLA = "sla", "Its owners left it untouched"


class ClaimOffer(models.Model):
    """One lead, open to be claimed by a pool's members until one does, or until it gets an owner otherwise."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="claim_offers")
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="claim_offers", db_index=False)
    origin = models.CharField(max_length=9, choices=OfferOrigin)
    # What a license must be for, as assignment read it from the lead (state, ZIP or area code).
    state = models.CharField(max_length=2, blank=True)
    interest = models.CharField(max_length=40)
    line = models.CharField(max_length=40, blank=True)
    offered_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="claims"
    )
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text="The lead got an owner some other way."
    )

    class Meta:
        ordering: ClassVar = ["-offered_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["pool", "-offered_at"], name="open_claim_offer", condition=OPEN_OFFER),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lead"], name="one_open_offer_per_lead", condition=OPEN_OFFER),
            models.CheckConstraint(condition=Q(origin__in=OfferOrigin.values), name="offer_origin_known"),
            models.CheckConstraint(
                condition=Q(claimed_at__isnull=True, claimed_by__isnull=True)
                | Q(claimed_at__isnull=False, claimed_by__isnull=False, withdrawn_at__isnull=True),
                name="offer_claimed_by_somebody_or_nobody",
            ),
        ]

    def __str__(self) -> str:
        return f"A-{self.lead_id} in {self.pool}"
