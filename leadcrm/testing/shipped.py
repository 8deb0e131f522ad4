"""The rows that migrations ship (products, calling rules, outcomes ...), for tests that empty every table.

A transactional test ends with TRUNCATE, which takes those rows along: whoever comes after it finds an agency
that was never set up. They are copied aside when the test database is made, and put back for those who ask.
"""

from django.apps import apps
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

SCHEMA = "shipped"
APPS = ("leadcrm", "intake", "compliance", "agents")
# What triggers write as the rows are put back.
WRITTEN_BY_TRIGGERS = {"compliance_configchange", "compliance_evidencepending"}


STALE = "This test database was emptied before its first rows were copied aside: run once with --create-db."


def remember_shipped_rows() -> None:
    """Copy what the migrations wrote aside, once for each test database; not from one that was emptied before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_regnamespace(%s) IS NULL AND EXISTS (SELECT FROM intake_vertical)", [SCHEMA]
        )
        if cursor.fetchone()[0]:
            _copy_aside()


def _copy_aside() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {SCHEMA}")
        cursor.execute(f"COMMENT ON SCHEMA {SCHEMA} IS '{_migrations()}'")
        for table in _tables():
            cursor.execute(f'CREATE TABLE {SCHEMA}."{table}" AS TABLE "{table}"')


def _migrations() -> int:
    return MigrationRecorder.Migration.objects.count()


def _tables() -> list[str]:
    models = [model for app in APPS for model in apps.get_app_config(app).get_models()]
    tables = {model._meta.db_table for model in models if model._meta.managed}
    return sorted(tables - WRITTEN_BY_TRIGGERS)


def restore_shipped_rows() -> None:
    """Fill each table that is empty with what the migrations wrote into it. Twice does no more than once.

    RuntimeError for a kept database (--reuse-db) that is older than this copy, or than the newest migration.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regnamespace(%s), 'pg_namespace')", [SCHEMA])
        if cursor.fetchone()[0] != str(_migrations()):
            raise RuntimeError(STALE)
        # Foreign keys are deferred, so the order of the tables does not matter.
        for table in _tables():
            cursor.execute(
                f'INSERT INTO "{table}" OVERRIDING SYSTEM VALUE SELECT * FROM {SCHEMA}."{table}" '
                f'WHERE NOT EXISTS (SELECT FROM "{table}")'
            )
