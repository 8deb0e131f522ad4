"""A post as the rooms behind intake see it: read, mapped, normalised, not yet decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from intake.models import Submission
from intake.sources import SourceConfig
from leadcrm.lib.hashed import Hashed


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
class Terms:
    """What was promised to the post that names a ping, as far as the ping is good: its price, and a place.

    `places` are the caps' places that the ping took (see compliance.places); `holds`: they are still held.
    """

    ping_id: UUID
    price: Decimal
    rule: int | None
    expires_at: datetime
    places: tuple[Mapping[str, str], ...] = ()
    holds: bool = False


@dataclass(frozen=True, slots=True)
class FileTerms:
    """On which terms the leads of an import are taken (intake.models.LeadImport): what a post of the file is not asked.

    `price` None: as the contract says. `give` is an ImportGive; `backlog`: old leads, nobody is told of them.
    """

    import_id: int
    price: Decimal | None
    count_caps: bool
    give: str
    owner_id: int | None
    backlog: bool


@dataclass(frozen=True, slots=True)
class Post:
    """One post, understood. `errors` are field errors; values in `fields` are clean and typed.

    `consulted` holds what outside services answered about it before its decision, by the name of the check that asks.
    `ruling` is there when a person has reviewed the post. A post that names a ping has its `terms`, or `no_terms` say
    why not. `most` is what the contract pays at most, `price_rule` the line of its table that said so.

    A ping is such a post as well (`is_ping`), without contact data but for `hashes` (by `phone`, `email`); its
    `submission` is never saved.
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
    most: Decimal = Decimal(0)
    price_rule: int | None = None
    terms: Terms | None = None
    no_terms: tuple[Reason, ...] = ()
    is_ping: bool = False
    hashes: Mapping[str, Hashed] = field(default_factory=dict)
    file: FileTerms | None = None  # of a line of an import

    @property
    def is_backlog(self) -> bool:
        """True for a line of a file of old leads."""
        return self.file is not None and self.file.backlog


@dataclass(frozen=True, slots=True)
class Decided:
    """What the decision came to. `number` is the lead's, for an accepted post (a test post has one too).

    `wait_seconds` and `unavailable` are what a test ZIP asked the front door to act out. `places` are those that a
    ping took under the caps.
    """

    outcome: Literal["accepted", "rejected", "held"]
    reasons: tuple[Reason, ...]
    number: int | None
    price: Decimal
    checks: tuple[dict[str, Any], ...] = ()
    wait_seconds: float = 0
    unavailable: bool = False
    places: tuple[Mapping[str, str], ...] = ()
