"""The chain of evidence: what noting costs a post, how fast rows are sealed and verified."""

import argparse
import io
import json
import os
import resource
import statistics
import sys
from itertools import count
from time import perf_counter

import django

# The tables of an accepted post that are evidence, and the triggers that note their rows.
NOTING = {"compliance_decision": "note_post_decision", "intake_consentrecord": "note_consent_record"}
ROUNDS = 60
INSERTS = 150
NUMBERS = count(-1, -1)
INSERT = """
WITH decision AS (
    INSERT INTO compliance_decision (submission_id, outcome, reason, checks, data_versions, decided_at, ms)
    VALUES (gen_random_uuid(), 'accepted', '', '[]', '{}', now(), 5)
)
INSERT INTO intake_consentrecord (lead_id, given, text, text_sha256, ip_address, user_agent, given_at, page_url, seller,
    trustedform_cert_id, jornaya_leadid, created_at)
VALUES (%s, true, repeat('I agree. ', 20), repeat('a', 64), '192.0.2.1', 'Mozilla/5.0', now(), '', '', md5(%s::text),
    '', now())
"""


def main() -> None:
    """Fill, measure, print. Ends with 1 if the evidence does not agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=50_000, help="each has two rows of evidence")
    asked = parser.parse_args()
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    _prepare(asked.leads)
    _sealing()
    agrees = _verifying()
    _noting()
    if not agrees:
        sys.exit(1)


def _prepare(leads: int) -> None:
    from django.core.management import call_command

    from benchmarks.fill import fill_to
    from intake.models import Source
    from leadcrm.testing.factories import UserFactory

    output = io.StringIO()
    call_command(
        "create_source", "--vendor", "Bench Vendor", "--name", "Evidence", "--interest", "final_expense", "--price",
        "22", "--states", "TX", "--live", "--format", "json", stdout=output,
    )  # fmt: skip
    source = Source.objects.get(pk=json.loads(output.getvalue())["source"])
    fill_to(leads, source_id=source.pk, vendor_id=source.vendor_id, owner_ids=[UserFactory.create().pk])


def _sealing() -> None:
    from django.utils import timezone

    from compliance.evidence.sealing import seal_pending

    started, rows = perf_counter(), 0
    while sealed := seal_pending(now=timezone.now()):
        rows += sealed
    _say("sealed", rows, perf_counter() - started)


def _verifying() -> bool:
    from django.db import connection
    from django.utils import timezone

    from compliance.evidence.verify import Progress, verify_evidence

    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    reached = Progress()

    def report(progress: Progress) -> None:
        nonlocal reached
        reached = progress

    started = perf_counter()
    found = list(verify_evidence(now=timezone.now(), report=report))
    _say("verified", reached.rows, perf_counter() - started)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    for finding in found[:10]:
        print(f"   {finding}")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_total_relation_size('compliance_evidenceleaf'), count(*) FROM compliance_evidenceleaf"
        )
        size, rows = cursor.fetchone()
        print(f"a sealed row takes {size / rows:,.0f} bytes in the chain")
    return not found


def _noting() -> None:
    """The two inserts of an accepted post, with and without the triggers, in short turns.

    In turns, so that what else the machine does falls on both; and commits do not wait for the disk, whose moods would
    hide what is looked for. The rows hang on no post or lead: this database is dropped afterwards.
    """
    from django.db import connection

    rounds: dict[bool, list[float]] = {True: [], False: []}
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        for table in NOTING:
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'", [table]
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for number in range(ROUNDS):
            for noting in (True, False) if number % 2 else (False, True):
                for table, trigger in NOTING.items():
                    cursor.execute(
                        f"ALTER TABLE {table} {'ENABLE' if noting else 'DISABLE'} TRIGGER {trigger}"
                    )
                rounds[noting].append(statistics.median(_insert() for _ in range(INSERTS)))
    with_, without = (statistics.median(rounds[noting]) * 1e6 for noting in (True, False))
    print(
        f"a post's two rows of evidence: {without:.0f} us, noted {with_:.0f} us ({with_ - without:+.0f} us)"
    )


def _insert() -> float:
    from leadcrm.lib.db import Query, fetch_together

    number = next(NUMBERS)
    started = perf_counter()
    fetch_together(Query(INSERT, [number, number]))
    return perf_counter() - started


def _say(what: str, rows: int, seconds: float) -> None:
    print(f"{what} {rows:,} rows in {seconds:.1f} s ({rows / seconds:,.0f}/s)", flush=True)


if __name__ == "__main__":
    main()
