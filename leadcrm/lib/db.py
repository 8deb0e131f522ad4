"""Few round trips: several statements sent to PostgreSQL together, prepared, in one go.

psycopg's pipeline mode sends a batch without waiting for each answer. Statements still run one after the
other, each with its own snapshot (READ COMMITTED), so "take the lock" and "read what it protects" can travel
together: the read sees everything that was committed before the lock was granted.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import psycopg
from django.db import DatabaseError, IntegrityError, OperationalError, connection

Row = tuple[Any, ...]


_MARK: Final = re.compile(r"%(?:\((?P<name>\w+)\))?s|%%")


@dataclass(frozen=True, slots=True)
class Query:
    """One statement with its parameters, bound by the server; `%s` or `%(name)s` stand for them, `%%` for one %."""

    sql: str
    params: Sequence[Any] | Mapping[str, Any] = ()


@dataclass(slots=True)
class RoundTrips:
    """How often this process waited for PostgreSQL here. For tests and benchmarks."""

    count: int = 0
    statements: int = 0


round_trips = RoundTrips()

# A constraint of this name is not about bad data: it says that somebody else was faster.
RACE_PREFIX = "race_"


class LostRace(Exception):
    """Another transaction took what this one was about to take. Roll back and decide again.

    `first`: what to do before that, outside the transaction.
    """

    def __init__(self, what: str = "", *, first: Callable[[], object] | None = None) -> None:
        super().__init__(what)
        self.first = first


def fetch_together(*queries: Query, commit: bool = False) -> list[list[Row]]:
    """Run `queries` in one round trip and return the rows of each (an empty list for one that returns none).

    Outside a transaction the batch is one implicit transaction, and is sent again where a kept connection turns out
    to be dead, as all are when PostgreSQL was restarted: so it must bear to run twice. With `commit` the outermost
    `atomic` block is committed in the same round trip, so that locks are not held for one more; nothing may follow
    in the block. Raises LostRace, and Django's database errors.
    """
    kept = connection.connection is not None
    try:
        return _fetch(queries, commit=commit)
    except OperationalError:
        if not kept or connection.in_atomic_block or connection.is_usable():
            raise
    connection.close()
    return _fetch(queries, commit=commit)


def fetch_aside(*queries: Query) -> list[list[Row]]:
    """As `fetch_together`, within the caller's transaction, which goes on whatever becomes of `queries`.

    For reads that something else must not depend on. One round trip; raises Django's database errors, after which the
    transaction is as it was before.
    """
    try:
        return fetch_together(Query("SAVEPOINT aside"), *queries, Query("RELEASE SAVEPOINT aside"))[1:-1]
    except DatabaseError:
        fetch_together(Query("ROLLBACK TO SAVEPOINT aside"))
        raise


def _fetch(queries: Sequence[Query], *, commit: bool) -> list[list[Row]]:
    connection.ensure_connection()
    raw = connection.connection
    round_trips.count += 1
    round_trips.statements += len(queries)
    cursors = [psycopg.RawCursor(raw) for _ in queries]
    # One statement needs no pipeline, which would cost more than it saves.
    with _races_told_apart(), connection.wrap_database_errors:
        with raw.pipeline() if commit or len(queries) > 1 else nullcontext():
            for cursor, query in zip(cursors, queries, strict=True):
                cursor.execute(*_bound(query), prepare=True)
            if commit and connection.in_atomic_block and not connection.savepoint_ids:
                raw.commit()  # `atomic` finds nothing left to commit, and runs its on_commit hooks
        # It answers: Django need not ask it once more in this request.
        connection.health_check_done = True  # type: ignore[attr-defined]
        # Only the end of the pipeline brings the answers: until then no cursor knows whether it has rows.
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]


def _bound(query: Query) -> tuple[str, Sequence[Any]]:
    """The statement as PostgreSQL knows it, and its parameters in the order of their numbers."""
    sql, names = _numbered(query.sql)
    if isinstance(query.params, Mapping):
        return sql, [query.params[name] for name in names]
    return sql, query.params


# psycopg, too, keeps what it made of a statement, but not of the long ones, which cost most.
@lru_cache(maxsize=1000)
def _numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """`sql` with `$1`, `$2` in place of its marks; a name has one number wherever it stands. And the names."""
    numbers: dict[str, int] = {}

    def number(mark: re.Match[str]) -> str:
        if mark[0] == "%%":
            return "%"
        return f"${numbers.setdefault(mark['name'] or str(len(numbers)), len(numbers) + 1)}"

    return _MARK.sub(number, sql), tuple(numbers)


@contextmanager
def _races_told_apart() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        broken = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        if broken.startswith(RACE_PREFIX):
            raise LostRace(broken) from error
        raise
