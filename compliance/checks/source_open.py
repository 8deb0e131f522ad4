"""Does the source take posts now: not paused, inside its hours."""

from compliance.check import Check, CheckInput, NoParams, Verdict
from intake.models import SourceStatus
from intake.post import Reason


class SourceOpen(Check):
    """Refuse posts of a paused source (source_paused), and outside the source's hours (closed)."""

    name = "source_open"
    label = "Source open"
    of_ping = True
    of_arrival = True
    Params = NoParams

    def run(self, given: CheckInput[NoParams]) -> Verdict:
        """Pause first: it holds at any hour."""
        source = given.post.source
        if source.source.status == SourceStatus.PAUSED:
            return Verdict.stopped(Reason("source_paused", "This source is paused."))
        if not source.is_open_at(given.local):
            return Verdict.stopped(Reason("closed", "Outside the hours of this source."))
        return Verdict.passed()


check = SourceOpen()
