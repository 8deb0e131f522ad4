"""The re-scrub of open leads against a list of a given size. Prints seconds, and exits with 1 above the ceiling.

    DATABASE_URL=... python -m benchmarks.rescrub --numbers 250000 250000000 --leads 100000

For each size: a made-up list is loaded, open leads are filled in (half with a second phone), a first run asks the
list about all of them, and a change list brings the second. Give it a database of its own; `--dir` needs 12 bytes a
number.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

ROOT = Path(__file__).resolve().parent.parent
# Seconds for 100,000 open leads on two shared cores, however large the list; a few times what was measured.
CEILING = 10.0


def main() -> None:
    """Measure each size of list, from the smallest."""
    options = _options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    sys.path.insert(0, str(ROOT))
    django.setup()
    _make_leads(options.leads)
    slowest = 0.0
    for size in sorted(options.numbers):
        with tempfile.TemporaryDirectory(dir=options.dir) as folder:
            slowest = max(slowest, *_measure(size, options.leads, Path(folder)))
    allowed = CEILING * max(1.0, options.leads / 100_000)
    print(f"{'slowest run':34} {slowest:10.2f} s (at most {allowed:.0f})")
    if slowest > allowed:
        sys.exit(1)


def _measure(size: int, leads: int, folder: Path) -> list[float]:
    from benchmarks import dnc_registry as registry

    registry.CODE = f"benchmark_{size}"
    registry._make_list()
    made = registry.Registry(size)
    files, rows = made.write(folder)
    seconds, _ = registry.import_list(files, registry.FIRST_DAY)
    _switch_on(registry.CODE)
    print(f"{'list loaded':34} {seconds:10.1f} s ({rows:,} numbers)", flush=True)
    took = [_run(f"all open leads, {rows:,} numbers", every_list=True)]
    path = folder / "changes.txt"
    made.write_changes(path, min(size, 1_000_000), 1)
    registry.import_list([str(path)], registry.FIRST_DAY + timedelta(30), "--changes")
    took.append(_run("after a change list"))
    took.append(_run("nothing newer"))
    _switch_off(registry.CODE)
    return [*took, _run("all entries closed")]


def _run(what: str, **more: Any) -> float:
    """One run, its figures printed; its seconds."""
    from django.utils import timezone

    from compliance.rescrub import rescrub

    started = time.perf_counter()
    run = rescrub(now=timezone.now(), **more)
    seconds = time.perf_counter() - started
    told = f"{run.leads:,} leads, {run.listed:,} found, {run.cleared:,} closed" if run else "nothing asked"
    print(f"{what:34} {seconds:10.2f} s ({told})", flush=True)
    return seconds


def _switch_on(code: str) -> None:
    from compliance.models import DncList

    # A state's list and no registry: asked of leads in Texas, where these are.
    DncList.objects.filter(code=code).update(active=True)


def _switch_off(code: str) -> None:
    from compliance.models import DncList

    DncList.objects.filter(code=code).update(active=False)


def _make_leads(count: int) -> None:
    """Open leads whose numbers lie all over the country, where the lists are."""
    from django.db import connection

    from benchmarks.dnc_registry import AREAS, EXCHANGES
    from benchmarks.fill import fill_to
    from intake.models import Source, Vendor, Vertical
    from leadcrm.models import User

    vendor = Vendor.objects.create(name="Benchmark")
    source = Source.objects.create(
        vendor=vendor,
        vertical=Vertical.objects.get(code="final_expense"),
        name="Re-scrub",
        status="live",
        price=22,
    )
    owner = User.objects.create_user(email="benchmark@example.com", password=None)
    fill_to(count, source_id=source.pk, vendor_id=vendor.pk, owner_ids=[owner.pk])
    chance = random.Random(5)

    def numbers() -> list[str]:
        return [
            f"+1{chance.choice(AREAS)}{chance.choice(EXCHANGES)}{chance.randrange(10_000):04d}"
            for _ in range(count)
        ]

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            "UPDATE intake_lead SET status = 'contacted', phone = made.first, "
            "phone_2 = CASE WHEN made.place %% 2 = 0 THEN made.second ELSE '' END FROM ("
            "SELECT id, row_number() OVER (ORDER BY id) AS place FROM intake_lead) AS lead "
            "JOIN unnest(%s::text[], %s::text[]) WITH ORDINALITY AS made (first, second, place) USING (place) "
            "WHERE intake_lead.id = lead.id",
            [numbers(), numbers()],
        )
        cursor.execute("VACUUM (ANALYZE) intake_lead")
        cursor.execute("RESET statement_timeout")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--numbers", type=int, nargs="+", default=[250_000, 250_000_000], help="listed")
    parser.add_argument("--leads", type=int, default=100_000, help="open")
    parser.add_argument("--dir", help="where the files are made (default: the system's temporary folder)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
