"""What a check is: a module of compliance/checks with a `check` object of this shape.

A check looks at one frozen CheckInput and returns a Verdict. It writes nothing, asks no clock and opens no
connection: everything it may look at is in its input.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Generic, Literal, TypeVar

from compliance.dnc.answers import Answer
from compliance.models import Cap, CapUnit
from compliance.routing import KnownPerson
from intake.post import Post, Reason

VerdictOutcome = Literal["pass", "stop", "unknown"]
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found. `reasons` are told to the vendor; `detail`, for people, only to the agency.

    `record`: more fields for the check's record in the decision, for programs. JSON values; never told to a vendor.
    """

    outcome: VerdictOutcome
    reasons: tuple[Reason, ...] = ()
    detail: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def passed(cls, detail: str = "") -> "Verdict":
        """Nothing against the lead."""
        return cls("pass", (), detail)

    @classmethod
    def stopped(cls, *reasons: Reason, detail: str = "") -> "Verdict":
        """Refuse the lead for `reasons`, all that this check found."""
        return cls("stop", reasons, detail)

    @classmethod
    def of(cls, reasons: list[Reason], detail: str = "") -> "Verdict":
        """Stopped if there is a reason, else passed."""
        return cls.stopped(*reasons, detail=detail) if reasons else cls.passed(detail)

    @classmethod
    def unknown(cls, why: str) -> "Verdict":
        """The check cannot know; what follows is a setting (by default the post is refused)."""
        return cls("unknown", (Reason("check_unavailable", "A required check is not available now."),), why)


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier lead of the same person, and by what it matched: phone, email, or both."""

    lead_id: int
    received_at: datetime
    status: str
    matched: str


@dataclass(frozen=True, slots=True)
class CapUsage:
    """How far one cap of the source is used in the running period, and when the next begins."""

    cap: Cap
    period_start: datetime
    next_start: datetime
    used: Decimal

    def step(self, price: Decimal) -> Decimal:
        """What one lead of `price` counts for."""
        return Decimal(1) if self.cap.unit == CapUnit.LEADS else price

    def has_room(self, price: Decimal) -> bool:
        """True when one more lead of `price` fits."""
        return self.used + self.step(price) <= self.cap.limit


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database knows, read under the person's lock."""

    earlier: Earlier | None = None
    known: tuple[KnownPerson, ...] = ()
    suppressed: frozenset[str] = frozenset()  # kinds of the agency's own list: internal, litigator
    lists: tuple[Answer, ...] = ()
    caps: tuple[CapUsage, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckInput(Generic[P]):
    """Everything a check may look at. `now` is aware, `local` the same moment in the agency's zone."""

    post: Post
    params: P
    now: datetime
    local: datetime
    facts: Facts = field(default_factory=Facts)


class Check(ABC):
    """One check. `Params` is a frozen dataclass whose defaults are the code's defaults."""

    name: ClassVar[str]
    label: ClassVar[str]
    needs_facts: ClassVar[bool] = False
    # Asked of pings too, which carry no contact data; of those that `needs_person`, by hashes alone.
    of_ping: ClassVar[bool] = False
    needs_person: ClassVar[bool] = False
    # Asked of the moment the post arrived, also where a person approves it hours later: the vendor was in time.
    of_arrival: ClassVar[bool] = False
    # For a check without which there is nothing to make a lead of.
    always_enforced: ClassVar[bool] = False
    Params: ClassVar[type[Any]]

    def concerns(self, post: Post) -> bool:
        """False for a post that the check has nothing to do with: it leaves no line in the record then."""
        return self.of_ping or not post.is_ping

    @abstractmethod
    def run(self, given: CheckInput[Any]) -> Verdict:
        """Look at `given` and say what was found."""


@dataclass(frozen=True, slots=True)
class NoParams:
    """For checks that have nothing to set."""


def setting(default: Any, label: str, help_text: str = "") -> Any:
    """A dataclass field of Params with the words the admin shows for it."""
    words = {"label": label, "help": help_text}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=words)
    return field(default=default, metadata=words)
