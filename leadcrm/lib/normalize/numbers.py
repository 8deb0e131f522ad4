"""Numbers as people write them on forms: money, thousands, millions, ranges, ages, prices."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from leadcrm.lib.normalize.base import Clean, Unreadable, as_form
from leadcrm.lib.normalize.dates import OLDEST

_ONE: Final = r"\$?\s*([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(\.[0-9]{1,6})?\s*(k|m|thousand|million)?"
_EXACT: Final = re.compile(_ONE)
_BETWEEN: Final = re.compile(rf"(?:between\s+|from\s+)?{_ONE}\s*(?:-|to|and|through|thru)\s*{_ONE}")
_AT_LEAST: Final = re.compile(
    rf"(?:over|above|more than|greater than|at least|minimum|min|>=?)\s*{_ONE}"
    rf"|{_ONE}\s*(?:\+|plus|(?:or|and) (?:more|up|above|over|higher|greater))"
)
_AT_MOST: Final = re.compile(
    rf"(?:under|below|less than|up to|at most|maximum|max|<=?)\s*{_ONE}"
    rf"|{_ONE}\s*(?:-|or|and) ?(?:less|under|below|lower)"
)
_CURRENCY: Final = re.compile(r"\bus\s*\$|\busd\b|\bdollars?\b")
_TIMES: Final = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000}
_AGE: Final = re.compile(r"([0-9]{1,3})(?:\.0+)?(?:\s*(?:y|yrs?|years?)\.?(?:[\s-]*old)?)?", re.IGNORECASE)
_PRICE: Final = re.compile(r"\$?\s*([0-9]{1,3}(?:,[0-9]{3}){1,2}|[0-9]{1,9})?(\.[0-9]{1,12})?\s*\$?")
_WHOLE: Final = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(?:\.0*)?")
_CENT: Final = Decimal("0.01")
_TOO_MUCH: Final = 10_000_000  # what the price columns hold


@dataclass(frozen=True, slots=True)
class Amount:
    """A number or a range: `low` and `high`, None where the range is open. Units are the field's."""

    low: Decimal | None
    high: Decimal | None

    @property
    def value(self) -> Decimal:
        """What a plain number column takes: the low end, or the high end of "under 10000"; no middle."""
        chosen = self.high if self.low is None else self.low
        return Decimal(0) if chosen is None else chosen

    @property
    def is_range(self) -> bool:
        """Whether more than one number was meant."""
        return self.low != self.high


def amount(raw: object) -> Clean[Amount]:
    """A number or range: `$1,000`, `10k`, `1.5m`, `10-20k`, `$10,000 to $20,000`, `10000+`, `under 10000`.

    In a range the unit of the high end also counts for a low end without one, when that keeps them in
    order. Never negative. Unreadable: `not_a_number`, `range_reversed`.
    """
    if isinstance(raw, Amount):
        return Clean(raw)
    text = " ".join(_CURRENCY.sub(lambda sign: "$" if "$" in sign[0] else " ", as_form(raw).lower()).split())
    if found := _EXACT.fullmatch(text):
        exact = _number(*found.groups())
        return Clean(Amount(exact, exact))
    if found := _BETWEEN.fullmatch(text):
        return Clean(_range(found))
    if found := _AT_LEAST.fullmatch(text):
        return Clean(Amount(_either(found), None))
    if found := _AT_MOST.fullmatch(text):
        return Clean(Amount(None, _either(found)))
    raise Unreadable("not_a_number", "Is not a number or a range like 10000, $10,000, 10k, 10-20k or 10000+.")


def integer(raw: object) -> Clean[int]:
    """One whole number of at most 15 digits, with or without thousands commas. Unreadable: `not_a_number`."""
    text = as_form(raw)
    if _WHOLE.fullmatch(text) is None:
        raise Unreadable("not_a_number", "Is not a whole number.")
    return Clean(int(text.replace(",", "").partition(".")[0]))


def age(raw: object) -> Clean[int]:
    """Completed years, 0 to 120; "65 years old" is read. Unreadable: `not_a_number`, `too_old`."""
    found = _AGE.fullmatch(as_form(raw))
    if found is None:
        raise Unreadable("not_a_number", "Is not an age in whole years.")
    if int(found[1]) > OLDEST:
        raise Unreadable("too_old", f"Is an age above {OLDEST}.")
    return Clean(int(found[1]))


def price(raw: object) -> Clean[Decimal]:
    """What a vendor asks, in US dollars: not negative, two decimals, or up to four where it needs them.

    Unreadable: `not_a_price`.
    """
    text = _CURRENCY.sub("", as_form(raw).lower()).strip()
    found = _PRICE.fullmatch(text)
    if found is None or not (found[1] or found[2]):
        raise Unreadable("not_a_price", "Is not a price like 22.50.")
    asked = Decimal((found[1] or "0").replace(",", "") + (found[2] or ""))
    if asked >= _TOO_MUCH:
        raise Unreadable("not_a_price", "Is more than a lead can cost.")
    for places in (_CENT, Decimal("0.0001")):
        exact = asked.quantize(places)
        if exact == asked:
            return Clean(exact)
    raise Unreadable("not_a_price", "Has more than four decimals.")


def _number(whole: str, fraction: str | None, unit: str | None) -> Decimal:
    number = Decimal(whole.replace(",", "") + (fraction or "")) * _TIMES.get(unit or "", 1)
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def _either(found: re.Match[str]) -> Decimal:
    groups = found.groups()
    return _number(*(groups[:3] if groups[0] else groups[3:6]))


def _range(found: re.Match[str]) -> Amount:
    first, second = found.groups()[:3], found.groups()[3:]
    high = _number(*second)
    low = _number(first[0], first[1], first[2] or second[2])
    if low > high:
        low = _number(*first)
    if low > high:
        raise Unreadable("range_reversed", "Is a range whose first number is the greater one.")
    return Amount(low, high)
