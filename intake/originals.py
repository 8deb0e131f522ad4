"""A post as it came: its body and query string are kept for evidence and re-runs only, and sealed in the database."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

from intake.models import Lead, Submission
from leadcrm.lib import sealing
from leadcrm.lib.sealing import CannotOpen


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


def why_withheld(submission: Submission) -> str:
    """What stands in place of a post as it came once its person was erased; "" before."""
    if not submission.body:
        return "Erased."
    bought = Lead.objects.filter(submission=submission, erased_at__isnull=False)
    return "Kept sealed as evidence: the person was erased." if bought.exists() else ""


def names_one_of(submission: Submission, phones: Sequence[str]) -> bool:
    """Whether one of `phones` (E.164) stands in the post as it came, in any notation. Raises sealing.CannotOpen."""
    digits = re.sub(rb"\D", b"", body_of(submission) + query_of(submission).encode())
    return any(phone[2:].encode() in digits for phone in phones)


def unbought_that_name(phones: Sequence[str]) -> Iterator[Submission]:
    """Posts that made no lead and name one of `phones` (E.164). Opens every one there is: a job of seconds.

    What does not open is passed over: without its key nobody can read it. They are blank after 90 days anyway.
    """
    for post in Submission.objects.filter(lead__isnull=True).exclude(body=b"").iterator(500):
        with suppress(CannotOpen):
            if names_one_of(post, phones):
                yield post


def _place(submission: Submission, column: str) -> str:
    return f"intake_submission.{column}:{submission.pk.hex}"
