"""Files of leads for tests, and the workers' way through them."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from intake.imports.files import store_file
from intake.imports.reading import read_file
from intake.imports.running import start_dry_run, start_import
from intake.imports.working import carry_imports
from intake.models import ImportGive, LeadImport, Source

# An enquiry young enough to be followed up, whenever the tests are run.
ENQUIRED = (timezone.localdate() - timedelta(days=28)).isoformat()
COLUMNS = ("First Name", "Last Name", "Mobile", "E-Mail", "State", "Created", "Shoe size")


def person(number: int, **more: str) -> dict[str, str]:
    """One line of a file: plainly made up, and of Texas."""
    return {
        "First Name": "Test", "Last Name": f"Person{number}", "Mobile": f"512-555-{number:04d}",
        "E-Mail": f"person{number}@example.com", "State": "TX", "Created": f"{ENQUIRED} 10:00", "Shoe size": "9",
        **more,
    }  # fmt: skip


def as_csv(
    rows: Iterable[Mapping[str, str]], columns: Iterable[str] = COLUMNS, delimiter: str = ","
) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns), delimiter=delimiter, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def upload(source: Source, content: bytes, name: str = "old crm.csv") -> LeadImport:
    """A file as it stands once it was read."""
    row = store_file(source=source, name=name, chunks=[content], by=None, now=timezone.now())
    return read_file(import_id=row.pk, now=timezone.now())


def ready(source: Source, content: bytes, **names: str) -> LeadImport:
    """A file that was read, with E-Mail and Mobile as the built-in names do not know them."""
    row = upload(source, content)
    assert row.state == "ready", row.error
    row.names = {"Mobile": "phone", "Created": "lead_created_at", **names}
    row.save()
    return row


def start(row: LeadImport, **more: Any) -> LeadImport:
    terms: dict[str, Any] = {
        "price": Decimal(0), "count_caps": False, "give": ImportGive.NOBODY, "owner": None, "generated_on": None,
    }  # fmt: skip
    return start_import(import_id=row.pk, now=timezone.now(), **{**terms, **more})


def work(row: LeadImport) -> LeadImport:
    """What workers do until nothing is left."""
    while carry_imports():
        pass
    row.refresh_from_db()
    return row


def run(row: LeadImport, **more: Any) -> LeadImport:
    start(row, **more)
    return work(row)


def dry_run(row: LeadImport) -> LeadImport:
    start_dry_run(import_id=row.pk, now=timezone.now())
    return work(row)


def results(row: LeadImport, *, dry: bool = False) -> dict[int, Any]:
    return {result.line: result for result in row.results.filter(dry=dry).select_related("submission")}


OLD_DAY = date(2025, 3, 1)
