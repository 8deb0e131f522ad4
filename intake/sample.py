"""How a post would be understood and decided: a dry run for whoever sets up a source. Keeps, sends and logs nothing."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from django.db import transaction
from django.utils import timezone

from intake import mapping
from intake.api import answers
from intake.api.body import query_without_keys, without_keys
from intake.api.parsers import parse_body
from intake.canonical import FULL_NAME, is_secret
from intake.field_rules import RuleDraft, near_names
from intake.mapping import Flat, FlatValue, Mapped, NamedBy, loose
from intake.models import Submission
from intake.post import Decided, Post, Reason
from intake.sources import SourceConfig
from intake.understanding import understand
from leadcrm.lib import pipeline
from leadcrm.lib.batch import Batch
from leadcrm.lib.ids import uuid7

Level = Literal["good", "warn", "bad", "unknown", "plain"]
# What is shown of one value at most.
LONGEST_SHOWN: Final = 300
NOTICES: Final = {
    "repaired": "mended: what was sent is not quite right, but there is no doubt what it means",
    "filled": "not sent: filled in from the ZIP",
    "unreadable": "cannot be an e-mail address; the lead is taken without it",
    "zip_in_other_state": "lies in another state than the one that was sent",
    "unlisted": "a ZIP that is on no list we have",
    "day_first": "read with the day before the month: the other way round is no date",
    "date_only": "a moment without a time of day",
    "attributes_left_out": "attributes of XML elements are not read",
    "file_left_out": "a file was sent; files are not read",
    "repeated_key": "sent more than once with different values: the first that is not empty counts",
    "json_sent_as_form": "JSON was sent as a form; it was read as JSON",
}
NAMED: Final[Mapping[NamedBy, str]] = {
    "rule": "field rule", "name": "our name", "alias": "built-in alias", "attribute": "attribute", "": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SampleLine:
    """One field of the sample. `path` as sent ("" where nothing was), `field` as we call it ("" = not known)."""

    path: str
    field: str
    by: str
    raw: str
    clean: str
    level: Level
    remarks: tuple[str, ...] = ()
    code: str = ""
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample as it was understood, and what would come of it.

    `live_only`: what a live post would be refused for and a test post is not. `answer`: what the vendor would be told.
    """

    format: str
    lines: tuple[SampleLine, ...]
    missing: tuple[str, ...]
    remarks: tuple[str, ...]
    live_only: tuple[Reason, ...]
    price: Decimal
    priced_by: str
    decided: Decided
    answer: str


def guess_type(text: str) -> str:
    """The Content-Type that `text`, pasted by a person, was probably sent with."""
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start == "<":
        return "application/xml"
    return "application/json" if start in ("{", "[") else "application/x-www-form-urlencoded"


def hide_keys(text: str) -> str:
    """`text` without API keys that were pasted with it."""
    return query_without_keys(text)


def with_drafts(source: SourceConfig, drafts: Iterable[RuleDraft]) -> SourceConfig:
    """`source` as it would be with `drafts` saved."""
    names, values = dict(source.names), {name: dict(table) for name, table in source.values.items()}
    for draft in drafts:
        names[loose(draft.incoming)] = draft.field
        if draft.values:
            table = values.setdefault(draft.field, {})
            table.update({said.strip().lower(): meant for said, meant in draft.values})
    return replace(source, names=names, values=values)


def try_sample(
    *,
    source: SourceConfig,
    body: bytes,
    content_type: str,
    query: str = "",
    config_version: int,
    now: datetime,
) -> Sample:
    """Read `body` as a post of `source` that comes at `now` (aware), and decide it as a test post.

    Nothing is stored, logged or sent, no cap or turn is taken. Raises BodyRefused for a body that cannot be read,
    BadSettings where a check's settings cannot.
    """
    parsed = parse_body(without_keys(body), content_type, query_without_keys(query))
    flat = mapping.without_secrets(parsed.flat)
    submission = Submission(id=uuid7(), source_id=source.id, received_at=now, test=True)

    def read(*, test: bool) -> Post:
        return understand(
            submission=submission, source=source, payload=flat, config_version=config_version, now=now, test=test
        )  # fmt: skip

    post, live = read(test=True), read(test=False)
    submission.vendor_lead_id = post.fields.get("vendor_lead_id", "")
    decided = decide_dry(post)
    told = answers.decision_answer(post, decided, xml=False, ms=0)
    return Sample(
        format=parsed.format,
        lines=(*_lines(flat, post, source), *_unsent(flat, post, source)),
        missing=tuple(error.field for error in post.errors if error.code == "missing_field"),
        remarks=_remarks(flat, post),
        live_only=tuple(error for error in live.errors if error not in post.errors),
        price=post.price,
        priced_by="by the price table" if post.price_rule is not None else "",
        decided=decided,
        answer=json.dumps(json.loads(told.body), indent=2, ensure_ascii=False),
    )


def decide_dry(post: Post) -> Decided:
    """The decision of a test post, whose batch nobody writes."""
    with transaction.atomic():
        decided: Decided = pipeline.step("decide")(post=post, batch=Batch())
        transaction.set_rollback(True)
    return decided


def _remarks(flat: Flat, post: Post) -> tuple[str, ...]:
    """What is to be said of the sample as a whole."""
    found = [NOTICES.get(code, code) for code, path in flat.notes if not path]
    if "ping_id" in post.fields:
        found.append(
            "it names a ping, which is not looked up here: it is priced and decided as a direct post"
        )
    return tuple(found)


def _lines(flat: Flat, post: Post, source: SourceConfig) -> list[SampleLine]:
    mapped = mapping.map_fields(
        flat, names=source.names, values=source.values, attributes=source.attribute_names
    )
    return [
        _line(path, value, mapped, post, source) for path, value in flat.values.items() if not is_secret(path)
    ]


def _line(path: str, value: FlatValue, mapped: Mapped, post: Post, source: SourceConfig) -> SampleLine:
    target, by = mapping.named_by(path, names=source.names, attributes=source.attribute_names)
    if path in mapped.unknown or not target:
        said = "another field says otherwise: kept beside the lead as an unknown field" if target else (
            "kept with the lead as it came, used for nothing"
        )  # fmt: skip
        near = () if target else near_names(path, source)
        return SampleLine(
            path, target, NAMED[by], in_words(value), "", "unknown", (said,), "unknown_field", near
        )
    if not (value.strip() if isinstance(value, str) else value):
        return SampleLine(path, target, NAMED[by], "", "", "plain", ("empty: as if it had not been sent",))
    level, remarks, code = _found(target, path, post)
    return SampleLine(path, target, NAMED[by], in_words(value), _clean(target, post), level, remarks, code)


def _found(target: str, path: str, post: Post) -> tuple[Level, tuple[str, ...], str]:
    """What was wrong with a field, else what was noticed of it: how grave, in words, the first code."""
    if errors := [error for error in post.errors if error.field == target]:
        return "bad", tuple(error.message for error in errors), errors[0].code
    codes = [notice.code for notice in post.notices if notice.field in (target, path)]
    return "warn" if codes else "good", tuple(NOTICES.get(c, c) for c in codes), codes[0] if codes else ""


def _clean(target: str, post: Post) -> str:
    if target == FULL_NAME:
        parts = (post.fields.get("first_name", ""), post.fields.get("last_name", ""))
        return f"{parts[0]} | {parts[1]}" if any(parts) else ""
    value = post.fields.get(target, post.attributes.get(target))
    return "" if value is None else in_words(value)


def _unsent(flat: Flat, post: Post, source: SourceConfig) -> list[SampleLine]:
    """What the post says although no field of the sample does: the state by its ZIP, what the contract is about."""
    sent = {
        mapping.named_by(path, names=source.names, attributes=source.attribute_names)[0] for path in flat.values
    }  # fmt: skip
    of_name = {"first_name", "last_name"} if FULL_NAME in sent else set()
    found = []
    for name in post.fields:
        if name in sent | of_name:
            continue
        codes = [notice.code for notice in post.notices if notice.field == name]
        said = tuple(NOTICES.get(code, code) for code in codes)
        if name == "interest":
            said = ("not sent: what the source sells",)
        found.append(SampleLine("", name, "", "", _clean(name, post), "warn" if codes else "plain", said))
    return found


def in_words(value: Any) -> str:
    """A value, as sent or clean, for people; long ones are cut off."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        text = f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S %Z}"
    elif is_dataclass(value) and not isinstance(value, type):
        text = " ".join(str(part) for name, part in asdict(value).items() if part and name != "region")
    elif isinstance(value, dict) and set(value) <= {"low", "high"}:
        text = f"{value.get('low', 'any')} to {value.get('high', 'any')}"
    else:
        text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
