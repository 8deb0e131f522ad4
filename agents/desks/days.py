"""Which days a page of figures is about, as it stands in its address: the words of the report command."""

from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from agents.reports.periods import NAMES, Period, from_to, named

DAYS: Final = "days"
TODAY: Final = "today"
_MONTHS: Final = 13


def _choices() -> list[tuple[str, str]]:
    """Names, this month and those before it, and days of one's own."""
    months, day = [], timezone.localdate().replace(day=1)
    for _ in range(_MONTHS):
        months.append((f"{day:%Y-%m}", f"{day:%B %Y}"))
        day = (day - timedelta(days=1)).replace(day=1)
    return [*NAMES.items(), (TODAY, "Today so far"), *months, (DAYS, "From … to …")]


class DaysForm(forms.Form):
    """A period by name, or its first and last day. Cleaned, `days` is the Period. `otherwise`: where none is said.

    It shows the days that it found, whatever the address left out. `shown` is the name that stood there before: days
    that were typed beside it count, those that stood beside another name are left from before.
    """

    otherwise = "yesterday"
    period = forms.ChoiceField(choices=_choices, required=False, label="About")
    first = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(required=False, label="to", widget=forms.DateInput(attrs={"type": "date"}))
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(self._settled(data.copy()), *args, **kwargs)

    def _settled(self, said: Any) -> Any:
        """`said` with the name of the period that it comes to, and without days that this has no use for."""
        name, typed = said.get("period"), said.get("first") or said.get("last")
        if not name:
            name = DAYS if said.get("first") else self.otherwise
        elif name == said.get("shown") and typed:
            name = DAYS
        elif name != DAYS:
            said["first"] = said["last"] = ""
        said["period"] = said["shown"] = name
        return said

    def clean(self) -> dict[str, Any]:
        """Adds `days`."""
        values = self.cleaned_data
        # A name that is wrong has been told; days that are right would hide it.
        if "period" in values:
            values["days"] = self._days(values, timezone.localdate())
        return values

    def _days(self, values: dict[str, Any], today: date) -> Period:
        first, last, period = values.get("first"), values.get("last"), values["period"]
        if period == TODAY:
            return Period(today, today)
        if period != DAYS:
            return named(period, today)
        if first is None:
            raise ValidationError({"first": "Say the first day."})
        if first > today:
            raise ValidationError({"first": "This day is still to come."})
        return from_to(first, min(last or first, today))
