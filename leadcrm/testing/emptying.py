"""Tables emptied after a transactional test, in a tenth of the time that TRUNCATE takes for all of them.

TRUNCATE writes new files for each of some 140 tables and their indexes, empty or not, and `post_migrate` then makes
permissions and roles anew. Here only what has rows is deleted, with triggers and foreign keys asleep (a right that
the server of `make test` gives), and what `post_migrate` writes is put back from the copy made at the start.
"""

from typing import Any, Final

from django.db import DatabaseError, connection, transaction
from django.test import TransactionTestCase

SCHEMA: Final = "made_at_migrate"
# Never emptied: their rows say what there is, and other rows point at them.
KEPT: Final = ("django_migrations", "django_content_type", "auth_permission")
# What receivers of post_migrate write.
MADE_AT_MIGRATE: Final = ("auth_group", "auth_group_permissions", "leadcrm_rolegrant", "leadcrm_job")

# Not public, but the one place through which every transactional test ends.
_ENDING: Final = "_fixture_teardown"
_djangos_own: Final = getattr(TransactionTestCase, _ENDING)


def empty_quickly() -> None:
    """Let transactional tests end this way from now on. Once for each session, on a migrated database."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        cursor.execute(f"CREATE SCHEMA {SCHEMA}")
        for table in MADE_AT_MIGRATE:
            cursor.execute(f"CREATE TABLE {SCHEMA}.{table} AS TABLE {table}")
    setattr(TransactionTestCase, _ENDING, _teardown)


def _teardown(case: TransactionTestCase) -> Any:
    try:
        _empty()
    except DatabaseError:  # a database of one's own, without that right: Django's way
        return _djangos_own(case)


def _empty() -> None:
    tables = [
        name for name in connection.introspection.django_table_names(only_existing=True) if name not in KEPT
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in tables)
        )
        filled = [name for (name,) in cursor.fetchall()]
        for table in filled:
            cursor.execute(f'DELETE FROM "{table}"')
        for table in MADE_AT_MIGRATE:
            cursor.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {SCHEMA}.{table}")
