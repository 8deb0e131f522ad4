"""Configuration as it was under a version: its rows from the recorded changes, and what is built from them."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from django.db import models
from psycopg.types.json import Jsonb

from compliance.evidence.config_triggers import SECRETS
from compliance.models import Cap, CheckSetting, ConfigChange, ConfigOperation, DncList
from compliance.policy import Policy, build_policy
from intake.models import (
    ApiKey,
    FieldRule,
    PriceRule,
    Source,
    SourceHours,
    Vendor,
    Vertical,
    VerticalAttribute,
)
from intake.sources import SourceConfig, SourceRows, build_source

M = TypeVar("M", bound=models.Model)

# The database reads its own JSON back, so that every type comes out as it went in.
_ROWS: Final = """
SELECT r.*, ARRAY(SELECT jsonb_object_keys(last.after)) AS recorded_columns
FROM (
    SELECT DISTINCT ON (row_id) after FROM compliance_configchange
    WHERE table_name = %s AND version <= %s AND operation <> 'act' ORDER BY row_id, id DESC
) AS last, LATERAL jsonb_populate_record(NULL::"{table}", last.after) AS r
WHERE last.after IS NOT NULL AND last.after @> %s ORDER BY {order}
"""
# What a post's decision is made under.
NEEDED: Final[tuple[type[models.Model], ...]] = (
    Vendor, Source, FieldRule, SourceHours, ApiKey, PriceRule, Vertical, VerticalAttribute, CheckSetting, Cap, DncList,
)  # fmt: skip


class NotKept(LookupError):
    """The configuration of that version cannot be told; the message says why, for people."""


def kept_since() -> int:
    """The first version whose rows are known: recording began with a snapshot, or with an empty database (0)."""
    began = ConfigChange.objects.filter(
        table_name__in=[model._meta.db_table for model in NEEDED], operation=ConfigOperation.SNAPSHOT
    )
    # Of each table the first: a table that is recorded anew later was recorded before, too.
    first = began.order_by().values("table_name").annotate(first=models.Min("version"))
    return max((row["first"] for row in first), default=0)


def rows_as_of(model: type[M], version: int, *, order: Sequence[str] = ("id",), **among: Any) -> list[M]:
    """The rows of `model`'s table under `version`, unsaved, in the order of columns `order`.

    `among` are columns with their values, as JSON. Secrets are empty; columns that are younger than the row have
    their defaults. One query.
    """
    table = model._meta.db_table
    sql = _ROWS.format(table=table, order=", ".join(f'r."{column}"' for column in order))
    rows: list[M] = list(model._default_manager.raw(sql, [table, version, Jsonb(among)]))
    for row in rows:
        _fill(row, SECRETS.get(table, ()))
    return rows


def _fill(row: Any, hidden: Sequence[str]) -> None:
    recorded = set(row.recorded_columns)
    for field in row._meta.concrete_fields:
        if field.column not in recorded:
            setattr(row, field.attname, "" if field.column in hidden else field.get_default())


def policy_as_of(source_id: int, version: int) -> Policy:
    """The source's policy under `version`. Raises NotKept, and BadParams for what the checks take no more."""
    _refuse_older(version)
    settings = rows_as_of(CheckSetting, version)
    return build_policy(
        [row for row in settings if row.source_id in (None, source_id)],
        rows_as_of(Cap, version, source_id=source_id),
    )


def source_as_of(source_id: int, version: int) -> SourceConfig:
    """The source's contract under `version`, less its keys' secrets. Raises NotKept."""
    _refuse_older(version)
    source = _one(Source, source_id, version)
    source.vendor = _one(Vendor, source.vendor_id, version)
    source.vertical = _one(Vertical, source.vertical_id, version)
    mine: dict[str, Any] = {"source_id": source_id}
    return build_source(
        SourceRows(
            source=source,
            field_rules=rows_as_of(FieldRule, version, order=("field", "incoming"), **mine),
            hours=rows_as_of(SourceHours, version, order=("weekday", "opens_at"), **mine),
            keys=rows_as_of(ApiKey, version, **mine),
            attributes=rows_as_of(
                VerticalAttribute, version, order=("name",), vertical_id=source.vertical_id
            ),
            verticals=rows_as_of(Vertical, version, order=("name",)),
            price_rules=rows_as_of(PriceRule, version, order=("rank", "id"), **mine),
        )
    )


def lists_as_of(version: int) -> list[DncList]:
    """The do-not-call lists as they were set up under `version`. Raises NotKept."""
    _refuse_older(version)
    return rows_as_of(DncList, version, order=("code",))


def _one(model: type[M], key: int, version: int) -> M:
    found = rows_as_of(model, version, id=key)
    if not found:
        raise NotKept(
            f"There is no {model._meta.verbose_name} {key} in the configuration of version {version}"
        )
    return found[0]


def _refuse_older(version: int) -> None:
    if version < (first := kept_since()):
        raise NotKept(f"Configuration is kept since version {first}, and this is of version {version}")
