"""The form that corrects a lead: a field for each thing, what it showed, and what somebody else saved meanwhile."""

from collections.abc import Iterable
from typing import Any, Final

from django import forms

from agents.forms import WritesOnce
from intake.editable import ATTRIBUTE, Editable, editables, mark
from intake.editing import Conflict
from intake.models import AttributeKind, Lead

SEEN: Final = "seen_"
# (heading, the fields under it, what to know about them)
GROUPS: Final = (
    ("Person", ("first_name", "last_name", "date_of_birth", "gender"), ""),
    (
        "How to reach them", ("phone", "phone_2", "email"),
        "Consent names the number as it was posted. Whether a new one may be called is asked before each call.",
    ),
    ("Where they live", ("address", "address_2", "city", "state", "zip"), "The state says whose rules count."),
)  # fmt: skip
_AUTOCOMPLETE_OFF: Final = {"autocomplete": "off"}
_LONGEST: Final = 2_000  # a wall for what is sent; each value's own limit says it in words


class EditLeadForm(WritesOnce):
    """Text as it is typed, by the names of intake.editable; `seen_…` carries the mark of what each field showed."""

    disputed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "edit_%s", **kwargs})
        self.product: list[str] = []
        items = editables(lead)
        self.by_name = {item.name: html_name(item.name) for item in items}
        if self.is_bound and self.data.get("settle") == "theirs":
            self._settle(self.data.get("disputed", "").split(","), items, lead)
        for item in items:
            name = html_name(item.name)
            self.fields[name] = _field(item)
            self.fields[SEEN + name] = forms.CharField(
                required=False, widget=forms.HiddenInput, initial=item.mark(lead), max_length=_LONGEST
            )
            if item.rule:
                self.product.append(name)

    @property
    def typed(self) -> dict[str, str]:
        """Text by the names of the lead's fields; only after is_valid()."""
        return {name: self.cleaned_data[html] for name, html in self.by_name.items() if html in self.data}

    @property
    def seen(self) -> dict[str, str]:
        """The marks of what the fields showed; only after is_valid()."""
        return {name: self.cleaned_data[SEEN + html] for name, html in self.by_name.items()}

    def groups(self) -> list[tuple[str, list[forms.BoundField], str]]:
        """(heading, fields, hint) in the order of the page; the product's only where it has attributes."""
        plain = [(title, [self[name] for name in names], hint) for title, names, hint in GROUPS]
        product = [("Product", [self[name] for name in self.product], "")] if self.product else []
        return [*plain, *product]

    def refuse(self, errors: dict[str, str]) -> None:
        """Say of each field what is wrong; `errors` by the names of the lead's fields."""
        for name, phrase in errors.items():
            html = self.by_name[name]
            self.add_error(html, f"{self.fields[html].label} {phrase}")

    def dispute(self, conflicts: Iterable[Conflict], lead: Lead) -> None:
        """Make the next click decide: what the others saved is now what this form has shown."""
        data = dict(self.data.items())
        for conflict in conflicts:
            data[SEEN + self.by_name[conflict.name]] = mark(lead, conflict.name, conflict.theirs)
        data["disputed"] = ",".join(conflict.name for conflict in conflicts)
        self.data = data

    def _settle(self, names: Iterable[str], items: Iterable[Editable], lead: Lead) -> None:
        """Put what the others saved in the place of what was typed into the fields `names`."""
        data = dict(self.data.items())
        for item in items:
            if item.name in names:
                html = self.by_name[item.name]
                data[html], data[SEEN + html] = item.text, item.mark(lead)
        self.data = data


def html_name(name: str) -> str:
    """A field's name in the page: attributes get a prefix of their own, since a vertical may declare a `city` too."""
    return name.replace(ATTRIBUTE, "about_")


def _field(item: Editable) -> forms.CharField:
    widget: forms.Widget
    if item.choices:
        widget = forms.Select(choices=[("", "Not known"), *item.choices])
    elif item.kind == AttributeKind.DATE:
        widget = forms.DateInput(attrs={"type": "date"})
    else:
        widget = forms.TextInput(attrs={**_AUTOCOMPLETE_OFF, **_TYPES.get(item.name, {})})
    return forms.CharField(
        label=item.label, required=False, initial=item.text, widget=widget, max_length=_LONGEST
    )


_TYPES: Final[dict[str, dict[str, str]]] = {
    "phone": {"type": "tel"}, "phone_2": {"type": "tel"}, "email": {"inputmode": "email"},
    "zip": {"inputmode": "numeric"},
}  # fmt: skip
