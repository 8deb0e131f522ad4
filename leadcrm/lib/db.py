"""Few round trips: several statements sent to PostgreSQL together, prepared, in one go.

psycopg's pipeline mode sends a batch without waiting for each answer. Statements still run one after the
other, each with its own snapshot (READ COMMITTED), so "take the lock" and "read what it protects" can travel
together: the read sees everything that was committed before the lock was granted.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

import msgspec
import psycopg
from django.db import IntegrityError, OperationalError, connection, models
from django.db.models import AutoField, Field
from psycopg.types.json import Jsonb

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """One statement with its parameters; `%s` or `%(name)s` placeholders, `$1` if `numbered`; bound by the server."""

    sql: str
    params: Sequence[Any] | Mapping[str, Any] = ()
    numbered: bool = False


@dataclass(slots=True)
class RoundTrips:
    """How often this process waited for PostgreSQL here. For tests and benchmarks."""

    count: int = 0
    statements: int = 0


round_trips = RoundTrips()

# A constraint of this name is not about bad data: it says that somebody else was faster.
RACE_PREFIX = "race_"


class LostRace(Exception):
    """Another transaction took what this one was about to take. Roll back and decide again."""


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


def _fetch(queries: Sequence[Query], *, commit: bool) -> list[list[Row]]:
    connection.ensure_connection()
    raw = connection.connection
    round_trips.count += 1
    round_trips.statements += len(queries)
    cursors = [(psycopg.RawCursor if query.numbered else psycopg.Cursor)(raw) for query in queries]
    # One statement needs no pipeline, which would cost more than it saves.
    with _races_told_apart(), connection.wrap_database_errors:
        with raw.pipeline() if commit or len(queries) > 1 else nullcontext():
            for cursor, query in zip(cursors, queries, strict=True):
                cursor.execute(query.sql, query.params, prepare=True)
            if commit and connection.in_atomic_block and not connection.savepoint_ids:
                raw.commit()  # `atomic` finds nothing left to commit, and runs its on_commit hooks
        # Only the end of the pipeline brings the answers: until then no cursor knows whether it has rows.
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]


@contextmanager
def _races_told_apart() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        broken = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        if broken.startswith(RACE_PREFIX):
            raise LostRace(broken) from error
        raise


@dataclass(slots=True)
class Batch:
    """Rows and statements to write at the end of a use case, in one round trip."""

    rows: list[models.Model] = field(default_factory=list)
    statements: list[Query] = field(default_factory=list)

    def insert(self, *rows: models.Model) -> None:
        """Add unsaved model instances. Foreign keys must be known: give parents their primary key first."""
        self.rows.extend(rows)

    def update(self, row: models.Model) -> None:
        """Add the UPDATE that writes every column of a saved row."""
        self.statements.append(update_query(row))

    def execute(self, sql: str, params: Sequence[Any] = ()) -> None:
        """Add a statement that returns nothing of interest. Statements run in the order they were added."""
        self.statements.append(Query(sql, params))

    def flush(self, *, commit: bool = False) -> None:
        """Write everything: all rows first, by one statement; the batch is then spent.

        `commit` as in `fetch_together`. Raises LostRace, and Django's IntegrityError and other database errors.
        """
        rows, self.rows = self.rows, []
        statements, self.statements = self.statements, []
        queries = ([insert_together(rows)] if rows else []) + statements
        if queries:
            fetch_together(*queries, commit=commit)


def insert_together(rows: Sequence[models.Model]) -> Query:
    """One statement that inserts all `rows`; primary keys are left to the database where they are unset auto fields.

    Rows of one model keep their order. Foreign keys among the rows are checked at commit (Django makes them
    deferrable), so the order of the models is free.
    """
    groups: dict[tuple[type[models.Model], bool], list[models.Model]] = {}
    for row in rows:
        groups.setdefault((type(row), row.pk is not None), []).append(row)
    sql, plans = _insert_statement(tuple((*kind, len(members)) for kind, members in groups.items()))
    params = [
        _prepared(column, row)
        for members, columns in zip(groups.values(), plans, strict=True)
        for row in members
        for column in columns
    ]
    return Query(sql, params, numbered=True)


def update_query(row: models.Model) -> Query:
    """The UPDATE that writes every column of `row`, found by its primary key."""
    sql, columns = _update_statement(type(row))
    return Query(sql, [*(_prepared(column, row) for column in columns), row.pk])


@dataclass(frozen=True, slots=True)
class _Column:
    """How one column's value is taken from a row: as it is, or by what the field does to it."""

    attname: str
    field: "Field[Any, Any] | None"  # None: psycopg knows what to do with the value
    is_json: bool


def _column(field_: "Field[Any, Any]") -> _Column:
    plain = isinstance(field_, _PLAIN) and not (
        getattr(field_, "auto_now", False) or getattr(field_, "auto_now_add", 0)
    )
    return _Column(field_.attname, None if plain else field_, isinstance(field_, models.JSONField))


_PLAIN = (
    models.CharField, models.TextField, models.IntegerField, models.UUIDField, models.BooleanField,
    models.DateTimeField, models.DateField, models.FloatField, models.DecimalField, models.ForeignKey,
    models.BinaryField,
)  # fmt: skip


def _prepared(column: _Column, row: models.Model) -> Any:
    value = getattr(row, column.attname)
    if column.field is None or value is None:
        return value
    if column.is_json:
        return Jsonb(value, dumps=msgspec.json.encode)
    return column.field.get_db_prep_save(column.field.pre_save(row, True), connection)


@cache
def _insert_statement(
    groups: tuple[tuple[type[models.Model], bool, int], ...],
) -> tuple[str, tuple[tuple[_Column, ...], ...]]:
    inserts, plans, number = [], [], count(1)
    for model, with_pk, how_many in groups:
        fields = [
            f
            for f in model._meta.concrete_fields
            if with_pk or not (f.primary_key and isinstance(f, AutoField))
        ]
        names = ", ".join(f'"{f.column}"' for f in fields)
        values = ", ".join(
            "(" + ", ".join(f"${next(number)}" + _cast(f, how_many) for f in fields) + ")"
            for _ in range(how_many)
        )
        inserts.append(f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES {values}')  # noqa: S608 - our names
        plans.append(tuple(_column(f) for f in fields))
    leading = ", ".join(f"w{n} AS ({insert})" for n, insert in enumerate(inserts[:-1]))
    return (f"WITH {leading} " if leading else "") + inserts[-1], tuple(plans)


def _cast(field_: "Field[Any, Any]", how_many: int) -> str:
    """PostgreSQL takes a lone row's types from the table, but those of several rows from the values."""
    return f"::{field_.cast_db_type(connection)}" if how_many > 1 else ""


@cache
def _update_statement(model: type[models.Model]) -> tuple[str, tuple[_Column, ...]]:
    fields = tuple(f for f in model._meta.concrete_fields if not f.primary_key)
    columns = ", ".join(f'"{f.column}" = %s' for f in fields)
    key = model._meta.pk.column
    sql = f'UPDATE "{model._meta.db_table}" SET {columns} WHERE "{key}" = %s'  # noqa: S608 - names of our models
    return sql, tuple(_column(f) for f in fields)
