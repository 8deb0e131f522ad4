"""Sending mails to our own people from rows: claimed first, one mail a person, never twice where one may be out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import structlog
from django.db import transaction
from django.db.models import QuerySet

from agents.mailing import PERHAPS_TAKEN, MailNotTaken, hand_over
from agents.models.mails import PersonMail, PersonMailState

log = structlog.get_logger(__name__)
M = TypeVar("M", bound=PersonMail)


@dataclass(frozen=True)
class MailQueue(Generic[M]):
    """One kind of mails. `name` begins its log messages; `reader` is the foreign key to whom a row goes.

    `read` gives rows what their mail says, in its order; `still_needed` are those of one person's rows that are to be
    told at a moment, the others are dropped; `letter` is what `agents.mailing.hand_over` takes. A claim older than
    `claim_lasts` belongs to a process that is gone; nobody knows how far it came.
    """

    name: str
    rows: "Callable[[], QuerySet[M]]"
    reader: str
    read: "Callable[[QuerySet[M]], QuerySet[M]]"
    still_needed: Callable[[Sequence[M], datetime], list[M]]
    letter: Callable[[Sequence[M], datetime], dict[str, Any]]
    most_tries: int
    first_wait: timedelta
    claim_lasts: timedelta
    most_at_once: int | None = None

    def send_due(self, *, now: datetime) -> int:
        """Send what is due, one mail a person; how many mails went out. Two at once do not send the same."""
        self._give_up_lost_claims(now)
        sent = 0
        while batch := self._claim(now):
            wanted = self._drop_needless(batch, now)
            if wanted and self._deliver(wanted, now):
                sent += 1
        return sent

    def _claim(self, now: datetime) -> list[M]:
        """What is due to one person, now ours; empty when nothing is."""
        waiting = self.rows().filter(state=PersonMailState.WAITING, due_at__lte=now)
        with transaction.atomic():
            first = waiting.select_for_update(skip_locked=True).order_by("due_at", "pk").first()
            if first is None:
                return []
            theirs = waiting.filter(**{self.reader: getattr(first, f"{self.reader}_id")})
            keys = theirs.select_for_update(skip_locked=True).values_list("pk", flat=True)[
                : self.most_at_once
            ]
            rows = self.rows().filter(pk__in=list(keys))
            rows.update(state=PersonMailState.SENDING, claimed_at=now)
        return list(self.read(rows))

    def _give_up_lost_claims(self, now: datetime) -> None:
        lost = self.rows().filter(state=PersonMailState.SENDING, claimed_at__lt=now - self.claim_lasts)
        if count := lost.update(state=PersonMailState.UNKNOWN, error="The process ended meanwhile"):
            self._warn("lost", count=count)

    def _drop_needless(self, batch: Sequence[M], now: datetime) -> list[M]:
        wanted = self.still_needed(batch, now)
        needless = {row.pk for row in batch} - {row.pk for row in wanted}
        self.rows().filter(pk__in=needless).update(state=PersonMailState.DROPPED)
        return wanted

    def _deliver(self, batch: Sequence[M], now: datetime) -> bool:
        rows = self.rows().filter(pk__in=[row.pk for row in batch])
        try:
            hand_over(**self.letter(batch, now))
        except MailNotTaken as refused:
            self._try_later(batch, str(refused), now)
        except PERHAPS_TAKEN as broke:
            rows.update(state=PersonMailState.UNKNOWN, error=type(broke).__name__)
            self._warn("unknown", error=type(broke).__name__)
        else:
            rows.update(state=PersonMailState.SENT, sent_at=now, attempts=batch[0].attempts + 1, error="")
            return True
        return False

    def _try_later(self, batch: Sequence[M], error: str, now: datetime) -> None:
        """Wait twice as long each time; after the last try give up."""
        for row in batch:
            row.attempts += 1
            over = row.attempts >= self.most_tries
            row.state = PersonMailState.FAILED if over else PersonMailState.WAITING
            row.due_at, row.error = now + self.first_wait * 2 ** (row.attempts - 1), error[:80]
        self.rows().bulk_update(batch, ["attempts", "state", "due_at", "error"])
        self._warn("not_sent", error=error, count=len(batch))

    def _warn(self, what: str, **about: Any) -> None:
        event = f"{self.name}.{what}"
        log.warning(event, **about)
