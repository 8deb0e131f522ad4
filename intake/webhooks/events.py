"""Noting that something happened, for the endpoints that want to know."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from intake.models import EndpointState, EventKind, LeadStatus, WebhookEndpoint
from leadcrm.lib import pipeline
from leadcrm.lib.batch import Batch
from leadcrm.lib.config import ConfigCache
from leadcrm.lib.doorbell import Sparing
from leadcrm.lib.ids import uuid7

# What wants an event: not retired, subscribed, ours or that vendor's. Paused ones collect what they will be told.
_WANTED: Final = """
    SELECT id FROM intake_webhookendpoint
    WHERE state <> 'retired' AND %s = ANY(kinds) AND (vendor_id IS NULL OR vendor_id = %s::bigint)
"""
# Two statements and not one: data-modifying ones nest in no other. Both see the same endpoints, or the key refuses.
_EVENT: Final = f"""
    INSERT INTO intake_webhookevent (id, kind, at, vendor_id, lead_id, submission_id, data)
    SELECT %s::uuid, %s::text, %s::timestamptz, %s::bigint, %s::bigint, %s::uuid, %s::jsonb
    WHERE EXISTS ({_WANTED})
"""
_DELIVERIES: Final = f"""
    INSERT INTO intake_webhookdelivery (event_id, endpoint_id, state, attempts, due_at, last_error)
    SELECT %s::uuid, wanted.id, 'waiting', 0, %s::timestamptz, '' FROM ({_WANTED}) wanted
"""  # noqa: S608 - a constant of ours
# A sweep comes every few seconds anyway.
_bell = Sparing(seconds=0.5)

OF_STATUS: Final[dict[str, EventKind]] = {
    LeadStatus.CONTACTED: EventKind.CONTACTED,
    LeadStatus.SOLD: EventKind.SOLD,
    LeadStatus.RETURNED: EventKind.RETURNED,
}


def _load_subscriptions(_: None) -> frozenset[tuple[str, int | None]]:
    rows = WebhookEndpoint.objects.exclude(state=EndpointState.RETIRED).values_list("kinds", "vendor_id")
    return frozenset((kind, vendor_id) for kinds, vendor_id in rows for kind in kinds)


SUBSCRIPTIONS: Final = ConfigCache[None, frozenset[tuple[str, int | None]]](_load_subscriptions)


def note_event(
    *,
    kind: EventKind,
    at: datetime,
    vendor_id: int,
    batch: Batch,
    lead_id: int | None = None,
    submission_id: UUID | None = None,
    data: Mapping[str, Any] | None = None,
    config_version: int | None = None,
) -> None:
    """Add to `batch` what tells the endpoints that want to know of `kind`; nothing where none does.

    In the transaction of what it tells, so that neither is there without the other. `data` names no person: stages,
    a reason's code, the key of the owner. With `config_version`, the stamp of the committed configuration, nothing is
    added where nobody subscribed by then, which costs no query; without, the database is asked.
    """
    if config_version is not None:
        wanted = SUBSCRIPTIONS.get(None, config_version)
        if (kind, None) not in wanted and (kind, vendor_id) not in wanted:
            return
    event_id, about = uuid7(), msgspec.json.encode(dict(data or {})).decode()
    batch.execute(_EVENT, (event_id, kind, at, vendor_id, lead_id, submission_id, about, kind, vendor_id))
    batch.execute(_DELIVERIES, (event_id, at, kind, vendor_id))
    if _bell.may_ring():
        pipeline.ring("deliver")


def note_assigned(
    *, lead: Any, owner_id: int, at: datetime, batch: Batch, config_version: int | None = None
) -> None:
    """Note that `lead` (intake.models.Lead) has the owner `owner_id` from now on; the rest as `note_event`."""
    note_event(
        kind=EventKind.ASSIGNED, at=at, vendor_id=lead.vendor_id, lead_id=lead.pk, batch=batch,
        submission_id=lead.submission_id, data={"owner": owner_id}, config_version=config_version,
    )  # fmt: skip


def note_move(
    *, lead: Any, old: str, new: str, reason: str, now: datetime, told: Mapping[str, Any] | None = None,
    again: bool = False,
) -> None:  # fmt: skip
    """Note that `lead` (intake.models.Lead) went from the stage `old` to `new`, at once; with what is `told` beside.

    `again`: it had been there before, so that only the change is told, and not once more what it came to.
    """
    batch = Batch()
    kinds = [EventKind.STATUS_CHANGED, *([OF_STATUS[new]] if new in OF_STATUS and not again else [])]
    for kind in kinds:
        note_event(
            kind=kind, at=now, vendor_id=lead.vendor_id, lead_id=lead.pk, submission_id=lead.submission_id,
            data={"status": new, "previous_status": old, "reason": reason, **(told or {})}, batch=batch,
        )  # fmt: skip
    batch.flush()
