"""What a check is: a module of compliance/checks with a `check` object of this shape.

A check looks at one frozen CheckInput and returns a Verdict. It writes nothing, asks no clock and opens no
connection: everything it may look at is in its input.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, Literal, Protocol, TypeVar

from intake.post import Post, Reason

VerdictOutcome = Literal["pass", "stop", "unknown", "off"]
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found. `reasons` are told to the vendor, `detail` only to the agency."""

    outcome: VerdictOutcome
    reasons: tuple[Reason, ...] = ()
    detail: str = ""

    @classmethod
    def passed(cls, detail: str = "") -> "Verdict":
        """Nothing against the lead."""
        return cls("pass", (), detail)

    @classmethod
    def stopped(cls, *reasons: Reason, detail: str = "") -> "Verdict":
        """Refuse the lead for `reasons`, all that this check found."""
        return cls("stop", reasons, detail)

    @classmethod
    def unknown(cls, why: str) -> "Verdict":
        """The check cannot know; what follows is a setting (by default the post is refused)."""
        return cls("unknown", (Reason("check_unavailable", "A required check is not available now."),), why)


@dataclass(frozen=True, slots=True)
class ListAnswer:
    """What one do-not-call list says of the phone."""

    code: str
    kind: str
    state: Literal["listed", "clear", "unknown"]
    why: str = ""
    version_id: int | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database knows of the person, read in one statement under the person's lock."""

    duplicate: "Earlier | None" = None
    suppressed: str = ""  # kind of the suppression that matches: internal, litigator, or empty
    lists: tuple[ListAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier lead of the same person, and how it matched."""

    lead_id: int
    received_at: datetime
    owner_id: int | None
    status: str
    matched: str  # "phone", "email", "phone and email"


@dataclass(frozen=True, slots=True)
class CheckInput(Generic[P]):
    """Everything a check may look at."""

    post: Post
    params: P
    now: datetime
    facts: Facts = field(default_factory=Facts)

    @property
    def fields(self) -> Mapping[str, Any]:
        """The clean canonical values of the post."""
        return self.post.fields

    @property
    def price(self) -> Decimal:
        """The price the lead would be bought at."""
        return self.post.price


class Check(Protocol):
    """One check. `Params` is a frozen dataclass whose defaults are the agency's defaults in code."""

    name: str
    label: str
    Params: type[Any]

    def run(self, given: CheckInput[Any]) -> Verdict:
        """Look at `given` and say what was found."""
        ...
