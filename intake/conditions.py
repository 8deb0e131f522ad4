"""A condition on one attribute of a lead, as filters and price rules ask it."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import msgspec

Operator = Literal["eq", "ne", "in", "not_in", "gte", "lte", "present"]


@dataclass(frozen=True, slots=True)
class AttributeFilter:
    """One rule on an attribute: `present`, or `op` with `value`. A lead without the attribute does not match."""

    name: str
    op: Operator
    value: str | int | float | bool | list[str] = ""


def holds(value: Any, rule: AttributeFilter) -> bool:
    """True when an attribute's clean value (None: the lead has none) is as `rule` wants it."""
    wanted = rule.value
    if value is None:
        return rule.op in ("ne", "not_in")
    if rule.op == "present":
        return True
    if rule.op in ("in", "not_in"):
        options = [_word(option) for option in (wanted if isinstance(wanted, list) else [wanted])]
        return (_word(value) in options) == (rule.op == "in")
    if rule.op in ("eq", "ne"):
        return (_word(value) == _word(wanted)) == (rule.op == "eq")
    return _compares(value, rule)


def _compares(value: Any, rule: AttributeFilter) -> bool:
    """A range matches where its own ends do: at least by its low end, at most by its high end."""
    end = "low" if rule.op == "gte" else "high"
    number = value.get(end) if isinstance(value, dict) else value
    try:
        have, want = Decimal(str(number)), Decimal(str(rule.value))
    except InvalidOperation:
        return False
    return have >= want if rule.op == "gte" else have <= want


def _word(value: Any) -> str:
    return str(value).strip().lower()


def read_conditions(raw: Any) -> tuple[AttributeFilter, ...]:
    """`raw` (JSON values) as conditions. Raises ValueError in words for people."""
    try:
        return tuple(msgspec.convert(raw or [], type=list[AttributeFilter]))
    except msgspec.ValidationError as error:
        raise ValueError(f"Cannot be read: {error}") from None


read_conditions([])  # two threads that let msgspec meet a type at once crash (see compliance.policy)
