"""The front door for pings, top to bottom: a call becomes a bid with its answer, and nothing else is kept of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import OperationalError, transaction

from intake.api import answers
from intake.api.answers import Answer
from intake.api.parsers import parse_body
from intake.api.wording import is_safe
from intake.flatten import BodyRefused
from intake.models import Ping, PingPlace, PingState, Submission
from intake.pings.matching import Marks, marks_of, standing
from intake.pings.saying import said_by_ping
from intake.post import Decided, Post
from intake.receive import Envelope, until_race_is_won
from intake.sources import SourceConfig
from intake.understanding import understand
from leadcrm.lib import pipeline
from leadcrm.lib.api_errors import ApiError
from leadcrm.lib.batch import Batch
from leadcrm.lib.db import LostRace
from leadcrm.lib.ids import uuid7
from leadcrm.lib.metrics import count_decision

log = structlog.get_logger(__name__)
UNREADABLE: Final = {400: "bad_request", 413: "too_large", 415: "unsupported_media_type"}


@dataclass(frozen=True, slots=True)
class Bid:
    """What the caller is told. `replayed`: the same ping again."""

    answer: Answer
    replayed: bool = False


def receive_ping(*, source: SourceConfig, envelope: Envelope, config_version: int, now: datetime) -> Bid:
    """Decide and answer one ping. `now` is aware. Of the body nothing is kept but what the source marks.

    Raises ApiError: 403 where the source takes no pings, 400 and its kin for a body that cannot be read, 503 where we
    cannot decide (nothing was stored then, nor for a test ZIP that asks for it); and OperationalError.
    """
    if not source.source.pings:
        raise ApiError(403, "forbidden", "This source takes no pings.")
    post, marks = _understood(source, envelope, config_version, now)
    return _or_unavailable(
        post.submission, lambda: until_race_is_won(lambda: _bid_once(post, marks, envelope))
    )


def _understood(
    source: SourceConfig, envelope: Envelope, config_version: int, now: datetime
) -> tuple[Post, Marks]:
    stub = Submission(id=uuid7(), source_id=source.id, received_at=now)
    try:
        payload = parse_body(envelope.body, envelope.content_type, envelope.query).flat
    except BodyRefused as refusal:
        words = f"The body {refusal.message[:1].lower()}{refusal.message[1:]}"
        raise ApiError(refusal.status, UNREADABLE[refusal.status], words) from None
    post = understand(
        submission=stub, source=source, payload=payload, config_version=config_version, now=now, of_ping=True,
        test=envelope.test or None,
    )  # fmt: skip
    stub.test, stub.vendor_lead_id = post.test, post.fields.get("vendor_lead_id", "")
    return post, marks_of(post, envelope.idempotency_key)


def _or_unavailable(stub: Submission, decide: Callable[[], Bid]) -> Bid:
    """A ping that breaks has bought nothing and left nothing: the vendor may send it again."""
    try:
        return decide()
    except (OperationalError, ApiError):
        raise
    except Exception as error:
        log.error("ping.broke", ping_id=stub.pk.hex, exc_info=error)
        raise ApiError(503, "unavailable", "We cannot decide now; send it again.", retry_after=5) from None


def _bid_once(post: Post, marks: Marks, envelope: Envelope) -> Bid:
    """In one transaction: the bid that stands already, else a decision."""
    with transaction.atomic():
        first = _answered_before(marks, post.now)
        if first is not None:
            return first
        batch = Batch()
        decided: Decided = pipeline.step("decide_ping")(post=post, batch=batch)
        if decided.unavailable:
            raise ApiError(503, "unavailable", "Forced by the test ZIP.", retry_after=1)
        if decided.wait_seconds:
            time.sleep(decided.wait_seconds)  # a test ZIP asks for a slow answer
        return _write(post, decided, marks, batch, envelope)


def _answered_before(marks: Marks, now: datetime) -> Bid | None:
    """The first answer, byte for byte, if the same ping stands. What has run out is ended first (LostRace)."""
    found = standing(marks)
    over = [ping.id for ping in found if ping.expires_at < now]
    if over:
        raise LostRace("ran out", first=lambda: pipeline.step("end_pings")(pings=over, now=now))
    if not found:
        return None
    ping = found[0]
    headers = {"Idempotency-Replayed": "true"}
    if not is_safe(ping.vendor_lead_id):
        headers["X-Vendor-Lead-Id"] = ping.vendor_lead_id
    return Bid(Answer(ping.answer_status, ping.answer, ping.answer_type, headers), replayed=True)


def _write(post: Post, decided: Decided, marks: Marks, batch: Batch, envelope: Envelope) -> Bid:
    ping = _row(post, decided, marks, envelope.api_key_id)
    ms = (time.perf_counter() - envelope.started) * 1000
    answer = answers.ping_answer(post, decided, ping, xml=envelope.xml, ms=ms)
    ping.answer, ping.answer_type, ping.answer_status = answer.body, answer.content_type, answer.status
    ping.processed_ms = round(ms, 2)
    batch.insert(ping)
    batch.flush(commit=True)
    if not post.test:
        count_decision(kind="ping", outcome=decided.outcome, reason=ping.reason)
    return Bid(answer)


def _row(post: Post, decided: Decided, marks: Marks, api_key_id: int | None) -> Ping:
    source, stub = post.source.source, post.submission
    ping = Ping(
        id=stub.pk, source_id=post.source.id, api_key_id=api_key_id, received_at=post.now, test=post.test,
        vendor_lead_id=stub.vendor_lead_id, currency=source.currency, config_version=post.config_version,
        fields=said_by_ping(post), checks=list(decided.checks), state=PingState.REJECTED,
    )  # fmt: skip
    if decided.outcome != "accepted":
        ping.reason = decided.reasons[0].code
        return ping
    ping.state = PingState.ACCEPTED
    ping.price, ping.price_rule = decided.price, post.price_rule
    ping.expires_at = post.now + timedelta(seconds=source.ping_seconds)
    ping.match_id, ping.match_person, ping.hashes = marks.by_id, marks.by_person, dict(marks.hashes)
    if decided.places:
        ping.place, ping.places = PingPlace.HELD, list(decided.places)
    return ping
