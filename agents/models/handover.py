"""The whole book of an agent who leaves, handed to others: one row for the act, one for each lead."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from agents.models.people import Agent
from agents.models.pools import Pool
from intake.models import Lead


class HandOver(models.Model):
    """All open leads and clients of `from_agent` go to `to_agent`, or in turns to the members of `pool`."""

    from_agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, related_name="hand_overs", verbose_name="from"
    )
    to_agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="to"
    )
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    unlicensed_too = models.BooleanField("also without a license", default=False)
    leaves = models.BooleanField(default=False, help_text="Agent and login are switched off at the end.")
    reason = models.CharField(max_length=150)
    total = models.PositiveIntegerField("leads", default=0, help_text="When it began.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "hand-over of a book"
        verbose_name_plural = "hand-overs of books"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["from_agent"], name="one_open_hand_over", condition=Q(finished_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(to_agent__isnull=False, pool__isnull=True)
                | Q(to_agent__isnull=True, pool__isnull=False),
                name="hand_over_to_an_agent_or_a_pool",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_agent} to {self.to_agent or self.pool}"


class HandOverItem(models.Model):
    """What became of one lead of a book. Written once."""

    hand_over = models.ForeignKey(HandOver, on_delete=models.CASCADE, related_name="items", db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="+")
    to_agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, related_name="+", db_index=False,
        help_text="Empty: the lead stayed.",
    )  # fmt: skip
    why = models.CharField(max_length=200, blank=True, help_text="Why it stayed.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hand_over", "lead"], name="lead_once_in_a_hand_over"),
            models.CheckConstraint(
                condition=Q(to_agent__isnull=False) | ~Q(why=""), name="hand_over_says_why_a_lead_stayed"
            ),
        ]

    def __str__(self) -> str:
        return f"A-{self.lead_id}"
