"""The last hour of posts by five minutes, by what became of them, and those that still wait for a decision."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from intake.models import Submission, SubmissionState
from intake.reasons import said
from leadcrm.lib.counts import up_to
from leadcrm.lib.db import Query, fetch_together

STEP: Final = timedelta(minutes=5)
STEPS: Final = 13
COUNTED: Final = 99
SOON: Final = timedelta(minutes=1)
# A decision is still to come. An unreadable post gets one only if somebody runs it again: it stands with the hour's.
WAITING: Final = (SubmissionState.WAITING, SubmissionState.FAILED, SubmissionState.HELD)
_LATER: Final = {
    SubmissionState.HELD: "Held for review", SubmissionState.FAILED: "Decision failed, tried again",
    SubmissionState.WAITING: "Waiting for a worker", SubmissionState.UNREADABLE: "Could not be read",
}  # fmt: skip

# One walk along submission_newest; what a test post came to is nobody's business here.
_HOUR: Final = """
SELECT floor(extract(epoch FROM received_at - %(since)s) / %(step)s)::int, state, reason, count(*)
FROM intake_submission WHERE received_at >= %(since)s AND received_at < %(until)s AND NOT test
GROUP BY 1, 2, 3
"""
# By submission_undecided, whose condition is repeated so that it is used.
_UNDECIDED: Final = """
SELECT asked.state, (SELECT count(*) FROM (SELECT 1 FROM intake_submission AS post WHERE post.state = asked.state
        AND post.state IN ('waiting', 'held', 'failed', 'unreadable') AND NOT post.test LIMIT %(most)s) AS these),
    (SELECT post.received_at FROM intake_submission AS post WHERE post.state = asked.state
        AND post.state IN ('waiting', 'held', 'failed', 'unreadable') AND NOT post.test
        ORDER BY post.received_at LIMIT 1)
FROM unnest(%(states)s::text[]) AS asked (state)
"""


@dataclass(frozen=True, slots=True)
class Step:
    """Five minutes from `begins_at`: how many posts came, and what became of them. `running`: not over yet."""

    begins_at: datetime
    accepted: int
    refused: int
    later: int
    running: bool

    @property
    def posts(self) -> int:
        """All of them."""
        return self.accepted + self.refused + self.later


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line below the total: posts of `state`, of refused ones those of `reason` (a code)."""

    state: str
    reason: str
    words: str
    count: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Posts in `state` that wait for their decision: how many (“99+” beyond COUNTED), and since when the oldest.

    `usual`: a worker will have them in a moment, as it has every background source's.
    """

    state: str
    words: str
    count: str
    oldest_at: datetime
    usual: bool


@dataclass(frozen=True, slots=True)
class Hour:
    """Live posts received from `since` until `until` (aware): whole steps, an hour and what runs of the next five."""

    since: datetime
    until: datetime
    steps: Sequence[Step]
    outcomes: Sequence[Outcome]
    waiting: Sequence[Waiting]

    @property
    def posts(self) -> int:
        """All that came."""
        return sum(step.posts for step in self.steps)

    @property
    def accepted(self) -> int:
        """Bought."""
        return sum(step.accepted for step in self.steps)

    @property
    def refused(self) -> int:
        """Refused, for whatever reason."""
        return sum(step.refused for step in self.steps)


def last_hour(*, now: datetime) -> Hour:
    """The posts of the hour before `now` (aware), test posts left out. One round trip.

    Steps begin at whole five minutes, so that figures and their links stand still between two arrivals.
    """
    running = now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)
    since, until = running - (STEPS - 1) * STEP, running + STEP
    rows, undecided = fetch_together(
        Query(_HOUR, {"since": since, "until": until, "step": STEP.total_seconds()}),
        Query(_UNDECIDED, {"states": [str(state) for state in WAITING], "most": COUNTED + 1}),
    )
    by_step: Counter[tuple[int, str]] = Counter()
    by_outcome: Counter[tuple[str, str]] = Counter()
    for step, state, reason, count in rows:
        by_step[step, state] += count
        by_outcome[state, reason if state == SubmissionState.REJECTED else ""] += count
    return Hour(
        since, until, [_step(since, number, by_step) for number in range(STEPS)], _outcomes(by_outcome),
        [
            Waiting(
                state, _LATER[SubmissionState(state)], up_to(COUNTED, count), oldest,
                usual=state == SubmissionState.WAITING and oldest > now - SOON,
            )
            for state, count, oldest in undecided if count
        ],
    )  # fmt: skip


def _step(since: datetime, number: int, found: Counter[tuple[int, str]]) -> Step:
    accepted = found[number, SubmissionState.ACCEPTED]
    refused = found[number, SubmissionState.REJECTED]
    later = sum(found[number, state] for state in _LATER)
    return Step(since + number * STEP, accepted, refused, later, running=number == STEPS - 1)


def _outcomes(found: Counter[tuple[str, str]]) -> list[Outcome]:
    """Refusals by how many they are, then what has no decision."""
    refused = [
        (reason, count) for (state, reason), count in found.items() if state == SubmissionState.REJECTED
    ]
    lines = [
        Outcome(SubmissionState.REJECTED, reason, said(reason), count)
        for reason, count in sorted(refused, key=lambda one: (-one[1], one[0]))
    ]
    return lines + [
        Outcome(state, "", words, found[state, ""]) for state, words in _LATER.items() if found[state, ""]
    ]


def newest_post() -> Submission | None:
    """The last live post that came, for a floor on which nothing happens."""
    return Submission.objects.filter(test=False).only("received_at").order_by("-received_at").first()
