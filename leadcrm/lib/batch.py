"""Writing at the end of a use case: many rows and statements as one, in one round trip."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec
from django.db import connection, models
from django.db.models import AutoField, Field
from psycopg.types.json import Jsonb

from leadcrm.lib.db import Query, fetch_together


@dataclass(slots=True)
class Batch:
    """Rows to insert and statements to run, written together by `flush`.

    All of them see the tables as they were before: none may build on what another one writes. Statements for which
    that is no good go `first`.
    """

    rows: list[models.Model] = field(default_factory=list)
    statements: list[Query] = field(default_factory=list)
    before: list[Query] = field(default_factory=list)

    def insert(self, *rows: models.Model) -> None:
        """Add unsaved model instances. Foreign keys must be known: give parents their primary key first."""
        self.rows.extend(rows)

    def update(self, row: models.Model) -> None:
        """Add the UPDATE that writes every column of a saved row."""
        sql, columns = _update_statement(type(row))
        self.statements.append(Query(sql, [*(_prepared(column, row) for column in columns), row.pk]))

    def execute(self, sql: str, params: Sequence[Any] = (), *, first: bool = False) -> None:
        """Add an INSERT, UPDATE or DELETE with `%s` placeholders."""
        (self.before if first else self.statements).append(Query(sql, params))

    def flush(self, *, commit: bool = False) -> None:
        """Write everything; the batch is then spent.

        `commit` as in `fetch_together`. Raises LostRace, and Django's IntegrityError and other database errors.
        """
        before, rows, statements = self.before, self.rows, self.statements
        self.before, self.rows, self.statements = [], [], []
        if before or rows or statements:
            together = [_as_one(rows, statements)] if rows or statements else []
            fetch_together(*before, *together, commit=commit)


def _as_one(rows: Sequence[models.Model], statements: Sequence[Query]) -> Query:
    """One statement for all. Primary keys are left to the database where they are unset auto fields.

    Rows of one model keep their order. Foreign keys among the rows are checked at commit (Django makes them
    deferrable), so the order of the models is free.
    """
    groups: dict[tuple[type[models.Model], bool], list[models.Model]] = {}
    for row in rows:
        groups.setdefault((type(row), row.pk is not None), []).append(row)
    inserts = [_insert_statement(*kind, len(members)) for kind, members in groups.items()]
    params = [
        _prepared(column, row)
        for members, (_, columns) in zip(groups.values(), inserts, strict=True)
        for row in members
        for column in columns
    ]
    for statement in statements:
        params.extend(statement.params)
    sql = _joined((*(sql for sql, _ in inserts), *(statement.sql for statement in statements)))
    return Query(sql, params)


@cache
def _joined(parts: tuple[str, ...]) -> str:
    """The parts as common table expressions of the last one."""
    leading = ", ".join(f"w{n} AS ({part})" for n, part in enumerate(parts[:-1]))
    return (f"WITH {leading} " if leading else "") + parts[-1]


@dataclass(frozen=True, slots=True)
class _Column:
    """How one column's value is taken from a row: as it is, or by what the field does to it."""

    attname: str
    field: "Field[Any, Any] | None"  # None: psycopg knows what to do with the value
    is_json: bool


_PLAIN = (
    models.CharField, models.TextField, models.IntegerField, models.UUIDField, models.BooleanField,
    models.DateTimeField, models.DateField, models.FloatField, models.DecimalField, models.ForeignKey,
    models.BinaryField,
)  # fmt: skip


def _column(field_: "Field[Any, Any]") -> _Column:
    stamped = getattr(field_, "auto_now", False) or getattr(field_, "auto_now_add", False)
    plain = isinstance(field_, _PLAIN) and not stamped
    return _Column(field_.attname, None if plain else field_, type(field_) is models.JSONField)


def _prepared(column: _Column, row: models.Model) -> Any:
    value = getattr(row, column.attname)
    if column.field is None:
        return value
    if column.is_json and value is not None:
        return Jsonb(value, dumps=msgspec.json.encode)
    return column.field.get_db_prep_save(column.field.pre_save(row, True), connection)


@cache
def _insert_statement(
    model: type[models.Model], with_pk: bool, how_many: int
) -> tuple[str, tuple[_Column, ...]]:
    fields = [
        f for f in model._meta.concrete_fields if with_pk or not (f.primary_key and isinstance(f, AutoField))
    ]
    # PostgreSQL takes a lone row's types from the table, but those of several rows from the values.
    marks = [f"%s::{f.cast_db_type(connection)}" if how_many > 1 else "%s" for f in fields]
    names = ", ".join(f'"{f.column}"' for f in fields)
    values = ", ".join([f"({', '.join(marks)})"] * how_many)
    sql = f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES {values}'  # noqa: S608 - names of our models
    return sql, tuple(_column(f) for f in fields)


@cache
def _update_statement(model: type[models.Model]) -> tuple[str, tuple[_Column, ...]]:
    fields = tuple(f for f in model._meta.concrete_fields if not f.primary_key)
    columns = ", ".join(f'"{f.column}" = %s' for f in fields)
    key = model._meta.pk.column
    sql = f'UPDATE "{model._meta.db_table}" SET {columns} WHERE "{key}" = %s'  # noqa: S608 - names of our models
    return sql, tuple(_column(f) for f in fields)
