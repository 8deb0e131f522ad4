"""Consent certificates of bought leads: written with the lead, retained in the background, watched until they are."""

from compliance.certificates.reading import at_risk, badge_of, certificates_of
from compliance.certificates.services import Service, is_on, services

__all__ = ["Service", "at_risk", "badge_of", "certificates_of", "is_on", "services"]
