"""Replays beside each other, beside leads that come and rules that change: each is whole, and nothing real is moved."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier, Event
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from agents.models import Agent, Assignment, Balance, Membership, Pool, ReplayState, RoutingReplay
from agents.receiving import pause_agent, resume_agent
from agents.routing import runs
from agents.routing.changes import Change, What
from agents.routing.outcome import compare
from agents.routing.runs import ask_replay, replay_due, stop_replay
from agents.tests.arrivals import NOW, arrive
from agents.tests.routing_support import DAY, LATER, came, texan
from intake.models import Lead, Source
from leadcrm.models import User
from leadcrm.testing.factories import PoolFactory, SourceFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
LEADS = 40


@pytest.fixture
def source() -> Source:
    return SourceFactory.create(vertical__code="final_expense", vertical__line="life")


@pytest.fixture
def pool() -> Pool:
    return PoolFactory.create(name="Texas")


@pytest.fixture
def agents(source: Source, pool: Pool) -> list[Agent]:
    """Three who shared forty leads."""
    members = [texan(pool), texan(pool), texan(pool, weight=2)]
    for minutes in range(LEADS):
        came(source, minutes)
    return members


def asked(*changes: Change, by: User | None = None) -> RoutingReplay:
    return ask_replay(
        first=DAY, last=DAY, changes=changes, by=by or UserFactory.create(), request_id=uuid4(), now=LATER
    )


def together(*acts: Callable[[], object]) -> list[object]:
    """Do all `acts` at one moment, each on a connection of its own; what each returned."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            start.wait(timeout=10)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def result(row: RoutingReplay) -> dict[str, Any]:
    row.refresh_from_db()
    assert row.state == ReplayState.DONE, row.error
    assert row.result is not None
    return dict(row.result)


def figures(found: dict[str, Any], column: str) -> dict[str, int]:
    return {row["key"]: row[column] for row in found["owners"] if row[column]}


def contents() -> dict[str, str]:
    """A digest of every row of every table of ours, but for the replays themselves."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model is not RoutingReplay:
                table = model._meta.db_table
                cursor.execute(
                    f"SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM \"{table}\" AS t"
                )
                found[table] = cursor.fetchone()[0]
    return found


def test_a_replay_writes_to_its_own_row_and_to_nothing_else(agents: list[Agent]) -> None:
    row = asked(Change(What.PAUSES, agents[0].pk))
    before = contents()
    with CaptureQueriesContext(connection) as said:
        assert replay_due(now=LATER)
    written = [each["sql"] for each in said if not each["sql"].lstrip().upper().startswith("SELECT")]
    assert result(row)["changed"]
    assert all("agents_routingreplay" in sql for sql in written), written
    assert contents() == before


def test_two_workers_at_two_replays_do_each_once_and_as_one_alone_would(agents: list[Agent]) -> None:
    change = Change(What.PAUSES, agents[0].pk)
    alone = asked(change)
    assert replay_due(now=LATER)
    rows = [asked(change), asked(change)]
    assert together(*[lambda: replay_due(now=LATER)] * 3).count(True) == 2
    assert [result(row) for row in rows] == [result(alone)] * 2
    assert {row.attempts for row in rows} == {1}


def test_a_double_click_at_once_asks_for_one_replay(agents: list[Agent]) -> None:
    by, request_id = UserFactory.create(), uuid4()
    rows = together(
        *[lambda: ask_replay(first=DAY, last=DAY, changes=(), by=by, request_id=request_id, now=LATER)] * 3
    )
    assert len(set(rows)) == RoutingReplay.objects.count() == 1


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """Do `act` again and again, on a connection of its own."""
    over = Event()

    def again() -> int:
        times = 0
        try:
            while not over.is_set() or times < 2:
                act()
                times += 1
        finally:
            connection.close()
        return times

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(again)
        try:
            yield
        finally:
            over.set()
        assert running.result(timeout=30) >= 2


def test_rules_that_change_meanwhile_are_those_of_before_or_after_and_never_mixed(
    agents: list[Agent],
) -> None:
    flighty = agents[0]
    whole = asked()
    assert replay_due(now=LATER)
    pause_agent(agent_id=flighty.pk, reason="", back_at=None, now=LATER)
    without = asked()
    assert replay_due(now=LATER)
    either = [figures(result(row), "then") for row in (whole, without)]
    assert either[0] != either[1]

    def change() -> None:
        resume_agent(agent_id=flighty.pk)
        Membership.objects.filter(agent=agents[2]).update(weight=2)
        pause_agent(agent_id=flighty.pk, reason="", back_at=None, now=LATER)

    with meanwhile(change):
        for _ in range(6):
            row = asked()
            assert replay_due(now=LATER)
            found = result(row)
            assert figures(found, "then") in either
            assert sum(figures(found, "then").values()) == found["leads"] == LEADS


def test_leads_that_come_meanwhile_go_where_they_would_and_a_replay_has_them_or_not(
    agents: list[Agent], source: Source
) -> None:
    changes = [Change(What.PAUSES, agents[0].pk)]
    counts: list[int] = []
    with meanwhile(
        lambda: arrive(source, now=NOW + timedelta(hours=2), received_at=NOW + timedelta(hours=2))
    ):
        for _ in range(4):
            row = asked(*changes)
            assert replay_due(now=LATER)
            found = result(row)
            assert (
                sum(figures(found, "then").values())
                == sum(figures(found, "really").values())
                == found["leads"]
            )
            counts.append(found["leads"])
    assert counts == sorted(counts)
    assert counts[0] >= LEADS
    came_in = Lead.objects.count()
    assert Assignment.objects.count() == Assignment.objects.values("lead").distinct().count() == came_in
    assert Balance.objects.aggregate(all=Sum("owed"))["all"] == 0
    taken = Assignment.objects.filter(agent=agents[0]).count()
    assert abs(taken - came_in / 4) < 1  # who is paused in the replay goes on in earnest


def test_one_that_is_stopped_is_left_by_its_worker_and_another_may_be_asked_for(
    agents: list[Agent], monkeypatch: pytest.MonkeyPatch
) -> None:
    by = UserFactory.create()
    row = asked(by=by)

    def stopped_meanwhile(**given: Any) -> Any:
        assert stop_replay(replay=RoutingReplay.objects.get(pk=row.pk), now=LATER)
        return compare(**given)

    with monkeypatch.context() as meant:
        meant.setattr(runs, "compare", stopped_meanwhile)
        assert replay_due(now=LATER)
    row.refresh_from_db()
    assert (row.state, row.result, row.due_at) == (ReplayState.STOPPED, None, None)
    assert not stop_replay(replay=row, now=LATER)
    assert not replay_due(now=LATER + timedelta(hours=1))
    again = asked(by=by)
    assert replay_due(now=LATER)
    assert result(again)["leads"] == LEADS


_KILLED_IN_THE_MIDDLE = """
import os, signal
import django
django.setup()
from datetime import datetime
from agents.routing import outcome, runs
def dies(count):
    os.kill(os.getpid(), signal.SIGKILL)
outcome._EVERY = 10
runs._Work.note = lambda self, seen: dies(seen)
runs.replay_due(now=datetime.fromisoformat(os.environ["AT"]))
"""


def test_one_whose_worker_is_killed_is_done_by_the_next_and_says_the_same(agents: list[Agent]) -> None:
    row = asked(Change(What.PAUSES, agents[0].pk))
    there = connection.settings_dict
    url = f"postgres://{there['USER']}:{there['PASSWORD']}@{there['HOST']}:{there['PORT']}/{there['NAME']}"
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED_IN_THE_MIDDLE],
        env={
            **os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "leadcrm.settings", "AT": LATER.isoformat(),
        },
        check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    row.refresh_from_db()
    assert (row.state, row.attempts) == (ReplayState.WAITING, 1)
    assert not replay_due(now=LATER + timedelta(seconds=90))  # it might still be alive
    assert replay_due(now=LATER + timedelta(minutes=2, seconds=1))
    found = result(row)
    assert row.attempts == 2
    again = asked(Change(What.PAUSES, agents[0].pk))
    assert replay_due(now=LATER)
    assert found == result(again)
