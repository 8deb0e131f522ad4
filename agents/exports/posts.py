"""The columns of the exported intake log: what was decided, why and how fast. Never what was posted."""

from collections.abc import Sequence
from typing import Any, Final

from agents.exports.columns import Around, Column, Sheet, agency_moment, in_agency_time, utc_moment
from compliance.models import Decision
from intake.models import Submission, SubmissionState


def _reasons(post: Submission, around: Around) -> str:
    """Every reason of the last decision; of a post that was refused before the checks, its first."""
    return around.found["reasons"].get(post.pk) or post.reason


def _all_reasons(posts: Sequence[Submission]) -> dict[Any, str]:
    """By post: the codes of the last decision, each once."""
    rows = Decision.objects.filter(submission__in=[post.pk for post in posts]).order_by("decided_at", "pk")
    return {row.submission_id: "; ".join(_codes(row.checks)) for row in rows.only("submission", "checks")}


def _codes(checks: Any) -> list[str]:
    reasons = [
        reason.get("code", "")
        for check in (checks if isinstance(checks, list) else [])
        if isinstance(check, dict)
        for reason in check.get("reasons") or ()
    ]
    return [code for code in dict.fromkeys(reasons) if code]


COLUMNS: Final[tuple[Column[Submission], ...]] = (
    Column("id", "Post", lambda post, around: post.pk.hex),
    Column(
        "received_at", in_agency_time("Received"), lambda post, around: agency_moment(post.received_at),
        ("received_at",),
    ),
    Column(
        "received_utc", "Received (UTC)", lambda post, around: utc_moment(post.received_at), ("received_at",),
        usual=False,
    ),
    Column(
        "state", "State", lambda post, around: SubmissionState(post.state).label.partition(":")[0], ("state",)
    ),
    Column("reason", "First reason", lambda post, around: post.reason, ("reason",)),
    Column("reasons", "All reasons", _reasons, ("reason",), usual=False, look="reasons"),
    Column("vendor", "Vendor", lambda post, around: around.vendor_of.get(post.source_id, ""), ("source",)),
    Column("source", "Source", lambda post, around: around.sources.get(post.source_id, ""), ("source",)),
    Column("vendor_lead_id", "Vendor's lead id", lambda post, around: post.vendor_lead_id, ("vendor_lead_id",)),
    Column(
        "lead", "Lead", lambda post, around: f"A-{post.lead_number}" if post.lead_number else "", ("lead_number",)
    ),
    Column("price", "Price", lambda post, around: post.price, ("price",)),
    Column("ms", "Took (ms)", lambda post, around: round(post.processed_ms, 1), ("processed_ms",)),
    Column("test", "Test", lambda post, around: "test" if post.test else "", ("test",)),
    Column(
        "answer_status", "Answer's status", lambda post, around: post.answer_status or "", ("answer_status",),
        usual=False,
    ),
    Column("attempts", "Attempts", lambda post, around: post.attempts, ("attempts",), usual=False),
)  # fmt: skip

SHEET: Final = Sheet(COLUMNS, {"reasons": _all_reasons})
