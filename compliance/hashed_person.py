"""What is known of a person of whom only hashes are told: whose they are is found first, then asked as of any post."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from compliance import caps as places
from compliance import dedupe
from compliance.check import Facts
from compliance.checks.duplicate import DuplicateParams
from compliance.models import Cap
from compliance.reopening import HELD
from intake.post import Post
from leadcrm.lib.db import Query, Row, fetch_together
from leadcrm.lib.hashed import Hashed, hashable

# Rows with the code of a hash; which of them has the hash itself is seen by its number or address. Of an address that
# thousands of leads share any one will do.
_FIND: Final = """
(SELECT phone, phone_2, email FROM intake_lead WHERE hash_codes @> ARRAY[%(code)s::int] LIMIT 20)
UNION ALL
(SELECT phone, '', email FROM compliance_suppression
 WHERE hash_codes @> ARRAY[%(code)s::int] AND released_at IS NULL LIMIT 20)
"""
# Of people who were erased, whose numbers nobody has any more.
_ERASED: Final = """
SELECT DISTINCT kind FROM compliance_suppression
WHERE hash_digests && %(digests)s AND released_at IS NULL AND scope IN ('all', 'calls')
"""


def read_ping_facts(
    post: Post,
    params: DuplicateParams,
    caps: Sequence[Cap],
    local: datetime,
    *,
    consented_at: datetime | None,
) -> Facts:
    """What is known for the ping `post`: how far its source's `caps` are used, and its person as far as hashes tell.

    One round trip where nobody here has the hashes, another one for who does; none without caps and hashes. No lock.
    `local` is the moment in the agency's zone, `consented_at` as in facts.read_facts. Do-not-call registries hold
    millions of numbers as bits and cannot be asked by a hash: they are asked of the post.
    """
    usage = Query(f"SELECT ({places.USAGE})", places.usage_params(caps, local))
    hashes = list(post.hashes.values())
    erased = Query(_ERASED, {"digests": [hashed.keyed() for hashed in hashes]})
    asked = [*([usage] if caps else []), *([erased] if hashes else [])]
    found = fetch_together(*asked, *(Query(_FIND, {"code": each.code}) for each in hashes)) if asked else []
    used = places.read_usage(found.pop(0)[0][0], caps, local) if caps else ()
    if not hashes:
        return Facts(caps=used)
    kinds = frozenset(kind for (kind,) in found[0])
    who = _whose(post.hashes, found[1:])
    if not who:
        return Facts(caps=used, suppressed=kinds)
    person = dedupe.params_of(who.get("phone", []), next(iter(who.get("email", [])), ""))
    earlier, held = fetch_together(
        Query(
            f"SELECT row_to_json(found) FROM ({dedupe.EARLIER[params.match]}) AS found",  # noqa: S608 - constants
            {**person, **dedupe.window_params(post, params)},
        ),
        Query(HELD, {**person, "consented_at": consented_at}),
    )
    return Facts(
        earlier=dedupe.read_earlier(earlier[0][0] if earlier else None),
        suppressed=kinds | {kind for (kind,) in held},
        caps=used,
    )


def _whose(hashes: Mapping[str, Hashed], found: Sequence[Sequence[Row]]) -> dict[str, list[str]]:
    """The number (E.164) and the address behind `hashes`, by `phone` and `email`, as far as rows have them."""
    who: dict[str, list[str]] = {}
    for (of, hashed), rows in zip(hashes.items(), found, strict=True):
        for phone, phone_2, email in rows:
            known = _behind(of, hashed, phone, phone_2, email)
            if known:
                who[of] = [known]
                break
    return who


def _behind(of: str, hashed: Hashed, phone: str, phone_2: str, email: str) -> Any:
    if of == "email":
        return email if hashed.is_of(hashable(email=email)) else ""
    return next((each for each in (phone, phone_2) if each and hashed.is_of(hashable(each))), "")
