"""Is the ping good that the post names: known, in time, and does the post say the same?"""

from compliance.check import Check, CheckInput, NoParams, Verdict
from intake.post import Post


class PingCheck(Check):
    """Refuse posts whose ping is unknown, over or said something else (ping_unknown, ping_expired, ping_mismatch)."""

    name = "ping"
    label = "Ping"
    always_enforced = True
    Params = NoParams

    def concerns(self, post: Post) -> bool:
        """A post without a ping is a direct post."""
        return not post.is_ping and (post.terms is not None or bool(post.no_terms))

    def run(self, given: CheckInput[NoParams]) -> Verdict:
        """The ping was read under its lock before the checks (intake.pings.terms); the record keeps its promise."""
        terms = given.post.terms
        if terms is None:
            return Verdict.of(list(given.post.no_terms))
        promised = {
            "ping": terms.ping_id.hex, "price": str(terms.price), "price_rule": terms.rule,
            "expires_at": terms.expires_at.isoformat(), "place": "held" if terms.holds else "none",
        }  # fmt: skip
        return Verdict("pass", record=promised)


check = PingCheck()
