"""What is asked of a scrub service and what any of them may answer: one shape for all."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any, ClassVar, Final
from urllib.parse import quote, quote_plus

from compliance.models import ScrubService, ScrubState
from leadcrm.lib import foreign, http

# Largest answer read; one about one number is far below a kilobyte.
MOST_BYTES: Final = 64 * 1024
# What is kept of an answer that is no JSON, and of a list of codes.
_EXCERPT: Final = 500
_MOST_CODES: Final = 20
_CODE_LENGTH: Final = 40


@dataclass(frozen=True, slots=True)
class Said:
    """What a service said of one number. `codes` are its own words; `why` tells of an unknown answer only."""

    state: ScrubState = ScrubState.UNKNOWN
    litigator: bool = False
    codes: tuple[str, ...] = ()
    why: str = ""
    http_status: int | None = None
    raw: Any = field(default_factory=dict)
    ms: float = 0.0


class Odd(Exception):
    """The answer cannot be taken as one; `why` says so in a word."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call. Whatever of it is a secret stands in `secrets` too."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    secrets: tuple[str, ...] = ()


class ScrubClient(ABC):
    """One service: how it is asked, and how its answer is read. A new service is a module with one of these."""

    service: ClassVar[ScrubService]

    @abstractmethod
    def is_on(self) -> bool:
        """True when there is a key."""

    @abstractmethod
    def call(self, digits: str) -> Call:
        """The call that asks about ten digits."""

    @abstractmethod
    def read(self, data: Any, digits: str) -> Said:
        """What the JSON of a 200 says of `digits`: listed or clear. Raises Odd for anything else."""

    def ask(self, digits: str, limits: http.Limits) -> Said:
        """Ask about ten digits. Whatever goes wrong is an unknown answer; nothing kept of it holds a key."""
        asked = self.call(digits)
        try:
            answer = http.call(
                asked.method, asked.url, headers=asked.headers, json=asked.json, form=asked.form,
                limits=replace(limits, size=MOST_BYTES),
            )  # fmt: skip
        except http.CallFailed as failure:
            return Said(why=failure.code, ms=failure.ms)
        body = foreign.without(
            answer.body, *(each for secret in asked.secrets for each in _spellings(secret))
        )
        base = Said(http_status=answer.status, ms=answer.ms)
        try:
            data = foreign.storable(http.Answer(answer.status, body).json())
        except (http.Unreadable, foreign.NotStorable):
            text = foreign.storable(body[:_EXCERPT].decode("utf-8", "replace"))
            return replace(base, raw={"text": text}, why=_why(answer.status) or "unreadable")
        return self._judge(data, digits, replace(base, raw=data))

    def _judge(self, data: Any, digits: str, base: Said) -> Said:
        if why := _why(base.http_status or 0):
            return replace(base, why=why)
        try:
            said = self.read(data, digits)
        except Odd as odd:
            return replace(base, why=odd.why)
        codes = tuple(code[:_CODE_LENGTH] for code in said.codes[:_MOST_CODES])
        return replace(base, state=said.state, litigator=said.litigator, codes=codes)


def _spellings(secret: str) -> tuple[str, ...]:
    """How a server may write a secret that it sends back: plain, as in an address, in JSON, in HTML."""
    in_json = json.dumps(secret)[1:-1]
    return (
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        in_json,
        in_json.replace("/", "\\/"),
        escape(secret),
    )


def _why(status: int) -> str:
    """Why an answer of this HTTP status is none; "" for a plain success."""
    known = {401: "key_refused", 402: "no_funds", 429: "rate_limited"}
    return "" if status == 200 else known.get(status, f"http_{status}")


def same_number(told: Any, digits: str) -> bool:
    """True unless the answer names another number than the one that was asked about."""
    if told in (None, ""):
        return True
    found = "".join(sign for sign in str(told) if sign.isdigit())
    return found in (digits, f"1{digits}")
