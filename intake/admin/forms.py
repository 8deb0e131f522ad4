"""The forms a source is set up by: fields to tick, value maps as lines, labels in people's words."""

import json
from typing import Any, ClassVar

from django import forms

from intake.canonical import CANONICAL
from intake.field_rules import known_fields
from intake.mapping import loose
from intake.models import PING_FIELDS, FieldRule, Source, SourceHours
from leadcrm.lib.admin.bases import AnyForm, AnyFormSet
from leadcrm.lib.admin.widgets import Chips

# Asked of no post: they say something about the post itself.
NEVER_ASKED = frozenset({"test", "ping_id", "price"})


class NamesField(forms.MultipleChoiceField):
    """Names of fields to tick; what is no field is told by the form, which knows the kind of insurance."""

    widget = Chips

    def to_python(self, value: Any) -> list[str]:
        """The names, each once, in the order given."""
        return list(dict.fromkeys(super().to_python(value)))

    def valid_value(self, value: str) -> bool:
        """All: see SourceForm.clean."""
        return True


class SourceForm(AnyForm):
    """Required fields must be names we know."""

    required_fields = NamesField(
        required=False, label="Required fields",
        help_text="Phone and state are always required. Attributes of another kind of insurance show once it is saved.",
    )  # fmt: skip

    ping_fields = NamesField(
        required=False, label="A ping must carry",
        help_text="Its post must say the same. None of them names or reaches a person.",
    )  # fmt: skip

    class Meta:
        labels: ClassVar = {
            "vertical": "Kind of insurance", "price_kind": "The price is", "price": "Price in dollars",
            "replay_by": "A retry is known by", "replay_days": "for days", "mode": "The decision is told",
            "profile": "HTTP status", "dialect": "In the words of", "detail": "Of a refusal it tells",
            "key_in_body": "The key may stand in the body", "allowed_networks": "Only from these networks",
            "rate_limit": "Posts per minute", "ping_rate_limit": "Pings per minute",
        }  # fmt: skip
        help_texts: ClassVar = {
            "price": "", "rate_limit": "Empty sets no limit.",
            "ping_rate_limit": "Beside posts; empty sets no limit.",
            "allowed_networks": "Addresses or networks, with commas between; empty: from anywhere.",
        }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        declared = sorted(known_fields(self.instance) - set(CANONICAL)) if self.instance.vertical_id else []
        self._offer("required_fields", [*(name for name in CANONICAL if name not in NEVER_ASKED), *declared])
        self._offer("ping_fields", [*PING_FIELDS, *declared])

    def _offer(self, field: str, names: list[str]) -> None:
        """Let `names` be ticked, and what is stored although it is none of them."""
        if field not in self.fields:
            return  # shown to who may not change it
        chosen: Any = self.fields[field]
        stored = list(getattr(self.instance, field))
        odd = [name for name in stored if name not in names]
        chosen.choices = [(name, name) for name in (*names, *odd)]
        chosen.initial = stored

    def clean(self) -> dict[str, Any]:
        """Names are checked against the vertical chosen in the same form."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        vertical, names = values.get("vertical"), values.get("required_fields")
        if vertical is not None and names:
            try:
                refuse_unknown(names, Source(vertical=vertical))
            except forms.ValidationError as error:
                self.add_error("required_fields", error)
        return values


def refuse_unknown(names: list[str], source: Source) -> None:
    """Raise ValidationError when one of `names` is no field of the source's leads."""
    known = known_fields(source)
    if odd := [name for name in names if name not in known]:
        raise forms.ValidationError(f"Unknown: {', '.join(odd)}. Known are {', '.join(sorted(known))}.")


class ValueMapField(forms.CharField):
    """A value map as lines: `0 = male`. A JSON object is taken as well."""

    widget = forms.Textarea(attrs={"rows": 2, "cols": 24, "spellcheck": "false", "placeholder": "0 = male"})

    def prepare_value(self, value: Any) -> Any:
        """A stored map as lines."""
        return (
            "\n".join(f"{said} = {meant}" for said, meant in value.items())
            if isinstance(value, dict)
            else value
        )

    def to_python(self, value: Any) -> Any:
        """The map."""
        text = (super().to_python(value) or "").strip()
        if text.startswith("{"):
            return self._from_json(text)
        found = {}
        for line in filter(None, map(str.strip, text.splitlines())):
            said, equals, meant = line.partition("=")
            if not (equals and said.strip() and meant.strip()):
                raise forms.ValidationError(f"“{line[:60]}” is no value with its meaning: write 0 = male.")
            found[said.strip()] = meant.strip()
        return found

    def _from_json(self, text: str) -> Any:
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            raise forms.ValidationError("Write one value a line: 0 = male.") from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compared as maps."""
        try:
            return bool(self.to_python(data) != (initial or {}))
        except forms.ValidationError:
            return True


class FieldRuleForm(AnyForm):
    """One rule: a name of the vendor's, a field of ours, what coded values mean."""

    values = ValueMapField(required=False, label="Values mean")

    class Meta:
        model = FieldRule
        fields = ("incoming", "field", "values")
        labels: ClassVar = {"incoming": "The vendor says", "field": "We say"}
        widgets: ClassVar = {
            "field": forms.TextInput(attrs={"list": "known-fields", "class": "vTextField", "autocomplete": "off"}),
        }  # fmt: skip


class FieldRuleSet(AnyFormSet):
    """A source's field rules: each incoming name once, each target known."""

    def clean(self) -> None:
        """Names are compared as posts are: without case, `_`, `-` and blanks."""
        super().clean()
        seen: set[str] = set()
        known = known_fields(self.instance) | {"full_name"} if self.instance.vertical_id else set()
        for form in self.forms:
            values = getattr(form, "cleaned_data", {})
            if not values.get("incoming") or values.get("DELETE"):
                continue
            name = loose(values["incoming"])
            if name in seen:
                form.add_error("incoming", "This name is mapped twice.")
            seen.add(name)
            if known and values.get("field") not in known:
                form.add_error("field", "No field or attribute of this name.")


class HoursForm(forms.Form):
    """Opening times for several days at once."""

    weekdays = forms.MultipleChoiceField(
        label="On", choices=SourceHours._meta.get_field("weekday").flatchoices, widget=Chips
    )
    opens_at = forms.TimeField(label="From", widget=forms.TimeInput(attrs={"type": "time"}))
    closes_at = forms.TimeField(
        label="To", widget=forms.TimeInput(attrs={"type": "time"}),
        help_text="The last minute in which posts are taken; 23:59 is the end of the day.",
    )  # fmt: skip
    only = forms.BooleanField(required=False, initial=True, label="Closed on the other days")

    def clean(self) -> dict[str, Any]:
        """A day that ends before it begins is two openings."""
        values = super().clean() or self.cleaned_data
        opens, closes = values.get("opens_at"), values.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", "Closes before it opens. Set hours over midnight as two parts.")
        return values
