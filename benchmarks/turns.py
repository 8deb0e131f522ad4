"""Posting in this process, in short turns with and without something, so that other work falls on both alike."""

import io
import json
import statistics
from collections.abc import Callable
from contextlib import AbstractContextManager
from time import perf_counter

TURNS = 30
POSTS = 20


def posting_vendor() -> Callable[[], None]:
    """A function that posts one new lead and asserts that it is bought. Django is set up; the database is empty."""
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from intake.models import Source
    from leadcrm.testing.factories import AgentFactory, PoolFactory
    from leadcrm.testing.payloads import glossary

    settings.ALLOWED_HOSTS = ["testserver"]
    output = io.StringIO()
    call_command(
        "create_source", "--vendor", "Bench Vendor", "--name", "In turns", "--interest", "final_expense", "--price",
        "22", "--states", "TX", "--live", "--format", "json", stdout=output,
    )  # fmt: skip
    Source.objects.update(rate_limit=None)
    PoolFactory.create(members=[AgentFactory.create(licenses=["TX:final_expense"])])
    client, key = Client(), json.loads(output.getvalue())["api_key"]

    def post() -> None:
        answer = client.post(
            "/api/lead-intake",
            json.dumps(glossary()),
            "application/json",
            headers={"Authorization": f"Bearer {key}"},
        )
        assert answer.json()["status"] == "accepted", answer.content

    for _ in range(50):
        post()
    return post


def in_turns(
    what: str,
    post: Callable[[], None],
    condition: Callable[[], AbstractContextManager[Callable[[bool], None]]],
) -> None:
    """Print the milliseconds a post takes with and without `condition`, which gives the switch for it."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    with condition() as switch:
        for number in range(TURNS * 2):
            on = number % 2 == 0
            switch(on)
            post()  # caches that the change has emptied
            started = perf_counter()
            for _ in range(POSTS):
                post()
            taken[on].append((perf_counter() - started) / POSTS * 1000)
        switch(False)
    ratios = [a / b for a, b in zip(taken[True], taken[False], strict=True)]
    on_ms, off_ms = statistics.median(taken[True]), statistics.median(taken[False])
    print(
        f"{what}: {on_ms:.2f} ms / {off_ms:.2f} ms, median ratio {statistics.median(ratios):.3f}", flush=True
    )
