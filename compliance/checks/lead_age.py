"""Is the lead fresh: how long ago did the consumer fill in the form."""

from dataclasses import dataclass
from datetime import timedelta

from compliance.check import Check, CheckInput, Verdict, setting
from intake.post import Reason


@dataclass(frozen=True, slots=True)
class LeadAgeParams:
    """How old a lead may be; without either limit any age is taken."""

    max_age_days: int | None = setting(None, "Oldest lead in days")
    max_age_minutes: int | None = setting(None, "Oldest lead in minutes", "For real-time contracts.")


class LeadAge(Check):
    """Refuse leads older than the source buys (lead_too_old). A post without a moment is as old as its arrival."""

    name = "lead_age"
    label = "Age of lead"
    of_ping = True
    of_arrival = True
    Params = LeadAgeParams

    def run(self, given: CheckInput[LeadAgeParams]) -> Verdict:
        """Measured from lead_created_at."""
        limits = [
            timedelta(**{unit: limit})
            for unit, limit in (
                ("days", given.params.max_age_days),
                ("minutes", given.params.max_age_minutes),
            )
            if limit is not None
        ]
        created = given.post.fields.get("lead_created_at")
        if not limits or created is None or given.now - created <= min(limits):
            return Verdict.passed()
        return Verdict.stopped(
            Reason("lead_too_old", "The lead is older than this source buys.", "lead_created_at")
        )


check = LeadAge()
