"""The full decision over HTTP at growing table sizes, beside yardsticks on the same server in the same run."""

import io
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from agents.models import Pool
from benchmarks.database import transactions_per_second
from benchmarks.fill import fill_to
from benchmarks.load import AREA_CODES
from benchmarks.models import PlainLead, PlainPost
from benchmarks.server import web_server
from compliance.models import Cap
from intake.models import Source
from leadcrm.models import User

ROUNDS = 3
CONNECTIONS = 8
YARDSTICKS = {
    "no-op view": "/bench/noop",
    "one SELECT": "/bench/one-read",
    "serializer + 2 INSERTs": "/bench/two-inserts",
}
DECISION = "full decision"


@dataclass
class Stage:
    """What the posts go to: a live source with filters, caps, duplicate window; ten licensed agents."""

    key: str
    source_id: int
    vendor_id: int
    owner_ids: list[int]


def prepare() -> Stage:
    """Migrate, and set up the source, its agents and a small national list, by the operators' own commands."""
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(PlainPost)
        editor.create_model(PlainLead)
    output = io.StringIO()
    call_command(
        "create_source", "--vendor", "Bench Vendor", "--name", "Real time", "--interest", "final_expense",
        "--price", "22", "--states", "TX,OK,FL", "--daily-cap", "100000000", "--monthly-cap", "100000000",
        "--duplicate-days", "90", "--max-age-days", "30", "--require", "trustedform", "--rate-limit", "0",
        "--live", "--format", "json", stdout=output,
    )  # fmt: skip
    made = json.loads(output.getvalue())
    for number in range(10):
        call_command(
            "create_agent", "--email", f"agent{number}@example.com", "--name", f"Bench Agent {number}",
            "--password", secrets.token_hex(12), "--license", "TX:life", "--license", "OK:life",
            "--weight", str(1 + number % 3), stdout=io.StringIO(),
        )  # fmt: skip
    _load_national_list()
    source = Source.objects.get(pk=made["source"])
    owners = list(User.objects.filter(agent__isnull=False).values_list("pk", flat=True))
    return Stage(made["api_key"], source.pk, source.vendor_id, owners)


def _load_national_list() -> None:
    """A list that covers every area code that posts, so that each post is probed and found clear."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "national.txt"
        path.write_text("".join(f"{area},2000001\n" for area in sorted(set(AREA_CODES))))
        call_command(
            "import_dnc", str(path), "--list", "national", "--san", "bench", "--version-date",
            timezone.localdate().isoformat(), stdout=io.StringIO(), stderr=io.StringIO(),
        )  # fmt: skip


def load(
    port: int, path: str, key: str, mode: str, value: float, seed: str, connections: int
) -> dict[str, Any]:
    """One run of the load generator in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.load", str(port), path, key, mode, str(value)]
    done = subprocess.run([*command, str(connections), seed], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure(port: int, stage: Stage, seconds: float, label: str) -> dict[str, list[float]]:
    """Rates of the yardsticks and of the decision, interleaved over the rounds."""
    rates: dict[str, list[float]] = {name: [] for name in (*YARDSTICKS, DECISION)}
    for round_number in range(ROUNDS):
        for name in rates:
            path = YARDSTICKS.get(name, "/api/lead-intake")
            seed = f"{label}-{round_number}-{os.getpid()}"
            run = load(port, path, stage.key, "closed", seconds, seed, CONNECTIONS)
            _expect(name, run["answers"])
            rates[name].append(run["rate"])
    return rates


def _expect(name: str, answers: dict[str, int]) -> None:
    """Figures of refusals would be no figures: all posts must have been accepted, but for a chance double."""
    total, good = (
        sum(answers.values()),
        sum(n for word, n in answers.items() if "accepted" in word or "stored" in word or "200" in word),
    )
    if good < total * 0.97:
        raise RuntimeError(f"{name}: {answers}")


def report(sizes: list[int], seconds: float) -> None:
    """Print the whole comparison."""
    stage = prepare()
    first: float | None = None
    for size in sizes:
        fill_to(size, source_id=stage.source_id, vendor_id=stage.vendor_id, owner_ids=stage.owner_ids)
        with web_server() as port:
            load(port, "/api/lead-intake", stage.key, "closed", 2, f"warm-{size}", CONNECTIONS)
            rates = measure(port, stage, seconds, f"n{size}")
            middle = {name: statistics.median(runs) for name, runs in rates.items()}
            alone = transactions_per_second(seconds=int(seconds), clients=CONNECTIONS, **_ids(stage))
            pace = middle[DECISION] * 0.7
            waits = [
                load(port, "/api/lead-intake", stage.key, "open", pace, f"open-{size}-{n}", 16)
                for n in range(3)
            ]
        first = first or middle[DECISION]
        _print_size(size, rates, middle, first, pace, waits)
        if alone:
            print(
                f"   pgbench, the same rows      {alone:8.0f}/s   decision = {middle[DECISION] / alone:.2f} of it"
            )


def _ids(stage: Stage) -> dict[str, int]:
    """The rows that pgbench's transaction hangs its own on."""
    return {
        "source": stage.source_id,
        "vendor": stage.vendor_id,
        "owner": stage.owner_ids[0],
        "pool": Pool.objects.values_list("pk", flat=True)[0],
        "cap": Cap.objects.values_list("pk", flat=True)[0],
    }


def _print_size(
    size: int,
    rates: dict[str, list[float]],
    middle: dict[str, float],
    first: float,
    pace: float,
    waits: list[dict[str, Any]],
) -> None:
    print(f"\n== {size:,} stored leads")
    for name, runs in rates.items():
        ratio = middle[DECISION] / middle[name]
        spread = f"spread {min(runs):.0f}-{max(runs):.0f}"
        print(f"   {name:<24} {middle[name]:8.0f}/s   {spread:<16} decision = {ratio:.2f} of it")
    print(f"   decision against the smallest table: {middle[DECISION] / first:.2f}")
    for figure in ("p50", "p99", "max"):
        values = sorted(run[figure] for run in waits)
        print(
            f"   latency at {pace:.0f}/s (70 %)  {figure}: {values[1]:7.1f} ms   spread {values[0]:.1f}-{values[2]:.1f}"
        )
    sys.stdout.flush()
