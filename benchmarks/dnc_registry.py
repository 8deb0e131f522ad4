"""The do-not-call registry at full size: load, change, ask, scrub, look back. Prints seconds and sizes.

    DATABASE_URL=... python -m benchmarks.dnc_registry --numbers 250000000 --months 12

Makes its own list ("benchmark") from made-up numbers, runs the real commands as processes of their own (so
that their memory is theirs) and removes everything at the end. Give it a database of its own: sizes are the
tables', and another import would share the disk. `--dir` needs 12 bytes a number.
"""

import argparse
import csv
import os
import random
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
CODE = "benchmark"
FIRST_DAY = date(2025, 1, 1)
# Area codes have no 9 in the middle and do not end in 11; exchanges start at 200.
AREAS = [a for a in range(201, 990) if a // 10 % 10 != 9 and a % 100 != 11][:320]
EXCHANGES = range(200, 1000)
PATTERNS = 64


class Registry:
    """A made-up registry: each block has one of 64 random patterns of lines, from sparse to dense."""

    def __init__(self, numbers: int) -> None:
        chance = random.Random(1)
        mean = numbers / (len(AREAS) * len(EXCHANGES))
        sizes = [max(1, min(9_999, round(mean * (0.2 + 1.6 * i / (PATTERNS - 1))))) for i in range(PATTERNS)]
        self.listed = [sorted(chance.sample(range(10_000), size)) for size in sizes]
        self.free = [sorted(set(range(10_000)) - set(lines)) for lines in self.listed]
        self._texts = [[b"%04d\n" % line for line in lines] for lines in self.listed]

    def pattern(self, area: int, exchange: int) -> int:
        """Which pattern a block has."""
        return (area * 7919 + exchange * 104_729) % PATTERNS

    def write(self, folder: Path) -> tuple[list[str], int]:
        """A file per area code, as the national registry comes. Gives their paths and the count of numbers."""
        paths, rows = [], 0
        for area in AREAS:
            path = folder / f"{area}.txt"
            with path.open("wb") as out:
                for exchange in EXCHANGES:
                    texts = self._texts[self.pattern(area, exchange)]
                    head = b"%03d,%03d" % (area, exchange)
                    out.write(head + head.join(texts))
                    rows += len(texts)
            paths.append(str(path))
        return paths, rows

    def write_changes(self, path: Path, rows: int, month: int) -> None:
        """Random additions and deletions, half each, in no order, over the whole country."""
        chance = random.Random(month)
        day = FIRST_DAY + timedelta(30 * month)
        with path.open("w") as out:
            for row in range(rows):
                area, exchange = chance.choice(AREAS), chance.choice(EXCHANGES)
                lines = (self.listed if row % 2 else self.free)[self.pattern(area, exchange)]
                action = "D" if row % 2 else "A"
                out.write(f"{area},{exchange}{chance.choice(lines):04d},{action},{day}\n")


def run(*args: str) -> tuple[float, float]:
    """(seconds, peak MB) of a manage.py command as a process of its own. Exits if it fails."""
    started = time.perf_counter()
    # The command's own output is of no interest here; its complaints are.
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        actions = [(os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1)]
        command = [sys.executable, str(ROOT / "manage.py"), *args]
        pid = os.posix_spawn(sys.executable, command, os.environ, file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit(f"{args[0]} failed with status {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def import_list(files: list[str], day: date, *more: str) -> tuple[float, float]:
    """Load files as a version of the benchmark's list."""
    return run("import_dnc", *files, "--list", CODE, "--version-date", str(day), "--verbosity", "0", *more)


def main() -> None:
    """Run the whole benchmark and print one line a figure."""
    options = _options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
    sys.path.insert(0, str(ROOT))
    django.setup()
    _make_list()
    try:
        with tempfile.TemporaryDirectory(dir=options.dir) as folder:
            _measure(options, Path(folder))
    finally:
        _remove_list()


def _measure(options: argparse.Namespace, folder: Path) -> None:
    registry = Registry(options.numbers)
    files, rows = registry.write(folder)
    empty = _size()
    _say("full list", f"{rows:,} numbers in {len(files)} files", *import_list(files, FIRST_DAY))
    print(f"{'size after the full list':34} {(_size() - empty) / 1e6:10,.0f} MB")
    _probe(options.probes, registry)
    took = []
    for month in range(1, options.months + 1):
        path = folder / "changes.txt"
        registry.write_changes(path, options.changes, month)
        took.append(import_list([str(path)], FIRST_DAY + timedelta(30 * month), "--changes"))
    if took:
        seconds = [one[0] for one in took]
        _say(
            "change list (median)",
            f"{options.changes:,} rows",
            statistics.median(seconds),
            max(m for _, m in took),
        )
        print(f"{'change list (spread)':34} {min(seconds):10.1f} - {max(seconds):.1f} s over {len(took)}")
        print(f"{'size after the change lists':34} {(_size() - empty) / 1e6:10,.0f} MB")
        _probe(options.probes, registry)
    _scrub(options, folder)
    if options.reload:
        again = FIRST_DAY + timedelta(30 * (options.months + 1))
        _say("full list on top of another", f"{rows:,} numbers", *import_list(files, again, "--confirm"))
        print(f"{'size after it':34} {(_size() - empty) / 1e6:10,.0f} MB")


def _scrub(options: argparse.Namespace, folder: Path) -> None:
    chance = random.Random(99)
    leads = folder / "leads.csv"
    with leads.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["id", "phone"])
        for row in range(options.scrub):
            phone = f"+1{chance.choice(AREAS)}{chance.choice(EXCHANGES)}{chance.randrange(10_000):04d}"
            writer.writerow([row, phone])
    scrub = ["scrub", str(leads), "--out", str(folder / "out.csv"), "--lists", CODE]
    _say("scrub", f"{options.scrub:,} rows", *run(*scrub))
    if options.months:
        _say("scrub as of the first day", f"{options.scrub:,} rows", *run(*scrub, "--as-of", str(FIRST_DAY)))


def _probe(probes: int, registry: Registry) -> None:
    """The probe beside SELECT 1 on the same connection, turn about, prepared; and the same number in the past."""
    import psycopg
    from django.db import connection

    from compliance.dnc.lookup import list_ids, listed, probe_params, probe_sql, read_probe

    chance = random.Random(7)
    phones = [
        f"{chance.choice(AREAS)}{chance.choice(EXCHANGES)}{chance.randrange(10_000):04d}"
        for _ in range(probes)
    ]
    lists = list_ids([CODE])
    connection.ensure_connection()
    # Django's own cursors bind on the client and prepare nothing; the decision prepares.
    raw = psycopg.Cursor(connection.connection)
    nothing: list[float] = []
    asked: list[float] = []
    listed_count = 0
    for _ in range(3):
        started = time.perf_counter()
        for _phone in phones:
            raw.execute("SELECT 1", prepare=True).fetchone()
        nothing.append((time.perf_counter() - started) / probes * 1e6)
        started = time.perf_counter()
        for phone in phones:
            row = raw.execute(
                f"SELECT {probe_sql()}", probe_params(phone, lists=lists), prepare=True
            ).fetchone()
            assert row is not None
            listed_count += read_probe(row[0], today=FIRST_DAY)[0].state == "listed"
        asked.append((time.perf_counter() - started) / probes * 1e6)
    print(
        f"{'probe':34} {statistics.median(asked):10.0f} us ({min(asked):.0f} - {max(asked):.0f}); SELECT 1 "
        f"{statistics.median(nothing):.0f} us ({min(nothing):.0f} - {max(nothing):.0f}); "
        f"{listed_count / 3 / probes:.1%} listed"
    )
    past = []
    for phone in phones[:100]:
        started = time.perf_counter()
        listed(phone, [CODE], on=FIRST_DAY)
        past.append((time.perf_counter() - started) * 1e3)
    print(f"{'probe as of the first day':34} {statistics.median(past):10.1f} ms (worst {max(past):.1f})")


def _size() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_total_relation_size('compliance_dncblock') + pg_total_relation_size('compliance_dncdelta')"
        )
        return int(cursor.fetchone()[0])


def _make_list() -> None:
    from compliance.models import DncList, ListKind

    if DncList.objects.filter(code=CODE).exists():
        sys.exit(
            f"there is a list {CODE!r} already: another run, or one that died; remove it first (--clean)"
        )
    DncList.objects.create(code=CODE, name="Benchmark", kind=ListKind.OTHER, active=False)


def _remove_list() -> None:
    from django.db import connection

    from compliance.models import DncBlock, DncDelta, DncFile, DncList, DncVersion
    from leadcrm.testing.altering import altering

    DncList.objects.filter(code=CODE).update(current=None)
    versions = DncVersion.objects.filter(dnc_list__code=CODE).order_by("-pk")
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    for version in versions:
        first = version.pk * 1_000_000
        DncBlock.objects.filter(pk__range=(first, first + 999_999)).delete()
        DncDelta.objects.filter(version=version).delete()
        with altering(DncVersion, DncFile):
            DncFile.objects.filter(version=version).delete()
            version.delete()
    DncList.objects.filter(code=CODE).delete()
    with connection.cursor() as cursor:
        # Room kept for the next import would hide in the next run's sizes.
        cursor.execute("VACUUM FULL compliance_dncblock, compliance_dncdelta")


def _say(what: str, of: str, seconds: float, megabytes: float) -> None:
    print(f"{what:34} {seconds:10.1f} s, peak {megabytes:,.0f} MB ({of})", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--numbers", type=int, default=250_000_000)
    parser.add_argument("--changes", type=int, default=1_000_000, help="rows of a change list")
    parser.add_argument("--months", type=int, default=3, help="change lists to apply")
    parser.add_argument("--scrub", type=int, default=1_000_000, help="rows of the table to scrub")
    parser.add_argument("--probes", type=int, default=2_000)
    parser.add_argument("--reload", action="store_true", help="load the full list again at the end")
    parser.add_argument("--dir", help="where the files are made (default: the system's temporary folder)")
    parser.add_argument("--clean", action="store_true", help="remove what a run that died left, and stop")
    options = parser.parse_args()
    if options.clean:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
        sys.path.insert(0, str(ROOT))
        django.setup()
        _remove_list()
        sys.exit()
    return options


if __name__ == "__main__":
    main()
