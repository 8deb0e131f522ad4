"""What a file of every stored lead, and of the intake log, takes: time, rows a second, memory."""

import argparse
import os
from time import perf_counter
from typing import Any

import django
from django.utils import timezone

from benchmarks.fill import fill_to
from benchmarks.memory import resident


def main() -> None:
    """In a database of its own; see benchmarks.__main__."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000)
    asked = parser.parse_args()
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    from leadcrm.testing.factories import SourceFactory, UserFactory

    source, people = SourceFactory.create(), UserFactory.create_batch(40)
    fill_to(
        asked.leads, source_id=source.pk, vendor_id=source.vendor_id, owner_ids=[user.pk for user in people]
    )
    for kind in ("leads", "posts"):
        for every in (False, True):
            _take(kind, people[0], every=every)


def _take(kind: str, by: Any, *, every: bool) -> None:
    """One file, thrown away as it comes."""
    from agents.admin.export_scope import MODELS
    from agents.exports import SHEETS
    from agents.exports.writing import lines_of, start_export
    from agents.models import ExportKind

    which = ExportKind(kind)
    sheet = SHEETS[which]
    names = [column.name for column in sheet.columns] if every else sheet.usual()
    export = start_export(kind=which, sheet=sheet, what="Benchmark", columns=names, by=by, now=timezone.now())
    before, most, size, started = resident(), 0.0, 0, perf_counter()
    for part in lines_of(export=export, sheet=sheet, rows=MODELS[which].objects.all()):
        size += len(part)
        most = max(most, resident())
    seconds = perf_counter() - started
    print(
        f"{export.rows:,} {kind}, {len(names)} columns: {seconds:.1f} s, {export.rows / seconds:,.0f} rows a second, "
        f"{size / 1e6:,.0f} MB; memory {before:.0f} MB before, {most:.0f} MB at most",
        flush=True,
    )


if __name__ == "__main__":
    main()
