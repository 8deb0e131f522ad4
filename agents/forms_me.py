"""Forms of one's own page: a pause, the own line and languages, working hours."""

from collections.abc import Sequence
from datetime import datetime, time
from itertools import pairwise, product
from typing import Any, Final

from django import forms

from agents.forms import MomentField
from agents.me import STRETCHES, Stretch
from agents.models import Agent, NoticeSettings
from agents.receiving import LONGEST
from leadcrm.lib.normalize import Unreadable
from leadcrm.lib.normalize.phones import phone as read_phone
from leadcrm.lib.weekdays import WEEKDAYS

# What consumers speak here; a lead in another language than English goes to agents who have it.
LANGUAGES: Final = {
    "es": "Spanish", "zh": "Chinese", "vi": "Vietnamese", "tl": "Tagalog", "ko": "Korean", "ru": "Russian",
    "fr": "French", "pt": "Portuguese", "ht": "Haitian Creole", "ar": "Arabic", "pl": "Polish",
}  # fmt: skip


class PauseForm(forms.Form):
    """No new leads: why, and until when on the agent's own clock."""

    reason = forms.CharField(
        label="Why", max_length=200, required=False,
        widget=forms.TextInput(attrs={"placeholder": "Lunch, an appointment, a day off", "autocomplete": "off"}),
    )  # fmt: skip
    back_at = MomentField(label="Back at", required=False)

    def __init__(self, *args: Any, agent: Agent, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        back_at = self.fields["back_at"]
        assert isinstance(back_at, MomentField)
        back_at.zone = agent.zone

    def clean_back_at(self) -> datetime | None:
        """A moment still to come, within a year."""
        moment: datetime | None = self.cleaned_data["back_at"]
        if moment and moment <= self.now:
            raise forms.ValidationError("This time has passed. Choose one that is still to come.")
        if moment and moment > self.now + LONGEST:
            raise forms.ValidationError("That is more than a year away. Leave it empty instead.")
        return moment


class ProfileForm(forms.Form):
    """The agent's own line and languages."""

    phone = forms.CharField(
        label="Your own line", max_length=40, required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )  # fmt: skip
    languages = forms.MultipleChoiceField(
        label="Languages besides English", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, agent: Agent, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"phone": agent.phone, "languages": agent.languages})
        super().__init__(*args, **kwargs)
        self.english = [code for code in agent.languages if code.lower() == "en"]
        others = {code: code for code in agent.languages if code not in LANGUAGES and code.lower() != "en"}
        field = self.fields["languages"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = list({**LANGUAGES, **others}.items())

    def clean_phone(self) -> str:
        """One number of the North American plan as E.164; empty for none."""
        raw = str(self.cleaned_data["phone"]).strip()
        if not raw:
            return ""
        try:
            return read_phone(raw, live=False).value.e164
        except Unreadable as why:
            raise forms.ValidationError(f"This number {why.message[0].lower()}{why.message[1:]}") from None

    def clean_languages(self) -> list[str]:
        """The codes; English stays where it stood, and needs no saying."""
        return [*self.english, *self.cleaned_data["languages"]]


class HoursForm(forms.Form):
    """A week of working hours, two stretches a day, on the agent's own clock."""

    def __init__(self, *args: Any, agent: Agent, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _as_initial(agent))
        super().__init__(*args, **kwargs)
        for day, n, end in product(range(7), range(STRETCHES), ("from", "to")):
            self.fields[f"{day}_{n}_{end}"] = forms.TimeField(
                label=f"{WEEKDAYS[day]} {end}{', second stretch' if n else ''}", required=False,
                widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
                error_messages={"invalid": "Write a time such as 09:00."},
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Each stretch has both ends, ends after it begins, and does not run into the other one of its day."""
        data = super().clean() or self.cleaned_data
        for day, weekday in enumerate(WEEKDAYS):
            whole = [pair for n in range(STRETCHES) if (pair := self._stretch(day, n, weekday))]
            if any(later[0] < earlier[1] for earlier, later in pairwise(sorted(whole))):
                self.add_error(f"{day}_1_from", f"{weekday}: the two stretches overlap.")
        return data

    def _stretch(self, day: int, n: int, weekday: str) -> tuple[time, time] | None:
        """The stretch if it is whole; what is wrong with it becomes an error for people."""
        starts, ends = self._ends(day, n)
        if starts and ends and starts < ends:
            return starts, ends
        if starts and ends:
            self.add_error(f"{day}_{n}_to", f"{weekday}: the end must come after the beginning.")
        elif (starts or ends) and not any(f"{day}_{n}_{end}" in self.errors for end in ("from", "to")):
            self.add_error(f"{day}_{n}_{'to' if starts else 'from'}", f"{weekday}: fill in both times.")
        return None

    def _ends(self, day: int, n: int) -> tuple[time | None, time | None]:
        return self.cleaned_data.get(f"{day}_{n}_from"), self.cleaned_data.get(f"{day}_{n}_to")

    @property
    def stretches(self) -> list[Stretch]:
        """The week as it was typed; only after is_valid()."""
        ends = [(day, *self._ends(day, n)) for day in range(7) for n in range(STRETCHES)]
        return [(day, starts, end) for day, starts, end in ends if starts and end]

    @property
    def rows(self) -> Sequence[tuple[str, Sequence[tuple[Any, Any]]]]:
        """(weekday, its pairs of fields), for the table."""
        return [
            (weekday, [(self[f"{day}_{n}_from"], self[f"{day}_{n}_to"]) for n in range(STRETCHES)])
            for day, weekday in enumerate(WEEKDAYS)
        ]


def _as_initial(agent: Agent) -> dict[str, time]:
    initial: dict[str, time] = {}
    for day in range(7):
        for n, row in enumerate([row for row in agent.hours.all() if row.weekday == day][:STRETCHES]):
            initial |= {f"{day}_{n}_from": row.starts_at, f"{day}_{n}_to": row.ends_at}
    return initial


class NoticesForm(forms.Form):
    """How its reader wants to be told of new leads, beside the banner."""

    sound = forms.BooleanField(label="Play a short tone", required=False)
    desktop = forms.BooleanField(label="Show a notice on the desktop", required=False)
    email = forms.BooleanField(label="Send me an e-mail when none of my pages is open", required=False)
    quiet = forms.BooleanField(label="No tone, notice or e-mail outside my working hours", required=False)

    def __init__(self, *args: Any, chosen: NoticeSettings, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {name: getattr(chosen, name) for name in self.base_fields})
        super().__init__(*args, **kwargs)
