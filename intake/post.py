"""A post as the rooms behind intake see it: read, mapped, normalised, not yet decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from intake.models import Submission
from intake.sources import SourceConfig


class BadSettings(ValueError):
    """What a post is decided by cannot be read, so none can be decided. The message says which setting, for people."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a refusal, in the words of the contract (wire-contract section 5)."""

    code: str
    message: str
    field: str = ""
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One remark on a post that was taken: a field that was repaired, filled in or not known."""

    code: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person said of a post that was held: buy it although the checks `waived` object, or refuse it.

    `refusal` is the reason told to the vendor, None for an approval. `note` says why, for the agency only.
    """

    note: str
    waived: frozenset[str] = frozenset()
    refusal: Reason | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """One post, understood. `errors` are field errors; values in `fields` are clean and typed.

    `consulted` holds what outside services answered about it before its decision, by the name of the check that asks.
    `ruling` is there when a person has reviewed the post.
    """

    submission: Submission
    source: SourceConfig
    config_version: int
    now: datetime
    test: bool
    price: Decimal
    fields: Mapping[str, Any]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    unknown: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[Reason, ...] = ()
    notices: tuple[Notice, ...] = ()
    consulted: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    ruling: Ruling | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What the decision came to. `number` is the lead's, for an accepted post (a test post has one too).

    `wait_seconds` and `unavailable` are what a test ZIP asked the front door to act out.
    """

    outcome: Literal["accepted", "rejected", "held"]
    reasons: tuple[Reason, ...]
    number: int | None
    price: Decimal
    checks: tuple[dict[str, Any], ...] = ()
    wait_seconds: float = 0
    unavailable: bool = False
