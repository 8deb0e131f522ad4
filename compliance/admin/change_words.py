"""A recorded change in people's words: fields by their names, values as they are shown, rows as they are called."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from django.apps import apps
from django.db import models
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import capfirst

from compliance.models import ConfigChange, ConfigOperation
from leadcrm.lib.admin.words import DASH, day, moment

# What a row is called by, where that is not its name, label or code.
CALLED: Final[Mapping[str, tuple[str, ...]]] = {
    "leadcrm_user": ("first_name", "last_name"),
    "agents_agent": ("user__first_name", "user__last_name"),
    "intake_source": ("vendor__name", "name"),
    "compliance_dncversion": ("dnc_list__name", "number"),
}
_USUAL: Final = ("name", "label", "code", "title", "check_name")
# Numbers that people know, and rows whose number is all that may be told of them.
_NUMBERED: Final = {"intake_lead": "A-{}"}
# More of a value is on the page of the change.
LONGEST: Final = 120


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a change."""

    field: str
    before: str
    after: str


@cache
def models_by_table() -> dict[str, type[models.Model]]:
    """Every table with its model, those between two models included."""
    every = apps.get_models(include_auto_created=True)
    return {model._meta.db_table: model for model in every if not model._meta.proxy}


def table_words(table: str) -> str:
    """What a row of the table is, for people: “Source”, “Pool: vendors” for the rows between two tables."""
    model = models_by_table().get(table)
    if model is None:
        return table
    owner = _owner_of(model)
    if owner is not model:
        field = next(f for f in owner._meta.many_to_many if f.remote_field.through is model)
        return f"{capfirst(str(owner._meta.verbose_name))}: {field.verbose_name}"
    return capfirst(str(model._meta.verbose_name))


def hidden_tables(user: Any) -> list[str]:
    """The tables whose rows `user` may not see, and so not their history either."""
    return [] if user.is_superuser else [t for t, m in models_by_table().items() if not _may_see(user, m)]


def _may_see(user: Any, model: type[models.Model]) -> bool:
    seen = _owner_of(model)
    return bool(user.has_perm(f"{seen._meta.app_label}.view_{seen._meta.model_name}"))


def _owner_of(model: type[models.Model]) -> type[models.Model]:
    """The model on whose page the rows of `model` are chosen: its own, but for rows between two tables."""
    made_for: Any = model._meta.auto_created
    return made_for or model


class Names:
    """What the rows are called that some changes speak of. One query for each kind of row, however many changes."""

    def __init__(self, changes: Iterable[ConfigChange]) -> None:
        wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
        for change in changes:
            for field, value in _pointers(change):
                wanted[field.related_model].add(value)
        self._known: dict[tuple[str, str], str] = {}
        for model, keys in wanted.items():
            self._read(model, keys)

    def of(self, table: str, key: Any) -> str:
        """The name of a row, or its number."""
        if table in _NUMBERED:
            return _NUMBERED[table].format(key)
        return self._known.get((table, str(key))) or f"number {key}"

    def of_row(self, change: ConfigChange) -> str:
        """What the changed row itself is called: by its own columns as they were."""
        if change.table_name in _NUMBERED:
            return _NUMBERED[change.table_name].format(change.row_id)
        row = change.after or change.before or {}
        own = [str(row[column]) for column in _own_name(change.table_name) if row.get(column)]
        if own:
            return " ".join(own)
        about = [
            self.of(field.related_model._meta.db_table, value) for field, value in _first_pointers(change)
        ]
        return ", ".join(about) or f"number {change.row_id}"

    def _read(self, model: type[models.Model], keys: set[Any]) -> None:
        table = model._meta.db_table
        columns = CALLED.get(table) or _own_name(table)
        if not columns or table in _NUMBERED:
            return
        fallback = (
            ("email",) if table == "leadcrm_user" else ("user__email",) if table == "agents_agent" else ()
        )
        for key, *parts in model._default_manager.filter(pk__in=keys).values_list("pk", *columns, *fallback):
            named = parts[: len(columns)]
            words = " ".join(str(part) for part in named if part) or str(parts[-1])
            self._known[(table, str(key))] = words


@cache
def _fields(table: str) -> dict[str, Any]:
    model = models_by_table().get(table)
    return {} if model is None else {str(field.column): field for field in model._meta.concrete_fields}


@cache
def _own_name(table: str) -> tuple[str, ...]:
    """The columns of the table itself that name a row."""
    fields = _fields(table)
    if table == "leadcrm_user":
        return ("first_name", "last_name")
    return next(((column,) for column in _USUAL if column in fields), ())


def _pointers(change: ConfigChange) -> Iterable[tuple[Any, Any]]:
    fields = _fields(change.table_name)
    for row in (change.before, change.after):
        for column, value in (row or {}).items():
            field = fields.get(column)
            if field is not None and field.is_relation and isinstance(value, int):
                yield field, value


def _first_pointers(change: ConfigChange) -> list[tuple[Any, Any]]:
    """The first two rows it hangs on, which are what it is about; who did it is told elsewhere."""
    found = {f.column: (f, value) for f, value in _pointers(change) if not f.name.endswith("by")}
    return list(found.values())[:2]


def lines_of(change: ConfigChange, names: Names) -> list[Line]:
    """Field by field, before and after: what differs, or the whole row where it came or went."""
    if change.operation == ConfigOperation.ACT:
        return []
    before, after = change.before or {}, change.after or {}
    fields = _fields(change.table_name)
    whole = change.operation != ConfigOperation.UPDATE
    return [
        Line(
            _label(fields.get(name), name),
            _value(before, name, fields, names),
            _value(after, name, fields, names),
        )
        for name in change.columns
        if name != "id" and not (whole and _is_empty((after or before).get(name)))
    ]


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _label(field: Any, column: str) -> str:
    return capfirst(str(field.verbose_name)) if field is not None else capfirst(column.replace("_", " "))


def _value(row: Mapping[str, Any], column: str, fields: Mapping[str, Any], names: Names) -> str:
    value = row.get(column)
    if value is None or value == "":
        return DASH
    field = fields.get(column)
    if field is not None and field.is_relation:
        return names.of(field.related_model._meta.db_table, value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field is not None and field.choices and not isinstance(value, list):
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.DateTimeField):
        at = parse_datetime(str(value))
        return moment(at) if isinstance(at, datetime) and at.tzinfo else str(value)
    if isinstance(field, models.DateField):
        return day(parse_date(str(value))) if isinstance(value, str) else str(value)
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return ", ".join(map(str, value)) or DASH
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
