"""What the database knows of a post's person and its source's caps: one statement, under the person's lock."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

from compliance import caps as places
from compliance import dedupe
from compliance.check import Facts
from compliance.checks import duplicate
from compliance.dnc.probe import probe_params, probe_sql, read_probe
from compliance.models import Cap
from compliance.reopening import HELD
from intake.post import Post
from leadcrm.lib.db import Query, Row, fetch_together

_NUMBER: Final = "SELECT nextval('intake_lead_id_seq')"
# All that is to be known, in one row: a statement saved is a tenth of a millisecond on both sides.
_FACTS: Final = """
SELECT ({number}) AS number,
    (SELECT row_to_json(found) FROM ({earlier}) AS found) AS earlier,
    (SELECT json_agg(found) FROM ({known}) AS found) AS known,
    ARRAY({suppressed})::text[] AS suppressed,
    {lists} AS lists,
    ({usage}) AS usage
"""


def read_facts(
    post: Post,
    params: duplicate.DuplicateParams,
    caps: Sequence[Cap],
    local: datetime,
    *,
    consented_at: datetime | None,
) -> tuple[Facts, int]:
    """What is known of the post's person and of the source's `caps`, and a fresh lead number. One round trip.

    A live post takes the person's lock first, held until the transaction ends; a test post takes none. `local`
    is the moment in the agency's zone; `consented_at` (aware) that of a consent which re-opens who asked to stop
    before it, None where none does. The post's phone must be readable.
    """
    asked = facts_query(post, params, caps, local, consented_at=consented_at)
    locks = [] if post.test else [dedupe.lock_person(post)]
    (row,) = fetch_together(*locks, asked)[-1]
    return facts_of(row, caps, local), int(row[0])


def facts_query(
    post: Post,
    params: duplicate.DuplicateParams,
    caps: Sequence[Cap],
    local: datetime,
    *,
    consented_at: datetime | None,
    numbered: bool = True,
) -> Query:
    """The statement of `read_facts`, for `facts_of`. Without `numbered` it takes no lead number."""
    phones = dedupe.phones_of(post)
    second = phones[1][2:] if len(set(phones)) > 1 else None
    states = {post.fields["state"]} if "state" in post.fields else set()
    return Query(
        _facts_sql(params.match, _NUMBER if numbered else "SELECT 0"),
        {
            **dedupe.person_params(post),
            "consented_at": consented_at,
            **dedupe.window_params(post, params),
            **probe_params(phones[0][2:], second=second, states=states),
            **places.usage_params(caps, local),
        },
    )


def facts_of(row: Row, caps: Sequence[Cap], local: datetime) -> Facts:
    """What `facts_query` found."""
    _, earlier, known, suppressed, lists, usage = row
    return Facts(
        earlier=dedupe.read_earlier(earlier),
        known=dedupe.read_known(known),
        suppressed=frozenset(suppressed),
        lists=read_probe(lists, today=local.date()),
        caps=places.read_usage(usage, caps, local),
    )


@cache
def _facts_sql(match: str, number: str) -> str:
    return _FACTS.format(
        number=number, earlier=dedupe.EARLIER[match], known=dedupe.KNOWN, suppressed=HELD,
        lists=probe_sql(), usage=places.USAGE,
    )  # fmt: skip


def next_number() -> int:
    """A fresh lead number. One round trip."""
    ((number,),) = fetch_together(Query(_NUMBER))[0]
    return int(number)
