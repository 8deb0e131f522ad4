"""Leads that became listed after they were bought: who they are, for queues and pages."""

from typing import Final

from django.db.models import Exists, OuterRef

from compliance.models import ListedLead

# As became_listed, for statements that call the lead so.
LISTED_SQL: Final = """
EXISTS (SELECT 1 FROM compliance_listedlead entry WHERE entry.lead_id = lead.id AND entry.cleared_at IS NULL)
"""


def became_listed(lead: str = "pk") -> Exists:
    """A condition on a query of leads (or, by `lead`, of rows that point at one): on a list since it was bought.

    Leads.filter(~became_listed()) are those that may stay in a queue. One probe of a small index a row.
    """
    return Exists(ListedLead.objects.filter(lead=OuterRef(lead), cleared_at__isnull=True))
