"""The scrub services' part of asking before acceptance: what to ask for the check `scrub_service`."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from compliance.checks.scrub_service import NAME, ScrubServiceParams, phones_of
from compliance.consultant import Question
from compliance.scrubs import CLIENTS
from compliance.scrubs.asking import questions as ask
from intake.post import Post

# A vendor waits meanwhile, and many hang up after ten seconds.
MOST_MS: Final = 10_000

__all__ = ["NAME", "questions", "wanted"]


def wanted(params: ScrubServiceParams) -> bool:
    """True when the source has chosen a service."""
    return params.service != "none"


def questions(post: Post, params: ScrubServiceParams) -> Sequence[Question]:
    """One for each readable phone of the post. One query."""
    return ask(
        CLIENTS[params.service], list(phones_of(post)), seconds=min(max(params.budget_ms, 1), MOST_MS) / 1000,
        valid=timedelta(days=max(params.valid_days, 0)), now=post.now, submission_id=post.submission.pk,
    )  # fmt: skip
