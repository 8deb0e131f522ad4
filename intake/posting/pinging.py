"""Pings on the posting instructions: what one source wants of them, and what it answers. Nothing is listed twice."""

import json
import shlex
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from intake.api import answers
from intake.models import Ping
from intake.post import Decided, Reason
from intake.posting.answering import Shown, example_post, shown
from intake.posting.fields import FieldRow, FieldTable
from intake.posting.samples import called_test
from intake.serializers import HASHED
from intake.sources import SourceConfig

# Of no ping: an example for people.
_PING: Final = UUID("0192f3a4d7027bd08a51c2e9d4b7f601")


@dataclass(frozen=True, slots=True)
class Pinging:
    """What a vendor's engineer reads of pings. `fields` are those it must carry."""

    endpoint: str
    fields: tuple[FieldRow, ...]
    hashes: tuple[tuple[str, str], ...]
    seconds: int
    rate: str
    sample: str
    answers: tuple[Shown, ...]


def pinging_of(source: SourceConfig, table: FieldTable, *, endpoint: str, now: datetime) -> Pinging | None:
    """The pings of `source`, None where it takes none. `now` is aware."""
    if not source.source.pings:
        return None
    rows = tuple(row for row in table.pinged if row.ping == "required")
    rate = source.source.ping_rate_limit
    return Pinging(
        endpoint=f"{endpoint}/ping",
        fields=rows,
        hashes=tuple(HASHED.items()),
        seconds=source.source.ping_seconds,
        rate=f"{rate:,}" if rate is not None else "no limit",
        sample=_sample(rows, table, f"{endpoint}/ping"),
        answers=tuple(_answers(source, now)),
    )


def _sample(rows: tuple[FieldRow, ...], table: FieldTable, endpoint: str) -> str:
    """A test ping in curl."""
    values: dict[str, Any] = {row.called: row.example for row in rows if row.example is not None}
    body = json.dumps({**values, called_test(table): True})
    return (
        f'curl -sS {endpoint} \\\n  -H "Authorization: Bearer $LEADCRM_KEY" \\\n'
        f"  -H 'Content-Type: application/json' \\\n  -d {shlex.quote(body)}"
    )


def _answers(source: SourceConfig, now: datetime) -> list[Shown]:
    post = replace(example_post(source, now, test=False), is_ping=True, notices=())
    ping = Ping(
        id=_PING, received_at=now, price=post.price, currency=source.source.currency,
        expires_at=now + timedelta(seconds=source.source.ping_seconds),
    )  # fmt: skip
    refusal = Reason("filter_mismatch", "Not bought by this source.", "state")
    made = (
        ("Accepted: post the lead with this ping_id", Decided("accepted", (), None, post.price)),
        ("Rejected: keep the lead", Decided("rejected", (refusal,), None, post.price)),
    )
    return [
        shown(title, answers.ping_answer(post, decided, ping, xml=False, ms=4)) for title, decided in made
    ]
