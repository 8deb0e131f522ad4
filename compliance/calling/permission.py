"""The answer to “may I contact this person now?”: plain values, and how they stand in a record."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

# Every reason there is, with what it means for people who read a list of codes.
REASONS: Final = {
    "hours": "Outside the hours the rules leave open",
    "closed_day": "No calls on this day of the week",
    "holiday": "No calls on a legal holiday",
    "emergency": "An emergency is declared",
    "attempts": "Contacted as often as allowed in 24 hours",
    "zone_unknown": "Nobody can tell what time it is there",
    "revoked": "Asked us to stop",
    "opted_out": "Asked not to be contacted",
    "litigator": "Known litigator",
    "dnc_listed": "On a do-not-call list",
    "became_listed": "On a do-not-call list since the lead was bought",
    "list_stale": "A do-not-call list is out of date",
    "list_unknown": "A do-not-call list cannot tell",
    "scrub_listed": "Listed by a scrub service",
    "reassigned": "The number may belong to somebody else since the consent",
    "no_consent": "Did not consent",
    "consent_expired": "The consent is too old",
    "unlicensed": "The agent holds no license there",
}
# What is said beside an answer and stops nothing.
WARNINGS: Final = {
    "rule_unconfirmed": "A rule used here is not confirmed",
    "list_not_set_up": "A do-not-call list was never set up",
    "exempt": "Listed, but an exemption permits it",
    "consent_missing": "No consent is on record",
    "checklist": "To be seen to",
    "zone_doubtful": "More than one time zone is possible",
    "zone_confirmed": "The time zone was confirmed by a person",
    "dialled_before": "Dialled when it was allowed",
}


@dataclass(frozen=True, slots=True)
class Why:
    """One reason or warning. `opens_at`: when this one no longer holds, where time alone ends it. `rules`: the rows."""

    code: str
    text: str
    opens_at: datetime | None = None
    rules: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a number may be contacted at a moment, and all of why.

    `opens_at`: the first moment at which nothing that we know of stands against it, within 14 days; None when only a
    person can change that (or it is open now). `closes_at`: until when it is open. `zone` is the likeliest clock
    ("" for none), `local` the moment on it. `rules`: (id, version) of the CallingRule rows; `lists` what
    each do-not-call list said, as in a decision's record; `given` what else the answer stands on.
    """

    allowed: bool
    phone: str
    channel: str
    reasons: tuple[Why, ...]
    warnings: tuple[Why, ...]
    opens_at: datetime | None
    closes_at: datetime | None
    zone: str
    zones: tuple[str, ...]
    states: tuple[str, ...]
    local: datetime | None
    rules: tuple[tuple[int, int], ...]
    lists: tuple[dict[str, Any], ...]
    given: dict[str, Any]

    @property
    def codes(self) -> tuple[str, ...]:
        """The reasons' codes, in order."""
        return tuple(why.code for why in self.reasons)

    def there(self, moment: datetime | None) -> datetime | None:
        """A moment on the called party's likeliest clock."""
        return moment.astimezone(ZoneInfo(self.zone)) if moment and self.zone else moment


def as_records(whys: Iterable[Why]) -> list[dict[str, Any]]:
    """Reasons or warnings as JSON."""
    return [
        {
            "code": why.code, "text": why.text,
            "opens_at": why.opens_at.isoformat() if why.opens_at else None,
            "rules": [list(rule) for rule in why.rules],
        }
        for why in whys
    ]  # fmt: skip


def read_records(records: Iterable[dict[str, Any]]) -> tuple[Why, ...]:
    """What `as_records` wrote."""
    return tuple(
        Why(
            code=record["code"],
            text=record["text"],
            opens_at=datetime.fromisoformat(record["opens_at"]) if record["opens_at"] else None,
            rules=tuple((rule[0], rule[1]) for rule in record["rules"]),
        )
        for record in records
    )
