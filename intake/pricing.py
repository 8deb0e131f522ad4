"""What a lead costs: one function for posts and pings. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, Any, Final

from intake.conditions import AttributeFilter, holds, read_conditions
from intake.models import PriceKind, PriceRule
from leadcrm.lib.normalize import age_on

if TYPE_CHECKING:
    from intake.sources import SourceConfig

CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a price table. What is empty or None asks nothing."""

    id: int
    price: Decimal
    states: frozenset[str]
    min_age: int | None
    max_age: int | None
    conditions: tuple[AttributeFilter, ...]
    weekdays: frozenset[int]
    starts_at: time | None
    ends_at: time | None


@dataclass(frozen=True, slots=True)
class Quote:
    """A price in whole cents: what is paid, the most that would be, and the line of the table that said so."""

    price: Decimal
    most: Decimal
    rule: int | None = None


def line_of(row: PriceRule) -> PriceLine:
    """The line that `row` stands for. Raises ValueError for conditions that cannot be read."""
    return PriceLine(
        id=row.pk, price=row.price, states=frozenset(row.states), min_age=row.min_age, max_age=row.max_age,
        conditions=read_conditions(row.conditions), weekdays=frozenset(row.weekdays),
        starts_at=row.starts_at, ends_at=row.ends_at,
    )  # fmt: skip


def quote(
    source: "SourceConfig", fields: Mapping[str, Any], attributes: Mapping[str, Any], local: datetime
) -> Quote:
    """What a lead with these clean `fields` and `attributes` costs at `local` (aware, in the agency's zone).

    By the source's contract: its price; the vendor's ask, where the contract is by ask (a lead that asks nothing has
    the source's price); or the first line of its table that matches, else its price.
    """
    most = source.source.price
    if source.source.price_kind == PriceKind.TABLE:
        for line in source.prices:
            if _matches(line, fields, attributes, local):
                return Quote(line.price, line.price, line.id)
    asked: Decimal | None = fields.get("price")
    if source.source.price_kind == PriceKind.ASK and asked is not None:
        return Quote(whole_cents(asked), most)
    return Quote(most, most)


def whole_cents(asked: Decimal) -> Decimal:
    """What is paid of an ask in parts of a cent: never more than was asked."""
    return asked.quantize(CENT, ROUND_DOWN)


def priced_by(source: "SourceConfig") -> frozenset[str]:
    """The names of the fields and attributes that the source's prices depend on; `age` stands for a date of birth."""
    if source.source.price_kind != PriceKind.TABLE:
        return frozenset()
    names: set[str] = set()
    for line in source.prices:
        names |= {"state"} if line.states else set()
        names |= {"age"} if (line.min_age, line.max_age) != (None, None) else set()
        names |= {condition.name for condition in line.conditions}
    return frozenset(names)


def age_of(fields: Mapping[str, Any], today: date) -> int | None:
    """By date of birth, else as posted; None where neither is told."""
    born: date | None = fields.get("date_of_birth")
    return age_on(born, today) if born else fields.get("age")


def _matches(
    line: PriceLine, fields: Mapping[str, Any], attributes: Mapping[str, Any], local: datetime
) -> bool:
    return (
        (not line.states or fields.get("state") in line.states)
        and _is_of_age(line, fields, local.date())
        and _is_the_hour(line, local)
        and all(holds(attributes.get(condition.name), condition) for condition in line.conditions)
    )


def _is_of_age(line: PriceLine, fields: Mapping[str, Any], today: date) -> bool:
    if (line.min_age, line.max_age) == (None, None):
        return True
    age = age_of(fields, today)
    return (
        age is not None
        and (line.min_age is None or age >= line.min_age)
        and (line.max_age is None or age <= line.max_age)
    )


def _is_the_hour(line: PriceLine, local: datetime) -> bool:
    """From its beginning to just before its end; the hours repeated in autumn count both times."""
    clock = local.time()
    return (
        (not line.weekdays or local.weekday() in line.weekdays)
        and (line.starts_at is None or clock >= line.starts_at)
        and (line.ends_at is None or clock < line.ends_at)
    )
