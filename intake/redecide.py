"""Deciding a stored post: one that waited, failed, is held, or could not be read when it came."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import OperationalError, transaction

from intake import replays
from intake.api import answers
from intake.api.parsers import parse_body
from intake.flatten import BodyRefused
from intake.imports.terms import terms_of, under_terms
from intake.models import Submission, SubmissionState
from intake.originals import body_of, query_of
from intake.pings.terms import find_ping, with_terms
from intake.post import Post, Ruling
from intake.receive import FIRST_RETRY, Envelope, decide_and_write, until_race_is_won
from intake.sources import SOURCES
from intake.understanding import understand
from leadcrm.lib import pipeline
from leadcrm.lib.config import current_version
from leadcrm.lib.sealing import CannotOpen
from leadcrm.models import User

log = structlog.get_logger(__name__)

# A worker tries a failed post again after 30 s, 1 min, 2 min ... and leaves it to a manager after the last.
MAX_ATTEMPTS: Final = 8
RERUN: Final = frozenset(
    {SubmissionState.WAITING, SubmissionState.FAILED, SubmissionState.HELD, SubmissionState.UNREADABLE}
)

Concluded = Callable[[Submission], None]


class CannotRedecide(ValueError):
    """The post cannot be decided now; the message says why, for people."""


def untold(row: Submission) -> None:
    """Nobody waits for the conclusion."""


def redecide(
    *,
    submission: Submission,
    actor: User | None,
    now: datetime,
    ruling: Ruling | None = None,
    concluded: Concluded = untold,
) -> Submission:
    """Decide a stored post that has no decision yet, or whose lead is held; the row is returned as it then stands.

    `actor` is the person who asks, None for a worker; `now` is aware. A `ruling` is about a held post only, and
    about the lead alone: what `actor` said of it goes into the decision. A test post stays one though its source went
    live. Safe to repeat and under concurrency: the row is locked, and a post that was decided in the meantime raises
    CannotRedecide. A decision that breaks again leaves the post `failed`, due later. `concluded` is called with the
    row inside the transaction that decides it or puts it off: what it writes stands or falls with that.
    """
    try:
        refused = ruling is not None and ruling.refusal is not None
        consulted = {} if refused else _ask_ahead(submission.pk, now)
        return until_race_is_won(
            lambda: _redecide_once(submission.pk, actor, now, consulted, ruling, concluded)
        )
    except (OperationalError, CannotRedecide):
        raise
    except BodyRefused as refusal:
        raise CannotRedecide(f"The body still cannot be read: it {refusal.message}") from None
    except Exception as error:
        if actor is not None and isinstance(error, CannotOpen):
            raise CannotRedecide(str(error)) from None
        log.error("decision.broke_again", submission_id=UUID(str(submission.pk)).hex, exc_info=error)
        return _put_off(submission.pk, error, now, concluded)


def _ask_ahead(submission_id: UUID, now: datetime) -> Mapping[str, tuple[Any, ...]]:
    """What outside services say of the post, where its source wants them asked: before the row is locked."""
    config_version = current_version()
    state, source_id, test = Submission.objects.values_list("state", "source_id", "test").get(
        pk=submission_id
    )
    if test or state not in RERUN or not pipeline.step("is_consulted")(source_id, config_version):
        return {}
    row = Submission.objects.get(pk=submission_id)
    parsed = parse_body(body_of(row), row.content_type, query_of(row))
    post = understand(
        submission=row, source=SOURCES.get(source_id, config_version), payload=parsed.flat,
        config_version=config_version, now=now, test=None if row.state == SubmissionState.UNREADABLE else False,
    )  # fmt: skip
    post = under_terms(post, terms_of(row))
    consulted: Post = pipeline.step("consult")(with_terms(post, find_ping(post)))
    return consulted.consulted


def _redecide_once(
    submission_id: UUID, actor: User | None, now: datetime, consulted: Mapping[str, tuple[Any, ...]],
    ruling: Ruling | None, concluded: Concluded,
) -> Submission:  # fmt: skip
    config_version = current_version()
    with transaction.atomic():
        row: Submission = Submission.objects.select_for_update().get(pk=submission_id)
        if row.state not in RERUN:
            raise CannotRedecide(f"This post is {row.get_state_display().lower()} already")
        if ruling is not None and row.state != SubmissionState.HELD:
            raise CannotRedecide("This post is not held for review any more")
        unread = row.state == SubmissionState.UNREADABLE
        parsed = parse_body(body_of(row), row.content_type, query_of(row))
        post = understand(
            submission=row, source=SOURCES.get(row.source_id, config_version), payload=parsed.flat,
            config_version=config_version, now=now, test=(row.test or None) if unread else row.test,
        )  # fmt: skip
        post = replace(under_terms(post, terms_of(row)), consulted=consulted, ruling=ruling)
        row.test, row.vendor_lead_id = post.test, post.fields.get("vendor_lead_id", "")
        if unread:
            _refuse_if_posted_again(post, parsed.flat)
        post = with_terms(post, find_ping(post, lock=True))
        envelope = Envelope(body=b"", xml=row.answer_type == answers.XML)
        # Inside a savepoint the round trip that writes does not commit: what `concluded` writes goes with it.
        with nullcontext() if concluded is untold else transaction.atomic():
            decide_and_write(post, envelope, stored=True, actor=actor)
        concluded(row)
        return row


def _refuse_if_posted_again(post: Post, payload: Any) -> None:
    """A body that could not be read had no identity; the vendor may have mended and sent it again since."""
    row = post.submission
    identity = replays.identify(
        source=post.source, idempotency_key="", vendor_lead_id=row.vendor_lead_id, payload=payload,
        test=post.test,
    )  # fmt: skip
    if replays.claim(identity, post.now) is not None:
        raise CannotRedecide("The vendor has posted this lead again since")
    row.replay_key, row.payload_digest = identity.key, identity.digest


def _put_off(submission_id: UUID, error: Exception, now: datetime, concluded: Concluded) -> Submission:
    with transaction.atomic():
        row: Submission = Submission.objects.select_for_update().get(pk=submission_id)
        if row.state not in RERUN:
            return row  # decided in the meantime, by the vendor's own retry
        row.state, row.error = SubmissionState.FAILED, type(error).__name__
        row.attempts += 1
        row.due_at = now + FIRST_RETRY * 2 ** (row.attempts - 1) if row.attempts < MAX_ATTEMPTS else None
        row.save()
        concluded(row)
    return row
