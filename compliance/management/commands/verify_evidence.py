"""Verify all evidence: `manage.py verify_evidence [--head FILE]`. Exit code 1 if anything does not agree."""

import json
import sys
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from compliance.evidence.chain import Head
from compliance.evidence.verify import PATIENCE, Progress, verify_evidence
from leadcrm.lib.commands import whole_number


class Command(BaseCommand):
    help = (
        "Go through the chain of evidence and every row sealed in it, and print one line for each thing that does not "
        "agree: rows changed, gone or moved, batches taken out, rows never sealed. Exit code 1 if there is any. May "
        "run beside the product."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head", action="append", default=[], metavar="FILE",
            help="A head exported earlier (export_evidence_head), or many, one a line; '-' reads standard input. "
            "May be given more than once.",
        )  # fmt: skip
        parser.add_argument(
            "--minutes", type=whole_number, default=int(PATIENCE.total_seconds() // 60), metavar="N",
            help="Rows may wait so long to be sealed (default %(default)s).",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        heads = [head for name in options["head"] for head in _heads_in(name)]
        self.progress = Progress()
        found = 0
        patience = timedelta(minutes=options["minutes"])
        for finding in verify_evidence(
            now=timezone.now(), heads=heads, patience=patience, report=self._report
        ):
            found += 1
            self.stdout.write(str(finding))
        self._clear_progress()
        done = self.progress
        looked = (
            f"{done.rows:,} rows in {done.batches:,} batches, {done.waiting:,} waiting, {len(heads)} heads"
        )
        if found:
            self.stderr.write(f"{found:,} do not agree: {looked}.")
            sys.exit(1)
        self.stdout.write(f"All evidence agrees: {looked}.")

    def _report(self, progress: Progress) -> None:
        self.progress = progress
        if self.stderr.isatty():
            self.stderr.write(
                f"\r{progress.batches:,} of {progress.of_batches:,} batches, {progress.rows:,} rows",
                ending="",
            )
            self.stderr.flush()

    def _clear_progress(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r" + " " * 60 + "\r", ending="")


def _heads_in(name: str) -> list[Head]:
    """One JSON object, or one a line. Raises CommandError: a head that cannot be read is not passed over."""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"--head: {name} cannot be read: {error}") from None
    try:
        try:
            values = [json.loads(text)]
        except ValueError:
            values = [json.loads(line) for line in text.splitlines() if line.strip()]
        heads = [Head.from_json(value) for value in values]
    except ValueError as error:
        raise CommandError(f"--head: {name}: {error}") from None
    if not heads:
        raise CommandError(f"--head: {name} holds no head")
    return heads
