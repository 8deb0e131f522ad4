"""Is it a lead this source buys: vertical, states, ZIPs, age, attributes."""

from dataclasses import dataclass

from compliance.check import Check, CheckInput, Verdict, setting
from intake.conditions import AttributeFilter, holds
from intake.post import Post, Reason
from leadcrm.lib.normalize import age_on


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
    of_ping = True
    Params = FilterParams

    def run(self, given: CheckInput[FilterParams]) -> Verdict:
        """Each mismatch names the field it is about."""
        post, params = given.post, given.params
        mismatches = [
            _vertical(post),
            _state(post, params),
            _zip(post, params),
            _age(post, params, given),
            *("" if holds(post.attributes.get(rule.name), rule) else rule.name for rule in params.attributes),
        ]
        if post.is_ping:  # what it leaves out is asked of its post
            mismatches = [name for name in mismatches if name in post.fields or name in post.attributes]
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


check = Filters()
