"""How the checks are set: per agency or per source, one row each; what a row leaves out, the code defaults."""

from typing import ClassVar

from django.db import models

from intake.models import Source


class CheckMode(models.TextChoices):
    """What a check's refusal does."""

    ENFORCE = "enforce", "Refuse"
    REVIEW = "review", "Hold the lead for review"
    OBSERVE = "observe", "Record only"
    OFF = "off", "Off"


class OnUnknown(models.TextChoices):
    """What happens when a check cannot know."""

    BLOCK = "block", "Refuse"
    HOLD = "hold", "Hold the lead for review"
    PASS = "pass", "Let it pass"


class CheckSetting(models.Model):
    """How one check works for one source; without a source, for the whole agency."""

    source = models.ForeignKey(
        Source, on_delete=models.CASCADE, null=True, blank=True, related_name="check_settings",
        help_text="Empty: every source that has no row of its own.",
    )  # fmt: skip
    check_name = models.SlugField("check", max_length=40)
    mode = models.CharField(max_length=10, choices=CheckMode, default=CheckMode.ENFORCE)
    on_unknown = models.CharField(max_length=6, choices=OnUnknown, default=OnUnknown.BLOCK)
    params = models.JSONField(default=dict, blank=True, help_text="Validated by the check's own Params.")

    class Meta:
        ordering: ClassVar = ["check_name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "check_name"], name="check_set_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=models.Q(mode__in=CheckMode.values), name="check_mode_known"),
            models.CheckConstraint(
                condition=models.Q(on_unknown__in=OnUnknown.values), name="check_on_unknown_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.check_name} for {self.source or 'every source'}"
