"""New leads on open pages: what 200 polling agents cost the intake, and how soon a poll tells of a post.

With PORT, TOKENS and SECONDS it is the pollers: a process of its own, one line of JSON at its end.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

AGENTS = 200
EVERY = 1.5  # seconds between two polls of a page, as static/leadcrm/js/notices.js has it
CONNECTIONS = 8
ROUNDS = 5
POSTS = 12


def report(seconds: float) -> None:
    """Prepare, measure, print."""
    from benchmarks.posts import load, prepare
    from benchmarks.server import web_server

    stage = prepare()
    tokens = _tokens()
    with tempfile.TemporaryDirectory() as folder, web_server() as port:
        path = Path(folder) / "tokens.json"
        path.write_text(json.dumps(tokens))
        noop, polls = _closed(port, None, seconds), _closed(port, tokens[0], seconds)
        print(f"one page after the other: {polls:,.0f} polls/s, no-op view {noop:,.0f}/s", flush=True)
        load(port, "/api/lead-intake", stage.key, "closed", 2, "warm", CONNECTIONS)
        rates: dict[bool, list[float]] = {True: [], False: []}
        polled: list[dict[str, Any]] = []
        for number in range(ROUNDS * 2):
            with _polling(port, path, seconds + 1.5, polled) if number % 2 else _nobody():
                run = load(port, "/api/lead-intake", stage.key, "closed", seconds, f"n{number}", CONNECTIONS)
            rates[bool(number % 2)].append(run["rate"])
        _say_rates(rates, polled)
        with _polling(port, path, POSTS * 2.0, polled):
            waits = [_seconds_until_told(port, tokens, stage.key, number) for number in range(POSTS)]
    middle, most = statistics.median(waits), max(waits)
    print(
        f"from the post's answer to the poll that tells: median {middle:.2f} s, at most {most:.2f} s of {POSTS}"
    )


def _tokens() -> list[tuple[str, str]]:
    """(token, session) of AGENTS pages: first those of the agents who get the leads."""
    from agents.models import Agent
    from agents.polling import Watcher, make_token
    from leadcrm.testing.factories import AgentFactory

    agents = list(Agent.objects.order_by("pk"))
    agents += [AgentFactory.create() for _ in range(AGENTS - len(agents))]
    return [
        (make_token(Watcher(agent.user_id, agent.pk), session_key=f"bench{agent.pk}"), f"bench{agent.pk}")
        for agent in agents
    ]


def _say_rates(rates: dict[bool, list[float]], polled: list[dict[str, Any]]) -> None:
    with_, without = statistics.median(rates[True]), statistics.median(rates[False])
    ratios = [a / b for a, b in zip(rates[True], rates[False], strict=True)]
    ratio = statistics.median(ratios)
    print(f"posts/s with {AGENTS} pages open: {with_:.0f}, with none: {without:.0f}; ratio {ratio:.2f}")
    waits = sorted(ms for run in polled for ms in run["ms"])
    p50, p99 = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    print(
        f"{len(waits):,} polls meanwhile: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {sum(r['bad'] for r in polled)} failed"
    )


def _get(
    connection: http.client.HTTPConnection, page: tuple[str, str] | None, etag: str = ""
) -> tuple[int, str]:
    """Status and ETag of one poll; without a page, of the view that does nothing."""
    headers = {"Host": "localhost"}
    if page:
        headers |= {"X-Poll-Token": page[0], "Cookie": f"sessionid={page[1]}", "If-None-Match": etag}
    connection.request("GET", "/notices/poll/" if page else "/bench/noop", headers=headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status, answer.headers.get("ETag", "")


def _closed(port: int, page: tuple[str, str] | None, seconds: float) -> float:
    """Requests a second over one connection that pauses never."""
    connection, done, ends = http.client.HTTPConnection("127.0.0.1", port), 0, time.perf_counter() + seconds
    while time.perf_counter() < ends:
        status, _ = _get(connection, page)
        if status != 200:
            raise RuntimeError(f"answered {status}")
        done += 1
    return done / seconds


@contextmanager
def _nobody() -> "Iterator[None]":
    yield


@contextmanager
def _polling(port: int, path: Path, seconds: float, polled: list[dict[str, Any]]) -> "Iterator[None]":
    command = [sys.executable, "-m", "benchmarks.notices", str(port), str(path), str(seconds)]
    pollers = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
    time.sleep(0.7)
    yield
    said, _ = pollers.communicate(timeout=seconds + 30)
    polled.append(json.loads(said))


def _seconds_until_told(port: int, tokens: list[tuple[str, str]], key: str, number: int) -> float:
    """Post a lead; ask for every agent who may have got it, each as often as a page does."""
    import random

    from benchmarks.load import Connection, payload

    connection = http.client.HTTPConnection("127.0.0.1", port)
    able = tokens[:10]
    before = [_get(connection, page)[1] for page in able]
    offsets = [random.random() * EVERY for _ in able]
    Connection(port, "/api/lead-intake", key).post(payload(random.Random(number), f"told-{number}"))
    posted = time.perf_counter()
    moments = [(offset + n * EVERY, which) for n in range(3) for which, offset in enumerate(offsets)]
    for at, which in sorted(moments):
        time.sleep(max(0.0, posted + at - time.perf_counter()))
        if _get(connection, able[which], before[which])[0] == 200:
            return time.perf_counter() - posted
    raise RuntimeError("no poll told of the lead")


def _poll_as_pages(port: int, path: str, seconds: float) -> None:
    """AGENTS pages, each polling every EVERY seconds, over CONNECTIONS connections."""
    pages = json.loads(Path(path).read_text())
    waits: list[float] = []
    bad = [0]

    def run(first: int) -> None:
        mine = pages[first::CONNECTIONS]
        etags = [""] * len(mine)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        started, number = time.perf_counter(), 0
        while (planned := number * EVERY / len(mine)) < seconds:
            time.sleep(max(0.0, started + planned - time.perf_counter()))
            which = number % len(mine)
            status, etags[which] = _get(connection, mine[which], etags[which])
            waits.append((time.perf_counter() - started - planned) * 1000)
            bad[0] += status not in (200, 304)
            number += 1

    threads = [threading.Thread(target=run, args=(first,)) for first in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"ms": waits, "bad": bad[0]}))


def main() -> None:
    """What the command line says."""
    if len(sys.argv) > 1:
        _poll_as_pages(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
        return
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    report(seconds=4)


if __name__ == "__main__":
    main()
