"""What the indexes behind the filters of the list of leads cost whoever writes a lead, among a million of them.

Writes leads in turns, with those indexes and without them (with what stood before in their place), each turn in a
transaction that is rolled back. Counts the processor's time of the PostgreSQL backend, which other work on the machine
stretches less than the clock.
"""

import argparse
import os
import statistics
from pathlib import Path

import django

ROWS = 20_000
NEW = {
    "lead_of_state": "(state, received_at DESC, id DESC)",
    "lead_of_product": "(interest, received_at DESC, id DESC)",
    "lead_of_vendor": "(vendor_id, received_at DESC, id DESC)",
    "lead_of_source": "(source_id, received_at DESC, id DESC)",
    "lead_untried": "(received_at DESC, id DESC) WHERE attempts = 0",
}
OLD = {"bench_vendor": "(vendor_id)", "bench_source": "(source_id)"}
# As they arrive: now, new and untouched, otherwise like those that are there.
AS_POSTED = {
    "id": "nextval('intake_lead_id_seq')", "submission_id": "gen_random_uuid()", "status": "'new'", "attempts": "0",
    "touched_at": "NULL", "received_at": "clock_timestamp()", "assigned_at": "clock_timestamp()",
}  # fmt: skip


def main() -> None:
    """In the database of `pages`, once that has filled it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.list_indexes", description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    asked = parser.parse_args()
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
    django.setup()
    from intake.models import Lead

    print(f"{Lead.objects.count():,} leads", flush=True)
    spent: dict[str, list[float]] = {"without": [], "with": []}
    for _ in range(asked.turns):
        for which, (put, taken) in {"without": (OLD, NEW), "with": (NEW, OLD)}.items():
            _exchange(put, taken)
            spent[which].append(_turn())
    for which, turns in spent.items():
        each = ", ".join(f"{turn:.1f}" for turn in turns)
        print(f"  {which:8} {statistics.median(turns):.1f} us of PostgreSQL's processor time a lead ({each})")


def _turn() -> float:
    """Microseconds of processor time a lead."""
    from django.db import connection, transaction

    from intake.models import Lead

    columns = [field.column for field in Lead._meta.concrete_fields]
    values = ", ".join(AS_POSTED.get(column, column) for column in columns)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
        cursor.execute(f"CREATE TEMP TABLE arriving ON COMMIT DROP AS SELECT * FROM intake_lead LIMIT {ROWS}")
        before = ticks(backend)
        cursor.execute(f"INSERT INTO intake_lead ({', '.join(columns)}) SELECT {values} FROM arriving")
        worked = ticks(backend) - before
        transaction.set_rollback(True)
    return worked * 1_000_000 / os.sysconf("SC_CLK_TCK") / ROWS


def ticks(process: int) -> int:
    """Of user and system time, as Linux counts it for a process; 0 for one of another machine."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return 0
    fields = stat.read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _exchange(put: dict[str, str], taken: dict[str, str]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for name, what in put.items():
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON intake_lead {what}")
        for name in taken:
            cursor.execute(f"DROP INDEX IF EXISTS {name}")


if __name__ == "__main__":
    main()
