"""Work that only one process does at a time: the others leave it, or wait for their turn."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def alone(key: int) -> Iterator[bool]:
    """Hold the advisory lock `key` (64 bits) meanwhile; False where another process has it.

    The lock goes with the connection, so a process that dies holds none: the connection must be the process's own,
    not one that a pooler hands on between transactions.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held and connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def wait_for_turn(key: int) -> None:
    """Take the advisory lock `key` (64 bits), once whoever has it is through, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
