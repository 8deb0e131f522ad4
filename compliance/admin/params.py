"""Form fields for a check's parameters, made from its Params: a parameter added there appears here by itself."""

import re
from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from django import forms

from compliance.check import Check
from compliance.policy import BadParams, read_params
from leadcrm.lib.admin.widgets import Chips, state_chips
from leadcrm.lib.places import STATES

PREFIX: Final = "param_"
# No limit that a check knows is larger, and dates can still be computed with it.
LARGEST: Final = 1_000_000
_PATH: Final = re.compile(r"\$\.(\w+)")


class WordsField(forms.CharField):
    """A list of words between commas, blanks or line breaks."""

    widget = forms.Textarea(attrs={"rows": 2, "cols": 60})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """A stored list as text."""
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        """The words, each once, in the order given."""
        text = super().to_python(value) or ""
        words = re.split(r"[\s,;]+", text)
        return list(dict.fromkeys(word for word in words if word))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compared as lists."""
        return bool(list(initial or []) != self.to_python(data))


class StatesField(forms.MultipleChoiceField):
    """States to tick; a code that none has would refuse every lead."""

    widget = Chips

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, choices=state_chips, **kwargs)

    def to_python(self, value: Any) -> list[str]:
        """The codes, each once, in the order given."""
        return list(dict.fromkeys(code.upper() for code in super().to_python(value)))

    def validate(self, value: Any) -> None:
        """Raise for what is no state."""
        if odd := [code for code in value if code not in STATES]:
            raise forms.ValidationError(f"No such state: {', '.join(odd)}. Write two-letter codes.")


class ZipsField(WordsField):
    """ZIPs or their beginnings."""

    def validate(self, value: Any) -> None:
        """Raise for what is no ZIP."""
        super().validate(value)
        if odd := [zip_ for zip_ in value if not re.fullmatch(r"\d{1,5}", zip_)]:
            raise forms.ValidationError(f"No ZIP or beginning of one: {', '.join(odd)}.")


_LISTS: Final[dict[str, type[forms.Field]]] = {
    "states": StatesField, "zips": ZipsField, "exclude_zips": ZipsField,
}  # fmt: skip


def fields_for(check: Check) -> dict[str, forms.Field]:
    """A form field per parameter, named PREFIX + its name, with the words of its metadata."""
    hints = get_type_hints(check.Params)
    return {PREFIX + each.name: _field(each, hints[each.name]) for each in fields(check.Params)}


def values_of(check: Check, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter's value as JSON has it, defaults filled in. What cannot be read counts as not set."""
    try:
        params = read_params(check, raw)
    except BadParams:
        params = check.Params()
    return {each.name: msgspec.to_builtins(getattr(params, each.name)) for each in fields(check.Params)}


def chosen(check: Check, values: Mapping[str, Any], inherited: Mapping[str, Any]) -> dict[str, Any]:
    """What a row must store: the values that differ from the inherited ones. Raises BadParams."""
    params = read_params(check, values)
    plain = {each.name: msgspec.to_builtins(getattr(params, each.name)) for each in fields(check.Params)}
    return {name: value for name, value in plain.items() if value != inherited[name]}


def field_of_error(error: BadParams) -> str | None:
    """The form field that the message is about, if it says so."""
    found = _PATH.search(str(error))
    return PREFIX + found[1] if found else None


def in_words(check: Check, values: Mapping[str, Any]) -> str:
    """The values that differ from the code's defaults, for a table."""
    defaults = values_of(check, {})
    labels = {each.name: each.metadata.get("label", each.name) for each in fields(check.Params)}
    return "; ".join(
        f"{labels[name]}: {_say(value)}" for name, value in values.items() if value != defaults[name]
    )


def _say(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "no limit"
    if isinstance(value, list):
        shown = ", ".join(_say(each) for each in value[:12])
        return f"{shown} and {len(value) - 12} more" if len(value) > 12 else shown or "any"
    if isinstance(value, dict):
        return " ".join(_say(each) for each in value.values() if each != "")
    return str(value)


def _field(each: "Field[Any]", hint: Any) -> forms.Field:
    words: dict[str, Any] = {
        "label": each.metadata.get("label", each.name), "help_text": each.metadata.get("help", ""),
    }  # fmt: skip
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return forms.ChoiceField(choices=[(word, str(word)) for word in inner], **words)
    if origin is list and inner[0] is str:
        return _LISTS.get(each.name, WordsField)(**words)
    if origin in (Union, UnionType) and set(inner) == {int, NoneType}:
        words["help_text"] = f"{words['help_text']} Empty: no limit.".strip()
        return forms.IntegerField(required=False, min_value=0, max_value=LARGEST, **words)
    if hint is bool:
        return forms.BooleanField(required=False, **words)
    if hint is int:
        return forms.IntegerField(min_value=0, max_value=LARGEST, **words)
    return _json_field(inner[0] if origin is list else hint, words)


def _json_field(item: Any, words: dict[str, Any]) -> forms.Field:
    """For what has no simpler shape: JSON, with the names an item may have."""
    if is_dataclass(item) and {each.name for each in fields(item)} == {"name", "op", "value"}:
        return _rules_field(get_type_hints(item)["op"], words)
    if is_dataclass(item) and isinstance(item, type):
        hints = get_type_hints(item)
        shape = ", ".join(f'"{each.name}": {_shape(hints[each.name])}' for each in fields(item))
        words["help_text"] = f"{words['help_text']} A JSON list of {{{shape}}}.".strip()
    widget = forms.Textarea(attrs={"rows": 6, "cols": 80, "spellcheck": "false"})
    return _ListField(required=False, widget=widget, **words)


def _rules_field(operators: Any, words: dict[str, Any]) -> forms.Field:
    words["help_text"] = (
        f"{words['help_text']} One a line: the attribute, one of {', '.join(get_args(operators))}, a value; "
        "“tobacco eq no”, “coverage_amount gte 10000”, “marital_status in single, married”."
    ).strip()
    return AttributeRulesField(required=False, **words)


class _ListField(forms.JSONField):
    """Empty means an empty list, not null."""

    def clean(self, value: Any) -> Any:
        """The list."""
        found = super().clean(value)
        return [] if found is None else found


class AttributeRulesField(_ListField):
    """Rules on attributes as lines: `tobacco eq no`, `marital_status in single, married`. A JSON list is taken too."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 60, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        """A stored list as lines."""
        return "\n".join(map(_rule_in_words, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The list."""
        text = value.strip() if isinstance(value, str) else value
        if not isinstance(text, str) or text.startswith(("[", "{")):
            return super().to_python(text)
        return [_rule_of(line) for line in filter(None, map(str.strip, text.splitlines()))]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compared as lists."""
        try:
            return bool(self.to_python(data) != (initial or []))
        except forms.ValidationError:
            return True


def _rule_in_words(rule: Mapping[str, Any]) -> str:
    value = rule.get("value", "")
    if isinstance(value, list):
        said = ", ".join(map(str, value))
    else:
        said = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return f"{rule['name']} {rule['op']} {said}".strip()


def _rule_of(line: str) -> dict[str, Any]:
    """One line as the rule it means. Raises ValidationError where a part is missing; the rest is the check's to say."""
    name, op, said = [*line.split(None, 2), "", ""][:3]
    if not op or (not said and op != "present"):
        raise forms.ValidationError(
            f"“{line[:60]}” is no rule: write a name, what is asked, a value: tobacco eq no."
        )
    if op in ("in", "not_in"):
        return {"name": name, "op": op, "value": [word.strip() for word in said.split(",") if word.strip()]}
    value: Any = {"yes": True, "no": False}.get(said.lower(), said)
    return {"name": name, "op": op, **({"value": value} if said else {})}


def _shape(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " | ".join(f'"{word}"' for word in get_args(hint))
    return "…"
