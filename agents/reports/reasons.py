"""Reason codes that belong together."""

from typing import Final

# Refusals that are about consent, by code.
CONSENT: Final = frozenset({"consent_missing", "consent_invalid", "consent_expired"})
# Refusals that are about people who must not be called.
SUPPRESSED: Final = frozenset({"suppressed_dnc", "suppressed_litigator", "suppressed_internal"})
