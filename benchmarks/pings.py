"""Pings: their rate and the CPU they take; what the codes of hashes cost a post."""

import argparse
import hashlib
import io
import json
import os
import statistics
from collections.abc import Callable
from itertools import count
from time import perf_counter, process_time
from typing import Any

import django

TURNS = 25
CALLS = 20


def main() -> None:
    """Prepare, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000)
    asked = parser.parse_args()
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    ping, post = _vendor()
    _fill(asked.leads)
    print(f"{asked.leads:,} leads stored", flush=True)
    _bids("a ping without hashes", lambda: ping({}))
    numbers = count(3_000_000_000)
    _bids("a ping with hashes of a person nobody knows", lambda: ping(_hashes(str(next(numbers)))))
    _turns("a post, with the index of codes / without", post, _with_index)


def _vendor() -> tuple[Callable[[dict[str, str]], None], Callable[[], None]]:
    """Functions that ping and post here, as a vendor with two caps and a price table; both must succeed."""
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from intake.models import PriceKind, Source
    from leadcrm.testing.factories import AgentFactory, PoolFactory, PriceRuleFactory
    from leadcrm.testing.payloads import glossary

    settings.ALLOWED_HOSTS = ["testserver"]
    output = io.StringIO()
    call_command(
        "create_source", "--vendor", "Bench Vendor", "--name", "Pings", "--interest", "final_expense", "--price", "22",
        "--states", "TX", "--daily-cap", "9999999", "--monthly-cap", "9999999", "--live", "--format", "json",
        stdout=output,
    )  # fmt: skip
    Source.objects.update(rate_limit=None, ping_rate_limit=6_000_000, pings=True, price_kind=PriceKind.TABLE)
    for rank in range(5):
        PriceRuleFactory.create(
            source=Source.objects.get(), rank=rank, states=["TX"], min_age=50 + rank, price=30
        )
    PoolFactory.create(members=[AgentFactory.create(licenses=["TX:final_expense"]) for _ in range(10)])
    client, key = Client(), json.loads(output.getvalue())["api_key"]
    ids = count()

    def send(address: str, fields: dict[str, Any]) -> None:
        answer = client.post(
            address, json.dumps(fields), "application/json", headers={"Authorization": f"Bearer {key}"}
        )
        assert answer.json()["status"] == "accepted", answer.content

    def ping(hashes: dict[str, str]) -> None:
        told = {"lead_id": f"B-{next(ids)}", "state": "TX", "zip": "75201", "age": "66", "tobacco": "no"}
        send("/api/lead-intake/ping", {**told, **hashes})

    def post() -> None:
        send("/api/lead-intake", glossary())

    for _ in range(30):
        ping({}), post()
    return ping, post


def _fill(leads: int) -> None:
    """So many leads, with codes as their numbers have."""
    from agents.models import Agent
    from benchmarks.fill import fill_to
    from intake.models import Source

    source = Source.objects.get()
    owners = list(Agent.objects.values_list("user_id", flat=True))
    fill_to(leads, source_id=source.pk, vendor_id=source.vendor_id, owner_ids=owners)


def _hashes(phone: str) -> dict[str, str]:
    return {
        "phone_hash": hashlib.sha256(phone.encode()).hexdigest(),
        "email_hash": hashlib.md5(f"{phone}@example.com".encode(), usedforsecurity=False).hexdigest(),
    }


def _bids(what: str, ping: Callable[[], None]) -> None:
    """Milliseconds and CPU of this process; PostgreSQL's share is the rest, as far as the cores are free."""
    taken, spent = [], []
    for _ in range(TURNS):
        started, used = perf_counter(), process_time()
        for _ in range(CALLS):
            ping()
        taken.append((perf_counter() - started) / CALLS * 1000)
        spent.append((process_time() - used) / CALLS * 1000)
    ms, cpu = statistics.median(taken), statistics.median(spent)
    print(
        f"{what}: {ms:.2f} ms, {cpu:.2f} ms of it CPU here; {1000 / ms:.0f} a second over one connection",
        flush=True,
    )


def _turns(what: str, post: Callable[[], None], condition: Callable[[bool], None]) -> None:
    """Milliseconds a post with and without `condition`, in short turns, so that other work falls on both."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    for number in range(TURNS * 2):
        on = number % 2 == 0
        condition(on)
        post()
        started = perf_counter()
        for _ in range(CALLS):
            post()
        taken[on].append((perf_counter() - started) / CALLS * 1000)
    condition(True)
    ratios = [a / b for a, b in zip(taken[True], taken[False], strict=True)]
    on_ms, off_ms = statistics.median(taken[True]), statistics.median(taken[False])
    print(
        f"{what}: {on_ms:.2f} ms / {off_ms:.2f} ms, median ratio {statistics.median(ratios):.3f}", flush=True
    )


def _with_index(on: bool) -> None:
    """Have rows entered into the index, or not; it is not read meanwhile."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_index SET indisready = %s, indisvalid = %s WHERE indexrelid = 'lead_hash_codes'::regclass",
            [on, on],
        )
        cursor.execute(
            "ALTER TABLE intake_lead SET (autovacuum_enabled = true)"
        )  # tells every session to look again


if __name__ == "__main__":
    main()
