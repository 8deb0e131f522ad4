# ruff: noqa: E501
"""Duplicates looked for among a million leads, and past leads given out again: time, memory, how long others wait."""

import argparse
import os
from datetime import timedelta
from time import perf_counter, process_time
from typing import Any
from uuid import uuid4

import django
from django.db import connection
from django.utils import timezone

from benchmarks.memory import resident

# Of a hundred leads four share a phone with a neighbour and two an e-mail; one in thirty has a made-up address, and the
# oldest live ones a made-up number.
_SHARED = (
    "UPDATE intake_lead AS lead SET phone = other.phone FROM intake_lead AS other WHERE lead.id % 25 = 0 AND other.id = lead.id - 1",
    "UPDATE intake_lead AS lead SET email = other.email FROM intake_lead AS other WHERE lead.id % 50 = 7 AND other.id = lead.id - 1",
    "UPDATE intake_lead SET email = 'none@example.com' WHERE id % 30 = 11",
    """UPDATE intake_lead SET phone = '+12145550100' WHERE id IN (
        SELECT id FROM intake_lead WHERE status IN ('new', 'contacted', 'quoted', 'sold') ORDER BY id LIMIT 3000)""",
    "VACUUM (ANALYZE) intake_lead",
)


def main() -> None:
    """In a database of its own; see benchmarks.__main__."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.twins", description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=17, help="of leads that are given out again")
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    from benchmarks.office import open_office

    office = open_office(asked.leads)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement in _SHARED:
            cursor.execute(statement)
    look()
    replay(by=office.manager, days=asked.days)


def look() -> None:
    """Find everything from the start of the history, and say what it took."""
    from agents.models import TwinGroup, TwinMark, TwinMember
    from agents.twins import sweep

    longest, drawn = 0.0, 0

    def timed(*args: Any, **kwargs: Any) -> None:
        nonlocal longest, drawn
        began = perf_counter()
        draw(*args, **kwargs)
        longest, drawn = max(longest, perf_counter() - began), drawn + 1

    draw, sweep._draw = sweep._draw, timed  # type: ignore[assignment]
    now, before, began, used = timezone.now(), resident(), perf_counter(), process_time()
    sweep.find_twins(now=now)
    now += 2 * sweep.SETTLED
    while not sweep.find_twins(now=now, seconds=20.0):
        mark = TwinMark.objects.get()
        print(f"  {mark.event:,} of {mark.seen:,} lines after {perf_counter() - began:.0f} s", flush=True)
    print(
        f"{TwinMark.objects.get().event:,} lines of history: {perf_counter() - began:.0f} s, of it {process_time() - used:.0f} s in "
        f"Python; {TwinGroup.objects.count():,} groups of {TwinMember.objects.count():,} leads; {drawn:,} transactions, the "
        f"longest {longest * 1000:.0f} ms; memory {before:.0f} MB before, {resident():.0f} MB after",
        flush=True,
    )


def replay(*, by: int, days: int) -> None:
    """Give out the leads of so many days again, with one agent less."""
    from agents.models import Agent
    from agents.routing.changes import Change, What
    from agents.routing.runs import ask_replay, replay_due
    from leadcrm.models import User

    now = timezone.now()
    last = timezone.localdate(now) - timedelta(days=20)
    agent = Agent.objects.earliest("pk")
    row = ask_replay(
        first=last - timedelta(days=days - 1), last=last, changes=[Change(What.PAUSES, agent.pk)],
        by=User.objects.get(pk=by), request_id=uuid4(), now=now,
    )  # fmt: skip
    before, began, used = resident(), perf_counter(), process_time()
    replay_due(now=now)
    row.refresh_from_db()
    print(
        f"replay of {row.total:,} leads through a pool of {Agent.objects.count()}: {row.state} {row.error}, {perf_counter() - began:.0f} s, of "
        f"it {process_time() - used:.0f} s in Python; memory {before:.0f} MB before, {resident():.0f} MB after",
        flush=True,
    )


if __name__ == "__main__":
    main()
