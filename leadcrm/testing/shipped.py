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


def remember_shipped_rows() -> None:
    """Copy what the migrations wrote aside, once for each test database and set of migrations.

    RuntimeError for a kept database (--reuse-db) that has seen migrations since: its tables may be empty by now.
    """
    applied = str(MigrationRecorder.Migration.objects.count())
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regnamespace(%s), 'pg_namespace')", [SCHEMA])
        kept = cursor.fetchone()[0]
        if kept is None:
            _copy_aside(applied)
        elif kept != applied:
            raise RuntimeError("There are new migrations: run once with --create-db.")


def _copy_aside(applied: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {SCHEMA}")
        cursor.execute(f"COMMENT ON SCHEMA {SCHEMA} IS '{int(applied)}'")
        for table in _tables():
            cursor.execute(f'CREATE TABLE {SCHEMA}."{table}" AS TABLE "{table}"')


def _tables() -> list[str]:
    models = [model for app in APPS for model in apps.get_app_config(app).get_models()]
    tables = {model._meta.db_table for model in models if model._meta.managed}
    return sorted(tables - WRITTEN_BY_TRIGGERS)


def restore_shipped_rows() -> None:
    """Fill each table that is empty with what the migrations wrote into it. Twice does no more than once."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Foreign keys are deferred, so the order of the tables does not matter.
        for table in _tables():
            cursor.execute(
                f'INSERT INTO "{table}" OVERRIDING SYSTEM VALUE SELECT * FROM {SCHEMA}."{table}" '
                f'WHERE NOT EXISTS (SELECT FROM "{table}")'
            )
