"""The front door, top to bottom: a call becomes a stored submission with its decision and its answer.

Everything is committed at once: the post as it came, the decision, the lead, its owner. If the decision breaks,
the post is kept as `failed` and tried again by a worker; if the process dies, nothing was answered and nothing
was bought.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar
from uuid import UUID

import structlog
from django.db import OperationalError, transaction

from intake import replays
from intake.api import answers
from intake.api.answers import Answer
from intake.api.parsers import parse_body
from intake.api.wording import is_safe
from intake.flatten import BodyRefused, Flat
from intake.imports.terms import under_terms
from intake.models import Mode, Submission, SubmissionState
from intake.originals import keep_as_it_came
from intake.pings.terms import bind, find_ping, with_terms
from intake.post import Decided, FileTerms, Notice, Post, Reason
from intake.replays import InFlight
from intake.sightings import note_retry
from intake.sources import SourceConfig
from intake.understanding import understand
from leadcrm.lib import pipeline
from leadcrm.lib.api_errors import ApiError
from leadcrm.lib.batch import Batch
from leadcrm.lib.db import LostRace
from leadcrm.lib.ids import uuid7
from leadcrm.lib.metrics import count_decision
from leadcrm.models import User

log = structlog.get_logger(__name__)
T = TypeVar("T")

STATES: Final = {
    "accepted": SubmissionState.ACCEPTED, "rejected": SubmissionState.REJECTED, "held": SubmissionState.HELD,
}  # fmt: skip
# When a worker looks at a stored post again that no message told of, or that failed (see intake.redecide).
FIRST_RETRY: Final = timedelta(seconds=30)
MAX_RACES: Final = 5


@dataclass(frozen=True, slots=True)
class Envelope:
    """One authenticated call as it came, less the key. `started`: time.perf_counter() at its arrival.

    `test`: a header makes it a test post, whatever its body says.
    """

    body: bytes
    content_type: str = ""
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    remote_ip: str | None = None
    api_key_id: int | None = None
    idempotency_key: str = ""
    xml: bool = False
    test: bool = False
    started: float = field(default_factory=time.perf_counter)


@dataclass(frozen=True, slots=True)
class Received:
    """What the caller is told. `replayed`: the answer was given before, and nothing is known beside it.

    `state`, `reasons` and `notices` are for callers inside: the answer tells them in the vendor's words.
    """

    submission_id: UUID
    answer: Answer
    replayed: bool = False
    state: str = ""
    reasons: tuple[Reason, ...] = ()
    notices: tuple[Notice, ...] = ()


def receive_lead(
    *,
    source: SourceConfig,
    envelope: Envelope,
    config_version: int,
    now: datetime,
    file: FileTerms | None = None,
) -> Received:
    """Store, decide and answer one call. `now` is aware. With `file` it is a line of an import, on its terms.

    Raises ApiError with 409 (the same Idempotency-Key is being processed, or was used for another payload) and
    503 (forced by a test ZIP); OperationalError when the database cannot be reached: nothing was stored then.
    """
    submission = _new_submission(source, envelope, now)
    submission.lead_import_id = file.import_id if file else None
    try:
        parsed = parse_body(envelope.body, envelope.content_type, envelope.query)
    except BodyRefused as refusal:
        return _keep_unreadable(submission, refusal, xml=envelope.xml)
    post = understand(
        submission=submission, source=source, payload=parsed.flat, config_version=config_version, now=now,
        test=envelope.test or None,
    )  # fmt: skip
    post = under_terms(post, file)
    submission.test = post.test
    submission.vendor_lead_id = post.fields.get("vendor_lead_id", "")
    identity = _identify(post, envelope, parsed.flat)
    submission.replay_key, submission.payload_digest = identity.key, identity.digest
    try:
        return _decide_fairly(_consulted(post, identity), identity, envelope)
    except (OperationalError, ApiError):
        raise
    except InFlight:
        raise ApiError(409, "in_progress", "This key is being processed.", retry_after=1) from None
    except Exception as error:
        log.error("decision.broke", submission_id=submission.pk.hex, exc_info=error)
        return _keep_failed(post, error, envelope)


def _new_submission(source: SourceConfig, envelope: Envelope, now: datetime) -> Submission:
    submission = Submission(
        id=uuid7(), source_id=source.id, api_key_id=envelope.api_key_id, received_at=now,
        test=envelope.test, content_type=envelope.content_type[:120],
        headers=envelope.headers, remote_ip=envelope.remote_ip, replay_key=uuid7(), payload_digest=uuid7(),
    )  # fmt: skip
    keep_as_it_came(submission, body=envelope.body, query=envelope.query)
    return submission


def _identify(post: Post, envelope: Envelope, payload: Flat) -> replays.Identity:
    if post.file is not None:
        return replays.identify_line(source=post.source, key=envelope.idempotency_key)
    return replays.identify(
        source=post.source, idempotency_key=envelope.idempotency_key,
        vendor_lead_id=post.submission.vendor_lead_id, payload=payload, test=post.test,
    )  # fmt: skip


def _consulted(post: Post, identity: replays.Identity) -> Post:
    """The post with what outside services say of it, where its source wants them asked. No transaction is open here.

    A retry that will have its first answer again costs no look-up, nor does a post that a worker decides.
    """
    if (
        post.test
        or _is_left_to_worker(post)
        or not pipeline.step("is_consulted")(post.source.id, post.config_version)
    ):
        return post
    if replays.is_answered(identity, post.now):
        return post
    # Looked at without a lock, for a price that is not the ping's might seem to be refused anyway.
    consulted: Post = pipeline.step("consult")(with_terms(post, find_ping(post)))
    return consulted


def _is_left_to_worker(post: Post) -> bool:
    """A line of an import is in a worker's hands already."""
    return post.source.source.mode == Mode.BACKGROUND and not post.test and post.file is None


def until_race_is_won(decide: Callable[[], T]) -> T:
    """What `decide` returns; it is called again where somebody else took the last place, a few times at most."""
    for _ in range(MAX_RACES - 1):
        try:
            return decide()
        except LostRace as lost:
            if lost.first is not None:
                lost.first()
    return decide()


def _decide_fairly(post: Post, identity: replays.Identity, envelope: Envelope) -> Received:
    """Decide, and decide again where somebody else took the last place meanwhile: it is then seen as taken."""
    return until_race_is_won(lambda: _decide_once(post, identity, envelope))


def _decide_once(post: Post, identity: replays.Identity, envelope: Envelope) -> Received:
    """In one transaction: the first answer again if there is one, else a decision."""
    with transaction.atomic():
        earlier = replays.claim(identity, post.now)
        if earlier is not None and not earlier.same_payload and identity.kind == "header":
            raise ApiError(409, "key_reused", "This key was used for another payload.")
        # A post that failed is locked before its ping, as workers do.
        first = replays.stored(earlier) if earlier is not None and earlier.same_payload else None
        ping = find_ping(post, lock=True)  # two posts for one ping wait for each other from here
        if ping is not None and ping.submission is not None:
            if first is None or first.pk != ping.submission.pk:
                return _replay(ping.submission)
        elif earlier is not None and not earlier.same_payload:
            return _refuse_reused_id(post, envelope)
        background = _is_left_to_worker(post)
        if first is not None:
            if background or first.state != SubmissionState.FAILED:
                if post.test:
                    note_retry(source_id=post.source.id, now=post.now)
                return _replay(first)
            _become(post.submission, first.pk, envelope)  # what failed on our side is decided in its retry
        post = with_terms(post, ping)
        if background:
            return _keep_waiting(post, envelope)
        return decide_and_write(post, envelope, stored=first is not None)


def _become(submission: Submission, row_id: UUID, envelope: Envelope) -> None:
    """Let the new post take the place of a stored one."""
    submission.pk = row_id
    submission._state.adding = False
    keep_as_it_came(submission, body=envelope.body, query=envelope.query)  # sealed for its row


def decide_and_write(post: Post, envelope: Envelope, *, stored: bool, actor: User | None = None) -> Received:
    """Decide inside the caller's transaction and commit with the answer; `stored`: the submission has a row already.

    Raises LostRace, ApiError 503 for a test ZIP, and whatever breaks in the decision.
    """
    batch = Batch()
    decided: Decided = pipeline.step("decide")(post=post, batch=batch, decided_by=actor)
    if decided.unavailable:
        raise ApiError(503, "unavailable", "Forced by the test ZIP.", retry_after=1)
    if decided.wait_seconds:
        time.sleep(decided.wait_seconds)  # a test ZIP asks for a slow answer
    return _conclude(post, decided, batch, envelope, stored=stored)


def _conclude(post: Post, decided: Decided, batch: Batch, envelope: Envelope, *, stored: bool) -> Received:
    """Write the submission with its answer and all that the decision left in the batch, in one round trip."""
    submission = post.submission
    ms = (time.perf_counter() - envelope.started) * 1000
    answer = answers.decision_answer(post, decided, xml=envelope.xml, ms=ms)
    submission.state = STATES[decided.outcome]
    submission.reason = decided.reasons[0].code if decided.reasons else ""
    submission.lead_number = decided.number
    submission.price = decided.price if decided.outcome == "accepted" else 0
    submission.processed_ms = round(ms, 2)
    submission.due_at, submission.error = None, ""
    _keep_answer(submission, answer)
    if stored:
        batch.update(submission)
    else:
        batch.insert(submission)
    batch.flush(commit=True)
    if not post.test:
        count_decision(kind="post", outcome=decided.outcome, reason=submission.reason)
    return Received(
        submission.pk, answer, state=submission.state, reasons=decided.reasons, notices=post.notices
    )


def _keep_answer(submission: Submission, answer: Answer) -> None:
    submission.answer, submission.answer_type = answer.body, answer.content_type
    submission.answer_status = answer.status


def _replay(submission: Submission) -> Received:
    """The first answer, byte for byte."""
    headers = {"Idempotency-Replayed": "true"}
    if not is_safe(submission.vendor_lead_id):
        headers["X-Vendor-Lead-Id"] = submission.vendor_lead_id
    answer = Answer(submission.answer_status, submission.answer, submission.answer_type, headers)
    return Received(submission.pk, answer, replayed=True, state=submission.state)


def _refuse_reused_id(post: Post, envelope: Envelope) -> Received:
    """A lead id that stands for another lead already."""
    reason = Reason("duplicate", "This lead id was posted before with other data.", "vendor_lead_id")
    decided = Decided("rejected", (reason,), None, post.price)
    return _conclude(post, decided, Batch(), envelope, stored=False)


def _keep_waiting(post: Post, envelope: Envelope) -> Received:
    """Store the post for a worker and answer that the decision comes later."""
    submission = post.submission
    answer = answers.pending_answer(post.source.source, submission, test=post.test, xml=envelope.xml)
    submission.state, submission.due_at = SubmissionState.WAITING, post.now + FIRST_RETRY
    _keep_answer(submission, answer)
    batch = Batch()
    batch.insert(submission)
    batch.flush()
    bind(post)
    pipeline.ring("decide", submission_id=submission.pk.hex)
    return Received(submission.pk, answer)


def _keep_unreadable(submission: Submission, refusal: BodyRefused, *, xml: bool) -> Received:
    """A body that cannot be read is no decision, but it is kept: a manager sees it and can run it again."""
    answer = answers.unreadable_answer(submission, refusal.status, refusal.message, xml=xml)
    submission.state, submission.error = SubmissionState.UNREADABLE, refusal.code
    _keep_answer(submission, answer)
    submission.save(force_insert=True)
    return Received(submission.pk, answer)


def _keep_failed(post: Post, error: Exception, envelope: Envelope) -> Received:
    """Our own failure: keep the post, answer that the decision comes, let a worker try again."""
    submission = post.submission
    if not submission._state.adding:  # the retry of a failed post: its row stands, or was decided since
        return _replay(Submission.objects.get(pk=submission.pk))
    answer = answers.pending_answer(post.source.source, submission, test=post.test, xml=envelope.xml)
    submission.state, submission.error = SubmissionState.FAILED, type(error).__name__
    submission.reason, submission.lead_number, submission.price = "", None, Decimal(0)
    submission.attempts = 1
    submission.due_at = None if post.test else post.now + FIRST_RETRY
    _keep_answer(submission, answer)
    with transaction.atomic():
        submission.save()
        bind(with_terms(post, find_ping(post, lock=True)))
    return Received(submission.pk, answer, state=submission.state)
