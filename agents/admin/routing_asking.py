"""Asking for a replay: the days, and up to six rules that would be otherwise."""

import re
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.forms.utils import flatatt
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from agents.forms import WritesOnce
from agents.models import Agent, Pool
from agents.routing.changes import Change, What
from agents.routing.runs import CannotReplay, ask_replay
from intake.models import Line, Vertical
from leadcrm.lib.places import STATES

ROWS: Final = 6
_NEEDS_POOL: Final = (What.WEIGHT, What.LEAVES, What.NEWCOMER)
_NEEDS_WEIGHT: Final = (What.WEIGHT, What.NEWCOMER)


class QuickSelect(forms.Select):
    """A select whose options are written here: six times two hundred agents cost a template a fifth of a second."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """As Django's, for one value and at most one level of groups."""
        chosen = "" if value is None else str(value)
        options = SafeString("".join(self._options(key, shown, chosen) for key, shown in self.choices))
        return format_html(
            "<select{}>{}</select>", flatatt(self.build_attrs({**self.attrs, "name": name}, attrs)), options
        )

    def _options(self, key: Any, shown: Any, chosen: str) -> str:
        if isinstance(shown, list | tuple):
            inside = "".join(self._options(value, label, chosen) for value, label in shown)
            return f'<optgroup label="{escape(key)}">{inside}</optgroup>'
        on = " selected" if str(key) == chosen else ""
        return f'<option value="{escape(key)}"{on}>{escape(shown)}</option>'


class DaysForm(WritesOnce):
    """Which days."""

    first = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label="to", widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        """In this order; told beside what else is wrong."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("first") and values.get("last") and values["first"] > values["last"]:
            self.add_error("last", "This is before the first day.")
        return values


class ChangeForm(forms.Form):
    """One rule that would be otherwise; empty: none."""

    agent = forms.TypedChoiceField(coerce=int, empty_value=None, required=False, widget=QuickSelect)
    what = forms.ChoiceField(
        choices=[("", "---------"), *What.choices], required=False, label="would be so", widget=QuickSelect
    )
    pool = forms.TypedChoiceField(coerce=int, empty_value=None, required=False, widget=QuickSelect)
    number = forms.IntegerField(min_value=0, max_value=1_000, required=False, label="Weight or limit")
    states = forms.CharField(
        max_length=200, required=False, widget=forms.TextInput(attrs={"placeholder": "TX OK", "size": 8})
    )
    line = forms.ChoiceField(required=False, widget=QuickSelect)

    def __init__(self, data: Any, *, prefix: str, choices: dict[str, list[Any]]) -> None:
        super().__init__(data, prefix=prefix)
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "---------"), *offered]

    def clean_states(self) -> tuple[str, ...]:
        """Codes, each once."""
        typed = re.split(r"[\s,;]+", self.cleaned_data["states"].upper().strip())
        found = tuple(dict.fromkeys(word for word in typed if word))
        if unknown := [word for word in found if word not in STATES]:
            raise forms.ValidationError(
                f"{', '.join(unknown)}: no state that we know. Two letters each, as TX."
            )
        return found

    def clean(self) -> dict[str, Any]:
        """What the kind of change needs; adds `change`, None for an empty row."""
        values = self.cleaned_data
        values["change"] = None
        said = [
            name
            for name in ("agent", "pool", "number", "states", "line")
            if values.get(name) not in (None, "", ())
        ]
        if not values.get("what"):
            if said:
                self.add_error("what", "Say what would be otherwise, or empty the row.")
            return values
        what = What(values["what"])
        self._need("agent", True, "Choose the agent.")
        self._need("pool", what in _NEEDS_POOL, "Choose the pool.")
        self._need("number", what in _NEEDS_WEIGHT, "Say the weight.")
        self._need("states", what is What.LICENSE, "Say which states.")
        self._need("line", what is What.LICENSE, "Choose the line.")
        if not self.errors:
            values["change"] = Change(
                what, values["agent"], values["pool"] if what in _NEEDS_POOL else None, values["number"],
                values["states"] if what is What.LICENSE else (), values["line"] if what is What.LICENSE else "",
            )  # fmt: skip
        return values

    def _need(self, name: str, needed: bool, words: str) -> None:
        if needed and name not in self.errors and self.cleaned_data.get(name) in (None, "", ()):
            self.add_error(name, words)


def ask(request: HttpRequest) -> HttpResponse | dict[str, Any]:
    """The way to the replay that was asked for; or what the page shows: `days`, `rows`, `wrong`."""
    data = request.POST if request.method == "POST" else None
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday() + 7)
    days = DaysForm(data, initial={"first": monday, "last": monday + timedelta(days=6)})
    choices = _choices()
    rows = [ChangeForm(data, prefix=f"c{number}", choices=choices) for number in range(ROWS)]
    wrong = False
    if data is not None:
        wrong = not all([days.is_valid(), *(row.is_valid() for row in rows)])
        if not wrong:
            try:
                return _asked(request, days.cleaned_data, rows)
            except CannotReplay as error:
                days.add_error(None, str(error))
                wrong = True
    return {"days": days, "rows": rows, "wrong": wrong}


def _asked(request: HttpRequest, days: dict[str, Any], rows: list[ChangeForm]) -> HttpResponse:
    user: Any = request.user
    changes = [row.cleaned_data["change"] for row in rows if row.cleaned_data["change"] is not None]
    replay = ask_replay(
        first=days["first"], last=days["last"], changes=changes, by=user, request_id=days["request_id"],
        now=timezone.now(),
    )  # fmt: skip
    return HttpResponseRedirect(reverse("admin:agents_routingreplay_change", args=[replay.pk]))


def _choices() -> dict[str, list[Any]]:
    """What the rows offer, read once for all of them."""
    agents = Agent.objects.filter(active=True, user__is_active=True).select_related("user")
    products = Vertical.objects.order_by("name").values_list("code", "name")
    return {
        "agent": [(agent.pk, str(agent)) for agent in agents],
        "pool": list(Pool.objects.filter(active=True).order_by("rank", "name").values_list("pk", "name")),
        "line": [("Lines of authority", Line.choices), ("One product only", list(products))],
    }  # fmt: skip
