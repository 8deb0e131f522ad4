"""What outside scrub services answered about a number. Evidence: rows are added, never changed."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from intake.models import Lead, Submission
from leadcrm.lib.sealed_json import SealedJSONField


class ScrubService(models.TextChoices):
    """The services there is a client for."""

    BLACKLIST_ALLIANCE = "blacklist_alliance", "The Blacklist Alliance"
    DNC_COM = "dnc_com", "DNC.com DNCScrub"
    REAL_PHONE_VALIDATION = "real_phone_validation", "RealPhoneValidation"


class ScrubState(models.TextChoices):
    """The three answers. Unknown is never clear."""

    LISTED = "listed", "Listed"
    CLEAR = "clear", "Clear"
    UNKNOWN = "unknown", "Unknown"


class ScrubAnswer(models.Model):
    """One answer of one service about one number. `valid_until` says how long it may be used again.

    An unknown answer is never used again: its `valid_until` is the moment it was asked.
    """

    service = models.CharField(max_length=24, choices=ScrubService)
    phone = models.CharField(max_length=16, help_text="E.164.")
    state = models.CharField(max_length=8, choices=ScrubState)
    litigator = models.BooleanField(default=False, help_text="Listed as a known litigator.")
    codes = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="The service's own words."
    )
    why = models.CharField(max_length=40, blank=True, help_text="Why the answer is unknown.")
    http_status = models.PositiveSmallIntegerField(null=True)
    raw = SealedJSONField(default=dict, help_text="What the service answered; never the key.")
    asked_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    ms = models.FloatField()
    lead = models.ForeignKey(
        Lead, on_delete=models.PROTECT, null=True, blank=True, related_name="scrub_answers", db_index=False
    )
    # Written before the post it is about, which may never be stored.
    submission = models.ForeignKey(
        Submission, on_delete=models.DO_NOTHING, null=True, blank=True, related_name="+",
        db_constraint=False, db_index=False,
    )  # fmt: skip

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "answer of a scrub service"
        verbose_name_plural = "answers of scrub services"
        indexes: ClassVar = [
            models.Index(fields=["phone", "service", "-asked_at"], name="scrub_answer_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(service__in=ScrubService.values), name="scrub_answer_service_known"
            ),
            models.CheckConstraint(condition=Q(state__in=ScrubState.values), name="scrub_answer_state_known"),
            models.CheckConstraint(
                condition=(Q(state=ScrubState.UNKNOWN) & ~Q(why="") & Q(valid_until=F("asked_at")))
                | (~Q(state=ScrubState.UNKNOWN) & Q(why="")),
                name="scrub_answer_unknown_says_why",
            ),
            models.CheckConstraint(
                condition=Q(litigator=False) | Q(state=ScrubState.LISTED),
                name="scrub_answer_litigator_listed",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("asked_at")), name="scrub_answer_valid_after_asked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_service_display()}: {self.state}"
