"""Load a do-not-call list from its files: `manage.py import_dnc FILE... --list national --version-date D`."""

import getpass
import json
import sys
import time
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compliance.dnc.imports import (
    ImportRefusedError,
    ImportResult,
    NeedsConfirmationError,
    import_changes,
    import_full,
)
from compliance.models.dnc import DncVersion
from leadcrm.lib.actor import acting


class Command(BaseCommand):
    help = (
        "Load a do-not-call list: whole, or with --changes what was added and deleted since the version in "
        "use. Lines AAA,NNNNNNN or AAANNNNNNN or (AAA) NNN-NNNN, plain, .gz or .zip; change lists have a "
        "column of A and D and may have one of dates. All files are checked before anything changes; "
        "look-ups see the list before or after."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--list", required=True, dest="code", help="national, state_tx, litigator ...")
        parser.add_argument(
            "--version-date", required=True, type=_day, help="the publisher's date, YYYY-MM-DD"
        )
        parser.add_argument(
            "--san", default="", help="subscription account number the files were fetched with"
        )
        parser.add_argument("--changes", action="store_true", help="the files are a change list")
        parser.add_argument(
            "--covers-all", action="store_true",
            help="the files are the whole country's: an area code in no file has no listed number",
        )  # fmt: skip
        parser.add_argument(
            "--confirm", action="store_true", help="go on where the import looks like a mistake"
        )
        parser.add_argument("--by", default="", help="who imports (default: the system's user name)")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, **options: Any) -> None:
        if options["changes"] and options["covers_all"]:
            raise CommandError("--covers-all is for full lists")
        progress = _Progress(quiet=options["verbosity"] == 0)
        given = {
            "files": options["files"], "list_code": options["code"], "effective_on": options["version_date"],
            "imported_by": options["by"] or getpass.getuser(), "san": options["san"],
            "confirm": options["confirm"], "progress": progress,
        }  # fmt: skip
        try:
            with acting(None, via="import_dnc"):
                if options["changes"]:
                    result = import_changes(**given)
                else:
                    result = import_full(**given, covers_all=options["covers_all"])
        except NeedsConfirmationError as error:
            raise CommandError(f"{error}. If that is right, give --confirm. Nothing has changed.") from error
        except ImportRefusedError as error:
            raise CommandError(f"{error}. Nothing has changed.") from error
        finally:
            progress.end()
        self.stdout.write(json.dumps(_facts(result)) if options["format"] == "json" else _sentence(result))


class _Progress:
    """A line on stderr: redrawn on a terminal, now and then in a log."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._next = 0.0
        self._drawn = False

    def __call__(self, stage: str, done: int, total: int, rows: int) -> None:
        clock = time.monotonic()
        if self._quiet or clock < self._next:
            return
        self._next = clock + (0.2 if self._terminal else 5.0)
        share = done / total if total else 1.0
        bar = "#" * int(share * 30)
        text = f"{stage:8} [{bar:30}] {share:4.0%}" + (f" {rows:,} rows" if rows else "")
        sys.stderr.write(f"\r{text}\x1b[K" if self._terminal else f"{text}\n")
        sys.stderr.flush()
        self._drawn = True

    def end(self) -> None:
        """Leave the line."""
        if self._drawn and self._terminal:
            sys.stderr.write("\n")


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _facts(result: ImportResult) -> dict[str, Any]:
    version = result.version
    return {
        "status": "already_loaded" if result.already_loaded else "loaded",
        "list": version.dnc_list.code,
        "kind": version.kind,
        "version_id": version.pk,
        "version": version.number,
        "effective_on": version.effective_on.isoformat(),
        "rows": version.rows,
        "numbers": version.numbers,
        "added": version.added,
        "removed": version.removed,
        "area_codes": len(version.area_codes),
        "san": version.san,
        "sha256": version.sha256,
        "imported_by": version.imported_by,
        "finished_at": version.finished_at.isoformat() if version.finished_at else None,
    }


def _sentence(result: ImportResult) -> str:
    version = result.version
    name = f"{version.dnc_list.code} version {version.number} of {version.effective_on}"
    if result.already_loaded:
        return f"These files are already loaded as {name} (same SHA-256). Nothing has changed."
    return f"Loaded {name}: {_counts(version)}. SHA-256 {version.sha256}."


def _counts(version: DncVersion) -> str:
    return (
        f"{version.rows:,} rows, {version.numbers:,} numbers in {len(version.area_codes)} area codes, "
        f"{version.added:,} added, {version.removed:,} removed"
    )
