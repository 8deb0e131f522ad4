"""The field table of one source: names, values, what is required. The page, the schemas and the samples come of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal

from intake.canonical import ALIASES, CANONICAL, FULL_NAME, aliases_of, loose
from intake.models import AttributeKind, FieldRule, VerticalAttribute
from intake.posting.asked import Asked
from intake.posting.shapes import Shape, attribute_shape, shape_of, with_codes
from intake.serializers import HASH, HASHED, TAKEN_OF_PING, PostedLead
from intake.sources import SourceConfig
from intake.understanding import ALWAYS_REQUIRED

# What is posted only where there are pings.
OF_PINGS: Final = frozenset({"ping_id"})
_WHAT: Final = {name: str(field.help_text) for name, field in PostedLead().fields.items()} | {
    FULL_NAME: "text, split into first and last name"
}
_FALLS_BACK: Final = {
    "state": "filled in from the ZIP if it is missing",
    "consent_ip": "ip_address stands for it",
    "consent_user_agent": "user_agent stands for it",
    "consent_timestamp": "lead_created_at stands for it",
}
_KINDS: Final = {
    AttributeKind.TEXT: "text, up to 1000 characters",
    AttributeKind.INTEGER: "whole number",
    AttributeKind.MONEY: "US dollars, or a range such as 10-20k",
    AttributeKind.BOOLEAN: "yes or no",
    AttributeKind.DATE: "date",
    AttributeKind.CHOICE: "one of the words",
    AttributeKind.LIST: "list of objects",
}


_HASHED_EXAMPLE: Final = {"phone_hash": "2145550123", "email_hash": "person@example.com"}
PingWord = Literal["", "taken", "required"]


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field as this source's vendor writes it.

    `name` is ours, `names` all it may be called, the vendor's own first; `words` are allowed values, `codes` the
    vendor's own values with what each means; `shape` is the value as JSON Schema. `ping`: whether a ping carries it.
    """

    name: str
    names: tuple[str, ...]
    what: str
    required: bool
    shape: Shape
    notes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    own: tuple[str, ...] = ()
    ping: PingWord = ""

    @property
    def called(self) -> str:
        """The name to send: the vendor's own where the source has one."""
        return self.names[0]

    @property
    def others(self) -> tuple[str, ...]:
        """The names it may be called instead."""
        return self.names[1:]

    @property
    def example(self) -> Any:
        """A value that fits, None where there is none to tell."""
        return next(iter(self.shape.get("examples", ())), None)


@dataclass(frozen=True, slots=True)
class FieldTable:
    """All fields of one source: those of every lead, the attributes of its kind of insurance, the hashes of pings."""

    fields: tuple[FieldRow, ...]
    attributes: tuple[FieldRow, ...]
    hashes: tuple[FieldRow, ...] = ()

    @property
    def rows(self) -> tuple[FieldRow, ...]:
        """Those of a post."""
        return (*self.fields, *self.attributes)

    @property
    def pinged(self) -> tuple[FieldRow, ...]:
        """Those of a ping; empty where the source takes none."""
        return (*(row for row in self.rows if row.ping), *self.hashes)

    def names(self, name: str) -> tuple[str, ...]:
        """What our field `name` may be called, the name to send first; empty where its names mean something else."""
        return next((row.names for row in self.rows if row.name == name), ())


def field_table(source: SourceConfig, asked: Asked) -> FieldTable:
    """The fields of posts of `source`. Its rows are the ones it was loaded with: no query."""
    declared = list(source.source.vertical.attributes.all())
    rules = [rule for rule in source.source.field_rules.all() if _means_something(rule, declared)]
    names = _Names(rules)
    required = {*ALWAYS_REQUIRED, *source.required, *asked.proofs}
    notes = list(asked.notes) + list(_FALLS_BACK.items())
    fields = []
    for name in _posted_names(pings=source.source.pings):
        called = names.of(name, aliases_of(name))
        if called:  # else every one of its names means something else in this source
            fields.append(_field(name, called, source, rules, name in required, notes))
    attributes = [
        _attribute(each, names.of(each.name, _known_only(each.aliases)), source, rules, each.name in required)
        for each in declared
        if each.name not in CANONICAL
    ]
    hashes = tuple(map(_hash, HASHED)) if source.source.pings else ()
    return FieldTable(tuple(fields), tuple(row for row in attributes if row.names), hashes)


def _posted_names(*, pings: bool) -> Iterator[str]:
    """The canonical names in their order, the full name behind its parts."""
    for name in CANONICAL:
        if pings or name not in OF_PINGS:
            yield name
        if name == "last_name":
            yield FULL_NAME


def _means_something(rule: FieldRule, declared: Iterable[VerticalAttribute]) -> bool:
    return rule.field in CANONICAL or rule.field == FULL_NAME or rule.field in {a.name for a in declared}


def _known_only(aliases: Iterable[str]) -> tuple[str, ...]:
    """Aliases of an attribute that no field of every lead has: those go first."""
    return tuple(alias for alias in aliases if loose(alias) not in ALIASES)


class _Names:
    """What fields are called under the rules of a source: a rule takes its name from whatever else it meant."""

    def __init__(self, rules: list[FieldRule]) -> None:
        self._rules = rules
        self._meant = {loose(rule.incoming): rule.field for rule in rules}

    def of(self, name: str, aliases: Iterable[str]) -> tuple[str, ...]:
        """The vendor's own names of the field `name`, then ours, then the others."""
        own = [rule.incoming for rule in self._rules if rule.field == name]
        free = [each for each in (name, *aliases) if self._meant.get(loose(each), name) == name]
        found: dict[str, str] = {}
        for each in (*own, *free):
            found.setdefault(each.casefold(), each)
        return tuple(found.values())


def _field(
    name: str, names: tuple[str, ...], source: SourceConfig, rules: list[FieldRule], required: bool,
    notes: list[tuple[str, str]],
) -> FieldRow:  # fmt: skip
    shape, words, what = shape_of(name), tuple(shape_of(name).get("enum", ())), _WHAT[name]
    if name == "interest":
        vertical = source.source.vertical
        words = (vertical.code, *vertical.words)
        shape = {**shape, "enum": list(words), "examples": [vertical.code]}
        what = f"{what}; without it {vertical.code}"
    codes = _codes(name, rules)
    return FieldRow(
        name, names, what, required, with_codes(shape, [code for code, _ in codes]),
        notes=tuple(note for about, note in notes if about == name),
        words=() if name == "state" else words, codes=codes, own=_own(name, rules),
        ping=_ping_word(name, source, taken=name in TAKEN_OF_PING),
    )  # fmt: skip


def _attribute(
    declared: VerticalAttribute, names: tuple[str, ...], source: SourceConfig, rules: list[FieldRule], required: bool,
) -> FieldRow:  # fmt: skip
    codes = _codes(declared.name, rules)
    return FieldRow(
        declared.name, names, _KINDS[AttributeKind(declared.kind)], required,
        with_codes(attribute_shape(declared), [code for code, _ in codes]),
        words=tuple(declared.choices) if declared.kind == AttributeKind.CHOICE else (), codes=codes,
        own=_own(declared.name, rules),
        ping=_ping_word(declared.name, source, taken=declared.kind != AttributeKind.LIST),
    )  # fmt: skip


def _ping_word(name: str, source: SourceConfig, *, taken: bool) -> PingWord:
    if not source.source.pings:
        return ""
    if name in ("state", *source.source.ping_fields):
        return "required"
    return "taken" if taken else ""


def _hash(name: str) -> FieldRow:
    shape = {**HASH, "examples": [sha256(_HASHED_EXAMPLE[name].encode()).hexdigest()]}
    return FieldRow(name, (name, *aliases_of(name)), HASHED[name], False, shape, ping="taken")


def _own(name: str, rules: list[FieldRule]) -> tuple[str, ...]:
    return tuple(rule.incoming for rule in rules if rule.field == name)


def _codes(name: str, rules: list[FieldRule]) -> tuple[tuple[str, str], ...]:
    """The vendor's codes of a field's value, with what each means."""
    return tuple(
        {code: word for rule in rules if rule.field == name for code, word in rule.values.items()}.items()
    )
