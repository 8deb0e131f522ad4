"""The shape each field is written in by a careful sender, as JSON Schema (2020-12): whatever fits it is read here.

More than this is understood (names of states, dates as people write them, numbers as text); a schema that allowed
all of it would find no mistake.
"""

from collections.abc import Iterable
from functools import cache
from itertools import groupby
from typing import Any, Final

from phonenumbers import PhoneMetadata

from intake.canonical import CANONICAL, FULL_NAME, FieldKind
from intake.models import AttributeKind, VerticalAttribute
from intake.serializers import PostedLead
from leadcrm.lib.normalize.zips import TEST_ZIPS, load_table
from leadcrm.lib.places import STATES

Shape = dict[str, Any]
NOT_BLANK: Final = r"\S"
# Fiction and tests only: what a live post may not carry.
FICTITIOUS: Final = r"^(\+?1)?[2-9][0-9]{2}55501[0-9]{2}$"
# Beside `format`, which many validators take for a remark only.
_DAY: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MOMENT: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"
)
_IPV4: Final = r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$"
_IPV6: Final = "^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$"
_MONEY: Final = r"^[0-9]{1,12}(\.[0-9]{1,2})?$"
_POSTED: Final = PostedLead().fields


def shape_of(name: str) -> Shape:
    """The shape of a canonical field, or of FULL_NAME."""
    if name == FULL_NAME:
        return {"type": "string", "maxLength": 201, "pattern": NOT_BLANK, "examples": ["Dana Example"]}
    declared: dict[str, Any] = _POSTED[name].openapi  # type: ignore[attr-defined]
    shape = {key: value for key, value in declared.items() if key != "example"}
    shape |= _narrower(CANONICAL[name])
    if name == "consent":
        shape["const"] = True
    return {**shape, "examples": [declared["example"]]} if "example" in declared else shape


@cache
def _narrower(kind: FieldKind) -> Shape:
    """What JSON Schema can say of a kind beyond the description of the field."""
    shapes: dict[FieldKind, Shape] = {
        FieldKind.TEXT: {"pattern": NOT_BLANK},
        FieldKind.VERBATIM: {"pattern": NOT_BLANK},
        FieldKind.PHONE: {"pattern": rf"^(\+?1)?({_us_numbers()})$"},
        FieldKind.EMAIL: {"format": "email", "maxLength": 254, "pattern": r"^[^@\s]+@[^@\s]+\.[^@\s]+$"},
        FieldKind.BIRTH_DATE: {"pattern": _DAY},
        FieldKind.MOMENT: {"pattern": _MOMENT},
        FieldKind.STATE: {"enum": list(STATES)},
        FieldKind.ZIP: {
            "anyOf": [
                {"pattern": rf"^({digits_pattern(load_table().prefixes)})[0-9]{{2}}(-[0-9]{{4}})?$"},
                {"enum": sorted(TEST_ZIPS)},
            ]
        },
        FieldKind.URL: {"format": "uri", "pattern": "^https?://", "maxLength": 2048},
        FieldKind.IP: {"anyOf": [{"format": "ipv4", "pattern": _IPV4}, {"format": "ipv6", "pattern": _IPV6}]},
        FieldKind.TRUSTEDFORM: {"pattern": r"^https://cert\.trustedform\.com/[0-9a-f]{40}$"},
        FieldKind.LEADID: {"pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
        FieldKind.PRICE: {"pattern": r"^[0-9]{1,6}(\.[0-9]{1,2})?$"},
    }
    return shapes.get(kind, {})


def _us_numbers() -> str:
    """The ten digits of a number in the United States, by the tables that the door itself asks."""
    tables: list[Any] = [PhoneMetadata.metadata_for_region(r) for r in ("US", "PR", "VI", "GU", "MP", "AS")]
    kinds = [kind for table in tables for kind in (table.fixed_line, table.mobile)]
    digits = (kind.national_number_pattern.replace(r"\d", "[0-9]") for kind in kinds)  # of no other script
    return "|".join(dict.fromkeys(digits))


def attribute_shape(declared: VerticalAttribute) -> Shape:
    """The shape of an attribute of the source's vertical."""
    whole = {"minimum": 0, "maximum": 999_999_999_999}
    shapes: dict[AttributeKind, Shape] = {
        AttributeKind.TEXT: {"type": "string", "maxLength": 1000, "pattern": NOT_BLANK},
        AttributeKind.INTEGER: {"type": "integer", "minimum": -whole["maximum"], "maximum": whole["maximum"]},
        AttributeKind.MONEY: {"type": ["integer", "string"], **whole, "pattern": _MONEY},
        AttributeKind.BOOLEAN: {"type": "boolean"},
        AttributeKind.DATE: {"type": "string", "format": "date", "pattern": _DAY},
        AttributeKind.CHOICE: {"type": "string", "enum": list(declared.choices)},
        AttributeKind.LIST: {"type": "array", "maxItems": 20, "items": {"type": "object"}},
    }
    shape = shapes[AttributeKind(declared.kind)]
    example = _typed(AttributeKind(declared.kind), declared.example)
    return shape if example is None else {**shape, "examples": [example]}


def with_codes(shape: Shape, codes: Iterable[str]) -> Shape:
    """`shape`, or one of the vendor's own `codes` that its value map knows."""
    known = list(codes)
    return {"anyOf": [shape, {"enum": known}], "examples": shape.get("examples", [])} if known else shape


def _typed(kind: AttributeKind, example: str) -> Any:
    """An attribute's example, a text for people, as its type in JSON; None where there is none that fits."""
    if not example:
        return None
    if kind == AttributeKind.BOOLEAN:
        return example.lower() in ("yes", "true", "1")
    if kind in (AttributeKind.INTEGER, AttributeKind.MONEY):
        return int(example) if example.isascii() and example.isdecimal() else None
    return example if kind != AttributeKind.LIST else None


def digits_pattern(prefixes: Iterable[str]) -> str:
    """A regular expression that knows these prefixes of three digits and no others: `20[1-3]|21[02]`."""
    groups = groupby(sorted(set(prefixes)), key=lambda prefix: prefix[:2])
    return "|".join(f"{start}{_class([prefix[2] for prefix in found])}" for start, found in groups)


def _class(digits: list[str]) -> str:
    if len(digits) == 1:
        return digits[0]
    return "[0-9]" if len(digits) == 10 else f"[{''.join(digits)}]"
