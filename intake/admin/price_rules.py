"""A source's price table, edited on its page."""

import re
from typing import Any, Final

from django import forms

from intake.admin.weekdays import WeekdaysField
from intake.models import PriceRule
from leadcrm.lib.admin.bases import AnyForm
from leadcrm.lib.admin.desk import RowsInline
from leadcrm.lib.places import STATES

_BETWEEN: Final = re.compile(r"[\s,;]+")


class StatesField(forms.CharField):
    """Two-letter codes in one line: “TX, OK”."""

    def prepare_value(self, value: Any) -> Any:
        """A stored list as text."""
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The codes, each once, as they are stored."""
        return list(dict.fromkeys(code for code in _BETWEEN.split((value or "").upper()) if code))

    def validate(self, value: Any) -> None:
        """Raise for what is no state."""
        super().validate(value)
        if odd := [code for code in value if code not in STATES]:
            raise forms.ValidationError(f"No such state: {', '.join(odd)}. Write two-letter codes.")

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compared as lists."""
        return bool(list(initial or []) != self.to_python(data))


class PriceRuleForm(AnyForm):
    """States and days as people write them."""

    states = StatesField(required=False, widget=forms.TextInput(attrs={"size": 14, "placeholder": "TX, OK"}))
    weekdays = WeekdaysField(
        required=False, widget=forms.TextInput(attrs={"size": 10, "placeholder": "Mon-Fri"})
    )

    class Meta:
        model = PriceRule
        fields = (
            "rank", "price", "states", "min_age", "max_age", "conditions", "weekdays", "starts_at", "ends_at",
        )  # fmt: skip
        widgets: Final = {
            "conditions": forms.Textarea(attrs={"rows": 2, "cols": 34}),
            "starts_at": forms.TimeInput(attrs={"size": 6, "placeholder": "8:00"}),
            "ends_at": forms.TimeInput(attrs={"size": 6, "placeholder": "20:00"}),
        }


class PriceRules(RowsInline):
    """The lines, by rank."""

    model = PriceRule
    form = PriceRuleForm
    verbose_name_plural = "price table: where the price is by table, the first line that matches counts"
