"""When two lines of a file are one person: the duplicate check, asked of leads that are not there yet."""

from dataclasses import dataclass
from typing import Literal

from compliance.checks import duplicate
from compliance.models import CheckMode
from compliance.policy import POLICIES


@dataclass(frozen=True, slots=True)
class SamePerson:
    """By what two leads are one person's, and what becomes of the second: `holds` for review, else it is refused."""

    match: Literal["phone", "email", "any", "all"]
    holds: bool


def same_person_of(*, source_id: int, config_version: int) -> SamePerson | None:
    """The source's duplicate check as it would look at a lead that was just bought, open and the source's own.

    None where it would let the second pass: it is off, only records, or looks at neither a window nor open leads.
    Raises BadParams where the check's settings cannot be meant.
    """
    checks = POLICIES.get(source_id, config_version).checks
    item = next(item for item in checks if item.check.name == duplicate.check.name)
    if item.mode not in (CheckMode.ENFORCE, CheckMode.REVIEW):
        return None
    if item.params.days <= 0 and not item.params.open_leads:
        return None
    return SamePerson(item.params.match, item.mode == CheckMode.REVIEW)
