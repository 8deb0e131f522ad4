"""The same ping again: by the vendor's id, or by the hashes of the person, as long as the bid stands."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q

from intake.models import Ping
from intake.post import Post


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


def standing(marks: Marks) -> list[Ping]:
    """The accepted pings with these marks that no post has used, by what they are recognised by first. One query."""
    mine = Q(pk__in=[])
    for column, value in (("match_id", marks.by_id), ("match_person", marks.by_person)):
        if value is not None:
            mine |= Q(**{column: value})
    if mine == Q(pk__in=[]):
        return []
    found = Ping.objects.filter(mine).defer("checks", "fields", "places")
    return sorted(found, key=lambda ping: ping.match_id != marks.by_id)


def _digest(text: str) -> UUID:
    return UUID(bytes=hashlib.sha256(text.encode()).digest()[:16])
