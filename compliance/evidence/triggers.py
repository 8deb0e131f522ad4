"""SQL for migrations: triggers that note each new row of evidence for sealing, and keep rows from being changed.

Migrations spell out what they set up (they are history), and a test compares the database with the registry
(compliance.evidence.kinds). For a new kind of evidence a migration runs, beside its table:

    RunSQL(note_sql(kind="visit", table="compliance_visit"), ...)
    RunSQL(guard_sql(table="compliance_visit", blanks={"words": ""}), ...)
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

# The setting that a transaction makes while it erases: the id of the erasure. See compliance.evidence.forgetting.
ERASING = "leadcrm.erasing"

_NOTE = """
CREATE OR REPLACE FUNCTION leadcrm_note_evidence_{key}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO compliance_evidencepending (kind, row_id) SELECT TG_ARGV[0], {key}::text FROM added;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER {name} AFTER INSERT ON "{table}" REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION leadcrm_note_evidence_{key}('{kind}');
"""
_NOTE_MOMENT = """
CREATE OR REPLACE FUNCTION leadcrm_note_evidence_moment_{key}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO compliance_evidencepending (kind, row_id) VALUES (TG_ARGV[0], NEW.{key}::text);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER {name} AFTER UPDATE ON "{table}" FOR EACH ROW
WHEN (OLD.{moment} IS NULL AND NEW.{moment} IS NOT NULL)
EXECUTE FUNCTION leadcrm_note_evidence_moment_{key}('{kind}');
CREATE OR REPLACE TRIGGER {name}_at_once AFTER INSERT ON "{table}" FOR EACH ROW WHEN (NEW.{moment} IS NOT NULL)
EXECUTE FUNCTION leadcrm_note_evidence_moment_{key}('{kind}');
"""
_GUARD = """
CREATE OR REPLACE FUNCTION leadcrm_keep_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    living CONSTANT jsonb := TG_ARGV[0]::jsonb;
    erasing CONSTANT boolean := coalesce(current_setting('leadcrm.erasing', true), '') <> '';
    before jsonb;
    later jsonb;
    changed text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION '% is evidence: its rows are never deleted', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    before := to_jsonb(OLD);
    later := to_jsonb(NEW);
    SELECT string_agg(col.key, ', ' ORDER BY col.key) INTO changed
    FROM jsonb_each(later) AS col
    WHERE col.value IS DISTINCT FROM before -> col.key
        AND NOT living -> 'free' ? col.key
        AND NOT EXISTS (
            SELECT FROM jsonb_each(living -> 'once') AS once
            WHERE once.value ? col.key
                AND before -> once.key = 'null'::jsonb AND later -> once.key <> 'null'::jsonb
        )
        AND NOT (erasing AND living -> 'blanks' ? col.key AND living -> 'blanks' -> col.key = col.value);
    IF changed IS NOT NULL THEN
        RAISE EXCEPTION '% is evidence: % cannot be changed', TG_TABLE_NAME, changed
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER keep_evidence BEFORE UPDATE OR DELETE ON "{table}"
FOR EACH ROW EXECUTE FUNCTION leadcrm_keep_evidence('{living}');
"""
_BACKFILL = """
INSERT INTO compliance_evidencepending (kind, row_id)
SELECT '{kind}', {key}::text FROM "{table}" {where} ORDER BY {key};
"""


def trigger_name(kind: str) -> str:
    """The trigger that notes rows of `kind`."""
    return "note_" + "".join(c if c.isalnum() else "_" for c in kind)


def note_sql(*, kind: str, table: str, key: str = "id", moment: str = "") -> str:
    """Note each new row of `table` as `kind`, and the rows it holds already; `key` is its primary key's column.

    With `moment`, a column, a row is noted once that is set: by an update, or as the row is added.
    """
    about = {"kind": kind, "table": table, "key": key, "moment": moment, "name": trigger_name(kind)}
    where = f"WHERE {moment} IS NOT NULL" if moment else ""
    return (_NOTE_MOMENT if moment else _NOTE).format(**about) + _BACKFILL.format(**about, where=where)


def guard_sql(
    *,
    table: str,
    free: Sequence[str] = (),
    once: Mapping[str, Sequence[str]] | None = None,
    blanks: Mapping[str, Any] | None = None,
) -> str:
    """Let rows of `table` be added and never deleted; and no column changed, with three exceptions.

    `free` columns may change. `once`: columns that may change together with the moment they belong to (the key),
    while that turns from NULL to a value. `blanks`: what a column may become while ERASING is set.
    """
    living = {
        "free": list(free),
        "once": {k: [k, *v] for k, v in (once or {}).items()},
        "blanks": blanks or {},
    }
    return _GUARD.replace("{table}", table).replace("{living}", json.dumps(living).replace("'", "''"))


def undo_sql(*, table: str, kinds: Sequence[str]) -> str:
    """Take the triggers off `table` again."""
    names = [
        "keep_evidence",
        *(trigger_name(k) for k in kinds),
        *(trigger_name(k) + "_at_once" for k in kinds),
    ]
    return "\n".join(f'DROP TRIGGER IF EXISTS {name} ON "{table}";' for name in names)
