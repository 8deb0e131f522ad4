"""The order of the checks, in one place: cheap and certain first, money last (wire-contract section 5).

A new check is a module of compliance/checks and a line here. Who gets the lead is asked after all of them.
"""

from typing import Final

from compliance.check import Check
from compliance.checks import (
    caps,
    certificate,
    consent,
    duplicate,
    fields,
    filters,
    lead_age,
    ping,
    price,
    scrub_service,
    source_open,
    suppression,
)

CHECKS: Final[tuple[Check, ...]] = (
    source_open.check,
    fields.check,
    ping.check,
    consent.check,
    duplicate.check,
    filters.check,
    lead_age.check,
    price.check,
    certificate.check,
    suppression.check,
    scrub_service.check,
    caps.check,
)
