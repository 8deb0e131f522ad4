"""Posting instructions in tests: the table of a source, and values that follow or break a field's shape."""

from collections.abc import Iterator, Mapping
from datetime import UTC, timedelta
from typing import Any, Final

from django.utils import timezone
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from intake.models import Source, Vertical
from intake.posting.link import posting_url
from intake.posting.page import Posting, find_posting
from intake.posting.shapes import NOT_BLANK, Shape
from leadcrm.lib.config import current_version

FORMATS: Final = Draft202012Validator.FORMAT_CHECKER
# A wait of three seconds, and no decision at all.
UNWANTED_ZIPS: Final = {"00006", "00007"}
# Characters of all kinds but what no keyboard writes; each is one character after normalising, too.
_TEXT: Final = st.text(
    st.characters(categories=["L", "Nd", "P", "Sm", "Sc"], max_codepoint=0x2FF), min_size=1
)
_NAMES: Final = st.text("abcdefgh", min_size=3, max_size=12)


def posting_of(source: Source) -> Posting:
    """The source as its vendor is told of it now."""
    source.refresh_from_db()
    found = find_posting(source.posting_token, current_version())
    assert found is not None
    return found


def path_of(source: Source, name: str = "posting") -> str:
    """The address on this server."""
    return "/" + posting_url(source, name).split("/", 3)[3]


def vertical(code: str) -> Vertical:
    """A kind of insurance as shipped, with its attributes."""
    return Vertical.objects.get(code=code)


def fits(schema: Shape, lead: Mapping[str, Any]) -> bool:
    """Whether the schema takes the lead."""
    return bool(Draft202012Validator(schema, format_checker=FORMATS).is_valid(dict(lead)))


def leads(schema: Shape) -> st.SearchStrategy[dict[str, Any]]:
    """Leads that the schema takes, with any of its fields, and fields that it does not know."""
    required = {name for rule in schema["allOf"] for name in rule.get("required", ())}
    fields = {name: values(shape) for name, shape in schema["properties"].items()}
    known = st.fixed_dictionaries({name: fields.pop(name) for name in sorted(required)}, optional=fields)
    unknown = st.dictionaries(_NAMES.map(lambda name: f"extra_{name}"), _TEXT, max_size=3)
    return st.builds(lambda a, b: {**b, **a}, known, unknown)


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Values that fit `shape`, as far as JSON Schema can say."""
    if "const" in shape:
        return st.just(shape["const"])
    if "anyOf" in shape:
        rest = {key: value for key, value in shape.items() if key != "anyOf"}
        return st.one_of(*(values({**rest, **branch}) for branch in shape["anyOf"]))
    if "enum" in shape:
        return st.sampled_from([word for word in shape["enum"] if word not in UNWANTED_ZIPS])
    kinds = shape["type"] if isinstance(shape["type"], list) else [shape["type"]]
    return st.one_of(*(_of_type(kind, shape) for kind in kinds))


def _of_type(kind: str, shape: Shape) -> st.SearchStrategy[Any]:
    if kind == "boolean":
        return st.booleans()
    if kind == "integer":
        return st.integers(shape["minimum"], shape["maximum"])
    if kind == "array":
        return st.lists(st.dictionaries(_NAMES, _TEXT.filter(str.strip), max_size=3), max_size=4)
    return _of_format(shape)


def _of_format(shape: Shape) -> st.SearchStrategy[str]:
    now = timezone.now()
    made: dict[str, st.SearchStrategy[str]] = {
        "date": st.dates(now.date() - timedelta(days=365 * 119), now.date() - timedelta(days=1)).map(str),
        "date-time": st.timedeltas(timedelta(minutes=1), timedelta(days=80)).map(
            lambda ago: (now - ago).astimezone(UTC).isoformat()
        ),
        "email": _NAMES.map(lambda name: f"{name}@example.com"),
        "uri": _NAMES.map(lambda name: f"https://{name}.example.com/{name}"),
        "ipv4": st.ip_addresses(v=4).map(str),
        "ipv6": st.ip_addresses(v=6).map(str),
    }
    if shape.get("format") in made:
        return made[shape["format"]]
    pattern: str = shape.get("pattern", NOT_BLANK)
    if pattern != NOT_BLANK:
        return st.from_regex(pattern, fullmatch=True)
    longest = "x" * shape["maxLength"]
    return _TEXT.map(lambda text: text[: len(longest)]).filter(str.strip) | st.just(longest)


def broken(shape: Shape) -> Iterator[Any]:
    """Values that break `shape`, one for each thing that it says and the door minds."""
    if "anyOf" in shape and "type" not in shape:
        shape = shape["anyOf"][0]
    if shape["type"] == "array":
        return
    yield ["one", "another"]
    if "const" in shape:
        yield not shape["const"]
    if shape["type"] != "string":
        yield "§§"
    if "minimum" in shape:
        yield shape["maximum"] * 10_000
    if "maxLength" in shape:
        yield "x" * (shape["maxLength"] + 1)
    if {"enum", "format"} & shape.keys() or shape.get("pattern", NOT_BLANK) != NOT_BLANK:
        yield "§§"
