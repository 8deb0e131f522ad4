"""Evidence at risk: certificates that are not in our hands yet, those lost, and services that are off."""

from datetime import timedelta
from typing import Final

from django.urls import reverse

from compliance.admin.certificate_words import state_badge
from compliance.certificates import services
from compliance.desk.section import ROWS, Level, Section, Span
from compliance.models import Certificate, CertificateState
from leadcrm.lib.admin.words import link
from leadcrm.lib.counts import counted, up_to

LIMIT: Final = 1000
# A certificate is retained within seconds; before this it is no news.
YOUNG: Final = timedelta(minutes=10)


def evidence(span: Span) -> Section:
    """Those that vanish first on top; lost ones are counted over the days looked at."""
    waiting = Certificate.objects.filter(
        state=CertificateState.WAITING, accepted_at__lte=span.now - YOUNG
    )  # fmt: skip
    count = counted(waiting, LIMIT)
    lost = counted(Certificate.objects.filter(state=CertificateState.LOST, accepted_at__gt=span.since), LIMIT)
    off = [each.provider.label for each in services() if not each.on]
    first = waiting.select_related("lead").order_by("vanishes_at")[:ROWS]
    level: Level = "bad" if count else "warn" if lost or off else "good"
    return Section(
        key="evidence",
        title="Evidence at risk",
        figure=up_to(LIMIT, count),
        says=_sentence(count, lost, off, span),
        level=level,
        head=("Lead", "Certificate", "State"),
        rows=[(link(row.lead), row.get_provider_display(), state_badge(row)) for row in first],
        url=f"{reverse('admin:compliance_certificate_changelist')}" + ("?need=late" if count else ""),
        link="All certificates",
    )


def _sentence(count: int, lost: int, off: list[str], span: Span) -> str:
    parts = [
        f"{'certificate' if count == 1 else 'certificates'} not retained yet."
        if count
        else "Nothing waits to be retained."
    ]
    if lost:
        parts.append(f"{up_to(LIMIT, lost)} lost {span.words}.")
    if off:
        parts.append(f"Off, without a key: {' and '.join(off)}.")
    return " ".join(parts)
