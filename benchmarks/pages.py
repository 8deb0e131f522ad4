"""Server time of the agents' pages beside a page that does nothing, in an agency with a million leads.

Runs the whole product short of the web server (middleware, session, queries, template) for many agents and leads in
turn, and prints the median and the 95th percentile; what takes longer than it may is marked. Fails nothing.
"""

import argparse
import os
import random
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from time import perf_counter, process_time
from typing import Any

import django
from django.conf import settings

PAGE_MS, QUEUE_MS = 200.0, 50.0
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """One address: who opens it, and the next URL to open."""

    name: str
    people: list[int]
    url: Callable[[int], str]
    most_ms: float = PAGE_MS


def main() -> None:
    """In a database of its own; see benchmarks.__main__."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=40, help="each address is opened, a round")
    parser.add_argument(
        "--only", default="", help="addresses whose name holds one of these, with commas between"
    )
    asked = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    django.setup()
    # Names with digests would ask for files that were collected; looking one up costs nothing to speak of.
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    report(asked.leads, asked.times, asked.only)


def report(leads: int, times: int, only: str) -> None:
    """Fill, open everything in turns, print."""
    from benchmarks.office import open_office

    started = perf_counter()
    office = open_office(leads)
    print(
        f"{leads:,} leads, {len(office.agents)} agents (filled in {perf_counter() - started:.0f} s)",
        flush=True,
    )
    addresses = [one for one in _addresses(office) if any(word in one.name for word in only.split(","))]
    figures = _in_turns(addresses, times)
    print(f"{'':46} {'p50 ms':>8} {'p95 ms':>8} {'may take':>8} {'CPU ms':>8}")
    for one in addresses:
        took = sorted(spent.wall for spent in figures[one.name])
        work = statistics.median(spent.cpu for spent in figures[one.name])
        slow = took[int(len(took) * 0.95)]
        mark = "  TOO SLOW" if slow > one.most_ms else ""
        print(
            f"{one.name:46} {statistics.median(took):8.1f} {slow:8.1f} {one.most_ms:8.0f} {work:8.1f}{mark}",
            flush=True,
        )


@dataclass(frozen=True, slots=True)
class Spent:
    """Milliseconds of one answer: by the clock, and of the processor in this process (PostgreSQL not included)."""

    wall: float
    cpu: float


def _in_turns(addresses: list[Measured], times: int) -> dict[str, list[Spent]]:
    """What each address took, over rounds in which all take turns; the first round only warms."""
    found: dict[str, list[Spent]] = {one.name: [] for one in addresses}
    clients = _Clients()
    for turn in range(ROUNDS + 1):
        for one in addresses:
            people = cycle(one.people)
            for _ in range(times if turn else 5):
                who = next(people)
                took = _open(clients.of(who), one.url(who))
                if turn:
                    found[one.name].append(took)
    return found


def _open(client: Any, url: str) -> Spent:
    started, worked = perf_counter(), process_time()
    answer = client.get(url, headers={"Host": "localhost"})
    took = Spent((perf_counter() - started) * 1000, (process_time() - worked) * 1000)
    if answer.status_code >= 400:
        raise RuntimeError(f"{url} answered {answer.status_code}")
    return took


class _Clients:
    """A logged-in client for each person."""

    def __init__(self) -> None:
        self._known: dict[int, Any] = {}

    def of(self, key: int) -> Any:
        from django.test import Client

        from leadcrm.models import User

        if key not in self._known:
            self._known[key] = Client()
            self._known[key].force_login(
                User.objects.get(pk=key), backend="django.contrib.auth.backends.ModelBackend"
            )
        return self._known[key]


def _addresses(office: Any) -> list[Measured]:
    from intake.models import Lead

    agents, manager = office.agents, [office.manager]
    some = list(
        Lead.objects.filter(owner__in=agents[:40], status="contacted").values_list("pk", "owner_id")[:2000]
    )
    by_owner: dict[int, Iterator[int]] = {
        owner: cycle([pk for pk, of in some if of == owner]) for owner in {of for _, of in some}
    }
    owners = sorted(by_owner)
    anyone = _Found(some)
    readers = [("agent", agents[:40]), ("leader", [office.leader]), ("manager", manager)]
    found = [
        Measured("no-op page (ceiling)", agents[:40], lambda who: "/bench/noop"),
        Measured("queue, agent", agents[:40], lambda who: "/", QUEUE_MS),
        Measured("lead page", owners, lambda who: f"/leads/A-{next(by_owner[who])}/"),
        Measured("lead, edit", owners, lambda who: f"/leads/A-{next(by_owner[who])}/edit/"),
        Measured(
            "lead, may I call (JSON)", owners, lambda who: f"/leads/A-{next(by_owner[who])}/permission/"
        ),
        Measured("claim pool", agents[:40], lambda who: "/claim/"),
        Measured("me", agents[:40], lambda who: "/me/"),
        Measured("my numbers", agents[:40], lambda who: "/me/numbers/"),
        Measured("my numbers, 20,000 leads in 8 weeks", [office.heavy], lambda who: "/me/numbers/"),
        Measured("follow-ups", agents[:40], lambda who: "/follow-ups/"),
        Measured("clients", agents[:40], lambda who: "/clients/"),
        *_clients(office.leader, "leader"),
        *_clients(office.manager, "manager"),
        Measured("team, leader of 20", [office.leader], lambda who: "/team/", QUEUE_MS),
        Measured("team, all 200 agents", manager, lambda who: "/team/"),
        Measured("live floor, all 200 agents", manager, lambda who: "/admin/live-floor/"),
    ]
    for role, people in readers:
        for name, query in _filters(office).items():
            if "owner" not in name or role != "agent":
                found.append(Measured(f"list of {role}, {name}", people, _fixed(f"/leads/?{query}")))
        for name, word in anyone.words().items():
            found.append(
                Measured(f"search of {role}, {name}", people, lambda who, word=word: f"/search/?q={word()}")
            )
    return found


def _clients(person: int, role: str) -> Iterator[Measured]:
    from datetime import timedelta

    from django.utils import timezone

    from agents.models import Carrier

    usual, *_, rare = Carrier.objects.order_by("pk").values_list("pk", flat=True)
    month = timezone.localdate() + timedelta(days=330)
    queries = {
        "no filter": "", "a carrier of many": f"carrier={usual}", "a carrier of few": f"carrier={rare}",
        "a status of few": "status=lapsed", "a status of none": "status=declined",
        "a month of renewals": f"renews={month:%Y-%m}",
    }  # fmt: skip
    for name, query in queries.items():
        yield Measured(f"clients of {role}, {name}", [person], _fixed(f"/clients/?{query}"))


def _fixed(url: str) -> Callable[[int], str]:
    return lambda who: url


def _filters(office: Any) -> dict[str, str]:
    from datetime import timedelta

    from django.utils import timezone

    from intake.models import Source

    day = timezone.localdate() - timedelta(days=120)
    rare = Source.objects.get(name="Rare")
    return {
        "no filter": "",
        "stage lost": "status=lost",
        "stage quoted": "status=quoted",
        "stage returned (none)": "status=returned",
        "state": "state=OH",
        "state with none": "state=AK",
        "product": "vertical=final_expense",
        "product with none": "vertical=auto",
        "stage and state": "status=sold&state=NC",
        "a day four months ago": f"received_from={day}&received_to={day}",
        "all of it": f"status=quoted&state=GA&vertical=final_expense&received_to={day}",
        "untouched": "touched=no",
        "untouched and lost (none)": "touched=no&status=lost",
        "three tries": "tries=many",
        "no tries, lost (none)": "tries=none&status=lost",
        "planned": "planned=yes",
        "planned and lost (none)": "planned=yes&status=lost",
        "planned, in a state": "planned=yes&state=TX",
        "nothing planned": "planned=no",
        "owner: vendor of few": f"vendor={rare.vendor_id}",
        "owner: source of few, state": f"source={rare.pk}&state=OH",
        "owner": f"owner={office.agents[3]}",
        "owner and stage": f"owner={office.agents[3]}&status=contacted",
    }


class _Found:
    """Words that find a lead, one after the other."""

    def __init__(self, some: list[tuple[int, int]]) -> None:
        from intake.models import Lead

        chosen = random.Random(5).sample(some, min(40, len(some)))
        rows = Lead.objects.filter(pk__in=[pk for pk, _ in chosen])
        self.rows = cycle(list(rows.values("pk", "phone", "email", "zip", "last_name", "first_name")))

    def words(self) -> dict[str, Callable[[], str]]:
        def of(shape: Callable[[dict[str, Any]], str]) -> Callable[[], str]:
            return lambda: shape(next(self.rows))

        return {
            "A-number": of(lambda row: f"A-{row['pk']}"),
            "phone": of(lambda row: row["phone"][2:]),
            "six digits": of(lambda row: row["phone"][2:8]),
            "e-mail": of(lambda row: row["email"]),
            "ZIP": of(lambda row: row["zip"]),
            "rare last name": of(lambda row: row["last_name"]),
            "common last name": lambda: "Smith",
            "first and last name": lambda: "Mary+Garcia",
            "one letter": lambda: "S",
            "nothing": lambda: "Zzyzx",
        }


if __name__ == "__main__":
    main()
