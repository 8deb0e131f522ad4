"""What tests of erasing share: one number, and all that is in the database."""

from typing import Final

from django.db import connection

PHONE: Final = "2145552222"
NUMBER: Final = f"+1{PHONE}"


def dumped() -> str:
    """Every value of every table, as whoever steals the database reads it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f'SELECT string_agg(t::text, chr(10)) FROM "{table}" t')
            found.append(cursor.fetchone()[0] or "")
    return "\n".join(found)
