"""SQL by which the database records what people change in tables that are no configuration, for migrations.

As for configuration (compliance.evidence.config_triggers) it is the database that writes, into the same table, so that
there is one history. But these tables hold consumers and secrets, and posts write them all day: a row is recorded only
while somebody is said to be at work (leadcrm.lib.actor), and with the columns that a migration names. Of every other
column the history says that it was changed, never what it held.
"""

from collections.abc import Sequence
from typing import Final

# Stand in the history for what a column held.
HIDDEN: Final = "hidden"
HIDDEN_ANOTHER: Final = "hidden, another"

_COLUMNS: Final = "table_name, row_id, operation, before, after, version, at, by_id, via"
_WHO: Final = "substring(current_setting('leadcrm.actor', true) FROM '^[0-9]{1,18}$')::bigint"
_HOW: Final = "left(coalesce(current_setting('leadcrm.via', true), ''), 40)"
_STAMP: Final = "(SELECT coalesce(max(version), 1) FROM leadcrm_configstamp)"

FUNCTIONS: Final = f"""
CREATE OR REPLACE FUNCTION compliance_record_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mode CONSTANT text := TG_ARGV[0];
    named CONSTANT text[] := TG_ARGV[1]::text[];
    ignored CONSTANT text[] := TG_ARGV[2]::text[];
    before jsonb;
    later jsonb;
    name text;
BEGIN
    IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD) - ignored; END IF;
    IF TG_OP <> 'DELETE' THEN later := to_jsonb(NEW) - ignored; END IF;
    IF before IS NOT DISTINCT FROM later THEN RETURN NULL; END IF;
    FOR name IN SELECT jsonb_object_keys(coalesce(later, before)) LOOP
        CONTINUE WHEN (name = ANY (named)) = (mode = 'show');
        IF before -> name IS NOT DISTINCT FROM later -> name
            OR (TG_OP <> 'UPDATE' AND coalesce(later, before) ->> name IN ('', '{{}}', '[]'))
            OR (TG_OP <> 'UPDATE' AND coalesce(later, before) -> name = 'null'::jsonb) THEN
            before := before - name;
            later := later - name;
        ELSE
            IF before IS NOT NULL THEN before := jsonb_set(before, ARRAY[name], '"{HIDDEN}"'); END IF;
            IF later IS NOT NULL THEN
                later := jsonb_set(later, ARRAY[name],
                    CASE TG_OP WHEN 'UPDATE' THEN '"{HIDDEN_ANOTHER}"'::jsonb ELSE '"{HIDDEN}"'::jsonb END);
            END IF;
        END IF;
    END LOOP;
    INSERT INTO compliance_configchange ({_COLUMNS})
    VALUES (
        TG_TABLE_NAME, coalesce(to_jsonb(NEW) ->> 'id', to_jsonb(OLD) ->> 'id'), lower(TG_OP), before, later,
        {_STAMP}, clock_timestamp(), {_WHO}, {_HOW}
    );
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION compliance_record_act() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    about text;
BEGIN
    SELECT app_label || '_' || model INTO about FROM django_content_type WHERE id = NEW.content_type_id;
    -- Held posts are posts.
    about := CASE about WHEN 'compliance_heldpost' THEN 'intake_submission' ELSE coalesce(about, '') END;
    INSERT INTO compliance_configchange ({_COLUMNS})
    VALUES (
        about, left(coalesce(NEW.object_id, ''), 40), 'act', NULL, jsonb_build_object('did', NEW.change_message),
        {_STAMP}, clock_timestamp(), NEW.user_id, {_HOW}
    );
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER record_act AFTER INSERT ON django_admin_log FOR EACH ROW
WHEN (NEW.change_message <> '' AND NEW.change_message NOT LIKE '[%')
EXECUTE FUNCTION compliance_record_act();
"""  # noqa: S608 - names of our columns

NO_FUNCTIONS: Final = """
DROP TRIGGER IF EXISTS record_act ON django_admin_log;
DROP FUNCTION IF EXISTS compliance_record_act();
DROP FUNCTION IF EXISTS compliance_record_change();
"""

# Anybody who is named, or a command; and only what is done in the admin, or in the background for it.
_BY_ANYBODY: Final = "coalesce(current_setting('leadcrm.via', true), '') <> ''"
_IN_ADMIN: Final = "coalesce(current_setting('leadcrm.via', true), '') ~ '^(admin|bulk action)'"
_EVENTS: Final = ("insert", "update", "delete")


def noting_sql(
    table: str,
    *,
    show: Sequence[str] = (),
    hide: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    by_anybody: bool = False,
) -> tuple[str, str]:
    """SQL to record what people do to rows of `table`, and SQL to stop it. The table has a key `id`.

    `show`: the columns recorded with their values, all others as hidden. With `hide` it is the other way about.
    `ignore`: columns whose change is no news. Recorded is what is done in the admin; `by_anybody`: whatever is done by
    a named person or a command.
    """
    mode, named = ("show", ("id", *show)) if hide is None else ("hide", hide)
    arguments = f"'{mode}', '{{{','.join(named)}}}', '{{{','.join(ignore)}}}'"
    when = _BY_ANYBODY if by_anybody else _IN_ADMIN
    forward = [
        f'CREATE OR REPLACE TRIGGER record_change_{event} AFTER {event.upper()} ON "{table}" FOR EACH ROW '
        f"WHEN ({when}) EXECUTE FUNCTION compliance_record_change({arguments});"
        for event in _EVENTS
    ]
    backward = [f'DROP TRIGGER IF EXISTS record_change_{event} ON "{table}";' for event in _EVENTS]
    return "\n".join(forward), "\n".join(backward)
