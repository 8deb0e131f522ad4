"""The same ping again: by the vendor's id, or by the hashes of the person, as long as the bid stands."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from intake.post import Post
from leadcrm.lib.db import Query, fetch_together


@dataclass(frozen=True, slots=True)
class Marks:
    """What a ping is recognised by; None for nothing. `hashes` are the keyed digests of the posted ones."""

    by_id: UUID | None = None
    by_person: UUID | None = None
    hashes: Mapping[str, Any] = field(default_factory=dict)


def marks_of(post: Post, idempotency_key: str) -> Marks:
    """The marks of the ping `post`: of its own source, test pings apart from live ones.

    The Idempotency-Key goes before the vendor's lead id, as with posts.
    """
    scope = f"{post.source.id}:{'test' if post.test else 'live'}"
    vendor_lead_id = post.submission.vendor_lead_id
    name = f"h:{idempotency_key}" if idempotency_key else f"v:{vendor_lead_id}" if vendor_lead_id else ""
    keyed = {of: {"of": hashed.algorithm, "keyed": hashed.keyed()} for of, hashed in post.hashes.items()}
    person = keyed.get("phone") or keyed.get("email")
    return Marks(
        by_id=_digest(f"{scope}:{name}") if name else None,
        by_person=_digest(f"{scope}:p:{person['keyed']}") if person else None,
        hashes=keyed,
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """An accepted ping that no post has used, and the answer it was given."""

    id: UUID
    match_id: UUID | None
    expires_at: datetime
    vendor_lead_id: str
    answer: str
    answer_type: str
    answer_status: int


def standing(marks: Marks) -> list[Standing]:
    """The pings with these marks that still stand, what has run out among them; by what they are known by first.

    One round trip, none for marks that say nothing.
    """
    if marks.by_id is None and marks.by_person is None:
        return []
    (rows,) = fetch_together(Query(_STANDING, (marks.by_id, marks.by_person)))
    found = [Standing(*row) for row in rows]
    return sorted(found, key=lambda ping: ping.match_id != marks.by_id)


_STANDING: Final = """
SELECT id, match_id, expires_at, vendor_lead_id, answer, answer_type, answer_status FROM intake_ping
WHERE match_id = %s::uuid OR match_person = %s::uuid
"""


def _digest(text: str) -> UUID:
    return UUID(bytes=hashlib.sha256(text.encode()).digest()[:16])
