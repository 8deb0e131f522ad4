"""From what a vendor called its fields to what we call them: names, aliases, value maps.

Pure: no model and no request. The source's FieldRule rows come in as plain mappings whose keys are already
`loose`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from intake.canonical import ALIASES, CANONICAL, FULL_NAME, FieldKind, is_secret, loose
from intake.flatten import BodyRefused, Flat, FlatValue, flatten
from leadcrm.lib.normalize import Unreadable
from leadcrm.lib.normalize import full_name as split_name

__all__ = [
    "ALIASES", "CANONICAL", "BodyRefused", "FieldKind", "Flat", "FlatValue", "Mapped", "api_key_of",
    "flatten", "loose", "map_fields", "named_by", "without_secrets",
]  # fmt: skip

# Whose data this is, when it is not the consumer's: a field under these is matched by its whole path only.
_OTHERS: Final = frozenset({
    "agent", "agents", "seller", "sellers", "buyer", "publisher", "vendor", "affiliate", "partner",
    "partners", "broker", "company", "employer", "agency", "spouse", "child", "children", "dependent",
    "dependents",
    "beneficiary", "beneficiaries", "family", "household", "driver", "drivers", "vehicle", "vehicles",
    "property", "pet", "pets", "emergencycontact", "referrer", "doctor", "physician", "carrier", "policy",
})  # fmt: skip
# What the consumer is called. Words that could mean anything (`name`, `url`) are matched under these only.
_CONSUMER: Final = frozenset({
    "contact", "contactinfo", "contactdata", "contactinformation", "lead", "leaddata", "leadinfo",
    "leaddetails", "consumer", "customer", "person", "personal", "personalinfo", "personalinformation",
    "applicant",
    "primaryapplicant", "prospect", "insured", "client", "user", "profile", "demographics", "data",
    "payload",
    "fields", "body", "info", "details", "request", "record", "caller", "query",
})  # fmt: skip
_ANYTHING: Final = frozenset({
    "name", "url", "region", "product", "vertical", "cost", "price", "timestamp", "createdat", "ip", "test",
    "age", "street", "aid", "consent", "jornaya", "campaign",
})  # fmt: skip
# ... and these under an address too.
_OF_ADDRESS: Final = frozenset({"street", "region"})


@dataclass(frozen=True, slots=True)
class Mapped:
    """A payload in our words. No value is lost: what found no place is in `unknown`."""

    fields: dict[str, str] = field(default_factory=dict)  # canonical name -> text as sent, never empty
    attributes: dict[str, FlatValue] = field(default_factory=dict)  # the vertical's attribute -> as sent
    unknown: dict[str, FlatValue] = field(default_factory=dict)  # path as sent -> as sent
    malformed: dict[str, str] = field(default_factory=dict)  # canonical name -> why it is no single value


@dataclass(frozen=True, slots=True)
class _Candidate:
    # Smallest first: body before query, the source's own rule, the shallowest, our own name before an alias.
    rank: tuple[bool, int, int, int]
    path: str
    value: FlatValue


def map_fields(
    flat: Flat,
    *,
    names: Mapping[str, str],
    values: Mapping[str, Mapping[str, str]],
    attributes: Mapping[str, str],
) -> Mapped:
    """Give every value of `flat` its place.

    `names`: loose incoming name or dotted path -> canonical or attribute name (the source's rules, they go
    first). `values`: canonical or attribute name -> {lower-case value -> replacement}. `attributes`: loose
    name -> attribute. Where several values claim one field, the first of the best rank that is not empty
    has it; the others go to `unknown` unless they say the same. A nested field is known by its whole path
    (`consent.ip` is consent_ip), else by its last part, but never as the consumer's when it lies under
    somebody else (`agent.phone`).
    """
    mapped = Mapped()
    claims: dict[str, list[_Candidate]] = {}
    for path, value in flat.values.items():
        if is_secret(path):
            continue
        target, rank = _target(loose(path), names, attributes)
        if target:
            claims.setdefault(target, []).append(_Candidate((path in flat.later, *rank), path, value))
        else:
            mapped.unknown[path] = value
    for target, candidates in claims.items():
        _settle(mapped, target, candidates)
    _split_full_name(mapped, claims.get(FULL_NAME, []))
    _note_test(mapped)
    _replace_values(mapped, values)
    return mapped


NamedBy = Literal["rule", "name", "alias", "attribute", ""]


def named_by(path: str, *, names: Mapping[str, str], attributes: Mapping[str, str]) -> tuple[str, NamedBy]:
    """The field that an incoming `path` means, and by what; ("", "") for one that is not known.

    By a rule of the source, our own name for it, a built-in alias, or as an attribute of the vertical. `names` and
    `attributes` as for `map_fields`.
    """
    whole = loose(path)
    target, _ = _target(whole, names, attributes)
    if not target:
        return "", ""
    written = {whole, whole.replace(".", ""), whole.rpartition(".")[2]}
    if target == names.get(whole) or target == names.get(whole.rpartition(".")[2]):
        return target, "rule"
    if loose(target) in written:
        return target, "name"
    return target, "alias" if any(ALIASES.get(name) == target for name in written) else "attribute"


def api_key_of(flat: Flat) -> str:
    """The key that a sender without headers put into the body or query, else "". Never store or log it."""
    for path, value in flat.values.items():
        if isinstance(value, str) and value.strip() and is_secret(path):
            return value.strip()
    return ""


def without_secrets(flat: Flat) -> Flat:
    """`flat` without its API key: what may be stored, compared and shown."""
    kept = {path: value for path, value in flat.values.items() if not is_secret(path)}
    return Flat(kept, flat.notes, flat.later)


def _target(
    path: str, names: Mapping[str, str], attributes: Mapping[str, str]
) -> tuple[str, tuple[int, int, int]]:
    """The field a loose path means ("" = none) and how good its claim is."""
    ours = _ruled(path, names, attributes)
    if ours:
        return ours, (0, 0, 0)
    if "." not in path:
        found = _known(path, attributes)
        return found, (1, 1, 0 if loose(found) == path else 1)
    return _nested_target(path.split("."), names, attributes)


def _nested_target(
    parts: list[str], names: Mapping[str, str], attributes: Mapping[str, str]
) -> tuple[str, tuple[int, int, int]]:
    joined, last, depth = "".join(parts), parts[-1], len(parts)
    found = _known(joined, attributes)
    if found:
        return found, (1, depth, 0 if loose(found) == joined else 1)
    above = parts[:-1]
    if any(part in _OTHERS or part.isdecimal() for part in above):
        return "", (1, depth, 2)
    of_address = above[-1] == "address" and last in _OF_ADDRESS
    if last in _ANYTHING and above[-1] not in _CONSUMER and not of_address:
        return "", (1, depth, 2)
    found = _ruled(last, names, attributes) or _known(last, attributes)
    return found, (1, depth, 0 if loose(found) == last else 1)


def _ruled(name: str, names: Mapping[str, str], attributes: Mapping[str, str]) -> str:
    """What a rule of the source says, unless it names something that is neither a field nor declared (any more)."""
    ours = names.get(name, "")
    return ours if ours in CANONICAL or ours == FULL_NAME or ours in attributes.values() else ""


def _known(name: str, attributes: Mapping[str, str]) -> str:
    return ALIASES.get(name) or attributes.get(name) or ""


def _settle(mapped: Mapped, target: str, candidates: list[_Candidate]) -> None:
    """The best claim that is not empty wins; sorting is stable, so among equals the first one sent."""
    candidates.sort(key=lambda candidate: candidate.rank)
    if target == FULL_NAME:
        return
    winner: FlatValue = ""
    for candidate in candidates:
        value = candidate.value if target not in CANONICAL else _single(candidate.value)
        if not _blank(value) and _blank(winner):
            winner = value
        elif not _blank(value) and _said(value) != _said(winner):
            mapped.unknown[candidate.path] = candidate.value
    if _blank(winner):
        return
    if target not in CANONICAL:
        mapped.attributes[target] = winner
    elif isinstance(winner, str):
        mapped.fields[target] = winner
    else:
        mapped.malformed[target] = "Holds several values where one is meant."


def _single(value: FlatValue) -> FlatValue:
    """An array whose items all say the same, as repeated form fields do, is that one value."""
    if isinstance(value, str):
        return value
    texts = {item for item in value if isinstance(item, str) and item.strip()}
    if len(texts) <= 1 and all(isinstance(item, str) for item in value):
        return texts.pop() if texts else ""
    return value


def _blank(value: FlatValue) -> bool:
    return not value.strip() if isinstance(value, str) else not value


def _said(value: FlatValue) -> object:
    return value.strip() if isinstance(value, str) else value


def _split_full_name(mapped: Mapped, candidates: list[_Candidate]) -> None:
    """Fill a missing first or last name from a full name; one that says anything else is kept as unknown."""
    for candidate in candidates:
        parts = _name_parts(_single(candidate.value))
        for name, part in zip(("first_name", "last_name"), parts, strict=True):
            if part and name not in mapped.malformed:
                mapped.fields.setdefault(name, part)
        known = (mapped.fields.get("first_name", ""), mapped.fields.get("last_name", ""))
        if (known != parts or not any(parts)) and not _blank(candidate.value):
            mapped.unknown[candidate.path] = candidate.value


def _name_parts(whole: FlatValue) -> tuple[str, str]:
    """First and last name of a full name, both "" where there is none to split."""
    if not isinstance(whole, str):
        return "", ""
    try:
        return split_name(whole).value
    except Unreadable:
        return "", ""


def _note_test(mapped: Mapped) -> None:
    """Lead Prosper says `lp_action=test`; its other actions are left as unknown fields."""
    for path, value in mapped.unknown.items():
        if loose(path) == "lpaction" and isinstance(value, str) and value.strip().lower() == "test":
            mapped.fields["test"] = "true"
            del mapped.unknown[path]
            return


def _replace_values(mapped: Mapped, values: Mapping[str, Mapping[str, str]]) -> None:
    for name, replacements in values.items():
        for place in (mapped.fields, mapped.attributes):
            value = place.get(name)
            if isinstance(value, str):
                place[name] = replacements.get(value.strip().lower(), value)
