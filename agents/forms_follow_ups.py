"""The form above the list of follow-ups: which ones, and until when."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any, Final

from django import forms

from agents.forms import MOMENT
from leadcrm.lib.keys import LARGEST_KEY, key_from

MOST: Final = 200
MORNING: Final = time(10)
DAYS: Final = {"tomorrow": 1, "3d": 3, "week": 7}
CHOICES: Final = (
    ("tomorrow", "Tomorrow, 10 AM"), ("2h", "In 2 hours"), ("3d", "In 3 days, 10 AM"),
    ("week", "In a week, 10 AM"), ("at", "At a time of your choice"),
)  # fmt: skip


class WallTimeField(forms.DateTimeField):
    """A day and a time as they were typed, in no zone yet."""

    def to_python(self, value: Any) -> datetime | None:
        """The naive moment, or None for an empty field."""
        for known in (MOMENT, "%Y-%m-%dT%H:%M:%S"):
            try:
                return datetime.strptime(value, known) if value else None  # noqa: DTZ007 - that is the point
            except (TypeError, ValueError):
                continue
        raise forms.ValidationError(self.error_messages["invalid"], code="invalid")


class ChosenForm(forms.Form):
    """The chosen follow-ups; `only` is the one whose own button was pressed, whatever else is chosen."""

    ids = forms.TypedMultipleChoiceField(
        coerce=int, required=False, error_messages={"invalid_choice": "Reload the page and choose again."}
    )
    only = forms.IntegerField(min_value=1, max_value=LARGEST_KEY, required=False)

    def __init__(self, data: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        keys = data.getlist("ids")[: MOST + 1] if data else []
        field = self.fields["ids"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(key, key) for key in keys if key_from(key)]

    def clean(self) -> dict[str, Any]:
        """At least one."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        values["keys"] = [values["only"]] if values.get("only") else values.get("ids", [])
        if not values["keys"] and not self.errors:
            raise forms.ValidationError("Choose at least one follow-up first.")
        return values


class SnoozeForm(ChosenForm):
    """Until when. Days and the typed time are meant where each consumer lives."""

    until = forms.ChoiceField(label="Snooze to", choices=CHOICES, initial="tomorrow")
    at = WallTimeField(
        label="Their time",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
        error_messages={"invalid": "That is not a day and a time."},
    )

    def clean(self) -> dict[str, Any]:
        """A time where one is wanted."""
        values = super().clean()
        if values.get("until") == "at" and not values.get("at") and "at" not in self.errors:
            raise forms.ValidationError("Choose a day and a time to snooze to.")
        return values

    def moment(self, now: datetime) -> Callable[[tzinfo], datetime]:
        """What the choice means in a zone, at `now`; only after is_valid()."""
        choice, typed = self.cleaned_data["until"], self.cleaned_data["at"]

        def of_zone(zone: tzinfo) -> datetime:
            if choice == "2h":
                return now + timedelta(hours=2)
            if choice == "at":
                wall: datetime = typed.replace(tzinfo=zone)
            else:
                day = now.astimezone(zone).date() + timedelta(days=DAYS[choice])
                wall = datetime.combine(day, MORNING, tzinfo=zone)
            return wall.astimezone(UTC)

        return of_zone
