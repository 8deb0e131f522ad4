"""Which of an agent's leads each group of the queue asks for: one bounded walk along an index each, in one round trip.

The statements stand here as SQL and are prepared, since Django takes a millisecond to write such a query, and
PostgreSQL another to plan it, each time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from agents.models import FollowUp
from agents.outcomes import Playbook
from agents.wording import tries_made
from compliance.listed import LISTED_SQL
from compliance.models import STOPS_CALLS
from intake.models import Lead, LeadStatus
from leadcrm.lib.db import Query, Row, fetch_together
from leadcrm.models import User

STALE_AFTER: Final = timedelta(days=3)
UPCOMING_WITHIN: Final = timedelta(days=7)
# Read beyond the rows, for those that turn out to be blocked or to stand in another group. Each costs a question
# whether it may be called.
SPARE: Final = 12

# What a row shows; the rest of a lead (consent, attributes, what we did not know) stays where it is.
COLUMNS: Final = (
    "first_name", "last_name", "state", "zip", "age", "date_of_birth", "interest", "status", "status_at",
    "received_at", "attempts", "owner", "phone", "phone_2", "email",
)  # fmt: skip
# In the order of the models' fields, as from_db takes them.
_OF_LEAD: Final = tuple(f.attname for f in Lead._meta.concrete_fields if f.name in ("id", *COLUMNS))
_OF_PLAN: Final = tuple(
    f.attname for f in FollowUp._meta.concrete_fields if f.name in ("id", "lead", "kind", "due_at", "what")
)
_LEAD_SQL: Final = ", ".join(f"lead.{column}" for column in _OF_LEAD)
_PLAN_SQL: Final = ", ".join(f"plan.{column}" for column in _OF_PLAN)

# On the agency's own list, by the first number or the address: a cheap probe a row.
_ASKED_TO_STOP: Final = """
EXISTS (SELECT 1 FROM compliance_suppression s
    WHERE s.phone = lead.phone AND s.phone <> '' AND s.released_at IS NULL AND s.scope = ANY (%(scopes)s)
  UNION ALL SELECT 1 FROM compliance_suppression s
    WHERE s.email = lead.email AND s.email <> '' AND s.released_at IS NULL AND s.scope = ANY (%(scopes)s))
"""
_PLANNED: Final = "EXISTS (SELECT 1 FROM agents_followup p WHERE p.lead_id = lead.id AND p.done_at IS NULL)"
_QUIET: Final = """
lead.received_at <= %(cutoff)s AND lead.status_at <= %(cutoff)s AND lead.touched_at <= %(cutoff)s
AND NOT EXISTS (SELECT 1 FROM agents_communication said WHERE said.lead_id = lead.id AND said.at > %(cutoff)s)
"""
# Tried as often as the cadence of the lead's product says; where it says nothing, never.
_TRIED_OUT: Final = """
lead.touched_at IS NOT NULL AND lead.attempts >= nullif(coalesce((
    SELECT own.most FROM unnest(%(products)s::text[], %(tries)s::int[]) AS own (product, most)
    WHERE own.product = lead.interest), %(usual_tries)s::int), 0)
"""
# Of a file of old leads: they come last, never before those that wait for a first call.
_NEVER_CALLED: Final = "lead.backlog AND lead.touched_at IS NULL"
# Untouched since they arrived, newest first.
_NEW: Final = f"""
SELECT {_LEAD_SQL} FROM intake_lead AS lead
WHERE lead.owner_id = %(user)s AND lead.status = 'new' AND lead.touched_at IS NULL AND NOT lead.backlog
    AND NOT {_ASKED_TO_STOP}
ORDER BY lead.received_at DESC LIMIT %(most)s::int
"""  # noqa: S608 - texts of this module
# Touched, open, nothing planned: each status is one walk along the index of an owner's open leads.
_STALE: Final = """
(SELECT {columns} FROM intake_lead AS lead
WHERE lead.owner_id = %(user)s AND lead.status = '{status}' AND ({wanted}) AND NOT {planned} AND NOT {stopped}
ORDER BY lead.received_at DESC LIMIT %(most)s::int)
"""
# What the person is to do, soonest due first.
_DUE: Final = """
(SELECT '{key}', {plan}, {lead} FROM agents_followup AS plan JOIN intake_lead AS lead ON lead.id = plan.lead_id
WHERE plan.owner_id = %(user)s AND plan.done_at IS NULL AND {which}
ORDER BY plan.due_at, plan.id LIMIT %(most_{key})s::int)
"""
_WHICH: Final = {
    "due": "plan.kind IN ('promise', 'renewal') AND plan.due_at <= %(now)s",
    "reply": "plan.kind = 'reply' AND plan.due_at <= %(now)s",
    "cadence": "plan.kind = 'cadence' AND plan.due_at <= %(now)s",
    "upcoming": "plan.due_at > %(now)s AND plan.due_at <= %(soon)s",
}
# Open leads that became listed or whose person asked us to stop: one walk along the owner's open leads.
_BLOCKED: Final = f"""
SELECT {_LEAD_SQL} FROM intake_lead AS lead
WHERE lead.owner_id = %(user)s AND lead.status IN ('new', 'contacted', 'quoted') AND ({_ASKED_TO_STOP} OR {LISTED_SQL})
ORDER BY lead.received_at DESC LIMIT %(most)s::int
"""  # noqa: S608 - texts of this module
# Quoted first, then those who were reached, then those never reached.
_STALE_ORDER: Final = (LeadStatus.QUOTED, LeadStatus.CONTACTED, LeadStatus.NEW)
_ALL_STALE: Final = " UNION ALL ".join(
    _STALE.format(
        columns=_LEAD_SQL, status=status, planned=_PLANNED, stopped=_ASKED_TO_STOP,
        wanted=f"({_QUIET}) OR ({_TRIED_OUT}) OR ({_NEVER_CALLED})" if status == LeadStatus.NEW else _QUIET,
    )
    for status in _STALE_ORDER
)  # fmt: skip
_ALL_DUE: Final = " UNION ALL ".join(
    _DUE.format(key=key, plan=_PLAN_SQL, lead=_LEAD_SQL, which=which) for key, which in _WHICH.items()
)


@dataclass(frozen=True, slots=True)
class Found:
    """One lead that a group asks for: why, since or until when, and the follow-up that makes it due, if one does."""

    lead: Lead
    why: str
    when: datetime
    follow_up: FollowUp | None = None


def find_all(
    *, user: User, owners: set[int], limits: Mapping[str, int], book: Playbook, now: datetime
) -> dict[str, list[Found]]:
    """What each group (by its key, with the rows it shows) asks for of `user`'s leads, at `now`. One round trip.

    Each finds SPARE more than its limit and one, if there are; blocked ones one more. `owners`: whose leads `user`
    sees.
    """
    room = {key: limit + SPARE + 1 for key, limit in limits.items()}
    own = {code: book.most_tries(code) for code in book.cadence if code}
    asked: dict[str, Any] = {
        "user": user.pk, "now": now, "cutoff": now - STALE_AFTER, "soon": now + UPCOMING_WITHIN,
        "scopes": [str(scope) for scope in STOPS_CALLS],
        "products": list(own), "tries": list(own.values()), "usual_tries": book.most_tries(""),
        **{f"most_{key}": room[key] for key in _WHICH},
    }  # fmt: skip
    new, due, stale, blocked = fetch_together(
        Query(_NEW, asked | {"most": room["new"]}), Query(_ALL_DUE, asked),
        Query(_ALL_STALE, asked | {"most": room["stale"]}), Query(_BLOCKED, asked | {"most": limits["blocked"] + 1}),
    )  # fmt: skip
    return {
        "new": [Found(lead, "New and untouched", lead.received_at) for lead in map(_lead, new)],
        **_planned(due, owners),
        "stale": _stale(map(_lead, stale), room["stale"], book),
        "blocked": [Found(lead, "", lead.status_at) for lead in map(_lead, blocked)],
    }


def _lead(row: Sequence[Any]) -> Lead:
    return Lead.from_db("default", _OF_LEAD, row)


def _planned(rows: Iterable[Row], owners: set[int]) -> dict[str, list[Found]]:
    """What is due or will be. A lead that is no longer the reader's to see is its new owner's business.

    Who owns the lead is asked here and not in SQL, so that the walk along the index ends at the limit.
    """
    found: dict[str, list[Found]] = {key: [] for key in _WHICH}
    for key, *row in rows:
        plan = FollowUp.from_db("default", _OF_PLAN, row[: len(_OF_PLAN)])
        plan.lead = _lead(row[len(_OF_PLAN) :])
        if plan.lead.owner_id in owners:
            found[key].append(Found(plan.lead, plan.what, plan.due_at, plan))
    return found


def _stale(leads: Iterable[Lead], room: int, book: Playbook) -> list[Found]:
    """By _STALE_ORDER; of a later status at least one, so that it shows that there are more."""
    found: list[Found] = []
    leads = list(leads)
    for status in _STALE_ORDER:
        mine = [lead for lead in leads if lead.status == status]
        kept = mine[: max(room - len(found), 1)]
        found += [Found(lead, _why_stale(lead, status, book), lead.status_at) for lead in kept]
    return found


def _why_stale(lead: Lead, status: LeadStatus, book: Playbook) -> str:
    most = book.most_tries(lead.interest)
    if status == LeadStatus.NEW and 0 < most <= lead.attempts:
        return tries_made(lead.attempts)
    return f"{status.label}, nothing planned"
