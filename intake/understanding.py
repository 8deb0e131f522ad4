"""From a parsed payload to a Post: names mapped, values clean, every field error found. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.conf import settings
from rest_framework.exceptions import ErrorDetail, ValidationError

from intake import mapping
from intake.canonical import HASHES
from intake.fields import read_as_of
from intake.mapping import Flat, FlatValue, Mapped, loose
from intake.models import AttributeKind, SourceStatus, Submission
from intake.post import Notice, Post, Reason
from intake.pricing import quote
from intake.serializers import TAKEN_OF_PING, Read, read_posted
from intake.sources import AttributeRule, SourceConfig
from leadcrm.lib import normalize
from leadcrm.lib.certificates import BadCertificate, read_trustedform_url
from leadcrm.lib.hashed import Hashed, read_hash
from leadcrm.lib.normalize import Unreadable

CODES: Final = {"phone": "invalid_phone", "phone_2": "invalid_phone", "email": "invalid_email"}
# A lead without them cannot be called, found again, or routed to a licensed agent.
ALWAYS_REQUIRED: Final = ("phone", "state")


@dataclass(slots=True)
class _Findings:
    values: dict[str, Any]
    errors: list[Reason]
    notices: list[Notice]


def understand(
    *,
    submission: Submission,
    source: SourceConfig,
    payload: Flat,
    config_version: int,
    now: datetime,
    test: bool | None = None,
    of_ping: bool = False,
) -> Post:
    """The post that `payload` makes under the contract of `source`. Never raises for what a vendor may send.

    `submission` is not saved yet; `now` is aware. The post is a test post when the source is in test mode or
    the payload says so; `test` settles it for a stored post. Of a ping, what names or reaches a person is not read.
    """
    names = {**source.attribute_names, **HASHES} if of_ping else source.attribute_names
    mapped = mapping.map_fields(payload, names=source.names, values=source.values, attributes=names)
    hashes, odd = take_out_hashes(mapped) if of_ping else ({}, ())
    not_kept = take_out_contact_data(mapped, source) if of_ping else ()
    if test is None:
        test = source.source.status == SourceStatus.TEST or _says_test(mapped)
    with read_as_of(now):
        found = _read(mapped, live=not (test or source.source.demo))
    found.errors += [
        Reason(CODES.get(name, "invalid_field"), why, name) for name, why in mapped.malformed.items()
    ]
    found.errors += odd
    _forgive_email(found, source)
    _note_mended_certificate(found)
    _read_interest(found, source)
    today = now.astimezone(settings.AGENCY_ZONE).date()
    attributes = _read_attributes(found, mapped.attributes, source, today)
    required = ("state", *source.source.ping_fields) if of_ping else (*ALWAYS_REQUIRED, *source.required)
    _require(found, attributes, required)
    found.notices += [Notice("not_kept", name) for name in not_kept]
    found.notices += [Notice("unknown_field", name) for name in mapped.unknown]
    found.notices += [Notice(code, path) for code, path in payload.notes]
    # By the moment it arrived: what waits for us costs what it would have cost.
    arrived: datetime | None = submission.received_at  # None where one is only thought of
    priced = quote(source, found.values, attributes, (arrived or now).astimezone(settings.AGENCY_ZONE))
    return Post(
        submission=submission,
        source=source,
        config_version=config_version,
        now=now,
        test=test,
        price=priced.price,
        most=priced.most,
        price_rule=priced.rule,
        fields=found.values,
        attributes=attributes,
        unknown={} if of_ping else mapped.unknown,
        errors=tuple(found.errors),
        notices=tuple(found.notices),
        is_ping=of_ping,
        hashes=hashes,
    )


def take_out_hashes(mapped: Mapped) -> tuple[dict[str, Hashed], tuple[Reason, ...]]:
    """The hashes that a ping carries, by what they are of; and an error for each that is none. `mapped` loses them."""
    found, errors = {}, []
    for name in dict.fromkeys(HASHES.values()):
        raw = mapped.attributes.pop(name, None)
        if raw is None:
            continue
        hashed = read_hash(raw) if isinstance(raw, str) else None
        if hashed is None:
            errors.append(Reason("invalid_field", "Is no SHA-256, SHA-1 or MD5 in hex.", name))
        else:
            found[name.removesuffix("_hash")] = hashed
    return found, tuple(errors)


def take_out_contact_data(mapped: Mapped, source: SourceConfig) -> tuple[str, ...]:
    """Leave in `mapped` only what a ping may tell; the names of the fields and attributes taken out."""
    out = [name for name in (*mapped.fields, *mapped.malformed) if name not in TAKEN_OF_PING]
    lists = [name for name in mapped.attributes if source.attributes[name].kind == AttributeKind.LIST]
    for name in (*out, *lists):
        for place in (mapped.fields, mapped.malformed, mapped.attributes):
            place.pop(name, None)
    return tuple(dict.fromkeys((*out, *lists)))


def _says_test(mapped: Mapped) -> bool:
    """True for a test flag; an unreadable one counts as a test, since nothing is bought by mistake then."""
    if "test" not in mapped.fields:
        return False
    try:
        return normalize.boolean(mapped.fields["test"]).value
    except Unreadable:
        return True


def _read(mapped: Mapped, *, live: bool) -> _Findings:
    """The clean values; fields that are in error are left out and the rest is read."""
    try:
        read = read_posted(mapped.fields, live=live)
        return _Findings(read.values, [], list(read.notices))
    except ValidationError as error:
        wrong: Any = error.detail
        errors = [_reason(name, details) for name, details in wrong.items()]
    rest = {name: raw for name, raw in mapped.fields.items() if name not in wrong}
    try:
        read = read_posted(rest, live=live)
    except ValidationError as error:
        second: Any = error.detail
        errors += [_reason(name, details) for name, details in second.items()]
        read = Read({}, ())
    return _Findings(read.values, errors, list(read.notices))


def _reason(name: str, details: list[ErrorDetail]) -> Reason:
    return Reason(CODES.get(name, "invalid_field"), str(details[0]), name)


def _forgive_email(found: _Findings, source: SourceConfig) -> None:
    """An address that cannot be valid costs the lead only where the source asks for one."""
    if "email" in source.required:
        return
    kept = [error for error in found.errors if error.field != "email"]
    if len(kept) != len(found.errors):
        found.errors[:] = kept
        found.notices.append(Notice("unreadable", "email"))


def _note_mended_certificate(found: _Findings) -> None:
    """What is wrong with a certificate is the consent check's to say; what can be mended is noted here."""
    try:
        mended = read_trustedform_url(found.values.get("trustedform_cert_url", "")).repaired
    except BadCertificate:
        return
    if mended:
        found.notices.append(Notice("repaired", "trustedform_cert_url"))


def _read_interest(found: _Findings, source: SourceConfig) -> None:
    word = found.values.get("interest")
    if word is None:
        found.values["interest"] = source.vertical
        return
    code = source.interests.get(loose(word))
    if code is None:
        found.errors.append(Reason("invalid_field", "Is no kind of insurance we know.", "interest"))
        code = source.vertical
    found.values["interest"] = code


def _read_attributes(
    found: _Findings, raw: Mapping[str, FlatValue], source: SourceConfig, today: date
) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    for name, value in raw.items():
        rule = source.attributes[name]
        try:
            clean[name] = read_attribute(rule, value, today)
        except Unreadable as error:
            found.errors.append(Reason("invalid_field", error.message, name))
    return clean


def read_attribute(rule: AttributeRule, value: FlatValue, today: date) -> Any:
    """A value fit for JSON: numbers as numbers, amounts and dates as text, ranges as {low, high}.

    `today` is the agency's. Raises Unreadable.
    """
    if rule.kind == AttributeKind.LIST:
        return value
    if rule.kind == AttributeKind.BOOLEAN:
        return normalize.boolean(value).value
    if rule.kind == AttributeKind.INTEGER:
        return normalize.integer(value).value
    if rule.kind == AttributeKind.DATE:
        return normalize.day(value, today=today).value.isoformat()
    if rule.kind == AttributeKind.MONEY:
        amount = normalize.amount(value).value
        if not amount.is_range:
            return str(amount.value)
        return {end: str(n) for end, n in (("low", amount.low), ("high", amount.high)) if n is not None}
    word = normalize.text(value, max_length=1000).value
    if rule.kind == AttributeKind.CHOICE and word.lower() not in rule.choices:
        raise Unreadable("not_a_choice", "Is none of the allowed words.")
    return word.lower() if rule.kind == AttributeKind.CHOICE else word


def _require(found: _Findings, attributes: Mapping[str, Any], names: Iterable[str]) -> None:
    in_error = {error.field for error in found.errors}
    for name in dict.fromkeys(names):
        if name in in_error or name in found.values or name in attributes:
            continue
        if name == "state" and "zip" in in_error:
            continue
        found.errors.append(Reason("missing_field", "Is required.", name))
