"""Held posts: a manager approves or refuses them, and the vendor's “pending” becomes an answer."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from compliance.models import Decision, Review
from intake.models import Submission
from intake.post import Reason, Ruling
from intake.redecide import CannotRedecide, redecide
from leadcrm.models import User

# The reasons a person may give, in the contract's codes, with the words for the vendor.
REFUSALS: Final[Mapping[str, str]] = {
    "consent_missing": "A required proof of consent is missing.",
    "consent_invalid": "The proof of consent was not found to be good.",
    "consent_expired": "Consent is older than this source takes.",
    "duplicate": "We have this person already.",
    "filter_mismatch": "Outside what this source buys.",
    "lead_too_old": "The lead is older than this source buys.",
    "price_too_high": "The price is above what is agreed.",
    "suppressed_dnc": "The number is on a do-not-call list.",
    "suppressed_internal": "This person asked not to be contacted.",
    "suppressed_litigator": "Not bought.",
}


class CannotReview(ValueError):
    """The post cannot be approved or refused as asked; the message says why, for people."""


def approve_held(*, submission_id: UUID, by: User, note: str, now: datetime) -> Submission:
    """Decide a held post again without the checks that held it; the row is returned as it then stands.

    All other checks are asked anew at `now` (aware) and may refuse it: it may have become a duplicate, or listed.
    Whether the source was open and the lead fresh is asked of the moment it arrived. A check that did not object
    before may hold it again. `by` and `note` are kept for good. Raises CannotReview: not held (any more), no note.
    """
    waived = frozenset(held_by(_last_decision(submission_id)))
    return _rule(submission_id, by, Ruling(note=_written(note), waived=waived), now)


def refuse_held(*, submission_id: UUID, by: User, reason: str, note: str, now: datetime) -> Submission:
    """Refuse a held post for `reason`, a code of REFUSALS, which its vendor is told; the row as it then stands.

    `by` and `note` are kept for good, `now` is aware. Raises CannotReview: not held (any more), no such reason,
    no note.
    """
    if reason not in REFUSALS:
        raise CannotReview(f"“{reason}” is no reason that vendors know")
    refusal = Reason(reason, REFUSALS[reason])
    return _rule(submission_id, by, Ruling(note=_written(note), refusal=refusal), now)


def held_by(decision: Decision | None) -> list[str]:
    """The names of the checks that held a post, or were overruled before, as its decision's record tells."""
    records = [record for record in (decision.checks if decision else []) if isinstance(record, dict)]
    said = [record for record in records if record.get("held") or record.get("waived") is True]
    return [str(record["check"]) for record in said or _objecting(records)]


def why_held(decision: Decision | None) -> list[str]:
    """For people: each check that holds the post, by its first reason or detail."""
    names = set(held_by(decision))
    found = []
    for record in decision.checks if decision else []:
        if record.get("check") in names and not record.get("waived"):
            reasons = record.get("reasons") or [{}]
            found.append(record.get("detail") or reasons[0].get("message") or record["check"])
    return found


def newest_decisions(posts: Iterable[Submission]) -> dict[UUID, Decision]:
    """The last decision of each post. One query."""
    rows = Decision.objects.filter(submission__in=[post.pk for post in posts])
    return {row.submission_id: row for row in rows.order_by("submission_id", "-pk").distinct("submission_id")}


def _objecting(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of a decision made before records said which check held the post: every check that objected to it."""
    return [record for record in records if record.get("outcome") in ("stop", "unknown")]


def _last_decision(submission_id: UUID) -> Decision | None:
    return Decision.objects.filter(submission=submission_id).order_by("-pk").first()


def _written(note: str) -> str:
    note = note.strip()
    if not note:
        raise CannotReview("A note is needed: whoever reads this in years has nothing else to go by")
    return note[:500]


def _rule(submission_id: UUID, by: User, ruling: Ruling, now: datetime) -> Submission:
    try:
        return redecide(submission=Submission(pk=submission_id), actor=by, now=now, ruling=ruling)
    except CannotRedecide as refusal:
        review = Review.objects.filter(submission=submission_id).select_related("by").first()
        raise CannotReview(f"{review}: {refusal}" if review else str(refusal)) from None
