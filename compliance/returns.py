"""What this room knows of a lead that might go back to its vendor: lists it stands on since, and duplicates."""

from datetime import datetime
from typing import Any, Final

from django.db import connection

from compliance.checks.duplicate import DuplicateParams
from compliance.models import ListedLead
from compliance.models.dnc import ListKind
from compliance.policy import POLICIES, BadParams
from intake.models import CandidateGround, Lead, ReturnReason, ReturnTerm
from intake.returns.candidates import days_between, note_candidates
from leadcrm.lib.config import current_version

# A list tells of a reason by its kind; any other one is a do-not-call list.
REASONS: Final[dict[str, ReturnReason]] = {
    ListKind.LITIGATOR: ReturnReason.LITIGATOR,
    ListKind.REASSIGNED: ReturnReason.WRONG_NUMBER,
}

_BY_LIST: Final = """
    SELECT listed.lead_id, coalesce(ground.reason, %(otherwise)s) AS reason
    FROM compliance_listedlead listed
    JOIN compliance_dnclist list ON list.id = listed.dnc_list_id
    LEFT JOIN unnest(%(kinds)s::text[], %(reasons)s::text[]) AS ground (kind, reason) ON ground.kind = list.kind
    WHERE listed.found_at > %(now)s::timestamptz - interval '365 days'
"""
# Earlier leads of the same phone or e-mail, within the days in which the source calls them duplicates: two probes of
# an index that holds a number's, and an address's, leads newest first. An erased lead has neither.
_SAME: Final = """
    SELECT earlier.id, earlier.vendor_id, earlier.vendor_lead_id, '{same}' AS same
    FROM intake_lead earlier
    WHERE earlier.{same} = lead.{same} AND lead.{same} <> '' AND earlier.{same} <> '' AND {also}
        AND earlier.received_at < lead.received_at
        AND earlier.received_at > lead.received_at - rule.days * interval '1 day'
"""
_BY_PHONE: Final = _SAME.format(same="phone", also="true")
_BY_EMAIL: Final = _SAME.format(same="email", also="rule.by_email")
# The limits are what keeps the planner to those probes, one lead after the other.
_BY_DUPLICATE: Final = f"""
    SELECT lead.id AS lead_id, 'duplicate' AS reason
    FROM unnest(%(sources)s::bigint[], %(days)s::int[], %(by_email)s::bool[]) AS rule (source_id, days, by_email)
    JOIN intake_lead lead ON lead.source_id = rule.source_id
        AND lead.received_at >= %(since)s AND lead.received_at < %(until)s
    CROSS JOIN LATERAL (({_BY_PHONE} LIMIT 1) UNION ALL ({_BY_EMAIL} LIMIT 1) LIMIT 1) AS earlier
"""  # noqa: S608 - constants
_DUPLICATE_OF: Final = f"""
    SELECT found.vendor_id = lead.vendor_id, found.vendor_lead_id, found.same
    FROM intake_lead lead, (VALUES (%(days)s::int, %(by_email)s::bool)) AS rule (days, by_email),
        LATERAL ({_BY_PHONE} UNION ALL {_BY_EMAIL}) AS found
    WHERE lead.id = %(lead)s ORDER BY found.vendor_id = lead.vendor_id DESC, found.same DESC, found.id LIMIT 1
"""  # noqa: S608 - constants


def return_facts(*, lead: Lead) -> dict[str, Any]:
    """What speaks for a return, for the vendor of `lead` to read: `lists` it is on since, `duplicate` of what.

    Of an earlier lead the vendor's own id is told where it is that vendor's; of another vendor's nothing at all.
    """
    return {"lists": _lists(lead), **_duplicate(lead)}


def _lists(lead: Lead) -> list[dict[str, str]]:
    rows = ListedLead.objects.filter(lead=lead).select_related("dnc_list", "version").order_by("found_at")
    return [
        {
            "list": row.dnc_list.name,
            "kind": row.dnc_list.kind,
            "of": row.version.effective_on.isoformat(),
            "found_on": row.found_at.date().isoformat(),
        }
        for row in rows
    ]


def _duplicate(lead: Lead) -> dict[str, Any]:
    days, by_email = _window(lead.source_id, current_version())
    with connection.cursor() as cursor:
        cursor.execute(_DUPLICATE_OF, {"lead": lead.pk, "days": days, "by_email": by_email})
        found = cursor.fetchone()
    if found is None:
        return {}
    own, vendor_lead_id, same = found
    return {"duplicate": {"same": same, **({"of": vendor_lead_id} if own and vendor_lead_id else {})}}


def find_listed(*, now: datetime) -> int:
    """Note leads that stand on a list since they were bought, where their contract takes such leads back. How many."""
    params = {
        "now": now,
        "kinds": list(REASONS),
        "reasons": [reason.value for reason in REASONS.values()],
        "otherwise": ReturnReason.DNC_LISTED.value,
    }
    return note_candidates(found=_BY_LIST, params=params, ground=CandidateGround.LIST, now=now)


def find_duplicates(*, now: datetime, since: datetime) -> int:
    """Note leads that arrived from `since` on of a person who came before, where their contract takes duplicates back.

    How many. Day by day, each a statement of its own.
    """
    version = current_version()
    sources = list(
        ReturnTerm.objects.filter(reason=ReturnReason.DUPLICATE).values_list("source_id", flat=True)
    )
    rules = [_window(source, version) for source in sources]
    params = {
        "sources": sources,
        "days": [days for days, _ in rules],
        "by_email": [mail for _, mail in rules],
    }
    return sum(
        note_candidates(
            found=_BY_DUPLICATE, params={**params, "since": start, "until": end}, now=now,
            ground=CandidateGround.DUPLICATE,
        )
        for start, end in days_between(since, now)
        if sources
    )  # fmt: skip


def _window(source_id: int, version: int) -> tuple[int, bool]:
    """How far back the source's check looks, on or off, and whether the e-mail alone makes it the same person."""
    try:
        checks = POLICIES.get(source_id, version).checks
        params = next(each.params for each in checks if each.check.name == "duplicate")
    except BadParams:
        params = DuplicateParams()  # a setting that cannot be read: what the product ships
    return params.days, params.match in ("email", "any")
