"""A request body becomes one flat mapping of texts, whatever it was written in (wire contract, section 3)."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from urllib.parse import parse_qsl

from intake.api.charsets import codec, decode, parameter
from intake.api.multipart import parse_multipart
from intake.api.xml_body import parse_xml
from intake.flatten import MAX_FIELDS, BodyRefused, Flat, FlatValue, flatten

MAX_BODY: Final = 256 * 1024
MAX_NOTES: Final = 20  # a body made to annoy says the same thing thousands of times
# Repeated and empty form fields are many before they are merged; the limit of 200 counts what is left.
_MAX_PAIRS: Final = 4 * MAX_FIELDS
_EXPONENT: Final = re.compile(r"[eE]")
_FORMATS: Final = {
    "application/json": "json",
    "text/json": "json",
    "application/x-www-form-urlencoded": "form",
    "multipart/form-data": "multipart",
    "application/xml": "xml",
    "text/xml": "xml",
}
Note = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A body that could be read. `payload`: dotted path -> text or array, the body's before the query's."""

    payload: dict[str, FlatValue]
    format: str  # json, form, multipart, xml
    notes: tuple[Note, ...] = ()  # (code, path) of what was mended or left out
    later: frozenset[str] = (
        frozenset()
    )  # paths that came in the query and only count where the body is silent

    @property
    def flat(self) -> Flat:
        """What `intake.mapping.map_fields` takes."""
        return Flat(self.payload, self.notes, self.later)


def parse_body(raw: bytes, content_type: str, query: str) -> Parsed:
    """Read `raw` by its Content-Type (guessed if "") and put the parameters of the query string under it.

    BodyRefused, and nothing else, with 400 (broken, not UTF-8, NUL, too nested, too many fields), 413 (too
    large) or 415 (a type or encoding not taken). A JSON body sent as a form, as curl does by default, is
    read, with a note.
    """
    if len(raw) > MAX_BODY or len(query) > MAX_BODY:
        raise BodyRefused(413, "body_too_large", f"Is larger than {MAX_BODY // 1024} kB.")
    if raw[:2] == b"\x1f\x8b":
        raise BodyRefused(415, "compressed_body", "Is compressed; send it as plain text.")
    notes: list[Note] = []
    form = _format(raw, content_type, notes)
    if raw.strip():
        payload = _read(form, raw, content_type, notes)
    elif query:
        payload = {}
    else:
        raise BodyRefused(400, "empty_body", "Is empty.")
    flat = flatten(payload)
    merged, later = _with_query(dict(flat.values), query)
    return Parsed(merged, form, (*notes, *flat.notes), later)


def _format(raw: bytes, content_type: str, notes: list[Note]) -> str:
    essence = content_type.partition(";")[0].strip().lower()
    start = raw[:100].removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if not essence:
        return "json" if start == b"{" else "form"
    form = _FORMATS.get(essence) or {"+json": "json", "+xml": "xml"}.get("+" + essence.rpartition("+")[2], "")
    if not form:
        raise BodyRefused(
            415, "unknown_content_type", "Has a Content-Type that is neither JSON, form nor XML."
        )
    if form == "form" and start == b"{":
        notes.append(("json_sent_as_form", ""))
        return "json"
    return form


def _read(form: str, raw: bytes, content_type: str, notes: list[Note]) -> dict[str, object]:
    if form == "json":
        return _parse_json(decode(raw, content_type), notes)
    if form == "xml":
        return parse_xml(raw, content_type, notes)
    if form == "multipart":
        return _collect(parse_multipart(raw, content_type, notes))
    charset = codec(parameter(content_type, "charset"))
    return _collect(_pairs(decode(raw, content_type).strip("\r\n"), charset))


def _parse_json(text: str, notes: list[Note]) -> dict[str, object]:
    def merge(pairs: list[tuple[str, object]]) -> dict[str, object]:
        merged = dict(pairs)
        return merged if len(merged) == len(pairs) else _first_values(pairs, notes)

    # strict=False: a raw line break inside a text is common in templates and cannot be misread.
    decoder = json.JSONDecoder(
        object_pairs_hook=merge, parse_int=str, parse_float=_plain, parse_constant=_constant, strict=False
    )
    try:
        found = decoder.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BodyRefused(400, "broken_json", f"Is broken JSON at {where}: {error.msg}.") from None
    except RecursionError:
        raise BodyRefused(400, "nested_too_deep", "Is nested far too deep.") from None
    if not isinstance(found, dict):
        raise BodyRefused(400, "not_an_object", "Is JSON, but not one object with names and values.")
    return found


def _first_values(pairs: list[tuple[str, object]], notes: list[Note]) -> dict[str, object]:
    """Of values with the same name the first that is not empty: a later one could have been smuggled in."""
    kept: dict[str, object] = {}
    for name, value in pairs:
        if name in kept and kept[name] not in ("", None):
            if kept[name] != value and len(notes) < MAX_NOTES:
                notes.append(("repeated_key", name[:100]))
        else:
            kept[name] = value
    return kept


def _plain(number: str) -> str:
    """A JSON number as sent; one with an exponent written out, as far as it is a number of this world."""
    if len(number) > 400:
        raise BodyRefused(400, "number_too_long", "Holds a number of more than 400 digits.")
    if not _EXPONENT.search(number):
        return number
    exponent = int(_EXPONENT.split(number)[1])
    return f"{Decimal(number):f}" if abs(exponent) <= 30 else number


def _constant(name: str) -> str:
    raise BodyRefused(400, "not_a_number", f"Holds {name}, which is not JSON.")


def _pairs(text: str, charset: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            text, keep_blank_values=True, encoding=charset, errors="strict", max_num_fields=_MAX_PAIRS
        )
    except UnicodeDecodeError:
        raise BodyRefused(400, "wrong_encoding", f"Holds percent codes that are not {charset}.") from None
    except ValueError:
        raise BodyRefused(400, "too_many_fields", f"Has more than {MAX_FIELDS} fields.") from None


def _collect(pairs: Iterable[tuple[str, str]]) -> dict[str, object]:
    """Form fields by name. A name that comes several times with different values is an array, as forms mean
    it.
    """
    collected: dict[str, list[str]] = {}
    for name, value in pairs:
        values = collected.setdefault(name, [])
        if value and value not in values:
            values.append(value)
    return {
        name: values if len(values) > 1 or (values and name.endswith("[]")) else "".join(values)
        for name, values in collected.items()
    }


def _as_sent(query: str) -> str:
    """The query as UTF-8: WSGI hands its bytes over as Latin-1, although senders should encode them."""
    bare = query.removeprefix("?")
    try:
        return bare.encode("iso-8859-1").decode()
    except UnicodeError:
        return bare


def _with_query(payload: dict[str, FlatValue], query: str) -> tuple[dict[str, FlatValue], frozenset[str]]:
    """The body's payload with the query's parameters behind it; a rival of a body's value becomes
    `query.<name>`.
    """
    if not query:
        return payload, frozenset()
    later: set[str] = set()
    for name, value in flatten(_collect(_pairs(_as_sent(query), "utf-8"))).values.items():
        before = payload.get(name)
        if before == value:
            continue
        path = f"query.{name}" if before else name
        payload[path] = value
        later.add(path)
    if len(payload) > MAX_FIELDS:
        raise BodyRefused(
            400, "too_many_fields", f"Has more than {MAX_FIELDS} fields with those of the query."
        )
    return payload, frozenset(later)
