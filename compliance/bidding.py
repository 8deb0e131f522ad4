"""Would we buy such a lead, and at which price: the decision on a ping, by the checks that posts have.

Nothing is locked and nobody is assigned; an accepted ping takes a place under the caps, which its post then has.
"""

from dataclasses import dataclass
from typing import Literal

from compliance.caps import places_of
from compliance.check import Check
from compliance.checks import duplicate, suppression
from compliance.decision import Run, forced_by
from compliance.hashed_person import read_ping_facts
from compliance.policy import POLICIES
from intake.leads import build_bid
from intake.models import Lead
from intake.post import Decided, Post, Reason
from leadcrm.lib.batch import Batch


def decide_ping(*, post: Post, batch: Batch) -> Decided:
    """Decide the ping `post` and add the place it takes to `batch`, which the caller flushes in the same transaction.

    A test ping takes none. Raises LostRace where lapsed pings hold what it wants, and database errors.
    """
    run = PingRun(post, POLICIES.get(post.source.id, post.config_version), batch)
    forced = forced_by(post)
    reasons = run.checks() or run.route()
    if forced is not None:
        reasons = forced.reasons
    outcome: Literal["accepted", "rejected"] = "rejected" if reasons else "accepted"
    takes = outcome == "accepted" and not post.test
    if takes:
        run.take_place()
    return Decided(
        outcome=outcome,
        reasons=reasons,
        number=None,
        price=post.price,
        checks=tuple(run.records),
        wait_seconds=forced.wait_seconds if forced else 0,
        unavailable=bool(forced and forced.unavailable),
        places=places_of(run.facts.caps, post.price) if takes else (),
    )


@dataclass(slots=True)
class PingRun(Run):
    """One run through the checks that are asked of pings."""

    is_read: bool = False

    def why_not_asked(self, check: Check) -> str:
        """Who the person is, only hashes tell."""
        return "no hash of the phone or e-mail" if check.needs_person and not self.post.hashes else ""

    def read_facts(self) -> int:
        """Read once; a ping has no number."""
        if not self.is_read:
            params = {item.check.name: item.params for item in self.policy.checks}
            reopens = params[suppression.check.name].later_consent_reopens
            self.facts = read_ping_facts(
                self.post, params[duplicate.check.name], self.policy.caps, self.local,
                # Its post may bring a consent of this very moment: who can be bought by one is not refused yet.
                consented_at=self.post.now if reopens else None,
            )  # fmt: skip
            self.is_read = True
        return 0

    def lead_in_question(self) -> Lead:
        """What is known of it."""
        return build_bid(self.post)

    def route(self) -> tuple[Reason, ...]:
        """Asked where a post would be held for review, too: the bid is for the lead that is approved."""
        self.read_facts()
        self.hold = False
        return Run.route(self)  # a dataclass with slots is made anew, which super() does not know
