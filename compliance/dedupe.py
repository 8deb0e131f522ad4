"""The same person, once: the lock that makes posts of one person wait for each other, and the look-up under it."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from compliance.check import Earlier
from compliance.checks.duplicate import DuplicateParams
from compliance.routing import KnownPerson
from intake.models import OPEN_STATUSES, LeadStatus
from intake.post import Post
from leadcrm.lib.db import Query, fetch_together
from leadcrm.lib.lookup import all_keyed, keyed

_LOCK: Final = "SELECT pg_advisory_xact_lock(k) FROM unnest(%s::bigint[]) AS k"

# One branch per index; the newest match of each is enough, for one match refuses. Leads older than the window
# or out of scope count only while they are open, or when the person became a client.
_COUNTS: Final = """(
    (received_at > %(since)s AND (%(source)s::bigint IS NULL OR source_id = %(source)s)
        AND (%(vendor)s::bigint IS NULL OR vendor_id = %(vendor)s))
    OR status = ANY(%(always)s))"""
_BRANCH: Final = """(SELECT id, received_at, status,
    phone = ANY(%(phones)s) OR phone_2 = ANY(%(phones)s) AS by_phone, email = %(email)s AND email <> '' AS by_email
    FROM {leads} AS lead WHERE {counts} ORDER BY received_at DESC LIMIT 1)"""
# OFFSET 0 keeps the planner to the index on the number: it guesses ten numbers in the array and, for the newest of
# so many, would rather read all leads by date, which costs more with every lead there is.
_PHONE: Final = "(SELECT * FROM intake_lead WHERE phone = ANY(%(phones)s){and_email} OFFSET 0)"
_PHONE_2: Final = (
    "(SELECT * FROM intake_lead WHERE phone_2 = ANY(%(phones)s) AND phone_2 <> ''{and_email} OFFSET 0)"
)
_BY_EMAIL: Final = "email = %(email)s AND email <> ''"
_BY_PHONE, _BY_PHONE_2 = _PHONE.format(and_email=""), _PHONE_2.format(and_email="")
_BY_BOTH = [kind.format(and_email=f" AND {_BY_EMAIL}") for kind in (_PHONE, _PHONE_2)]
# No such fence here: the index holds an address's leads newest first, and one address may stand for thousands.
_BY_ADDRESS: Final = f"(SELECT * FROM intake_lead WHERE {_BY_EMAIL})"  # noqa: S608 - constants


# A lead that was merged stands for the one that stays, which may have another number or address: it counts while that
# one is open, or a client. By indexes of the few that were merged.
_MERGED: Final = """(SELECT kept.id, kept.received_at, kept.status,
    gone.phone = ANY(%(phones)s) OR gone.phone_2 = ANY(%(phones)s) AS by_phone,
    gone.email = %(email)s AND gone.email <> '' AS by_email
    FROM intake_lead AS gone JOIN intake_lead AS kept ON kept.id = gone.merged_into_id
    WHERE gone.merged_into_id IS NOT NULL AND kept.status = ANY(%(always)s) AND {match}
    ORDER BY kept.received_at DESC LIMIT 1)"""
_GONE: Final = {
    "phone": "(gone.phone = ANY(%(phones)s) OR gone.phone_2 = ANY(%(phones)s) AND gone.phone_2 <> '')",
    "email": "gone.email = %(email)s AND gone.email <> ''",
}


def _earlier(*sets: str, merged: Sequence[str]) -> str:
    """The newest of what each of `sets` finds, and of the leads that merged ones stand for; `merged`: found by what."""
    branches = " UNION ALL ".join(
        [_BRANCH.format(leads=leads, counts=_COUNTS) for leads in sets]
        + [_MERGED.format(match=match) for match in merged]
    )
    return f"SELECT * FROM ({branches}) AS found ORDER BY received_at DESC LIMIT 1"  # noqa: S608 - constants


# SQL that finds the newest earlier lead, by how people are matched; parameters: person_params, window_params.
EARLIER: Final = {
    "phone": _earlier(_BY_PHONE, _BY_PHONE_2, merged=[_GONE["phone"]]),
    "email": _earlier(_BY_ADDRESS, merged=[_GONE["email"]]),
    "any": _earlier(_BY_PHONE, _BY_PHONE_2, _BY_ADDRESS, merged=[*_GONE.values()]),
    "all": _earlier(*_BY_BOTH, merged=[" AND ".join(_GONE.values())]),
}
# Whom a merged lead leads to.
_KNOWN_BY_MERGED: Final = """SELECT kept.id, kept.owner_id, kept.status, kept.received_at
     FROM intake_lead AS gone JOIN intake_lead AS kept ON kept.id = gone.merged_into_id
     WHERE gone.merged_into_id IS NOT NULL AND kept.owner_id IS NOT NULL
         AND kept.status <> ALL (ARRAY['lost', 'returned']) AND {match}
     ORDER BY kept.received_at DESC LIMIT 3"""
# SQL that finds who works with this person already; parameters: person_params.
KNOWN: Final = f"""
SELECT id, owner_id, status FROM (
    (SELECT id, owner_id, status, received_at FROM {_BY_PHONE} AS lead
     WHERE owner_id IS NOT NULL AND status <> ALL (ARRAY['lost', 'returned'])
     ORDER BY received_at DESC LIMIT 3)
    UNION
    (SELECT id, owner_id, status, received_at FROM {_BY_ADDRESS} AS lead
     WHERE owner_id IS NOT NULL AND status <> ALL (ARRAY['lost', 'returned'])
     ORDER BY received_at DESC LIMIT 3)
    UNION
    ({_KNOWN_BY_MERGED.format(match=_GONE["phone"])})
    UNION
    ({_KNOWN_BY_MERGED.format(match=_GONE["email"])})
) AS known ORDER BY received_at DESC LIMIT 3
"""  # noqa: S608 - constants
_KNOWN_AS_JSON: Final = f"SELECT json_agg(found) FROM ({KNOWN}) AS found"  # noqa: S608 - constants


def lock_person(post: Post) -> Query:
    """The statement that makes other posts of this phone or e-mail wait until this transaction ends.

    Keys are sorted, so that two posts that share both never wait for each other.
    """
    return lock_reached_by(phones_of(post), post.fields.get("email", ""))


def lock_reached_by(phones: Iterable[str], email: str) -> Query:
    """The same lock for whoever is reached by `phones` (E.164) and `email`; empty ones name nobody."""
    names = [f"phone:{phone}" for phone in phones if phone]
    if email:
        names.append(f"email:{email}")
    return Query(_LOCK, (sorted({lock_key("person", name) for name in names}),))


def lock_key(kind: str, name: str) -> int:
    """A number for pg_advisory_xact_lock: 64 bits of a digest, signed."""
    digest = hashlib.blake2b(f"{kind}:{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def phones_of(post: Post) -> list[str]:
    """The E.164 numbers of the post that are readable."""
    return [post.fields[name].e164 for name in ("phone", "phone_2") if name in post.fields]


def person_params(post: Post) -> dict[str, Any]:
    """Who the person is."""
    return params_of(phones_of(post), post.fields.get("email", ""))


def params_of(phones: list[str], email: str) -> dict[str, Any]:
    """Who is reached by `phones` (E.164) and `email`."""
    hashes = {"phone_hashes": all_keyed(phones), "email_hash": keyed(email.lower())}
    return {"phones": phones, "email": email, **hashes}


def window_params(post: Post, params: DuplicateParams) -> dict[str, Any]:
    """How far back and among whose leads one looks, and which stages count at any age."""
    always = [*(OPEN_STATUSES if params.open_leads else ()), *([LeadStatus.SOLD] if params.clients else ())]
    return {
        "since": post.now - timedelta(days=params.days),
        "source": post.source.id if params.scope == "source" else None,
        "vendor": post.source.source.vendor_id if params.scope == "vendor" else None,
        "always": [str(status) for status in always],
    }


def read_earlier(row: dict[str, Any] | None) -> Earlier | None:
    """What EARLIER found, as JSON."""
    if row is None:
        return None
    matched = " and ".join(
        word for word, hit in (("phone", row["by_phone"]), ("email", row["by_email"])) if hit
    )
    return Earlier(row["id"], datetime.fromisoformat(row["received_at"]), row["status"], matched)


def known_person(*, phones: list[str], email: str = "") -> tuple[KnownPerson, ...]:
    """Who works with the person of `phones` (E.164) and `email` already, as a post of theirs would find. One query."""
    ((rows,),) = fetch_together(Query(_KNOWN_AS_JSON, params_of(phones, email)))[0]
    return read_known(rows)


def read_known(rows: list[dict[str, Any]] | None) -> tuple[KnownPerson, ...]:
    """What KNOWN found, as JSON, newest first."""
    return tuple(
        KnownPerson(row["id"], row["owner_id"], row["status"] == LeadStatus.SOLD) for row in rows or ()
    )
