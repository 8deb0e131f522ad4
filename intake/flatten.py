"""Nested payloads made flat: `{"contact": {"phone": 1}}` becomes `contact.phone`, every value a text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from leadcrm.lib.normalize.base import plain_float

MAX_FIELDS: Final = 200
MAX_DEPTH: Final = 5
MAX_VALUE: Final = 20_000
MAX_NAME: Final = 200

# A text, or an array: of texts, or of objects (drivers, vehicles), kept as it was sent but with texts as
# leaves.
FlatValue: TypeAlias = "str | list[object]"


class BodyRefused(Exception):
    """A body that cannot be read at all: HTTP `status` (400, 413, 415), a stable `code`, a `message`.

    The message names what is wrong and where; it never quotes the body.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Flat:
    """Dotted path as sent -> text or array, in the order sent. `notes`: (code, path) of what was mended."""

    values: Mapping[str, FlatValue]
    notes: tuple[tuple[str, str], ...] = ()
    later: frozenset[str] = frozenset()  # paths that count only where no other says anything (the query's)


@dataclass(slots=True)
class _Flattening:
    values: dict[str, FlatValue] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    count: int = 0

    def add(self, path: str, value: object, depth: int) -> None:
        if isinstance(value, Mapping):
            _check_depth(depth)
            for name, inner in value.items():
                self.add(f"{path}.{_name(name)}", inner, depth + 1)
        elif isinstance(value, (list, tuple)):
            _check_depth(depth)
            self.keep(path, [self.leaf(item, depth + 1) for item in value])
        else:
            self.tally()
            _check_depth(path.count(".") + 1)  # names may bring dots of their own
            self.keep(path, scalar(value))

    def keep(self, path: str, value: FlatValue) -> None:
        """Of two values under one path the first that is not empty stays."""
        before = self.values.get(path)
        if before and value and before != value:
            self.notes.append(("repeated_key", path))
        if not before:
            self.values[path] = value

    def leaf(self, item: object, depth: int) -> object:
        """An item of an array: objects and arrays inside stay what they are, their leaves become texts."""
        if isinstance(item, Mapping):
            _check_depth(depth)
            return {_name(name): self.leaf(inner, depth + 1) for name, inner in item.items()}
        if isinstance(item, (list, tuple)):
            _check_depth(depth)
            return [self.leaf(inner, depth + 1) for inner in item]
        self.tally()
        return scalar(item)

    def tally(self) -> None:
        self.count += 1
        if self.count > MAX_FIELDS:
            raise BodyRefused(400, "too_many_fields", f"Has more than {MAX_FIELDS} fields.")


def flatten(payload: Mapping[str, object]) -> Flat:
    """Every value of `payload` under its dotted path, as text.

    Texts stay as they are. Integers keep all digits, true and false are those words, null is "". A float
    that is whole is written without a point (2145550123.0 is "2145550123", 1e3 is "1000"); the JSON parser
    hands over the digits as sent, so `22.50` stays "22.50" there. PHP's `a[b]` is `a.b`. Arrays are kept
    whole under their path. BodyRefused: more than 200 values, 5 levels, 20,000 characters in a value; a NUL
    or half a surrogate pair anywhere.
    """
    flattening = _Flattening()
    for name, value in payload.items():
        flattening.add(_name(name), value, 2)
    return Flat(_with_arrays(flattening.values), tuple(flattening.notes))


def _with_arrays(values: dict[str, FlatValue]) -> dict[str, FlatValue]:
    """Members that a form numbers (`drivers[0][name]`) put together as the array they are, where it is
    free.
    """
    numbered: dict[str, dict[str, dict[str, FlatValue]]] = {}
    for path, value in values.items():
        parts = path.split(".") if "." in path else ()
        at = next((index for index, part in enumerate(parts) if index and part.isdecimal()), 0)
        if at:
            members = numbered.setdefault(".".join(parts[:at]), {})
            members.setdefault(parts[at], {})[".".join(parts[at + 1 :])] = value
    arrays = {path: _array(members) for path, members in numbered.items() if path not in values}
    arrays = {path: array for path, array in arrays.items() if array}
    if not arrays:
        return values
    kept = {
        path: value for path, value in values.items() if not any(path.startswith(f"{a}.") for a in arrays)
    }
    return kept | arrays


def _array(members: dict[str, dict[str, FlatValue]]) -> list[object]:
    """Objects in order; texts only when they are counted from 0 (`phone.1` and `phone.2` are two fields);
    else [].
    """
    if all("" not in member for member in members.values()):
        return list(members.values())
    if "0" in members and all(set(member) == {""} for member in members.values()):
        return [member[""] for member in members.values()]
    return []


def scalar(value: object) -> str:
    """One plain value as text. BodyRefused when PostgreSQL or UTF-8 could not hold it, or above 20,000
    characters.
    """
    if isinstance(value, str):
        text = value
    elif value is None:
        return ""
    elif isinstance(value, bool):
        return "true" if value else "false"
    elif isinstance(value, float):
        return plain_float(value)
    else:
        text = _digits(value)
    if len(text) > MAX_VALUE:
        raise BodyRefused(413, "value_too_long", f"Holds a value of more than {MAX_VALUE:,} characters.")
    check_characters(text)
    return text


def check_characters(text: str) -> None:
    """BodyRefused if `text` holds NUL, which PostgreSQL cannot store, or half of a surrogate pair."""
    if "\x00" in text:
        raise BodyRefused(400, "nul_character", "Holds a NUL character, which no field may.")
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BodyRefused(400, "broken_character", "Holds half of a surrogate pair, no character.") from None


def _digits(value: object) -> str:
    try:
        return str(value)
    except ValueError:  # Python prints no integer above 4,300 digits
        raise BodyRefused(413, "value_too_long", "Holds a number of more than 4,300 digits.") from None


def _name(name: object) -> str:
    text = name if isinstance(name, str) else str(name)
    check_characters(text)
    if len(text) > MAX_NAME:
        raise BodyRefused(400, "name_too_long", f"Holds a field name of more than {MAX_NAME} characters.")
    if text.endswith("]") and "[" in text:
        text = ".".join(_bracketed(text))
    return text.strip() or "(no name)"


def _bracketed(name: str) -> Iterator[str]:
    """`contact[phone]` -> contact, phone; `conditions[]` -> conditions."""
    for part in name[:-1].replace("][", "[").split("["):
        if part.strip():
            yield part.strip()


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise BodyRefused(400, "nested_too_deep", f"Is nested more than {MAX_DEPTH} levels deep.")
