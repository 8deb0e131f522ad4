"""The answer to “may I call now?” in the few words of a badge, and as the JSON of a page that asks."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from agents.localtime import other_day
from compliance.calling import Permission, Why
from compliance.models import ContactChannel
from leadcrm.lib.clock import time_words

# Reasons that neither an hour nor an agent takes away: such a lead leaves the queue.
FOR_GOOD: Final = frozenset(
    (
        "revoked", "opted_out", "litigator", "dnc_listed", "became_listed", "scrub_listed", "reassigned",
        "no_consent", "consent_expired",
    )
)  # fmt: skip
SHORT: Final = {
    "revoked": "asked us to stop",
    "opted_out": "asked us to stop",
    "litigator": "known litigator",
    "dnc_listed": "on a do-not-call list",
    "became_listed": "on a do-not-call list since it was bought",
    "scrub_listed": "listed by a scrub service",
    "reassigned": "the number may have changed hands",
    "no_consent": "did not consent",
    "consent_expired": "the consent is too old",
    "list_stale": "a do-not-call list is out of date",
    "list_unknown": "a do-not-call list cannot tell",
    "unlicensed": "you hold no license there",
    "zone_unknown": "time zone unknown",
    "hours": "outside calling hours",
    "closed_day": "no calls today",
    "holiday": "no calls on this holiday",
    "emergency": "emergency declared",
    "attempts": "called often enough today",
}
# Warnings that make a yes less than plain.
_DOUBTS: Final = {
    "rule_unconfirmed": "rule unconfirmed",
    "zone_doubtful": "zone unsure",
    "list_not_set_up": "list missing",
}


@dataclass(frozen=True, slots=True)
class Look:
    """What a badge in a row shows: two that are equal look the same. Texts; `text` is empty beside `reasons`."""

    tone: str
    short: str
    text: str
    row_doubts: tuple[str, ...]
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallBadge:
    """A Permission for the eye. `number` names the phone in addresses: 1 or 2."""

    permission: Permission
    now: datetime
    number: int = 1
    # Made with the button: a double click asks once.
    request_id: UUID = field(default_factory=uuid4)

    @property
    def allowed(self) -> bool:
        """Whether it may be called now."""
        return self.permission.allowed

    @property
    def tone(self) -> str:
        """good: call; warn: later, or for a reason a person can change; bad: not at all."""
        if self.allowed:
            return "good"
        return "bad" if self.for_good else "warn"

    @property
    def verb(self) -> str:
        """What was asked for: Call or Text."""
        return str(ContactChannel(self.permission.channel).label)

    @property
    def for_good(self) -> bool:
        """True when neither an hour nor an agent changes it."""
        return not FOR_GOOD.isdisjoint(self.permission.codes)

    @property
    def short(self) -> str:
        """For a row, beside the consumer's time: “Until 8 PM”, “Opens Mon 8 AM”, “Do not call”."""
        if self.allowed:
            closes = self.permission.there(self.permission.closes_at)
            return f"Until {self._moment(closes, zone=False)}".replace(":00 ", " ") if closes else self.verb
        if self.permission.opens_at:
            opens = self._moment(self.permission.there(self.permission.opens_at), zone=False)
            return f"Opens {opens}".replace(":00 ", " ")
        if self.for_good:
            return f"Do not {self.verb.lower()}"
        why = self._first()
        return why[:1].upper() + why[1:]

    @property
    def text(self) -> str:
        """A whole statement: “Opens Mon 8:00 AM CST: Louisiana lets nobody call on a Sunday”."""
        if self.allowed:
            closes = self.permission.there(self.permission.closes_at)
            return f"{self.verb} until {self._moment(closes)}" if closes else f"{self.verb} now"
        if self.permission.opens_at:
            opens = self._moment(self.permission.there(self.permission.opens_at))
            return f"Opens {opens}: {self.permission.reasons[0].text}"
        return f"Do not {self.verb.lower()}: {self._first()}"

    @property
    def reasons(self) -> tuple[str, ...]:
        """The words of what stands against it."""
        return tuple(why.text for why in self.permission.reasons)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The words of what is said beside it."""
        return tuple(why.text for why in self.permission.warnings)

    @property
    def look(self) -> Look:
        """What a row shows of it."""
        reasons = self.reasons
        return Look(
            tone=self.tone, short=self.short, text="" if reasons else self.text, row_doubts=self.row_doubts,
            reasons=reasons, warnings=self.warnings,
        )  # fmt: skip

    @property
    def doubts(self) -> tuple[str, ...]:
        """Short words on what is not certain about the answer."""
        codes = dict.fromkeys(why.code for why in self.permission.warnings)
        return tuple(_DOUBTS[code] for code in codes if code in _DOUBTS)

    @property
    def row_doubts(self) -> tuple[str, ...]:
        """Those of `doubts` that are about this lead and not about the installation."""
        return tuple(word for word in self.doubts if word != _DOUBTS["list_not_set_up"])

    def _first(self) -> str:
        return SHORT.get(self.permission.codes[0], self.permission.reasons[0].text)

    def _moment(self, there: datetime | None, *, zone: bool = True) -> str:
        """8:00 PM CST; with the day where it is not today there and here, with the date from a week on."""
        if there is None:
            return ""
        clock = time_words(there) + (f" {there.tzname()}" if zone else "")
        day = other_day(there, self.now)
        if not day:
            return clock
        return f"{day}, {clock}" if day[-1].isdigit() else f"{day} {clock}"


def as_json(badge: CallBadge) -> dict[str, Any]:
    """What a page that asks is told. No name and no number of the consumer's."""
    asked = badge.permission
    return {
        "allowed": asked.allowed,
        "channel": asked.channel,
        "phone": badge.number,
        "text": badge.text,
        "tone": badge.tone,
        "reasons": [_why(why) for why in asked.reasons],
        "warnings": [_why(why) for why in asked.warnings],
        "opens_at": _iso(asked.opens_at),
        "closes_at": _iso(asked.closes_at),
        "zone": asked.zone,
        "zones": list(asked.zones),
        "states": list(asked.states),
        "local": _iso(asked.local),
        "rules": [{"id": key, "version": version} for key, version in asked.rules],
    }


def _why(why: Why) -> dict[str, Any]:
    return {"code": why.code, "text": why.text, "opens_at": _iso(why.opens_at)}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
