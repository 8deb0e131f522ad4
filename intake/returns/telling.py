"""What endpoints are told of a return: its state, reason and credit; never who asked, nor our evidence."""

from datetime import datetime
from typing import Any

from intake.models import EventKind, Lead, Return
from intake.webhooks.events import note_event
from leadcrm.lib.batch import Batch


def told_of(row: Return) -> dict[str, Any]:
    """The facts of `row` for an event; `code` is the reason as programs know it."""
    return {
        "code": row.reason,
        "return_id": row.pk.hex,
        "return_state": row.state,
        "credit": "" if row.credit is None else str(row.credit),
    }


def note_return(*, row: Return, lead: Lead, now: datetime) -> None:
    """Note that `row`, a return of `lead`, has the state it has since now. In the transaction that gives it that."""
    batch = Batch()
    note_event(
        kind=EventKind.RETURN_CHANGED, at=now, vendor_id=lead.vendor_id, lead_id=lead.pk, batch=batch,
        submission_id=lead.submission_id, data={"status": lead.status, **told_of(row)},
    )  # fmt: skip
    batch.flush()
