"""Do we have this person already?"""

from dataclasses import dataclass
from typing import Literal

from compliance.check import Check, CheckInput, Verdict, setting
from intake.post import Reason


@dataclass(frozen=True, slots=True)
class DuplicateParams:
    """What makes two leads the same person's, and how far back one looks."""

    match: Literal["phone", "email", "any", "all"] = setting(
        "any", "Same person when", "phone, email, any of the two, or all (both)."
    )
    days: int = setting(30, "Window in days", "0 looks at open leads and clients only.")
    scope: Literal["source", "vendor", "agency"] = setting(
        "agency", "Among the leads of", "source, vendor or agency."
    )
    open_leads: bool = setting(True, "Also any open lead of the agency, however old")
    clients: bool = setting(True, "Also any client of the agency")


class Duplicate(Check):
    """Refuse a person the agency has. Which lead matched is told to the agency only."""

    name = "duplicate"
    label = "Duplicate"
    of_ping = True
    needs_person = True
    needs_facts = True
    Params = DuplicateParams

    def run(self, given: CheckInput[DuplicateParams]) -> Verdict:
        """The earlier lead was looked up under the person's lock (compliance.dedupe)."""
        earlier = given.facts.earlier
        if earlier is None:
            return Verdict.passed()
        field = "email" if earlier.matched == "email" else "phone"
        return Verdict.stopped(
            Reason("duplicate", "We have this person already.", field),
            detail=f"A-{earlier.lead_id} of {earlier.received_at:%Y-%m-%d %H:%M} UTC, {earlier.status}, "
            f"by {earlier.matched}",
        )


check = Duplicate()
