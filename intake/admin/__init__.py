"""Managers' pages for vendors, their contracts and keys, the intake log and leads.

Rooms behind this one add to these desks what they know: checks and caps (compliance), owners (agents).
"""

import intake.admin.help  # noqa: F401 - says what fields are for
from intake.admin import bulk  # noqa: F401 - puts acts on many rows into the desks
from intake.admin.credits import PAGE as CREDITS
from intake.admin.imports import LeadImportDesk
from intake.admin.keys import ApiKeyDesk
from intake.admin.leads import LeadDesk
from intake.admin.pings import PingDesk
from intake.admin.return_candidates import ReturnCandidateDesk
from intake.admin.returns import ReturnDesk
from intake.admin.sources import SourceDesk
from intake.admin.submissions import SubmissionDesk
from intake.admin.vendors import VendorDesk, VerticalDesk
from intake.admin.webhooks import WebhookDeliveryDesk, WebhookEndpointDesk

__all__ = [
    "CREDITS", "ApiKeyDesk", "LeadDesk", "LeadImportDesk", "PingDesk", "ReturnCandidateDesk", "ReturnDesk",
    "SourceDesk", "SubmissionDesk", "VendorDesk", "VerticalDesk", "WebhookDeliveryDesk", "WebhookEndpointDesk",
]  # fmt: skip
