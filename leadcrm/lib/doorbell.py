"""Ringing Celery: after commit, once, and never at the price of the caller's answer."""

from typing import Any

import structlog
from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


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
