"""What a source pays for which leads: the lines of its price table."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from intake.conditions import AttributeFilter, read_conditions
from intake.models.vendors import Source
from leadcrm.lib.places import STATES


class PriceRule(models.Model):
    """One line of a source's price table. The first that matches, by rank, prices the lead; empty asks nothing."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="price_rules")
    rank = models.PositiveSmallIntegerField(default=10, help_text="The lowest rank that matches counts.")
    price = models.DecimalField(max_digits=9, decimal_places=2, validators=[MinValueValidator(0)])
    states = ArrayField(
        models.CharField(max_length=2), default=list, blank=True, help_text="Two-letter codes."
    )
    min_age = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(120)])
    max_age = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(120)])
    conditions = models.JSONField(
        "attributes", default=list, blank=True,
        help_text='All must hold: [{"name": "tobacco", "op": "eq", "value": false}]. '
        "op: eq, ne, in, not_in, gte, lte, present.",
    )  # fmt: skip
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True,
        help_text="0 is Monday, 6 Sunday, agency time.",
    )  # fmt: skip
    starts_at = models.TimeField("from", null=True, blank=True, help_text="Agency time; empty: midnight.")
    ends_at = models.TimeField("until", null=True, blank=True, help_text="Not included; empty: midnight.")

    class Meta:
        ordering: ClassVar = ["rank", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(price__gte=0), name="price_rule_price_not_negative"),
            models.CheckConstraint(
                condition=Q(min_age__isnull=True) | Q(max_age__isnull=True) | Q(max_age__gte=F("min_age")),
                name="price_rule_ages_in_order",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="price_rule_hours_in_order",
            ),
            models.CheckConstraint(
                condition=Q(weekdays__contained_by=list(range(7))), name="price_rule_weekdays_known"
            ),
            models.CheckConstraint(
                condition=Q(states__contained_by=list(STATES)), name="price_rule_states_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank}: {self.price}"

    def clean(self) -> None:
        """Refuse what no lead could match, and conditions that cannot be read or name no attribute."""
        wrong: dict[str, Any] = {}
        self.states = list(dict.fromkeys(state.strip().upper() for state in self.states or []))
        if odd := [state for state in self.states if state not in STATES]:
            wrong["states"] = f"No such state: {', '.join(odd)}. Write two-letter codes."
        if odd_days := [day for day in self.weekdays or [] if day not in range(7)]:
            wrong["weekdays"] = f"No such day: {', '.join(map(str, odd_days))}. 0 is Monday, 6 Sunday."
        if None not in (self.min_age, self.max_age) and self.max_age < self.min_age:  # type: ignore[operator]
            wrong["max_age"] = "Is below the youngest age."
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            wrong["ends_at"] = "Lies before the beginning; a night is two lines."
        try:
            self._refuse_unknown(read_conditions(self.conditions))
        except ValueError as error:
            wrong["conditions"] = str(error)
        if wrong:
            raise ValidationError(wrong)

    def _refuse_unknown(self, conditions: tuple[AttributeFilter, ...]) -> None:
        """Raise ValueError for a condition on something the source's vertical does not declare."""
        try:
            vertical = self.source.vertical  # perhaps of a source that is being made in the same form
        except ObjectDoesNotExist:
            return
        known = set(vertical.attributes.values_list("name", flat=True))
        if odd := sorted({condition.name for condition in conditions} - known):
            raise ValueError(f"The kind of insurance has no attribute {', '.join(odd)}")
