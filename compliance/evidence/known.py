"""How what a check was told is found again, check by check, and what its line of the record says."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from compliance.checks import caps, certificate, duplicate, scrub_service, suppression
from compliance.evidence.past import Asked, Known, know_lists
from compliance.evidence.past_answers import Answered, know_certificates, know_scrubs
from compliance.evidence.past_caps import know_usage
from compliance.evidence.past_person import know_earlier
from intake.post import Post, Reason

# How the facts of a check are found again. A check that needs facts and is not here is taken from the record.
FACTS: Final[Mapping[str, Callable[[Asked], Known]]] = {
    duplicate.check.name: know_earlier,
    suppression.check.name: know_lists,
    caps.check.name: know_usage,
}
ANSWERS: Final[Mapping[str, Callable[[Post, Any, Mapping[str, Any]], Answered]]] = {
    certificate.check.name: know_certificates,
    scrub_service.check.name: know_scrubs,
}


def reasons_of(record: Mapping[str, Any]) -> list[Reason]:
    """The reasons of a check's line, without their words."""
    told = [(str(each.get("code", "")), str(each.get("field", ""))) for each in record.get("reasons") or ()]
    return [Reason(code, "", field) for code, field in told]
