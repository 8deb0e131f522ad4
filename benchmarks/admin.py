"""Server time of every managers' page in an agency with a million leads, three million posts, 50 vendors, 200 agents.

Walks what the admin has: each desk's list, its filters, its search, the orders it offers, its last page; the newest
row's page, its history, the page for a new row; the pages of no table, those of figures over 30 and 90 days, with the
lists behind their figures. Prints the slowest, and marks what takes longer
than a page may. Beside the clock stands the processor's time of this process and of PostgreSQL's, where that
runs on this machine: other work stretches both less. Fails nothing.
"""

import argparse
import os
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any

import django
from django.conf import settings
from django.db import connection

from benchmarks.list_indexes import ticks

PAGE_MS = 200.0
# Of a filter's choices: the first ones, and the last, which is seldom the most frequent.
CHOICES = 4
WORDS = ("A-1000", "nobody@example.com", "(512) 555-0199", "Smith", "Desk Vendor 07", "9" * 12)
LAST_PAGE = 50


@dataclass(frozen=True, slots=True)
class Took:
    """One page: the desk, what of it, milliseconds by the clock, of this process' processor, of PostgreSQL's, where."""

    desk: str
    what: str
    wall: float
    cpu: float
    database: float
    url: str


def main() -> None:
    """In a database of its own; see benchmarks.__main__."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.admin", description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=3, help="each page is opened, after once to warm")
    parser.add_argument("--show", type=int, default=30, help="so many of the slowest are printed")
    parser.add_argument("--only", default="", help="desks whose name holds one of these, with commas between")
    chosen = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    django.setup()
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    report(chosen.leads, chosen.times, chosen.show, chosen.only)


def report(leads: int, times: int, show: int, only: str) -> None:
    """Fill, walk, print."""
    from benchmarks.admin_figures import fill_figures
    from benchmarks.admin_fill import fill_desks
    from benchmarks.office import open_office
    from intake.models import Vendor

    started = perf_counter()
    office = open_office(leads)
    if not Vendor.objects.filter(name="Desk Vendor 00").exists():
        fill_desks(leads)
        fill_figures()
    print(f"{leads:,} leads (filled in {perf_counter() - started:.0f} s)", flush=True)
    walk = Walk(office.manager, times)
    for desk in _desks(only):
        walk.desk(*desk)
    walk.pages(only)
    walk.figures(only)
    print(f"{len(walk.found)} pages opened, {len(walk.broken)} of them broken")
    for line in walk.broken:
        print(f"  BROKEN {line}")
    print(f"{'the slowest':64} {'ms':>8} {'CPU ms':>8} {'PG ms':>8}")
    for one in sorted(walk.found, key=lambda took: -took.wall)[:show]:
        mark = "  TOO SLOW" if one.wall > PAGE_MS else ""
        print(
            f"{f'{one.desk}, {one.what}'[:64]:64} {one.wall:8.1f} {one.cpu:8.1f} {one.database:8.1f}{mark}"
            f"  {one.url}",
            flush=True,
        )
    median = statistics.median(one.wall for one in walk.found)
    print(
        f"median {median:.1f} ms; slower than {PAGE_MS:.0f} ms: {sum(o.wall > PAGE_MS for o in walk.found)}"
    )


def _desks(only: str) -> list[tuple[Any, Any]]:
    from django.contrib import admin

    return [(model, desk) for model, desk in admin.site._registry.items() if asked(model._meta.label, only)]


def asked(name: str, only: str) -> bool:
    """Whether what `only` says names this desk; without a word all are meant."""
    return any(word in name.lower() for word in only.lower().split(","))


class Walk:
    """Opens pages as one person and keeps what each took."""

    def __init__(self, person: int, times: int) -> None:
        from django.test import Client

        from leadcrm.models import User

        self.times, self.found, self.broken = times, list[Took](), list[str]()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self.backend = cursor.fetchone()[0]
        self.client = Client(raise_request_exception=False)
        self.client.force_login(
            User.objects.get(pk=person), backend="django.contrib.auth.backends.ModelBackend"
        )

    def open(self, desk: str, what: str, url: str) -> Any:
        """The answer of the last time; the median is kept."""
        walls, works, answer, before = [], [], None, ticks(self.backend)
        for turn in range(self.times + 1):
            if turn == 1:
                before = ticks(self.backend)
            started, worked = perf_counter(), process_time()
            answer = self.client.get(url, headers={"Host": "localhost"})
            if turn:
                walls.append((perf_counter() - started) * 1000)
                works.append((process_time() - worked) * 1000)
            elif (perf_counter() - started) * 1000 > PAGE_MS * 20:
                walls, works = [(perf_counter() - started) * 1000], [0.0]
                break  # so slow that once tells enough
        if answer is None or answer.status_code >= 400:
            self.broken.append(f"{url}: {answer.status_code if answer else 'no answer'}")
        spent = (ticks(self.backend) - before) * 1000 / os.sysconf("SC_CLK_TCK") / len(walls)
        self.found.append(Took(desk, what, statistics.median(walls), statistics.median(works), spent, url))
        return answer

    def desk(self, model: Any, desk: Any) -> None:
        """All pages of one desk."""
        from django.urls import reverse

        opts = model._meta
        name = f"admin:{opts.app_label}_{opts.model_name}"
        base = reverse(f"{name}_changelist")
        answer = self.open(opts.label, "list", base)
        context = getattr(answer, "context_data", None) or {}
        for what, query in _queries(context.get("cl"), desk):
            self.open(opts.label, what, base + query)
        rows = model._default_manager.all() if opts.proxy is False else desk.opts.model.objects.none()
        newest = rows.order_by("-pk").values_list("pk", flat=True).first()
        if newest is not None:
            self.open(opts.label, "page of a row", reverse(f"{name}_change", args=[newest]))
            self.open(opts.label, "history of a row", reverse(f"{name}_history", args=[newest]))
        if context.get("has_add_permission"):
            self.open(opts.label, "new row", reverse(f"{name}_add"))

    def pages(self, only: str) -> None:
        """The first page, and those that show no table."""
        from typing import cast

        from django.contrib import admin
        from django.urls import reverse

        from leadcrm.lib.admin.site import ManagerSite

        if asked("first page", only):
            self.open("first page", "", reverse("admin:index"))
        for page in cast(ManagerSite, admin.site).pages:
            if asked(page.slug, only):
                self.open(page.title, "page", page.url)

    def figures(self, only: str) -> None:
        """Desks of figures over long spans, and of each sort of figure on them the list that it leads to."""
        from benchmarks.admin_figures import figure_pages, links_of

        lists = dict[str, str]()
        for desk, what, url in figure_pages():
            if asked(desk, only):
                answer = self.open(desk, what, url)
                for name, link in links_of(answer.content.decode()).items():
                    lists.setdefault(f"{name} of {what.partition('&')[0]}", link)
        for name, link in lists.items():
            self.open("list behind", name, link)


def _queries(cl: Any, desk: Any) -> Iterator[tuple[str, str]]:
    if cl is None:
        return
    for spec in cl.filter_specs:
        said = [(choice["display"], _asking(cl, spec, choice)) for choice in spec.choices(cl)]
        choices = [(words, query) for words, query in said if query not in ("?", "")][1:]
        for words, query in [*choices[: CHOICES - 1], *choices[CHOICES - 1 :][-1:]]:
            yield f"filter {spec.title}: {words}", query
    if desk.search_fields:
        for word in WORDS:
            yield f"search {word}", f"?q={word.replace(' ', '+')}"
    yield from _orders(cl)
    last = LAST_PAGE if getattr(cl, "peek", False) and cl.has_more else 1
    last = last if getattr(cl, "peek", False) else cl.paginator.num_pages
    if last > 1:
        yield "last page", f"?p={last}"


def _asking(cl: Any, spec: Any, choice: dict[str, Any]) -> str:
    """The address of a choice: its link, or what the form around a select sends."""
    if "value" not in choice:
        return str(choice["query_string"])
    return str(cl.get_query_string({spec.lookup_kwarg: choice["value"]}))


def _orders(cl: Any) -> Iterator[tuple[str, str]]:
    for column, name in enumerate(cl.list_display, 1):
        if name in cl.sortable_by and cl.get_ordering_field(name) is not None:
            yield f"order {name}", f"?o={column}"
            yield f"order {name}, the other way", f"?o=-{column}"


if __name__ == "__main__":
    main()
