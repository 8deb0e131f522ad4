"""Are the fields there and readable."""

from compliance.check import Check, CheckInput, NoParams, Verdict


class Fields(Check):
    """Refuse posts with missing or unreadable fields: all of them at once, as the reading found them."""

    name = "fields"
    label = "Fields"
    of_ping = True
    always_enforced = True
    Params = NoParams

    def run(self, given: CheckInput[NoParams]) -> Verdict:
        """The errors were found while the post was read (intake.understanding)."""
        return Verdict.of(list(given.post.errors))


check = Fields()
