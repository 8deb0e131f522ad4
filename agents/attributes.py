"""The product's attributes of a lead, in words a person reads."""

from collections.abc import Mapping
from typing import Any

from intake.models import AttributeKind, Lead, VerticalAttribute
from leadcrm.templatetags.ui import shown, words


def shown_attributes(lead: Lead) -> list[tuple[str, str]]:
    """(name, value) of each attribute that came with the lead; amounts as the vertical declares them. One query."""
    if not lead.attributes:
        return []
    declared = VerticalAttribute.objects.filter(vertical__code=lead.interest).values_list("name", "kind")
    kinds = dict(declared)
    return [
        (words(name), attribute_text(value, kinds.get(name, ""))) for name, value in lead.attributes.items()
    ]


def attribute_text(value: Any, kind: str) -> str:
    """One value: $15,000; $10,000 to $20,000; Yes; “year 2019, make Example; …” for drivers and vehicles."""
    if isinstance(value, Mapping) and set(value) == {"low", "high"}:
        return _range(value["low"], value["high"], kind)
    if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        return "; ".join(_object(item) for item in value)
    if kind == AttributeKind.MONEY and not isinstance(value, bool):
        return _money(value)
    return shown(value)


def _range(low: Any, high: Any, kind: str) -> str:
    """Both ends, or one with its word; equal ends are one amount."""
    say = _money if kind == AttributeKind.MONEY else shown
    if low == high:
        return say(low)
    if high is None:
        return f"{say(low)} or more"
    if low is None:
        return f"up to {say(high)}"
    return f"{say(low)} to {say(high)}"


def _money(value: Any) -> str:
    try:
        amount = float(value)
    except (TypeError, ValueError):
        return shown(value)
    return f"${amount:,.0f}" if amount.is_integer() else f"${amount:,.2f}"


def _object(item: Mapping[str, Any]) -> str:
    return ", ".join(f"{words(name).lower()} {shown(value)}" for name, value in item.items())
