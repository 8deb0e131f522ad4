"""Certificates for pages: a lead's, those at risk among many leads, and the words for each."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from compliance.certificates.services import is_on
from compliance.models import Certificate, CertificateState
from intake.models import Lead

_DAY = timedelta(days=1)


def certificates_of(lead: Lead) -> list[Certificate]:
    """The lead's certificates, by provider. One query."""
    return list(Certificate.objects.filter(lead=lead).order_by("-provider"))


def at_risk(leads: Iterable[Lead | int]) -> dict[int, Certificate]:
    """Lead number to the certificate that vanishes first of those still to be retained. One query.

    Certificates whose service is off are not among them: nothing is being done about them, and the service's own
    notice says so.
    """
    ids = [lead if isinstance(lead, int) else lead.pk for lead in leads]
    waiting = Certificate.objects.filter(lead_id__in=ids, state=CertificateState.WAITING)
    first: dict[int, Certificate] = {}
    for row in waiting.order_by("vanishes_at"):
        first.setdefault(row.lead_id, row)
    return first


def badge_of(certificate: Certificate, now: datetime) -> tuple[str, str]:
    """Words and level (good, warn, bad, plain) for a badge. `now` is aware."""
    if certificate.state == CertificateState.RETAINED:
        return "retained", "good"
    if certificate.state == CertificateState.LOST:
        return "lost", "bad"
    left = certificate.time_left(now)
    if certificate.state == CertificateState.OFF or not is_on(certificate.provider_of):
        return "service off: not retained", "warn"
    if left is None:
        return "evidence at risk", "warn"
    if not left:
        return "evidence at risk: may be gone", "bad"
    return f"evidence at risk: {in_words(left)} left", "bad" if left < _DAY else "warn"


def in_words(left: timedelta) -> str:
    """2 d 5 h, 71 h, 40 min: as exact as is of use."""
    minutes = int(left.total_seconds() // 60)
    if minutes >= 72 * 60:
        return f"{minutes // 1440} d {minutes % 1440 // 60} h"
    return f"{minutes // 60} h" if minutes >= 120 else f"{minutes} min"
