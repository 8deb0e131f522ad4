"""Answers as this source gives them, made by what makes the real ones: nothing of them is written down twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from intake.api import answers
from intake.api.answers import Answer
from intake.models import Submission
from intake.post import Decided, Notice, Post, Reason
from intake.posting.asked import TestZip
from intake.sources import SourceConfig
from leadcrm.lib.api_errors import error_body

# Of no post: an example for people.
_SUBMISSION: Final = UUID("0192f3a4c1d27bd08a51c2e9d4b7f601")
_NUMBER: Final = 48291
# Stands for the price where the source does not show it.
_SOME_PRICE: Final = Decimal("10.00")
_CHECKS: Final = (
    {"check": "source_open", "outcome": "pass", "ms": 0.02},
    {"check": "fields", "outcome": "pass", "ms": 0.01},
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer for the page: what it is, its HTTP status, its body."""

    title: str
    status: int
    body: str


def example_answers(source: SourceConfig, *, now: datetime) -> Iterator[Shown]:
    """What this source answers: bought, refused, decided later, a test post, an error. `now` is aware."""
    live, test = example_post(source, now, test=False), example_post(source, now, test=True)
    bought = Decided("accepted", (), _NUMBER, live.price)
    refusal = Reason("duplicate", "We have this person already.", "phone")
    refused = Decided("rejected", (refusal,), None, live.price)
    tried = Decided("accepted", (), _NUMBER, live.price, _CHECKS)
    yield shown("Accepted: the lead is bought", answers.decision_answer(live, bought, xml=False, ms=37))
    yield shown("Rejected: it is not", answers.decision_answer(live, refused, xml=False, ms=21))
    pending = answers.pending_answer(source.source, live.submission, test=False, xml=False)
    yield shown("Pending: the decision comes later", pending)
    yield shown("Accepted, as a test post", answers.decision_answer(test, tried, xml=False, ms=41))
    error = error_body("unauthorized", "Give a valid API key.")
    yield Shown("Error: no decision was made", 401, msgspec.json.encode(error).decode())


def outcome_of(forced: TestZip) -> str:
    """What a test ZIP does, with `code` in backticks."""
    if forced.unavailable:
        return "HTTP 503 with `Retry-After: 1`"
    if forced.reason:
        after = f' with `"retry_after":{forced.retry_after}`' if forced.retry_after is not None else ""
        return f"rejected, `{forced.reason}`{after}"
    return (
        f"accepted after {forced.wait_seconds:g} seconds, to try your time-out"
        if forced.wait_seconds
        else "accepted"
    )


def example_post(source: SourceConfig, now: datetime, *, test: bool) -> Post:
    """A post of nobody, at the price that the page may show. `now` is aware."""
    submission = Submission(id=_SUBMISSION, vendor_lead_id="V-1001", test=test)
    fields: dict[str, Any] = {"first_name": "Dana", "last_name": "Example", "state": "TX"}
    return Post(
        submission=submission, source=source, config_version=0, now=now, test=test,
        price=source.source.price if source.source.posting_price else _SOME_PRICE,
        fields=fields, notices=() if test else (Notice("unknown_field", "landing_id"),),
    )  # fmt: skip


def shown(title: str, answer: Answer) -> Shown:
    """An answer under a title."""
    return Shown(title, answer.status, answer.body)
