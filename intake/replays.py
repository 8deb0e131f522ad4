"""Retries never cost a lead: recognising a post that was sent before (wire-contract section 6)."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from intake.mapping import Flat
from intake.models import ReplayBy, Submission, SubmissionState
from intake.sources import SourceConfig
from leadcrm.lib.db import Query, fetch_together

Kind = Literal["header", "vendor_lead_id", "payload"]
HEADER_KEPT: Final = timedelta(days=30)
PAYLOAD_KEPT: Final = timedelta(seconds=60)
# A line of a file keeps its answer however long its import was paused: the key names that import and nothing else.
LINE_KEPT: Final = timedelta(days=100 * 365)

_LOCK: Final = "SELECT true FROM pg_advisory_xact_lock(%s)"
_TRY_LOCK: Final = "SELECT pg_try_advisory_xact_lock(%s)"
# The same payload first: a second payload under a used id has an answer of its own. Our own failures (RETRYABLE
# in intake.api.answers) are no answer; a failed post is found so that the retry takes it over.
_EARLIER: Final = """
SELECT id, state, payload_digest, test FROM intake_submission
WHERE replay_key = %s AND received_at > %s AND reason NOT IN ('internal', 'check_unavailable')
ORDER BY payload_digest = %s DESC, received_at LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a post is recognised by, and how long."""

    kind: Kind
    key: uuid.UUID
    digest: uuid.UUID
    kept: timedelta


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier post with the same key."""

    submission_id: uuid.UUID
    state: str
    same_payload: bool


class InFlight(Exception):
    """The same key is being decided at this moment."""


def identify(
    *, source: SourceConfig, idempotency_key: str, vendor_lead_id: str, payload: Flat, test: bool
) -> Identity:
    """By the Idempotency-Key header, else the vendor's lead id, else the payload itself. Keys are the source's own.

    Test posts and live ones never stand for each other.
    """
    digest = _digest(msgspec.json.encode(dict(payload.values), order="sorted"))
    scope = f"{source.id}:{'test' if test else 'live'}"
    if idempotency_key:
        return Identity("header", _digest(f"{scope}:h:{idempotency_key}".encode()), digest, HEADER_KEPT)
    if vendor_lead_id and source.source.replay_by == ReplayBy.VENDOR_LEAD_ID:
        kept = timedelta(days=source.source.replay_days)
        return Identity("vendor_lead_id", _digest(f"{scope}:v:{vendor_lead_id}".encode()), digest, kept)
    return Identity("payload", _digest(f"{scope}:p:{digest.hex}".encode()), digest, PAYLOAD_KEPT)


def identify_line(*, source: SourceConfig, key: str) -> Identity:
    """By the key of a line of an import, for good, whatever the line is understood as meanwhile.

    Field rules may change while an import is paused, and the source may be put into test mode: it is the same line.
    """
    named = _digest(f"{source.id}:live:h:{key}".encode())
    return Identity("header", named, named, LINE_KEPT)


def claim(identity: Identity, now: datetime) -> Earlier | None:
    """Take the key until the transaction ends, and look for an earlier post with it. One round trip.

    With a header key, a post that is being decided raises InFlight; with the others we wait for it, since the
    sender did not ask for anything else.
    """
    number = int.from_bytes(identity.key.bytes[:8], "big", signed=True)
    lock = _TRY_LOCK if identity.kind == "header" else _LOCK
    locked, found = fetch_together(
        Query(lock, (number,)),
        Query(_EARLIER, (identity.key, now - identity.kept, identity.digest)),
    )
    if not locked[0][0]:
        raise InFlight
    if not found:
        return None
    submission_id, state, digest, _ = found[0]
    return Earlier(submission_id, state, digest == identity.digest)


def is_answered(identity: Identity, now: datetime) -> bool:
    """True when an earlier post with this key has an answer that stands. One round trip, no lock: a look ahead."""
    found = fetch_together(Query(_EARLIER, (identity.key, now - identity.kept, identity.digest)))[0]
    return bool(found) and found[0][1] != SubmissionState.FAILED


def stored(earlier: Earlier) -> Submission:
    """The earlier post's row; locked where it failed, so that a worker and the vendor's retry never both decide it."""
    rows = Submission.objects.all()
    if earlier.state == SubmissionState.FAILED:
        rows = rows.select_for_update()
    return rows.get(pk=earlier.submission_id)


def _digest(data: bytes) -> uuid.UUID:
    return uuid.UUID(bytes=hashlib.sha256(data).digest()[:16])
