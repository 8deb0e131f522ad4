"""What a vendor is told, in whose words, with which HTTP status. The only place (wire-contract section 5).

Nothing a vendor sent is repeated here but its own lead id, names of unknown fields and, in test posts, the
values we understood; each only where it holds no word that a sender might search an answer for.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.conf import settings

from intake.api.wording import is_safe, safe_values
from intake.models import AttributeKind, Detail, Dialect, Ping, Profile, Source, Submission
from intake.post import Decided, Post, Reason
from leadcrm.lib.api_errors import error_body
from leadcrm.lib.xml import to_xml

JSON: Final = "application/json"
XML: Final = "application/xml"
# Refusals that are ours: the same post may be decided otherwise in a moment, and is not replayed.
RETRYABLE: Final = frozenset({"internal", "check_unavailable"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: HTTP status, body text, its content type, and headers beside."""

    status: int
    body: str
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


def decision_answer(post: Post, decided: Decided, *, xml: bool, ms: float) -> Answer:
    """The answer to a decided post. `ms`: milliseconds spent so far."""
    source = post.source.source
    if decided.outcome == "held":
        return pending_answer(source, post.submission, test=post.test, xml=xml)
    if source.dialect == Dialect.LEADCONDUIT:
        return _leadconduit(post, decided, xml=xml)
    body = _accepted(post, decided) if decided.outcome == "accepted" else _rejected(post, decided)
    body["test"] = post.test
    if post.test:
        body.update(_test_details(post, decided))
    body["processed_ms"] = round(ms)
    status = 200
    if source.profile == Profile.REST:
        status = 201 if decided.outcome == "accepted" else 422
    return _answer(status, body, post.submission, xml=xml)


def ping_answer(post: Post, decided: Decided, ping: Ping, *, xml: bool, ms: float) -> Answer:
    """The answer to the ping `post`, of which `ping` is the row. `ms`: milliseconds spent so far."""
    source = post.source.source
    accepted = decided.outcome == "accepted"
    if source.dialect == Dialect.LEADCONDUIT:
        return _leadconduit_ping(decided, ping, post.submission, xml=xml)
    body = _bid(post, ping) if accepted else _not_bid(post, decided)
    body["test"] = post.test
    if post.test:
        body.update(_test_details(post, decided))
    body["processed_ms"] = round(ms)
    status = 200 if source.profile != Profile.REST else 201 if accepted else 422
    return _answer(status, body, post.submission, xml=xml)


def pending_answer(source: Source, submission: Submission, *, test: bool, xml: bool) -> Answer:
    """The answer to a post whose decision comes later: where to read it."""
    url = f"{settings.PUBLIC_URL}/api/lead-intake/{submission.pk.hex}"
    if source.dialect == Dialect.LEADCONDUIT:
        body = {"outcome": "pending", "lead": {"id": submission.pk.hex}, "price": 0}
        return _answer(202, body, submission, xml=xml)
    body = {
        "status": "pending",
        "submission_id": submission.pk.hex,
        **_echo(submission),
        "decision_url": url,
        "test": test,
    }
    return _answer(202, body, submission, xml=xml)


def unreadable_answer(submission: Submission, status: int, message: str, *, xml: bool) -> Answer:
    """The answer to a call whose body is kept, but cannot be read."""
    code = {400: "bad_request", 413: "too_large", 415: "unsupported_media_type"}[status]
    message = f"The body {message[:1].lower()}{message[1:]}"
    return _answer(status, error_body(code, message, submission_id=submission.pk.hex), submission, xml=xml)


def _accepted(post: Post, decided: Decided) -> dict[str, Any]:
    body: dict[str, Any] = {
        "status": "accepted",
        "lead_id": f"A-{decided.number}",
        "submission_id": post.submission.pk.hex,
        **_echo(post.submission),
        "price": str(decided.price),
        "currency": post.source.source.currency,
    }
    return body | _warnings(post)


def _bid(post: Post, ping: Ping) -> dict[str, Any]:
    return {
        "status": "accepted",
        "ping_id": ping.pk.hex,
        **_echo(post.submission),
        "price": str(ping.price),
        "currency": ping.currency,
        **_expiry(ping),
    } | _warnings(post)


def _expiry(ping: Ping) -> dict[str, Any]:
    """The seconds are those of the first answer, also where it is given again: the moment counts."""
    assert ping.expires_at is not None
    seconds = int((ping.expires_at - ping.received_at).total_seconds())
    return {"expires_in": seconds, "expires_at": _plain(ping.expires_at.replace(microsecond=0))}


def _not_bid(post: Post, decided: Decided) -> dict[str, Any]:
    body = _rejected(post, decided)
    return {"ping_id" if name == "submission_id" else name: value for name, value in body.items()}


def _warnings(post: Post) -> dict[str, Any]:
    warnings = []
    for notice in post.notices:
        shown = {"field": notice.field} if notice.field and is_safe(notice.field) else {}
        warnings.append({"code": notice.code, **shown})
    return {"warnings": warnings} if warnings else {}


def _rejected(post: Post, decided: Decided) -> dict[str, Any]:
    first = decided.reasons[0]
    detail = post.source.source.detail
    body: dict[str, Any] = {"status": "rejected", "reason": first.code}
    if detail != Detail.MINIMAL:
        body["message"] = _sentence(first)
    body["reasons"] = [_reason(reason, detail) for reason in decided.reasons]
    if first.retry_after is not None:
        body["retry_after"] = first.retry_after
    return {
        **body,
        "submission_id": post.submission.pk.hex,
        **_echo(post.submission),
        "price": "0.00",
        "retry": first.code in RETRYABLE,
    }


def _reason(reason: Reason, detail: str) -> dict[str, Any]:
    told: dict[str, Any] = {"code": reason.code}
    if detail == Detail.FULL and reason.field and is_safe(reason.field):
        told["field"] = reason.field
    if detail != Detail.MINIMAL:
        told["message"] = reason.message
    return told


def _sentence(reason: Reason) -> str:
    if reason.code in {"missing_field", "invalid_field", "invalid_phone", "invalid_email"} and is_safe(
        reason.field
    ):
        return f"{reason.field}: {reason.message}"
    return reason.message


def _echo(submission: Submission) -> dict[str, str]:
    """The vendor's own id, where it can stand in any answer; else it goes into a header."""
    vendor_lead_id = submission.vendor_lead_id
    return {"vendor_lead_id": vendor_lead_id} if vendor_lead_id and is_safe(vendor_lead_id) else {}


def _test_details(post: Post, decided: Decided) -> dict[str, Any]:
    checks = [
        {"check": _check_name(c["check"]), "outcome": c["outcome"], "ms": c["ms"]} for c in decided.checks
    ]
    values = {name: _plain(value) for name, value in {**post.fields, **_shown_attributes(post)}.items()}
    shown, withheld = safe_values(values)
    details: dict[str, Any] = {"checks": checks, "normalized": shown}
    return {**details, "withheld": withheld} if withheld else details


def _shown_attributes(post: Post) -> Mapping[str, Any]:
    """Answers are kept: of a ping, no text that its source does not mark, for it might name somebody."""
    if not post.is_ping:
        return post.attributes
    kept, rules = post.source.kept_of_ping, post.source.attributes
    return {
        name: value
        for name, value in post.attributes.items()
        if name in kept or rules[name].kind != AttributeKind.TEXT
    }


def _check_name(name: str) -> str:
    """`duplicate` holds a word no accepted answer may hold."""
    return name if is_safe(name) else {"duplicate": "known_person"}.get(name, "other")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date | Decimal):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {k: v for k, v in asdict(value).items() if v}
    return value


def _leadconduit(post: Post, decided: Decided, *, xml: bool) -> Answer:
    """LeadConduit's standard response: outcome, reason, lead id, price."""
    if decided.outcome == "accepted":
        body = {"outcome": "success", "lead": {"id": f"A-{decided.number}"}, "price": float(decided.price)}
    else:
        reason = decided.reasons[0].code
        body = {"outcome": "failure", "reason": reason, "lead": {"id": post.submission.pk.hex}, "price": 0}
    return _answer(201, body, post.submission, xml=xml)


def _leadconduit_ping(decided: Decided, ping: Ping, stub: Submission, *, xml: bool) -> Answer:
    """The same for a ping: its id stands where a lead's would, and by its own name."""
    named: dict[str, Any] = {"lead": {"id": ping.pk.hex}, "ping_id": ping.pk.hex}
    if decided.outcome == "accepted":
        body = {"outcome": "success", **named, "price": float(ping.price), **_expiry(ping)}
    else:
        body = {"outcome": "failure", "reason": decided.reasons[0].code, **named, "price": 0}
    return _answer(200, body, stub, xml=xml)


def _answer(status: int, body: dict[str, Any], submission: Submission, *, xml: bool) -> Answer:
    vendor_lead_id = submission.vendor_lead_id
    headers = {"X-Vendor-Lead-Id": vendor_lead_id} if vendor_lead_id and not _echo(submission) else {}
    if xml:
        return Answer(status, f"<result>{to_xml(body)}</result>", XML, headers)
    return Answer(status, msgspec.json.encode(body).decode(), JSON, headers)
