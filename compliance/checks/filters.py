"""Is it a lead this source buys: vertical, states, ZIPs, age, attributes."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from compliance.check import Check, CheckInput, Verdict, setting
from intake.post import Post, Reason
from leadcrm.lib.normalize import age_on

Operator = Literal["eq", "ne", "in", "not_in", "gte", "lte", "present"]


@dataclass(frozen=True, slots=True)
class AttributeFilter:
    """One rule on an attribute: `present`, or `op` with `value`. A lead without the attribute does not match."""

    name: str
    op: Operator
    value: str | int | float | bool | list[str] = ""


@dataclass(frozen=True, slots=True)
class FilterParams:
    """What the source buys. An empty list sets no limit."""

    states: list[str] = setting([], "States", "None ticked: every state.")
    zips: list[str] = setting([], "ZIPs", "Five digits, or a prefix such as 752.")
    exclude_zips: list[str] = setting([], "ZIPs not bought", "Five digits, or a prefix.")
    min_age: int | None = setting(None, "Youngest age")
    max_age: int | None = setting(None, "Oldest age")
    attributes: list[AttributeFilter] = setting([], "Attribute rules")


class Filters(Check):
    """Refuse leads outside the source's filters, all mismatches at once."""

    name = "filters"
    label = "Filters"
    Params = FilterParams

    def run(self, given: CheckInput[FilterParams]) -> Verdict:
        """Each mismatch names the field it is about."""
        post, params = given.post, given.params
        mismatches = [
            _vertical(post),
            _state(post, params),
            _zip(post, params),
            _age(post, params, given),
            *(_attribute(post, rule) for rule in params.attributes),
        ]
        return Verdict.of(
            [Reason("filter_mismatch", "Not bought by this source.", f) for f in mismatches if f]
        )


def _vertical(post: Post) -> str:
    return "" if post.fields["interest"] == post.source.vertical else "interest"


def _state(post: Post, params: FilterParams) -> str:
    return "state" if params.states and post.fields.get("state") not in params.states else ""


def _zip(post: Post, params: FilterParams) -> str:
    if not (params.zips or params.exclude_zips):
        return ""
    zip5 = post.fields["zip"].zip5 if "zip" in post.fields else ""
    wanted = not params.zips or any(zip5.startswith(prefix) for prefix in params.zips if zip5)
    unwanted = any(zip5.startswith(prefix) for prefix in params.exclude_zips)
    return "" if wanted and not unwanted else "zip"


def _age(post: Post, params: FilterParams, given: CheckInput[FilterParams]) -> str:
    """By date of birth, else the posted age; a lead without either matches only where no age is asked."""
    if params.min_age is None and params.max_age is None:
        return ""
    born = post.fields.get("date_of_birth")
    age = age_on(born, given.local.date()) if born else post.fields.get("age")
    if age is None:
        return "age"
    low, high = params.min_age or 0, params.max_age if params.max_age is not None else 200
    return "" if low <= age <= high else ("date_of_birth" if born else "age")


def _attribute(post: Post, rule: AttributeFilter) -> str:
    value = post.attributes.get(rule.name)
    if value is None:
        return "" if rule.op in ("ne", "not_in") else rule.name
    return "" if _holds(value, rule) else rule.name


def _holds(value: Any, rule: AttributeFilter) -> bool:
    wanted = rule.value
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


check = Filters()
