"""How a call can end and what follows from it, and when to try again: rows that managers keep."""

from datetime import timedelta
from typing import ClassVar, Final

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from intake.models import LeadStatus, ReturnReason, Vertical

# Where an outcome may move a lead: none makes one new again, and returns have a road of their own.
STAGES: Final = (LeadStatus.CONTACTED, LeadStatus.QUOTED, LeadStatus.SOLD, LeadStatus.LOST)


class Tone(models.TextChoices):
    """The colour an outcome has in the timeline."""

    GOOD = "good", "Good (green)"
    INFO = "info", "Neutral (blue)"
    WARN = "warn", "Attention (amber)"
    BAD = "bad", "Bad (red)"
    QUIET = "quiet", "Quiet (grey)"


class Outcome(models.Model):
    """One way a call can end, and all that follows from it.

    The database holds what code relies on: a code never changes, one in use is never deleted, active ones have keys
    of their own, and at least one active outcome stops calling (triggers of migration 0007).
    """

    code = models.CharField(
        max_length=40, unique=True, validators=[RegexValidator(r"^[a-z][a-z0-9_]*\Z", "Small letters, digits and _.")],
        help_text="Stands in every record of a call, so it can never be changed: small letters, digits and _.",
    )  # fmt: skip
    label = models.CharField(max_length=40, help_text="What agents read on the button and in the timeline.")
    position = models.PositiveSmallIntegerField(
        "key", validators=[MinValueValidator(1), MaxValueValidator(9)],
        help_text="The key that chooses it, 1 to 9, and its place on the form. No two active outcomes share one.",
    )  # fmt: skip
    tone = models.CharField(max_length=5, choices=Tone, default=Tone.QUIET, help_text="Its colour.")
    reached = models.BooleanField(
        default=False,
        help_text="On: the person was spoken to, so a new lead becomes contacted. Off: try again.",
    )
    stage = models.CharField(
        max_length=10, blank=True, choices=[(stage.value, stage.label) for stage in STAGES],
        help_text="Where the lead moves, if that is a step forward for it. Empty: it stays.",
    )  # fmt: skip
    asks_when = models.BooleanField(
        "asks when", default=False, help_text="On: the agent must say when to call again."
    )
    follow_up_after = models.DurationField(
        "follow up after", null=True, blank=True,
        help_text="Plan the next step by itself after this time, unless the agent chose one: days "
        "hours:minutes:seconds, e.g. “2 00:00:00” for two days. Empty: after a try the cadence says when.",
    )  # fmt: skip
    counts_attempt = models.BooleanField(
        "counts as a try",
        default=True,
        help_text="Off: the call does not count against the tries of the cadence.",
    )
    stops = models.BooleanField(
        "stops contact", default=False,
        help_text="On: both numbers and the e-mail go on the agency's do-not-contact list at once. One active outcome "
        "must do so, so that a request to stop can be recorded with the call.",
    )  # fmt: skip
    return_reason = models.CharField(
        max_length=20, blank=True, choices=ReturnReason,
        help_text="Makes the lead one that may be returned, where its source's contract names this reason. "
        "Empty: no ground for a return.",
    )  # fmt: skip
    active = models.BooleanField(
        default=True, help_text="Off: no longer offered. Calls that ended so stay readable. Used ones are switched "
        "off, not deleted.",
    )  # fmt: skip

    class Meta:
        ordering: ClassVar = ["-active", "position", "code"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(code__regex=r"^[a-z][a-z0-9_]*$"), name="outcome_code_readable"),
            models.CheckConstraint(condition=~Q(label=""), name="outcome_has_a_label"),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=9), name="outcome_key_1_to_9"),
            models.CheckConstraint(condition=Q(tone__in=Tone.values), name="outcome_tone_known"),
            models.CheckConstraint(condition=Q(stage__in=["", *STAGES]), name="outcome_stage_known"),
            models.CheckConstraint(
                condition=Q(return_reason__in=["", *ReturnReason.values]), name="outcome_return_reason_known"
            ),
            models.CheckConstraint(
                condition=Q(follow_up_after__isnull=True) | Q(follow_up_after__gt=timedelta(0)),
                name="outcome_follows_up_later",
            ),
            models.CheckConstraint(
                condition=Q(stops=False) | Q(asks_when=False, follow_up_after__isnull=True),
                name="outcome_that_stops_plans_nothing",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.label


class CadenceStep(models.Model):
    """One try of the cadence: the `number`-th, so long after the one before it.

    A product with steps of its own goes by these alone; all others by the steps without a product.
    """

    vertical = models.ForeignKey(
        Vertical, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name="product",
        help_text="Empty: every product that has no steps of its own.",
    )  # fmt: skip
    number = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text="Which try this is. The highest number is how often a person is tried.",
    )
    after = models.DurationField(
        help_text="How long after the try before, at the earliest: days hours:minutes:seconds, e.g. “1 00:00:00” for a "
        "day. It moves into calling hours and the agent's own. The first is after arrival: 0."
    )
    what = models.CharField(max_length=80, default="Try again", help_text="What stands in the agent's queue.")

    class Meta:
        ordering: ClassVar = ["vertical", "number"]
        verbose_name = "step of the cadence"
        verbose_name_plural = "cadence"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["vertical", "number"], nulls_distinct=False, name="cadence_step_once",
                violation_error_message="This try stands there already.",
            ),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=20), name="cadence_number_1_to_20"),
            models.CheckConstraint(
                condition=Q(after__gt=timedelta(0)) | Q(number=1, after=timedelta(0)), name="cadence_waits"
            ),
            models.CheckConstraint(condition=~Q(what=""), name="cadence_step_has_words"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Try {self.number}"
