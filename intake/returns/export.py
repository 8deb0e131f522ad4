"""The returns that wait for a vendor, as a file for it: numbers and facts, no person."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

from intake.models import Return, ReturnState
from leadcrm.lib.spreadsheets import csv_lines

COLUMNS: Final = (
    "return_id", "source", "lead_id", "vendor_lead_id", "delivered_at", "reason", "note", "price", "currency",
    "asked_at", "tries", "last_try_at", "lists", "duplicate_of", "trustedform", "jornaya",
)  # fmt: skip


def open_returns_csv(*, vendor_id: int) -> Iterator[str]:
    """The lines of the file, the head first; the return that has waited longest comes first."""
    rows = Return.objects.filter(source__vendor=vendor_id, state=ReturnState.ASKED)
    rows = rows.select_related("lead", "source")
    return csv_lines(chain([COLUMNS], map(_values, rows.order_by("asked_at", "id").iterator(chunk_size=500))))


def _values(row: Return) -> list[Any]:
    said = row.evidence
    tries, proofs = said.get("attempts", []), said.get("certificates", {})
    return [
        row.pk.hex, row.source.name, f"A-{row.lead_id}", row.lead.vendor_lead_id, _z(row.lead.received_at),
        row.reason, row.note, row.price, row.currency, _z(row.asked_at), len(tries), tries[-1]["at"] if tries else "",
        "; ".join(each["list"] for each in said.get("lists", [])), said.get("duplicate", {}).get("of", ""),
        proofs.get("trustedform", ""), proofs.get("jornaya", ""),
    ]  # fmt: skip


def _z(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
