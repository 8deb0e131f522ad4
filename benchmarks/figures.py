# ruff: noqa: E501
"""What figures by day cost to keep, and what pages take that read a month of a million leads from them."""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import django
from django.db import connection
from django.utils import timezone

# Every agent has leads of every source on every day: the most rows that figures of a month can have.
_MONTH = """
WITH ints AS (SELECT array_fill(0, ARRAY[34]) AS none),
source AS (SELECT id FROM intake_source ORDER BY id LIMIT 20), people AS (SELECT user_id FROM agents_agent)
INSERT INTO agents_cohortfigures (day, source_id, owner_id, leads, cost, attempts, dialed, contacted, quoted, sold,
    policies, premium, returned, credit, assigned_in, dialed_in, contacted_in)
SELECT day, source.id, user_id, 8, 176, 20, 7, 4, 1, 1, 1, 600, 0, 0, none, none, none
FROM generate_series(date '2020-01-01', date '2020-01-31', '1 day') AS day, source, people, ints
"""
_BUSY = """
UPDATE intake_lead SET received_at = date '2019-06-03' + random() * interval '20 hours'
WHERE id IN (SELECT id FROM intake_lead ORDER BY id LIMIT %s)
"""
_CALLS = """
WITH called AS (SELECT id, owner_id, phone FROM intake_lead WHERE owner_id IS NOT NULL ORDER BY random() LIMIT %s),
dialed AS (
    INSERT INTO compliance_contactattempt (phone, channel, at, lead_id, user_id)
    SELECT phone, 'call', now(), id, owner_id FROM called
)
INSERT INTO agents_communication (lead_id, channel, direction, author_id, at, outcome, body, subject, explanation, request_id)
SELECT id, 'call', 'out', owner_id, now(), 'spoke', '', '', '', gen_random_uuid() FROM called
"""


def main() -> None:
    """In a database of its own; see benchmarks.__main__."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.figures", description=__doc__)
    parser.add_argument("--leads", type=int, default=200_000)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    django.setup()
    report(asked.leads)


def report(leads: int) -> None:
    """Fill, count, read, print."""
    from agents.figures.counting import count_day
    from agents.figures.update import keep_figures
    from benchmarks.office import open_office

    open_office(leads)
    _sources()
    print(f"{leads:,} leads of 180 days, 200 agents", flush=True)
    took = _took(_until_done)
    print(f"counted for the first time: {took:.1f} s, {took / 181 * 1000:.0f} ms a day", flush=True)
    busy = min(33_000, leads // 2)
    _run(_BUSY, [busy])
    day = timezone.datetime(2019, 6, 3).date()
    print(f"a day of {busy:,} leads, whole: {_took(lambda: count_day(day)):.2f} s", flush=True)
    for calls in (0, 60, 600):
        if calls:
            _run(_CALLS, [calls])
        took = _took(lambda: keep_figures(now=timezone.now()))
        print(f"a run after {calls} calls and talks about leads of all ages: {took:.2f} s", flush=True)
    _run(_MONTH)
    _add_up()
    _run("VACUUM (ANALYZE)")
    _reports()
    _commands()


def _sources() -> None:
    from intake.models import Source, Vertical

    first = Source.objects.select_related("vendor").get(name="Pages")
    for number in range(19):
        Source.objects.create(
            vendor=first.vendor,
            name=f"Bench {number}",
            vertical=Vertical.objects.get(pk=first.vertical_id),
            price=22,
        )


def _until_done() -> None:
    from agents.figures.update import keep_figures

    while not keep_figures(now=timezone.now(), budget=timedelta(minutes=10)):
        pass


def _add_up() -> None:
    """The sums over the month's cells, as whoever counts a cell makes them."""
    from agents.figures.adding import OF_COHORTS, by_day, by_key, by_week
    from agents.models import CohortFigures

    cells = CohortFigures.objects.filter(day__year=2020).values_list("day", "source_id", "owner_id")
    days, sources, people = (list(each) for each in zip(*cells, strict=True))
    with connection.cursor() as cursor:
        for statement in (
            *by_key("agents_sourcefigures", "source_id"), *by_key("agents_ownerfigures", "owner_id"), *by_day(),
            *by_week("agents_sourceweeks", "agents_sourcefigures", "source_id", OF_COHORTS),
            *by_week("agents_ownerweeks", "agents_ownerfigures", "owner_id", OF_COHORTS),
        ):  # fmt: skip
            cursor.execute(statement, {"days": days, "sources": sources, "people": people})


def _commands() -> None:
    """The month's reports by the command, each in a process of its own: seconds from its start, and its memory."""
    for name, how in (("vendor_scorecard", "csv"), ("vendor_scorecard", "pdf"), ("agent_performance", "pdf")):
        out = Path(tempfile.mkdtemp()) / f"report.{how}"
        command = [
            sys.executable, "manage.py", "report", name, "--period", "2020-01", "--format", how, "--out", str(out),
        ]  # fmt: skip
        started = perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        took, megabytes = perf_counter() - started, used.ru_maxrss / 1024
        failed = "" if status == 0 else "  FAILED"
        print(f"  report {name} --format {how}: {took:.1f} s, {megabytes:.0f} MB{failed}", flush=True)


def _reports() -> None:
    from datetime import date

    from agents.reports import REPORTS
    from agents.reports.making import make
    from agents.reports.periods import Period

    month = Period(date(2020, 1, 1), date(2020, 1, 31))
    print("a month of 31 days x 20 sources x 200 agents = 124,000 rows, 992,000 leads:", flush=True)
    for name, each in REPORTS.items():
        times = [
            _took(lambda each=each: make(report=each, period=month, now=timezone.now())) for _ in range(5)
        ]  # type: ignore[misc]
        print(f"  {name:24} {statistics.median(times) * 1000:8.0f} ms", flush=True)


def _took(act: Callable[[], object]) -> float:
    started = perf_counter()
    act()
    return perf_counter() - started


def _run(sql: str, params: list[int] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(sql, params)


if __name__ == "__main__":
    main()
