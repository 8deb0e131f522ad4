"""Ringing Celery: after commit, once, and never at the price of the caller's answer."""

import time
from typing import Any

import structlog
from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


class Sparing:
    """Says whether to ring, at most once in `seconds` per process: ringing costs about a millisecond of its time.

    For rows that a frequent sweep finds as well. Threads may share it; two that ask at once may both ring.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = 0.0

    def may_ring(self) -> bool:
        """True if nobody has rung lately; the caller then does."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True

    def forget(self) -> None:
        """Ring whenever asked next."""
        self._next = 0.0


def ring_after_commit(task: "Task[Any, Any]", ids: dict[str, Any]) -> None:
    """Send `task` with keyword arguments `ids` when the current transaction has committed (now, without one).

    A broker that cannot be reached is logged and forgotten: the work is a row that a sweep finds.
    """

    def send() -> None:
        try:
            task.apply_async(kwargs=ids, ignore_result=True)
        except (OperationalError, OSError):
            log.warning("doorbell.broker_unreachable", task=task.name, **ids)

    # Robust: what is committed must not turn into an error because ringing broke in a new way.
    transaction.on_commit(send, robust=True)
