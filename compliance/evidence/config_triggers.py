"""SQL by which the database itself records every changed row of configuration, for migrations.

Triggers, not code: a change made by the admin, a command or plain SQL is recorded alike. They run after
`raise_config_stamp` (triggers of one kind fire in the order of their names), which holds the stamp's row until the
transaction ends: so changes are recorded in the order in which they are committed, each with the version it made.
"""

from typing import Final

# Columns that are recorded nowhere.
SECRETS: Final = {
    "intake_apikey": ("sha256",),
    "intake_source": ("posting_token",),
    "intake_webhookendpoint": ("secrets",),
}

_COLUMNS: Final = "table_name, row_id, operation, before, after, version, at, by_id, via"

FUNCTIONS: Final = f"""
CREATE OR REPLACE FUNCTION compliance_record_config_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    hidden text[] := coalesce(TG_ARGV, '{{}}');
    stamp bigint;
    who bigint := substring(current_setting('leadcrm.actor', true) FROM '^[0-9]{{1,18}}$')::bigint;
    how text := left(coalesce(current_setting('leadcrm.via', true), ''), 40);
BEGIN
    SELECT coalesce(max(version), 1) INTO stamp FROM leadcrm_configstamp;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO compliance_configchange ({_COLUMNS})
        SELECT TG_TABLE_NAME, a.id, 'insert', NULL, to_jsonb(a) - hidden, stamp, clock_timestamp(), who, how
        FROM rows_after a ORDER BY a.id;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO compliance_configchange ({_COLUMNS})
        SELECT TG_TABLE_NAME, b.id, 'delete', to_jsonb(b) - hidden, NULL, stamp, clock_timestamp(), who, how
        FROM rows_before b ORDER BY b.id;
    ELSIF TG_OP = 'UPDATE' THEN
        -- A key that is changed is one row gone and another come.
        INSERT INTO compliance_configchange ({_COLUMNS})
        SELECT TG_TABLE_NAME, coalesce(a.id, b.id),
            CASE WHEN b.id IS NULL THEN 'insert' WHEN a.id IS NULL THEN 'delete' ELSE 'update' END,
            CASE WHEN b.id IS NOT NULL THEN to_jsonb(b) - hidden END,
            CASE WHEN a.id IS NOT NULL THEN to_jsonb(a) - hidden END,
            stamp, clock_timestamp(), who, how
        FROM rows_before b FULL JOIN rows_after a ON a.id = b.id
        WHERE to_jsonb(b) IS DISTINCT FROM to_jsonb(a) ORDER BY 2;
    ELSE
        -- Before TRUNCATE, since nothing is left to be read after it: the stamp is raised when it is done.
        SELECT version INTO stamp FROM leadcrm_configstamp FOR UPDATE;
        EXECUTE format(
            'INSERT INTO compliance_configchange ({_COLUMNS})
             SELECT $1, b.id, ''delete'', to_jsonb(b) - $2, NULL, coalesce($3, 1) + 1, clock_timestamp(), $4, $5
             FROM %I b ORDER BY b.id', TG_TABLE_NAME
        ) USING TG_TABLE_NAME, hidden, stamp, who, how;
    END IF;
    RETURN NULL;
END $$;
"""  # noqa: S608 - names of our columns

NO_FUNCTIONS: Final = "DROP FUNCTION IF EXISTS compliance_record_config_change();"

# Operation, moment, the rows it can be asked for.
_EVENTS: Final = (
    ("insert", "AFTER", "REFERENCING NEW TABLE AS rows_after"),
    ("update", "AFTER", "REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after"),
    ("delete", "AFTER", "REFERENCING OLD TABLE AS rows_before"),
    ("truncate", "BEFORE", ""),
)


def recording_sql(*tables: str) -> tuple[str, str]:
    """SQL to record every change of `tables` from now on, beginning with their rows as they are, and SQL to stop it.

    The tables have a key `id` and the trigger `raise_config_stamp` (leadcrm.lib.config.triggers_sql).
    """
    forward, backward = [], []
    for table in tables:
        hidden = SECRETS.get(table, ())
        arguments = ", ".join(f"'{name}'" for name in hidden)
        for event, moment, rows in _EVENTS:
            forward.append(
                f'CREATE OR REPLACE TRIGGER record_config_{event} {moment} {event.upper()} ON "{table}" {rows} '
                f"FOR EACH STATEMENT EXECUTE FUNCTION compliance_record_config_change({arguments});"
            )
            backward.append(f'DROP TRIGGER IF EXISTS record_config_{event} ON "{table}";')
        forward.append(
            f"INSERT INTO compliance_configchange ({_COLUMNS}) "  # noqa: S608 - names of our tables
            f"SELECT '{table}', t.id, 'snapshot', NULL, to_jsonb(t) - ARRAY[{arguments}]::text[], "
            f"(SELECT coalesce(max(version), 1) FROM leadcrm_configstamp), clock_timestamp(), NULL, 'migration' "
            f'FROM "{table}" t ORDER BY t.id;'
        )
    return "\n".join(forward), "\n".join(backward)
