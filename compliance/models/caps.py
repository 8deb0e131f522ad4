"""How many leads, or how many dollars' worth, a source may deliver in an hour, a day, a month."""

from typing import ClassVar

from django.db import models

from intake.models import Source


class CapPeriod(models.TextChoices):
    """The periods a cap counts over, in the agency's time zone."""

    HOUR = "hour", "Hour"
    DAY = "day", "Day"
    MONTH = "month", "Month"


class CapUnit(models.TextChoices):
    """What a cap counts."""

    LEADS = "leads", "Accepted leads"
    SPEND = "spend", "US dollars"


class Cap(models.Model):
    """One limit of one source."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="caps")
    period = models.CharField(max_length=6, choices=CapPeriod)
    unit = models.CharField(max_length=6, choices=CapUnit, default=CapUnit.LEADS)
    limit = models.DecimalField(max_digits=11, decimal_places=2)

    class Meta:
        ordering: ClassVar = ["period", "unit"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "period", "unit"], name="cap_once_per_source"),
            models.CheckConstraint(condition=models.Q(limit__gte=0), name="cap_not_negative"),
            models.CheckConstraint(condition=models.Q(period__in=CapPeriod.values), name="cap_period_known"),
            models.CheckConstraint(condition=models.Q(unit__in=CapUnit.values), name="cap_unit_known"),
        ]

    def __str__(self) -> str:
        return f"{self.limit} {self.unit} per {self.period}"


class CapUse(models.Model):
    """How much of a cap one period has used. Written by compliance.caps, in the decision's transaction."""

    cap = models.ForeignKey(Cap, on_delete=models.CASCADE, related_name="uses")
    period_start = models.DateTimeField()
    used = models.DecimalField(max_digits=13, decimal_places=2, default=0)
    limit = models.DecimalField(
        max_digits=11, decimal_places=2, help_text="The cap when the last place was taken."
    )

    class Meta:
        ordering: ClassVar = ["-period_start"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cap", "period_start"], name="cap_use_once_per_period"),
            models.CheckConstraint(condition=models.Q(used__gte=0), name="cap_use_not_negative"),
            # What makes the last place go to one post only, however many want it (leadcrm.lib.db.LostRace).
            models.CheckConstraint(
                condition=models.Q(used__lte=models.F("limit")), name="race_cap_not_exceeded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.used} since {self.period_start}"
