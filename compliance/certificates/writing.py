"""The certificate rows of a lead that is bought, for the batch of its decision."""

from datetime import datetime, timedelta
from typing import Final

from compliance.certificates.services import is_on
from compliance.models import Certificate, CertificateState, Provider
from intake.models import ConsentRecord, Lead
from leadcrm.lib.doorbell import Sparing

# What nobody retains is deleted by TrustedForm three days after the form was filled in, by Jornaya after a year.
KEPT_UNRETAINED: Final = {
    Provider.TRUSTEDFORM: timedelta(hours=72),
    Provider.JORNAYA: timedelta(days=365),
}
# When the sweep looks for a certificate that was rung for. One that was not is due at once.
_RUNG: Final = timedelta(seconds=20)
# Where many leads come in a second, ringing for each would cost more than the sweep that comes every five.
BELL: Final = Sparing(0.2)


def build_certificates(lead: Lead, consent: ConsentRecord, now: datetime, *, rung: bool) -> list[Certificate]:
    """A row for each certificate the lead carries. `now` is the moment of acceptance, aware; `rung`: a worker is told.

    A consent of the future (the vendor's clock is ahead) counts as one of now.
    """
    carried = (
        (Provider.TRUSTEDFORM, consent.trustedform_cert_id),
        (Provider.JORNAYA, consent.jornaya_leadid),
    )
    given_at = min(consent.given_at, lead.received_at, now)
    due_at = now + _RUNG if rung else now
    return [
        Certificate(
            lead_id=lead.pk, provider=provider, token=token, accepted_at=now,
            state=CertificateState.WAITING if is_on(provider) else CertificateState.OFF,
            due_at=due_at if is_on(provider) else None,
            vanishes_at=given_at + KEPT_UNRETAINED[provider],
        )
        for provider, token in carried
        if token
    ]  # fmt: skip


def want_ringing(consent: ConsentRecord) -> bool:
    """True when the lead carries something for a worker to do, and one should be told of it now."""
    carried = (
        (consent.trustedform_cert_id and is_on(Provider.TRUSTEDFORM))
        or (consent.jornaya_leadid and is_on(Provider.JORNAYA))
    )  # fmt: skip
    return bool(carried) and BELL.may_ring()
