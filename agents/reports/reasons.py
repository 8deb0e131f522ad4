"""Reason codes in few words, for columns and rows."""

from typing import Final

# Refusals that are about consent, by code.
CONSENT: Final = frozenset({"consent_missing", "consent_invalid", "consent_expired"})
# Refusals that are about people who must not be called.
SUPPRESSED: Final = frozenset({"suppressed_dnc", "suppressed_litigator", "suppressed_internal"})
_SAID: Final = {
    "missing_field": "A required field is missing", "invalid_field": "A field cannot be read",
    "invalid_phone": "No dialable number", "invalid_email": "No possible e-mail address",
    "duplicate": "We had the person", "filter_mismatch": "Outside what the source buys",
    "suppressed_dnc": "On a do-not-call list", "suppressed_litigator": "Known litigator",
    "suppressed_internal": "Asked us not to call", "consent_missing": "Consent missing",
    "consent_invalid": "Consent unusable", "consent_expired": "Consent too old", "lead_too_old": "Lead too old",
    "cap_reached": "Cap reached", "closed": "Outside hours", "source_paused": "Source paused",
    "price_too_high": "Price too high", "no_agent": "No licensed agent free", "not_wanted": "Refused by a reviewer",
    "check_unavailable": "Could not be checked",
}  # fmt: skip


def said(code: str) -> str:
    """The reason in words; a code we have no words for as words."""
    return _SAID.get(code) or code.replace("_", " ").capitalize()
