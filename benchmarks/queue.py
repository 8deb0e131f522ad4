"""An agent's queue of a hundred rows, its parts and its page; beside a page that holds nothing, in the same process."""

import argparse
import os
import statistics
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any
from uuid import uuid4

import django

MOST_MS = 50.0
NOON = datetime(2026, 12, 2, 18, tzinfo=UTC)  # in Texas, on a Wednesday
AGENTS = 200


def main() -> None:
    """In a database that holds nothing else; see benchmarks.__main__."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queue", description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=60, help="of each measurement")
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    report(asked.leads, asked.times)


def report(leads: int, times: int) -> None:
    """Fill, measure in turns, print medians and 95th percentiles; says where the page takes longer than MOST_MS."""
    import time_machine
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["*"]
    user = _fill(leads)
    with time_machine.travel(NOON, tick=True):
        work, rows = _work(user)
        figures = _in_turns(work, times)
    ceiling = figures["a page without rows"][0]
    print(f"Queue of {rows} rows, {leads:,} leads, {AGENTS} agents; {times} times, in turns")
    for name, (median, slow) in figures.items():
        print(
            f"  {name:24} median {median:7.2f} ms   p95 {slow:7.2f} ms   {median / ceiling:5.1f} x the empty page"
        )
    if figures["the queue's page"][0] > MOST_MS:
        print(f"  The queue takes more than {MOST_MS:.0f} ms")


def _work(user: Any) -> tuple[dict[str, Callable[[], object]], int]:
    from django.template.loader import render_to_string
    from django.test import Client

    from agents.queue import queue
    from compliance.calling import may_contact_many

    client = Client(HTTP_HOST="localhost", headers={"X-Forwarded-Proto": "https"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    groups = queue(user=user, now=NOON)
    leads = [row.lead for group in groups for row in group.rows]

    def page(url: str) -> None:
        answer = client.get(url, secure=True)
        assert answer.status_code == 200, (url, answer.status_code)

    return {
        "a page without rows": lambda: page("/password/"),
        "may_contact_many": lambda: may_contact_many(leads=leads, user=user, channel="call", now=NOON),
        "queue()": lambda: queue(user=user, now=NOON),
        "the rows' template": lambda: render_to_string("agents/queue_rows.html", {"groups": groups}),
        "the queue's page": lambda: page("/"),
    }, len(leads)


def _in_turns(work: dict[str, Callable[[], object]], times: int) -> dict[str, tuple[float, float]]:
    """Median and 95th percentile in ms, all taking turns; the first turns only warm."""
    found: dict[str, list[float]] = {name: [] for name in work}
    for turn in range(times + 5):
        for name, run in work.items():
            started = perf_counter()
            run()
            if turn >= 5:
                found[name].append((perf_counter() - started) * 1000)
    return {
        name: (statistics.median(spent), sorted(spent)[int(len(spent) * 0.95)])
        for name, spent in found.items()
    }


# Of an agent's filled leads: so many new, due, owed an answer, to be tried, quiet, planned for later.
_PARTS = """
WITH mine AS (
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM intake_lead WHERE owner_id = %(user)s ORDER BY id LIMIT 200
)
UPDATE intake_lead SET
    received_at = %(now)s - CASE WHEN n > 140 THEN interval '20 days' ELSE interval '5 minutes' * n END,
    attempts = CASE WHEN n <= 40 THEN 0 ELSE 2 END,
    touched_at = CASE WHEN n <= 40 THEN NULL ELSE %(now)s - interval '9 days' END,
    status_at = %(now)s - interval '9 days', date_of_birth = '1955-05-05',
    status = CASE WHEN n <= 40 THEN 'new' WHEN n <= 140 THEN 'contacted' ELSE 'quoted' END
FROM mine WHERE mine.id = intake_lead.id
"""
_PLANNED = """
INSERT INTO agents_followup (lead_id, owner_id, kind, due_at, what, created_at)
SELECT id, owner_id, (ARRAY['promise', 'reply', 'cadence'])[1 + (n / 35)::int],
    CASE WHEN n %% 7 = 6 THEN %(now)s + interval '1 hour' * (1 + n %% 100) ELSE %(now)s - interval '10 minutes' * n END,
    'Call about the quotes', %(now)s
FROM (SELECT id, owner_id, row_number() OVER (ORDER BY id) - 1 AS n FROM intake_lead
    WHERE owner_id = %(user)s AND status = 'contacted' AND date_of_birth IS NOT NULL ORDER BY id LIMIT 100) AS mine
"""
_SAID = """
INSERT INTO agents_communication
    (lead_id, channel, direction, author_id, at, outcome, subject, body, request_id, explanation)
SELECT id, 'call', 'out', owner_id, received_at + interval '1 minute' * n, 'no_answer', '', '', gen_random_uuid(), ''
FROM intake_lead, generate_series(1, 2) AS n WHERE touched_at IS NOT NULL
"""


def _fill(leads: int) -> Any:
    """A source, licensed agents, leads with two calls each, one agent's hundred rows, a list. Returns the agent."""
    import io
    import json

    from django.core.management import call_command
    from django.db import connection

    from agents.models import Agent, License
    from benchmarks.fill import fill_to
    from compliance.dnc.imports import import_full
    from intake.models import Source
    from leadcrm.models import User

    output = io.StringIO()
    call_command(
        "create_source", "--vendor", "Bench Vendor", "--name", "Queue", "--interest", "final_expense", "--price", "22",
        "--states", "TX", "--live", "--format", "json", stdout=output,
    )  # fmt: skip
    source = Source.objects.get(pk=json.loads(output.getvalue())["source"])
    users = User.objects.bulk_create(
        [User(email=f"q{n}@example.com", password=uuid4().hex) for n in range(AGENTS)]
    )
    agents = Agent.objects.bulk_create([Agent(user=user) for user in users])
    License.objects.bulk_create(
        [License(agent=agent, state="TX", line="life", effective_on="2020-01-01") for agent in agents]
    )
    fill_to(leads, source_id=source.pk, vendor_id=source.vendor_id, owner_ids=[user.pk for user in users])
    asked = {"user": users[7].pk, "now": NOON}
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE intake_consentrecord DISABLE TRIGGER USER")
        cursor.execute("UPDATE intake_consentrecord SET given_at = %s", [NOON - timedelta(days=2)])
        cursor.execute("ALTER TABLE intake_consentrecord ENABLE TRIGGER USER")
        for sql in (_PARTS, _PLANNED):
            cursor.execute(sql, asked)
        cursor.execute("ALTER TABLE agents_communication DISABLE TRIGGER USER")
        cursor.execute(_SAID)
        cursor.execute("ALTER TABLE agents_communication ENABLE TRIGGER USER")
        cursor.execute("VACUUM (ANALYZE)")
    listed = io.BytesIO(b"".join(b"%d,2000001\n" % area for area in range(210, 1000) if area % 100 > 9))
    listed.name = "national.txt"
    import_full(
        files=[listed], list_code="national", effective_on=NOON.date() - timedelta(days=5), imported_by="bench",
        covers_all=True, now=NOON,
    )  # fmt: skip
    return users[7]


if __name__ == "__main__":
    main()
