"""What a post costs the database: round trips and statements, BEGIN, COMMIT and health checks counted.

libpq's own trace of the connection is read: it lists every message that goes to the server, so also what Django
sends unasked. A statement is a Query or an Execute. A round trip is one that `leadcrm.lib.db.round_trips` counted, or
a Query: what travels alone (health checks, a BEGIN or COMMIT outside a pipeline, the ORM's plain statements) is
sent as one.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.signals import request_started
from django.db import close_old_connections, connection
from psycopg.pq import Trace

from leadcrm.lib.db import round_trips
from leadcrm.testing.door import Door
from leadcrm.testing.factories import CapFactory, DncListFactory
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Cost:
    """What went to the server meanwhile."""

    statements: int = 0
    trips: int = 0


@contextmanager
def counted(folder: Path) -> Iterator[Cost]:
    """Count what this thread's connection sends."""
    cost, path, before = Cost(), folder / "trace", round_trips.count
    raw: Any = connection.connection
    with path.open("w") as lines:
        raw.pgconn.trace(lines.fileno())
        raw.pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS | Trace.REGRESS_MODE)
        yield cost
        raw.pgconn.untrace()
    assert connection.connection is raw
    trace = path.read_text()
    sent = re.findall(r"^F\t\S+\t(\w+)", trace, re.MULTILINE)
    cost.statements = sent.count("Query") + sent.count("Execute")
    cost.trips = round_trips.count - before + sent.count("Query")


@pytest.fixture
def warm_door(door: Door) -> Door:
    """A door that has had posts before: configuration loaded, statements prepared."""
    connection.close()  # a connection that comes of age (CONN_MAX_AGE) would be opened anew while it is counted
    CapFactory.create(source=door.source, limit=1000)
    DncListFactory.create(code="national")
    for _ in range(6):
        assert door.post().outcome == "accepted"
    return door


def test_an_accepted_post_waits_five_times_for_the_database(warm_door: Door, tmp_path: Path) -> None:
    with counted(tmp_path) as cost:
        request_started.send(sender=None)  # the test client leaves out what begins a request: health checks
        close_old_connections()
        reply = warm_door.post()
    assert reply.outcome == "accepted"
    # Who calls, and how often; seen before?; the person and the lists; who gets it; everything written.
    assert cost.trips == 5, cost
    assert cost.statements <= 11, cost


def test_a_refused_post_and_a_retry_cost_no_more(warm_door: Door, tmp_path: Path) -> None:
    payload = glossary()
    warm_door.post(payload)
    for fields in ({"phone": "1"}, {"phone": payload["phone"]}):
        changes: dict[str, Any] = dict(fields)
        with counted(tmp_path) as cost:
            warm_door.post(**changes)
        assert (cost.trips <= 4, cost.statements <= 9) == (True, True), (fields, cost)
    with counted(tmp_path) as cost:
        assert warm_door.post(payload).headers["Idempotency-Replayed"] == "true"
    assert (cost.trips <= 4, cost.statements <= 7) == (True, True), cost


def test_the_cost_does_not_grow_with_agents_checks_or_caps(warm_door: Door, tmp_path: Path) -> None:
    with counted(tmp_path) as before:
        warm_door.post()
    for period in ("hour", "month"):
        CapFactory.create(source=warm_door.source, period=period, limit=1000)
    warm_door.set_check("filters", states=["TX"], zips=["752"])
    for _ in range(6):
        warm_door.post()
    with counted(tmp_path) as after:
        warm_door.post()
    assert (after.statements, after.trips) == (before.statements, before.trips)
