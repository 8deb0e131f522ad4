"""What waits in the database, as Prometheus asks for it: each queue's oldest row and how many there are.

Each question walks an index of the rows that wait, and stops after MOST of them. The answers of one process serve for
METRICS_SECONDS, however often somebody asks.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

log = structlog.get_logger(__name__)
MOST: Final = 10_000
# A question that takes longer is given up: being asked how it goes must not make it worse.
_LONGEST_MS: Final = 2000


@dataclass(frozen=True, slots=True)
class Queue:
    """Rows that wait for something. All of it is SQL of ours: `at` is the column that says since when.

    With `due`, rows of which `at` is still to come are not counted. `where` must be what an index of `at` holds.
    """

    name: str
    table: str
    at: str
    where: str
    due: bool = True

    def question(self) -> str:
        """The statement; it takes `now` and answers the oldest row's age in seconds, and how many there are."""
        due = f" AND {self.at} <= %(now)s" if self.due else ""
        return (
            "SELECT coalesce(greatest(extract(epoch FROM %(now)s - min(at)), 0), 0)::float, count(*) FROM "  # noqa: S608
            f"(SELECT {self.at} AS at FROM {self.table} WHERE {self.where}{due} ORDER BY {self.at} LIMIT {MOST}) w"
        )


@dataclass(frozen=True, slots=True)
class Count:
    """One number that a statement answers; it takes `now` and must stop by itself."""

    name: str
    help: str
    question: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of a metric. `kind`: gauge or counter."""

    name: str
    help: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()
    kind: str = "gauge"


def ask_queues(queues: Sequence[Queue], counts: Sequence[Count], *, now: datetime) -> list[Sample]:
    """What waits at `now` (aware). A question that fails is left out and counted in leadcrm_questions_failed."""
    samples, failed = [], 0
    for queue in queues:
        answer = _asked(queue.name, queue.question(), now)
        failed += answer is None
        if answer is not None:
            labels = (("queue", queue.name),)
            age, rows = answer
            samples += [
                Sample("leadcrm_queue_oldest_seconds", "How long the oldest row has been due.", age, labels),
                Sample("leadcrm_queue_rows", f"Rows that wait, counted up to {MOST}.", rows, labels),
            ]
    for count in counts:
        answer = _asked(count.name, count.question, now)
        failed += answer is None
        if answer is not None:
            samples.append(Sample(count.name, count.help, answer[0]))
    samples.append(Sample("leadcrm_questions_failed", "Questions to the database without an answer.", failed))
    return samples


def _asked(name: str, question: str, now: datetime) -> tuple[float, ...] | None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {_LONGEST_MS}")
            cursor.execute(question, {"now": now})
            row: tuple[float, ...] = cursor.fetchone()
            return row
    except DatabaseError as error:
        log.warning("metrics.question_failed", question=name, exc_info=error)
        return None


class Gauges:
    """A collector for Prometheus whose `read` is asked at most every METRICS_SECONDS."""

    def __init__(self, read: Callable[[datetime], list[Sample]]) -> None:
        self._read = read
        self._lock = Lock()
        self._until = 0.0
        self._kept: list[Sample] = []

    def collect(self) -> Iterator[Any]:
        """The families of samples; threads that ask at once wait for the one that reads."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        kinds: dict[str, Any] = {"gauge": GaugeMetricFamily, "counter": CounterMetricFamily}
        families: dict[str, Any] = {}
        for sample in self._samples():
            names = [name for name, _ in sample.labels]
            family = families.get(sample.name)
            if family is None:
                family = families[sample.name] = kinds[sample.kind](sample.name, sample.help, labels=names)
            family.add_metric([value for _, value in sample.labels], sample.value)
        yield from families.values()

    def describe(self) -> list[Any]:
        """Nothing: asked at registration, when there is no need to ask the database."""
        return []

    def _samples(self) -> list[Sample]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._kept = self._read(timezone.now())
                self._until = time.monotonic() + settings.METRICS_SECONDS
            return self._kept

    def forget(self) -> None:
        """Read again whenever asked next."""
        self._until = 0.0
