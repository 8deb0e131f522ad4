"""Outside services: which are on, and which are off for want of a key."""

from django.urls import reverse

from compliance.certificates.services import services as certificate_services
from compliance.desk.section import Section, Span
from compliance.models import ScrubService
from compliance.scrubs import CLIENTS
from leadcrm.lib.admin.words import badge


def services(span: Span) -> Section:
    """Every service there is a client for. Reads settings only."""
    found = [(str(each.provider.label), each.on, "Keeps certificates") for each in certificate_services()]
    found += [(str(each.label), CLIENTS[each].is_on(), "Scrubs phones") for each in ScrubService]
    on = sum(1 for _, is_on, _ in found if is_on)
    return Section(
        key="services",
        title="Outside services",
        figure=f"{on}",
        says=f"of {len(found)} on. What is off is never taken for clear.",
        head=("Service", "", "Does"),
        rows=[
            (name, badge("on", "good") if is_on else badge("off", "plain"), does)
            for name, is_on, does in found
        ],
        url=reverse("admin:compliance_checksetting_changelist"),
        link="Which source asks them",
    )
