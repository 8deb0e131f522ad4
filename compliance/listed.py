"""Leads that became listed after they were bought: who they are, for queues and pages."""

from collections.abc import Iterable
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from compliance.models import ListedLead
from intake.models import Lead

# As became_listed, for statements that call the lead so.
LISTED_SQL: Final = """
EXISTS (SELECT 1 FROM compliance_listedlead entry WHERE entry.lead_id = lead.id AND entry.cleared_at IS NULL)
"""


def became_listed(lead: str = "pk") -> Exists:
    """A condition on a query of leads (or, by `lead`, of rows that point at one): on a list since it was bought.

    Leads.filter(~became_listed()) are those that may stay in a queue. One probe of a small index a row.
    """
    return Exists(ListedLead.objects.filter(lead=OuterRef(lead), cleared_at__isnull=True))


def listed_leads(leads: QuerySet[Lead] | None = None) -> QuerySet[Lead]:
    """Of `leads` (all) those that stand on a list since they were bought."""
    return (Lead.objects.all() if leads is None else leads).filter(became_listed())


def listings_of(leads: Iterable[int]) -> dict[int, list[ListedLead]]:
    """The open entries of these leads (keys), by lead, with list and version; leads with none are left out."""
    found: dict[int, list[ListedLead]] = {}
    rows = ListedLead.objects.filter(lead__in=list(leads), cleared_at__isnull=True)
    for row in rows.select_related("dnc_list", "version").order_by("dnc_list__code", "pk"):
        found.setdefault(row.lead_id, []).append(row)
    return found
