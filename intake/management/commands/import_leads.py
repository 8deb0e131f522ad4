"""Leads from a file: `manage.py import_leads FILE --source S [--dry-run] [--results FILE]`."""

import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.utils import timezone

from intake.contracts import find_source
from intake.imports.columns import map_columns
from intake.imports.files import store_file
from intake.imports.reading import read_file
from intake.imports.results import results_csv
from intake.imports.running import resume_import, start_dry_run, start_import
from intake.imports.working import carry_one
from intake.models import AT_WORK, ImportGive, ImportState, LeadImport
from intake.sources import SOURCES
from leadcrm.lib.commands import AnswerCommand, day, dollars, table, whole_number
from leadcrm.lib.config import current_version
from leadcrm.models import User

_CHUNK: Final = 1024 * 1024


class Command(AnswerCommand):
    help = (
        "Import leads from a CSV or XLSX file, each line by the road of a post: same checks, same records, a result "
        "for every line. A broken file is refused whole. If it is stopped, --resume goes on; no line is taken twice."
    )
    option_of = {"source": "--source", "file": "FILE", "owner": "--owner", "price": "--price",
                 "generated_on": "--made-on"}  # fmt: skip

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", metavar="FILE")
        parser.add_argument("--source", metavar="S", help="Its number, or “Vendor · Name”.")
        parser.add_argument("--dry-run", action="store_true", help="Try every line, take none.")
        parser.add_argument("--results", metavar="FILE", help="Write what came of each line, as CSV.")
        parser.add_argument(
            "--map", action="append", default=[], metavar="COLUMN=FIELD",
            help="What a column is, for this file; COLUMN= leaves it out. May be repeated.",
        )  # fmt: skip
        parser.add_argument(
            "--give", choices=[str(value) for value in ImportGive.values], default="nobody",
            help="turn: fresh leads, by the pools, agents are told; share, person, nobody: old ones, quietly.",
        )  # fmt: skip
        parser.add_argument("--owner", metavar="EMAIL", help="Who gets all leads, with --give person.")
        parser.add_argument("--price", type=dollars, default=Decimal(0), help="Of a lead (default 0).")
        parser.add_argument("--contract-price", action="store_true", help="As the source's contract says.")
        parser.add_argument("--count-caps", action="store_true", help="Count against the source's caps.")
        parser.add_argument("--made-on", type=day, help="Day of the enquiry where a line says none.")
        parser.add_argument(
            "--resume", type=whole_number, metavar="N", help="Go on with the import of that number."
        )

    def answer(self, **options: Any) -> dict[str, Any]:
        row = self._resumed(options["resume"]) if options["resume"] is not None else self._begun(options)
        dry = row.state in (ImportState.READY, ImportState.TRYING)
        self._carry(row)
        row.refresh_from_db()
        if options["results"]:
            with Path(options["results"]).open("w", encoding="utf-8", newline="") as out:
                out.writelines(results_csv(row, dry=dry))
        shown = row.dry_counts if dry else {"outcomes": row.counts, "reasons": row.reasons}
        return {
            "import": row.pk, "state": str(row.state), "dry_run": dry, "lines": row.lines, "error": row.error,
            "outcomes": shown.get("outcomes", {}), "reasons": shown.get("reasons", {}),
            "seconds": round(row.worked_seconds, 1), "results": options["results"] or "",
        }  # fmt: skip

    def _begun(self, options: dict[str, Any]) -> LeadImport:
        if not options["file"] or not options["source"]:
            raise ValidationError("Say FILE and --source, or --resume.")
        source, now = find_source(options["source"]), timezone.now()
        path = Path(options["file"])
        if not path.is_file():
            raise ValidationError({"file": "There is no such file."})
        row = store_file(source=source, name=path.name, chunks=_chunks(path), by=None, now=now)
        row = read_file(import_id=row.pk, now=timezone.now())
        if row.state == ImportState.REFUSED:
            raise ValidationError({"file": f"{row.error} Nothing was imported."})
        if options["map"]:
            pairs = [text.rpartition("=") for text in options["map"]]
            config = SOURCES.get(source.pk, current_version())
            names = {column: field for column, _, field in pairs}
            map_columns(import_id=row.pk, names=names, as_rules=False, source=config)
        return self._started(row, options)

    def _started(self, row: LeadImport, options: dict[str, Any]) -> LeadImport:
        if options["dry_run"]:
            return start_dry_run(import_id=row.pk, generated_on=options["made_on"], now=timezone.now())
        price = None if options["contract_price"] else options["price"]
        return start_import(
            import_id=row.pk, price=price, count_caps=options["count_caps"], give=ImportGive(options["give"]),
            owner=_person(options["owner"]), generated_on=options["made_on"], now=timezone.now(),
        )  # fmt: skip

    def _resumed(self, number: int) -> LeadImport:
        row = LeadImport.objects.filter(pk=number).first()
        if row is None:
            raise ValidationError(f"There is no import {number}.")
        if row.state == ImportState.PAUSED:
            return resume_import(import_id=row.pk, now=timezone.now())
        if row.state not in (ImportState.RUNNING, ImportState.TRYING):
            raise ValidationError(
                f"Import {number} is “{row.get_state_display()}”: there is nothing to go on with."
            )
        return row

    def _carry(self, row: LeadImport) -> None:
        """Beside the workers, who may do some of its blocks; until it is through, paused or cancelled."""
        while True:
            while carry_one(import_id=row.pk):
                pass
            row.refresh_from_db(fields=["state"])
            if row.state not in AT_WORK:
                return
            time.sleep(1)  # a worker has the last block, or one is tried again in a moment

    def lines(self, answer: dict[str, Any]) -> list[str]:
        what = "Dry run of import" if answer["dry_run"] else "Import"
        rows = [(what, f"{answer['import']}: {answer['state']}"), ("Lines", f"{answer['lines']:,}")]
        rows += [(outcome.capitalize(), f"{count:,}") for outcome, count in answer["outcomes"].items()]
        rows += [(f"  {code}", f"{count:,}") for code, count in answer["reasons"].items()]
        if answer["error"]:
            rows.append(("Error", answer["error"]))
        return [
            *table(rows),
            *([f"What came of each line: {answer['results']}"] if answer["results"] else []),
        ]


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _person(email: str | None) -> User | None:
    if not email:
        return None
    found = User.objects.filter(email__iexact=email).first()
    if found is None:
        raise ValidationError({"owner": f"Nobody has the address {email}."})
    return found
