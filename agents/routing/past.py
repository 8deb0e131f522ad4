"""The leads of past days as assignment met them: what each asked for, who was known, who had it first."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings

from agents.assignment.eligibility import Wanted, language_of
from agents.models import AssignmentKind
from intake.models import LeadStatus
from leadcrm.lib.db import Query, Row, fetch_together

BATCH: Final = 2_000
# Nobody touched it so far.
NEVER: Final = datetime.max.replace(tzinfo=UTC)
# How a record says whose earlier lead decided (agents.assignment.route); cut off behind a very long name.
_EARLIER: Final = re.compile(r"\(A-([0-9]{1,18})\)$")
_ROUTED: Final = [
    kind.value
    for kind in (
        AssignmentKind.ROTATION,
        AssignmentKind.STICKY,
        AssignmentKind.LAST_LINK,
        AssignmentKind.OFFERED,
        AssignmentKind.NOBODY,
    )
]

# Walks lead_bought, and assignment_of_lead for each lead. Of the record only those who were known and turned away.
_PAST: Final = """
SELECT lead.id, lead.received_at, lead.source_id, lead.vendor_id, lead.interest,
    CASE WHEN jsonb_exists(lead.attributes, 'language') THEN lead.attributes ->> 'language'
        ELSE lead.extra ->> 'language' END,
    CASE WHEN jsonb_exists(lead.attributes, 'preferred_language') THEN lead.attributes ->> 'preferred_language'
        ELSE lead.extra ->> 'preferred_language' END,
    lead.status, lead.touched_at, record.kind, record.state, record.state_from, record.agent_id, record.why,
    record.known, owner.kind, owner.agent_id
FROM intake_lead AS lead
LEFT JOIN LATERAL (
    SELECT kind, state, state_from, agent_id, why,
        CASE WHEN candidates @> '[{"pool": null}]'
            THEN jsonb_path_query_array(candidates, '$[*] ? (@.pool == null).agents[*]') END AS known
    FROM agents_assignment WHERE lead_id = lead.id ORDER BY assigned_at, id LIMIT 1
) AS record ON true
LEFT JOIN LATERAL (
    SELECT kind, agent_id FROM agents_assignment
    WHERE lead_id = lead.id AND assigned_at < %(until)s AND (agent_id IS NOT NULL OR kind = 'last_link')
    ORDER BY assigned_at, id LIMIT 1
) AS owner ON true
WHERE lead.received_at >= %(since)s AND lead.received_at < %(until)s
    AND (lead.received_at, lead.id) > (%(after_at)s, %(after_id)s)
ORDER BY lead.received_at, lead.id LIMIT %(most)s
"""
_COUNT: Final = """
SELECT count(*) FROM (SELECT 1 FROM intake_lead WHERE received_at >= %s AND received_at < %s LIMIT %s) AS found
"""


@dataclass(frozen=True, slots=True)
class Known:
    """An agent who worked with the person when the lead came; `lead_id` of the earlier lead, where it is recorded."""

    agent_id: int
    lead_id: int | None = None


@dataclass(frozen=True, slots=True)
class PastLead:
    """One lead. `touched_at` is NEVER where nobody has; `really` an owner's key (see agents.routing.course)."""

    id: int
    wanted: Wanted
    known: tuple[Known, ...]
    touched_at: datetime
    really: str


def count_leads(*, since: datetime, until: datetime, most: int) -> int:
    """How many leads came from `since` until before `until` (aware), counted no further than `most`."""
    ((count,),) = fetch_together(Query(_COUNT, (since, until, most)))[0]
    return int(count)


def past_leads(*, since: datetime, until: datetime, lines: dict[str, str]) -> Iterator[PastLead | None]:
    """The leads from `since` until before `until` (aware) in the order they came; None for one that was not routed.

    `lines` tells a product's line of authority. A lead that was imported with an owner, or given by hand at once, was
    not routed. Read in batches, so that memory holds one of them.
    """
    after: tuple[datetime, int] = (since, 0)
    while True:
        params = {
            "since": since, "until": until, "after_at": after[0], "after_id": after[1], "most": BATCH,
        }  # fmt: skip
        (rows,) = fetch_together(Query(_PAST, params))
        for row in rows:
            yield _past_lead(row, lines)
        if len(rows) < BATCH:
            return
        after = (rows[-1][1], rows[-1][0])


def _past_lead(row: Row, lines: dict[str, str]) -> PastLead | None:
    pk, at, source, vendor, interest, language, preferred, status, touched_at, kind = row[:10]
    state, state_from, agent, why, turned_away, owner_kind, owner = row[10:]
    if kind not in _ROUTED:
        return None
    wanted = Wanted(
        source_id=source, vendor_id=vendor, interest=interest, line=lines.get(interest, ""), state=state,
        state_from=state_from, language=language_of({"language": language, "preferred_language": preferred}),
        now=at, today=at.astimezone(settings.AGENCY_ZONE).date(),
    )  # fmt: skip
    return PastLead(
        pk, wanted, _known(kind, agent, why, turned_away), _touched(status, touched_at, at),
        f"a{owner}" if owner else "u" if owner_kind else "",
    )  # fmt: skip


def _known(kind: str, agent: int | None, why: str, turned_away: list[Any] | None) -> tuple[Known, ...]:
    """Those turned away then, and the one who got it for knowing the person."""
    known = [Known(int(each)) for each in turned_away or ()]
    if kind == AssignmentKind.STICKY and agent is not None:
        earlier = _EARLIER.search(why)
        known.append(Known(agent, int(earlier[1]) if earlier else None))
    return tuple(known)


def _touched(status: str, touched_at: datetime | None, at: datetime) -> datetime:
    """When a lead no longer counts as untouched. One that left “new” without a touch (a return) never counted long."""
    if touched_at is not None:
        return touched_at
    return NEVER if status == LeadStatus.NEW else at
