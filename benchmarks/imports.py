"""Leads from files by real workers, killed twice in between: rows a second, memory, and that no line is lost."""

import argparse
import csv
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import django
from django.utils import timezone

COLUMNS: Final = (
    "First Name", "Last Name", "Phone", "E-Mail", "Address", "City", "State", "Zip", "Date of Birth", "Gender",
    "Created", "IP", "Campaign", "Notes", "Agent before", "Status before", "Smoker", "Beneficiary", "Income", "Id",
)  # fmt: skip
KILLS: Final = (0.3, 0.6)
_RING: Final = 5.0  # as beat does


def main() -> None:
    """In a database of its own; see benchmarks.__main__."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--formats", default="csv,xlsx")
    parser.add_argument("--no-dry-run", action="store_true")
    asked = parser.parse_args()
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    from compliance.models import CheckSetting

    CheckSetting.objects.filter(check_name="duplicate").delete()
    for place, kind in enumerate(asked.formats.split(",")):
        _whole(kind, asked.leads, first=place * asked.leads, dry=not asked.no_dry_run)


def _whole(kind: str, lines: int, *, first: int, dry: bool) -> None:
    from intake.imports.running import start_dry_run, start_import
    from intake.models import ImportGive
    from leadcrm.testing.factories import SourceFactory

    row = _read(SourceFactory.create(demo=True), _file(kind, lines, first), f"leads.{kind}")
    row.names = {"Created": "lead_created_at"}
    row.save(update_fields=["names"])
    if dry:
        row = start_dry_run(import_id=row.pk, now=timezone.now())
        _told(f"{kind} dry run", row, _work(row, kills=()))
    row = start_import(
        import_id=row.pk, price=Decimal(0), count_caps=False, give=ImportGive.NOBODY, owner=None, generated_on=None,
        now=timezone.now(),
    )  # fmt: skip
    _told(f"{kind} import, worker killed {len(KILLS)} times", row, _work(row, kills=KILLS))
    _compare(row)


def _persons(lines: int, first: int) -> Iterator[list[Any]]:
    """Made-up persons of Texas; every hundredth has no number, every hundredth is the one before."""
    day = (timezone.localdate() - timedelta(days=28)).isoformat()
    for each in range(first, first + lines):
        number = each - 1 if each % 100 == 1 else each
        phone = (
            "12" if each % 100 == 50 else f"{214 + number // 10_000_000}{2_000_000 + number % 7_000_000:07}"
        )
        yield [
            "Test", f"Person{number}", phone, f"person{number}@example.com", f"{number} Example Street", "Austin", "TX",
            "78701", "1956-07-01", "F", f"{day} 10:00", "192.0.2.1", "spring", "called twice, wants a quote", "Dana",
            "open", "no", "Spouse", "48000", f"OLD-{each}",
        ]  # fmt: skip


def _file(kind: str, lines: int, first: int) -> bytes:
    if kind == "csv":
        out = io.StringIO()
        csv.writer(out).writerows([COLUMNS, *_persons(lines, first)])
        return out.getvalue().encode()
    import openpyxl

    book, packed = openpyxl.Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet("Leads")
    for each in (COLUMNS, *_persons(lines, first)):
        sheet.append(each)
    book.save(packed)
    return packed.getvalue()


def _read(source: Any, body: bytes, name: str) -> Any:
    """By a process of its own, for its memory."""
    from intake.imports.files import store_file
    from intake.models import LeadImport

    row = store_file(source=source, name=name, chunks=[body], by=None, now=timezone.now())
    code = (
        "import django; django.setup(); import resource, sys; from django.utils import timezone;"
        "from intake.imports.reading import read_file;"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "before = peak(); read_file(import_id=int(sys.argv[1]), now=timezone.now()); print(before, peak())"
    )
    started = perf_counter()
    command = [sys.executable, "-c", code, str(row.pk)]
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=True)
    seconds = perf_counter() - started
    before, after = (int(word) / 1024 for word in done.stdout.split()[-2:])
    row = LeadImport.objects.get(pk=row.pk)
    print(
        f"{name}, {len(body) / 1e6:.1f} MB: {row.state}, {row.lines:,} lines read in {seconds:.1f} s, "
        f"memory {before:.0f} MB before, {after:.0f} MB at most",
        flush=True,
    )
    return row


def _environment() -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "leadcrm.settings", "LOG_LEVEL": "WARNING"}


def _work(row: Any, *, kills: tuple[float, ...]) -> float:
    """Have a worker do it, rung as by beat; it is killed with all its processes at these parts. The most memory, MB."""
    from intake.models import AT_WORK
    from intake.tasks import carry_imports

    left, most, worker, rung = list(kills), 0.0, _worker(), 0.0
    try:
        while row.state in AT_WORK:
            if perf_counter() - rung > _RING:
                carry_imports.delay()
                rung = perf_counter()
            time.sleep(0.5)
            row.refresh_from_db()
            most = max([most, *_memory(worker.pid)])
            if left and row.seen >= left[0] * row.lines:
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
                left.pop(0)
                worker = _worker()
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    return most


def _worker() -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "leadcrm",
        "worker",
        "-Q",
        "celery,long",
        "-c",
        "2",
        "-l",
        "WARNING",
    ]
    return subprocess.Popen(command, env=_environment(), start_new_session=True)


def _memory(group: int) -> Iterator[float]:
    """The most that each process of the group ever had resident, in megabytes."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) != group:
                continue
            words = (folder / "status").read_text().split()
        except (OSError, ProcessLookupError):
            continue
        if "VmHWM:" in words:
            yield int(words[words.index("VmHWM:") + 1]) / 1024


def _told(what: str, row: Any, most: float) -> None:
    took = (timezone.now() - row.started_at).total_seconds()
    counts = row.dry_counts["outcomes"] if row.state == "ready" else row.counts
    print(
        f"{what}: {row.lines:,} lines in {took:.0f} s, {row.lines / took:.0f} a second, {row.worked_seconds:.0f} s at "
        f"work; {counts}; a worker's process {most:.0f} MB at most",
        flush=True,
    )


def _compare(row: Any) -> None:
    """Each line one result, each accepted line one lead, no person and no line twice."""
    from intake.models import Lead, Submission

    results = row.results.filter(dry=False)
    leads = Lead.objects.filter(source=row.source_id)
    found = {
        "lines": row.lines, "results": results.count(),
        "lines with a result": results.values("line").distinct().count(),
        "accepted": results.filter(outcome="accepted").count(), "leads": leads.count(),
        "persons": leads.values("phone").distinct().count(),
        "posts": Submission.objects.filter(lead_import_id=row.pk).count(),
        "posts named by results": results.values("submission_id").distinct().count(),
    }  # fmt: skip
    tried = dict(row.results.filter(dry=True).values_list("line", "outcome"))
    really = results.values_list("line", "outcome").iterator()
    other = sum(tried.get(line, outcome) != outcome for line, outcome in really)
    print(f"   {found}; decided otherwise than in the dry run: {other} of {len(tried)}", flush=True)


if __name__ == "__main__":
    main()
