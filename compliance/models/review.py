"""What managers said of posts that were held for review."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from intake.models import Submission


class ReviewAction(models.TextChoices):
    """What was done with a held post."""

    APPROVE = "approve", "Approved"
    REFUSE = "refuse", "Refused"


class Review(models.Model):
    """One person's word on one held post. Append-only; the decision that came of it stands beside it."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="reviews")
    action = models.CharField(max_length=7, choices=ReviewAction)
    reason = models.CharField(max_length=24, blank=True, help_text="The code the vendor was told.")
    waived = ArrayField(
        models.CharField(max_length=32), default=list, help_text="Checks that held it and were overruled."
    )
    note = models.CharField(max_length=500, help_text="Why, in this person's words.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(action__in=ReviewAction.values), name="review_action_known"),
            models.CheckConstraint(condition=~Q(note=""), name="review_says_why"),
            models.CheckConstraint(
                condition=Q(action=ReviewAction.REFUSE) ^ Q(reason=""), name="review_refusal_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} by {self.by}"


class HeldPost(Submission):
    """A post that waits for a manager: the same rows as the intake log's, as a desk of their own."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = "held lead"
        verbose_name_plural = "held leads"
