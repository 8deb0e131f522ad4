"""Questions to a service about the numbers of one person; what it answered lately is used again.

The call itself touches no database: it may run in a thread of its own (compliance.consult).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog

from compliance.clients.scrub import Said, ScrubClient
from compliance.consultant import Question
from compliance.models import ScrubAnswer, ScrubState
from compliance.scrubs.latest import latest_answers
from leadcrm.lib import http

log = structlog.get_logger(__name__)


def questions(
    client: ScrubClient, phones: Sequence[str], *, seconds: float, valid: timedelta, now: datetime,
    submission_id: UUID | None = None, lead_id: int | None = None,
) -> list[Question]:  # fmt: skip
    """One question for each of `phones` (E.164), in order; its answer is a ScrubAnswer about that number alone.

    An answer that is still valid, and younger than `valid`, is held already, as is the answer of a service without
    a key: unknown. Whatever goes wrong is an unknown answer with its reason. `now` is aware. One query.
    """
    known = _known(client, phones, valid, now) if client.is_on() else {}
    found = []
    for phone in dict.fromkeys(phones):
        answer = partial(
            _answer, client, phone, now=now, valid=valid, submission_id=submission_id, lead_id=lead_id
        )
        off = None if client.is_on() else answer(Said(why="no_key"))
        found.append(
            Question(
                seconds=seconds,
                ask=partial(_ask, client, phone, seconds, answer),
                unanswered=partial(answer, Said(why="timeout", ms=seconds * 1000)),
                keep=_keep,
                held=known.get(phone, off),
            )
        )
    return found


def _known(
    client: ScrubClient, phones: Sequence[str], valid: timedelta, now: datetime
) -> dict[str, ScrubAnswer]:
    """Answers that still hold, and are no older than whoever asks now would take."""
    answers = [row for rows in latest_answers(phones, now=now).values() for row in rows]
    return {row.phone: row for row in answers if row.service == client.service and row.asked_at > now - valid}


def _ask(client: ScrubClient, phone: str, seconds: float, answer: "partial[ScrubAnswer]") -> ScrubAnswer:
    limits = http.Limits(connect=min(3.0, seconds), read=seconds, total=seconds)
    return answer(client.ask(phone[-10:], limits))


def _answer(
    client: ScrubClient, phone: str, said: Said, *, now: datetime, valid: timedelta,
    submission_id: UUID | None, lead_id: int | None,
) -> ScrubAnswer:  # fmt: skip
    return ScrubAnswer(
        service=client.service, phone=phone, state=said.state, litigator=said.litigator, codes=list(said.codes),
        why=said.why[:40], http_status=said.http_status, raw=said.raw, asked_at=now,
        valid_until=now if said.state == ScrubState.UNKNOWN else now + valid,
        ms=round(said.ms, 1), submission_id=submission_id, lead_id=lead_id,
    )  # fmt: skip


def _keep(answer: ScrubAnswer) -> None:
    answer.save(force_insert=True)
    if answer.why:
        log.warning("scrub_service.unknown", service=answer.service, why=answer.why, ms=answer.ms)
