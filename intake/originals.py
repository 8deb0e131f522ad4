"""A post as it came: its body and query string are kept for evidence and re-runs only, and sealed in the database."""

from intake.models import Submission
from leadcrm.lib import sealing


def keep_as_it_came(submission: Submission, *, body: bytes, query: str) -> None:
    """Seal body and query string into the unsaved `submission`, for its present id."""
    submission.body = sealing.seal(body, place=_place(submission, "body"))
    submission.query = sealing.seal_text(query, place=_place(submission, "query"))


def body_of(submission: Submission) -> bytes:
    """The body as it came, less the key. Raises sealing.CannotOpen."""
    return sealing.unseal(bytes(submission.body), place=_place(submission, "body"))


def query_of(submission: Submission) -> str:
    """The query string as it came, less the key. Raises sealing.CannotOpen."""
    return sealing.unseal_text(submission.query, place=_place(submission, "query"))


def _place(submission: Submission, column: str) -> str:
    return f"intake_submission.{column}:{submission.pk.hex}"
