"""The certificate's part of asking before acceptance: what to ask for the check `certificate`."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from compliance.certificates import asking
from compliance.certificates.services import is_on
from compliance.checks.certificate import NAME, CertificateParams, tokens_of
from compliance.clients.certificate import Found
from compliance.clients.certificate import Question as Asked
from compliance.consultant import Question
from compliance.models import AnswerOutcome, Provider, Purpose
from intake.post import Post

__all__ = ["NAME", "questions", "wanted"]

# A vendor waits meanwhile, and a thread of the web process with it.
MOST_MS = 10_000


def wanted(params: CertificateParams) -> bool:
    """True when the source wants its certificates matched before acceptance."""
    return params.require_match


def questions(post: Post, params: CertificateParams) -> Sequence[Question]:
    """One for each certificate that the post carries and that is to be asked about. A query or two."""
    found = []
    for provider, token in tokens_of(post, params).items():
        asked = _asked(post, token)
        seconds = min(params.budget_ms, MOST_MS) / 1000
        found.append(
            Question(
                seconds=seconds,
                ask=partial(asking.match, provider, asked, seconds=seconds),
                unanswered=partial(_unanswered, provider, seconds),
                keep=partial(_keep, post, asked),
                held=_held(provider, asked, post),
            )
        )
    return found


def _asked(post: Post, token: str) -> Asked:
    values = post.fields
    return Asked(
        token=token, phone=values["phone"].e164, email=values.get("email", ""),
        first_name=values.get("first_name", ""), last_name=values.get("last_name", ""),
        vendor=post.source.source.vendor.name,
    )  # fmt: skip


def _held(provider: Provider, asked: Asked, post: Post) -> Found | None:
    if not is_on(provider):
        return Found(provider, AnswerOutcome.UNKNOWN, reason="no_key_is_set")
    return asking.held(provider, asked.token, asked.phone, post.now)


def _unanswered(provider: Provider, seconds: float) -> Found:
    return Found(provider, AnswerOutcome.UNKNOWN, reason="timeout", ms=seconds * 1000)


def _keep(post: Post, asked: Asked, answer: Any) -> None:
    asking.record(
        answer, question=asked, purpose=Purpose.MATCH, asked_at=post.now, submission_id=post.submission.pk
    ).save(force_insert=True)
