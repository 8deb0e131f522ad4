"""The certificate rows of a lead that is bought, for the batch of its decision."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from compliance.certificates.services import is_on
from compliance.models import Certificate, CertificateState, Provider
from intake.models import ConsentRecord, Lead

# What nobody retains is deleted by TrustedForm three days after the form was filled in, by Jornaya after a year.
KEPT_UNRETAINED: Final = {
    Provider.TRUSTEDFORM: timedelta(hours=72),
    Provider.JORNAYA: timedelta(days=365),
}
# A lead's certificates are rung for at once; the sweep looks for those that no message told of.
UNRUNG: Final = timedelta(seconds=20)


def build_certificates(lead: Lead, consent: ConsentRecord, now: datetime) -> list[Certificate]:
    """A row for each certificate the lead carries; none for most. `now` is the moment of acceptance, aware.

    A consent of the future (the vendor's clock is ahead) counts as one of now.
    """
    carried = (
        (Provider.TRUSTEDFORM, consent.trustedform_cert_id),
        (Provider.JORNAYA, consent.jornaya_leadid),
    )
    given_at = min(consent.given_at, lead.received_at, now)
    return [
        Certificate(
            lead_id=lead.pk, provider=provider, token=token, accepted_at=now,
            state=CertificateState.WAITING if is_on(provider) else CertificateState.OFF,
            due_at=now + UNRUNG if is_on(provider) else None,
            vanishes_at=given_at + KEPT_UNRETAINED[provider],
        )
        for provider, token in carried
        if token
    ]  # fmt: skip


def want_ringing(certificates: Iterable[Certificate]) -> bool:
    """True when a worker has something to do for one of them."""
    return any(certificate.state == CertificateState.WAITING for certificate in certificates)
