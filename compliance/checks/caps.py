"""Has the source delivered as much as it may in this hour, day, month?"""

from datetime import datetime

from compliance.check import Check, CheckInput, NoParams, Verdict
from intake.post import Reason


class Caps(Check):
    """Refuse what would go over a cap (cap_reached), with the seconds until the last of the full ones opens again."""

    name = "caps"
    label = "Caps"
    of_ping = True
    needs_facts = True
    Params = NoParams

    def run(self, given: CheckInput[NoParams]) -> Verdict:
        """The usage was read without a lock; compliance.caps makes sure that the last place is taken once."""
        if given.post.terms is not None and given.post.terms.holds:
            return Verdict.passed("its place was held by its ping")
        full = [usage for usage in given.facts.caps if not usage.has_room(given.post.price)]
        if not full:
            return Verdict.passed()
        opens: datetime = max(usage.next_start for usage in full)
        seconds = max(1, int((opens - given.now).total_seconds()))
        return Verdict.stopped(
            Reason("cap_reached", "The cap of this source is reached.", retry_after=seconds),
            detail=", ".join(f"{usage.used} of {usage.cap}" for usage in full),
        )


check = Caps()
