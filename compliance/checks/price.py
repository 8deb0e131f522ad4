"""Does the vendor ask more than the contract pays?"""

from compliance.check import Check, CheckInput, NoParams, Verdict
from intake.post import Reason
from intake.pricing import whole_cents


class Price(Check):
    """Refuse an asked price above the source's (price_too_high)."""

    name = "price"
    label = "Price"
    of_ping = True
    Params = NoParams

    def run(self, given: CheckInput[NoParams]) -> Verdict:
        """A post that asks nothing is bought at the contract's price, one that names a ping at the ping's."""
        asked, terms = given.post.fields.get("price"), given.post.terms
        if asked is not None and terms:
            asked = whole_cents(asked)  # as it was when the ping was priced
        if asked is not None and asked > (terms.price if terms else given.post.most):
            return Verdict.stopped(
                Reason("price_too_high", "The price asked is above the contract's.", "price")
            )
        return Verdict.passed()


check = Price()
