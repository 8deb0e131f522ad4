"""Rows as plain values: what stands in evidence.json, field by field as the database has it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from django.db.models import Model

from compliance.evidence.kinds import KINDS, Kind
from compliance.evidence.leaves import as_json
from leadcrm.models import User


def _by_table() -> Mapping[str, list[Kind]]:
    found: dict[str, list[Kind]] = {}
    for kind in KINDS.values():
        found.setdefault(kind.model._meta.db_table, []).append(kind)
    return MappingProxyType(found)


# The kinds of evidence that the rows of a table are.
BY_TABLE: Final = _by_table()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of one table. `values` as stored, by column; `more` what was read or worked out beside them."""

    table: str
    id: str
    values: dict[str, Any]
    more: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def as_json(self) -> dict[str, Any]:
        """As it stands in evidence.json."""
        said = {"table": self.table, "id": self.id, "values": dict(self.values)}
        return {**said, "more": self.more} if self.more else said


def plain(row: Model, *, without: Iterable[str] = ()) -> Row:
    """`row` with every concrete column but those of `without` as a JSON value. `more` is empty."""
    left_out = set(without)
    values = {
        column.attname: scalar(getattr(row, column.attname))
        for column in row._meta.concrete_fields
        if column.attname not in left_out
    }
    return Row(row._meta.db_table, key_of(row.pk), values)


def key_of(pk: Any) -> str:
    """A primary key as text."""
    return str(pk)


def scalar(value: Any) -> Any:
    """A column's value for JSON, written as in the chain's seals, so that both can be compared letter by letter.

    Containers (JSON and array columns) are taken apart.
    """
    if isinstance(value, list | tuple):
        return [scalar(each) for each in value]
    if isinstance(value, Mapping):
        return {str(name): scalar(each) for name, each in value.items()}
    return as_json(value)


def people_named(rows: Iterable[Model]) -> set[int]:
    """The keys of all users that `rows` point to."""
    found: set[int] = set()
    for row in rows:
        for column in row._meta.concrete_fields:
            if column.related_model is User:
                key = getattr(row, column.attname)
                found |= {key} if key else set()
    return found


def moment_of(text: str) -> datetime:
    """The moment that `scalar` wrote."""
    return datetime.fromisoformat(text)
