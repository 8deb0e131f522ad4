"""Few round trips: several statements sent to PostgreSQL together, prepared, in one go.

psycopg's pipeline mode sends a batch without waiting for each answer. Statements still run one after the
other, each with its own snapshot (READ COMMITTED), so "take the lock" and "read what it protects" can travel
together: the read sees everything that was committed before the lock was granted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import psycopg
from django.db import connection, models
from django.db.models import AutoField, Field

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """One statement with its parameters; `%s` or `%(name)s` placeholders, bound by the server."""

    sql: str
    params: Sequence[Any] | Mapping[str, Any] = ()


@dataclass(slots=True)
class RoundTrips:
    """How often this process waited for PostgreSQL here. For tests and benchmarks."""

    count: int = 0
    statements: int = 0


round_trips = RoundTrips()


def fetch_together(*queries: Query) -> list[list[Row]]:
    """Run `queries` in one round trip and return the rows of each (an empty list for one that returns none).

    Outside a transaction the batch is one implicit transaction. Raises Django's database errors.
    """
    connection.ensure_connection()
    raw = connection.connection
    round_trips.count += 1
    round_trips.statements += len(queries)
    with connection.wrap_database_errors:
        with raw.pipeline():
            cursors = [psycopg.Cursor(raw) for _ in queries]
            for cursor, query in zip(cursors, queries, strict=True):
                cursor.execute(query.sql, query.params, prepare=True)
        # Only the end of the pipeline brings the answers: until then no cursor knows whether it has rows.
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]


@dataclass(slots=True)
class Batch:
    """Rows to write at the end of a use case, in the order they were added, in one round trip."""

    items: list[models.Model | Query] = field(default_factory=list)

    def insert(self, *rows: models.Model) -> None:
        """Add unsaved model instances. Foreign keys must be known: give parents their primary key first."""
        self.items.extend(rows)

    def update(self, row: models.Model) -> None:
        """Add the UPDATE that writes every column of a saved row."""
        self.items.append(update_query(row))

    def execute(self, sql: str, params: Sequence[Any] = ()) -> None:
        """Add a statement that returns nothing of interest."""
        self.items.append(Query(sql, params))

    def flush(self) -> None:
        """Write everything. Raises Django's IntegrityError and other database errors; the batch is then spent."""
        items, self.items = self.items, []
        if items:
            fetch_together(*(item if isinstance(item, Query) else insert_query(item) for item in items))


def insert_query(row: models.Model) -> Query:
    """The INSERT that writes `row`; its primary key is left to the database where it is an unset auto field."""
    sql, fields = _insert_statement(type(row), row.pk is not None)
    params = [f.get_db_prep_save(f.pre_save(row, True), connection) for f in fields]
    return Query(sql, params)


def update_query(row: models.Model) -> Query:
    """The UPDATE that writes every column of `row`, found by its primary key."""
    sql, fields = _update_statement(type(row))
    params = [f.get_db_prep_save(getattr(row, f.attname), connection) for f in fields]
    return Query(sql, [*params, row.pk])


@cache
def _update_statement(model: type[models.Model]) -> tuple[str, tuple["Field[Any, Any]", ...]]:
    fields = tuple(f for f in model._meta.concrete_fields if not f.primary_key)
    columns = ", ".join(f'"{f.column}" = %s' for f in fields)
    key = model._meta.pk.column
    return f'UPDATE "{model._meta.db_table}" SET {columns} WHERE "{key}" = %s', fields  # noqa: S608 - names of our models


@cache
def _insert_statement(model: type[models.Model], with_pk: bool) -> tuple[str, tuple["Field[Any, Any]", ...]]:
    fields = tuple(
        f for f in model._meta.concrete_fields if with_pk or not (f.primary_key and isinstance(f, AutoField))
    )
    columns = ", ".join(f'"{f.column}"' for f in fields)
    marks = ", ".join(["%s"] * len(fields))
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks})', fields  # noqa: S608 - names of our models
