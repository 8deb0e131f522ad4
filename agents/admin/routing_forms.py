"""What managers say to the pages of routing."""

from collections.abc import Sequence
from typing import Any

from django import forms

from agents.forms import MomentField
from agents.models import Pool, Team
from agents.routing.matrix import Product
from intake.models import Source, Vertical
from leadcrm.lib.normalize import Unreadable
from leadcrm.lib.normalize import phone as read_phone
from leadcrm.lib.places import STATE_CHOICES


class MatrixChoice(forms.Form):
    """Which product, and whose licenses."""

    line = forms.ChoiceField(required=False, label="License for")
    team = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    pool = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)

    def __init__(self, data: Any, *, products: Sequence[Product]) -> None:
        super().__init__(data)
        groups = (("Products", False), ("Lines of authority", True))
        self.fields["line"] = forms.ChoiceField(
            required=False, label="License for",
            choices=[(name, [(p.code, p.name) for p in products if p.is_line is line]) for name, line in groups],
        )  # fmt: skip
        teams = Team.objects.order_by("name").values_list("pk", "name")
        pools = Pool.objects.filter(active=True).order_by("name").values_list("pk", "name")
        self._offer("team", [("", "All teams"), *teams])
        self._offer("pool", [("", "All pools"), *pools])

    def _offer(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = choices

    @property
    def chosen(self) -> dict[str, Any]:
        """What could be read; nothing for what could not."""
        return {"line": "", "team": None, "pool": None, **self.cleaned_data}


def sources_by_vendor() -> Any:
    """All sources, by vendor and name: one that is not live yet is what one would ask about."""
    return Source.objects.select_related("vendor", "vertical").order_by("vendor__name", "name")


class SimulatorForm(forms.Form):
    """A lead as somebody thinks of it."""

    source = forms.ModelChoiceField(Source.objects.none(), empty_label="Choose the source")
    interest = forms.ChoiceField(required=False, label="Product")
    state = forms.ChoiceField(choices=[("", "None posted"), *STATE_CHOICES], required=False)
    zip = forms.RegexField(
        r"^\d{5}$", required=False, label="ZIP", help_text="Tells the state where none was posted.",
        error_messages={"invalid": "A ZIP has five digits."},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 5, "size": 6}),
    )  # fmt: skip
    language = forms.RegexField(
        r"^[A-Za-z]{2}$", required=False, help_text="Two letters, as es; empty: English.",
        error_messages={"invalid": "Two letters, as es or vi."},
        widget=forms.TextInput(attrs={"maxlength": 2, "size": 3}),
    )  # fmt: skip
    at = MomentField(required=False, label="When", help_text="The agency's clock; empty: now.")
    phone = forms.CharField(
        required=False, max_length=40, help_text="Of somebody we may know: their agent is asked first.",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "size": 16}),
    )  # fmt: skip

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        source, interest = self.fields["source"], self.fields["interest"]
        assert isinstance(source, forms.ModelChoiceField)
        assert isinstance(interest, forms.ChoiceField)
        source.queryset = sources_by_vendor()
        products = Vertical.objects.order_by("name").values_list("code", "name")
        interest.choices = [("", "What the source sells"), *products]

    def clean_phone(self) -> str:
        """E.164, or nothing."""
        typed = self.cleaned_data["phone"].strip()
        if not typed:
            return ""
        try:
            return read_phone(typed, live=False).value.e164
        except Unreadable as error:
            raise forms.ValidationError(f"This is no phone number we can read. {error.message}") from None
