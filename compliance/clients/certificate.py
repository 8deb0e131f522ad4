"""What is asked about a certificate, and what any of its services may answer: one shape for all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from compliance.models import AnswerOutcome, Provider
from leadcrm.lib import foreign, http

# Largest answer read; a certificate's is a few kilobytes.
MOST_BYTES: Final = 256 * 1024
# What is kept of an answer that is no JSON.
_EXCERPT: Final = 500
A_CENTURY: Final = 100 * 366 * 86_400


@dataclass(frozen=True, slots=True)
class Question:
    """One certificate and whose consent it should show. `reference` and `vendor` are noted by the service."""

    token: str
    phone: str  # E.164
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    reference: str = ""
    vendor: str = ""

    @property
    def digits(self) -> str:
        """The phone's ten digits."""
        return self.phone[-10:]


@dataclass(frozen=True, slots=True)
class Found:
    """One exchange: what it means, and what was read from it. None: the service did not say.

    `wordings` are the consent texts that the service saw on the page; `vanishes_at` is when it deletes a
    certificate that nobody retains, `expires_at` when it deletes the retained one.
    """

    provider: Provider
    outcome: AnswerOutcome
    reason: str = ""
    http_status: int | None = None
    ms: float = 0.0
    asked: Mapping[str, Any] = field(default_factory=dict)
    raw: Any = field(default_factory=dict)
    retained: bool = False
    expires_at: datetime | None = None
    vanishes_at: datetime | None = None
    phone_match: bool | None = None
    email_match: bool | None = None
    age_seconds: int | None = None
    wordings: tuple[str, ...] = ()
    bot: bool | None = None
    masked: bool | None = None
    opted_out: bool = False

    @property
    def is_ok(self) -> bool:
        """True when the service answered what it was asked."""
        return self.outcome == AnswerOutcome.OK


# (status, data, base) -> base filled in. Raises Odd.
Reader = Callable[[int, Any, Found], Found]


class Odd(Exception):
    """The answer's status is no success; it carries what that means for us."""

    def __init__(self, outcome: AnswerOutcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome, self.reason = outcome, reason


def exchange(
    provider: Provider, asked: Mapping[str, Any], call: Callable[[], http.Answer], read: Reader, *,
    secrets: tuple[str, ...],
) -> Found:  # fmt: skip
    """Make `call` and `read` its JSON; whatever goes wrong is a Found too. Nothing kept of it holds a secret."""
    base = Found(provider, AnswerOutcome.UNKNOWN, asked=asked)
    try:
        answer = call()
    except http.CallFailed as failure:
        return replace(base, reason=failure.code, ms=failure.ms)
    base = replace(base, http_status=answer.status, ms=answer.ms)
    body = foreign.without(answer.body, *secrets)
    raw = _parsed(body)
    if raw is None:
        raw = {"text": foreign.storable(body[:_EXCERPT].decode("utf-8", "replace"))}
    return interpret(read, _parsed(answer.body), replace(base, raw=raw))


def _parsed(body: bytes) -> Any:
    """The JSON of a body as it can be stored; None for what is none."""
    try:
        return foreign.storable(http.Answer(200, body).json())
    except (http.Unreadable, foreign.NotStorable):
        return None


def interpret(read: Reader, data: Any, base: Found) -> Found:
    """What `read` makes of an answer's JSON, one that came just now or one that was kept."""
    try:
        return read(base.http_status or 0, data, base)
    except Odd as odd:
        return replace(base, outcome=odd.outcome, reason=odd.reason)
