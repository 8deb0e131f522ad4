"""Changing what the product never changes, as somebody can who owns the tables."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import Model


@contextmanager
def altering(*models: type[Model], silently: bool = False) -> Iterator[None]:
    """Within, rows of evidence can be changed and deleted, with `silently` without being noted for a seal either.

    All of it in one transaction. Foreign keys are checked at once.
    """
    what = "USER" if silently else "keep_evidence"
    tables = [connection.ops.quote_name(model._meta.db_table) for model in models]
    with transaction.atomic(), connection.cursor() as cursor:
        # A table with checks still to be made cannot be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {what}")
        yield
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {what}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
