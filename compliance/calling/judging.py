"""The answer that follows from what is known. Pure: the same facts, rules and moment give the same answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from compliance.calling.facts import Asked, Facts
from compliance.calling.given import as_given
from compliance.calling.hours import Place, open_spans, span_at
from compliance.calling.permission import Permission, Why
from compliance.calling.rules import Book, RuleCard, Span
from compliance.calling.standing import Exemption, objections, remarks
from compliance.calling.times import against_count, against_now, opening, rules_used
from compliance.calling.zones import EASTERN, ZONE_NAMES, clocks_of
from compliance.checks.suppression import as_records
from compliance.models import UnknownZone

# Nothing but time stands against a call that is refused for these alone.
TIMED: Final = frozenset({"hours", "closed_day", "holiday", "emergency", "attempts"})


@dataclass(frozen=True, slots=True)
class Clocks:
    """What rules and clocks say of one place at one moment, whoever is asked about there."""

    spans: Sequence[Span]
    rules: tuple[RuleCard, ...]
    against: Sequence[Why]
    opens_at: datetime | None

    @classmethod
    def of(cls, book: Book, place: Place, now: datetime) -> "Clocks":
        """Ask the rules of `book`."""
        spans = open_spans(book, place, now)
        return cls(
            spans,
            rules_used(book, place, now),
            against_now(book, place, spans, now) if place.zones else [],
            opening(book, place, spans, None, now),
        )


def judge_one(
    asked: Asked,
    facts: Facts,
    *,
    book: Book,
    exempt: Exemption | None,
    unlicensed: str,
    channel: str,
    now: datetime,
    clocks: dict[Place, Clocks] | None = None,
) -> Permission:
    """The answer for one number. `unlicensed`: why the agent may not sell there, "" where nothing says so.

    `clocks` remembers, for more questions of the same moment and book, what was found for a place.
    """
    place, doubts = place_of(asked, facts, book)
    known = None if clocks is None else clocks.get(place)
    if known is None:
        known = Clocks.of(book, place, now)
        if clocks is not None:
            clocks[place] = known
    spans, rules = known.spans, known.rules
    reasons = list(objections(asked, facts, channel=channel, policy=book.policy, exempt=exempt, now=now))
    if unlicensed:
        reasons.append(Why("unlicensed", unlicensed))
    reasons += known.against
    reasons += [why for why in doubts if why.code == "zone_unknown"]
    counted = against_count(rules, facts.attempts, place, now)
    reasons += [counted] if counted else []
    span = span_at(spans, now)
    timed = bool(reasons) and all(why.code in TIMED for why in reasons)
    zone = place.zones[0] if place.zones else ""
    return Permission(
        allowed=not reasons,
        phone=asked.phone,
        channel=str(channel),
        reasons=tuple(reasons),
        warnings=(
            *_warnings(asked, facts, book, rules, exempt, now),
            *(w for w in doubts if w.code != "zone_unknown"),
        ),
        opens_at=_opens_at(book, place, known, counted, now) if timed else None,
        closes_at=span[1] if span and not reasons else None,
        zone=zone,
        zones=place.zones,
        states=asked.states,
        local=now.astimezone(ZoneInfo(zone)) if zone else None,
        rules=tuple(rule.key for rule in rules),
        lists=tuple(as_records(facts.lists)),
        given=as_given(asked, facts, book, exempt, unlicensed, now),
    )


def _opens_at(book: Book, place: Place, known: Clocks, counted: Why | None, now: datetime) -> datetime | None:
    """When what stands against it is over: the clock, and the count of contacts where one does."""
    if counted is None or counted.opens_at is None:
        return known.opens_at
    return opening(book, place, known.spans, counted.opens_at, now)


def place_of(asked: Asked, facts: Facts, book: Book) -> tuple[Place, list[Why]]:
    """Whose clocks count, and what is doubtful about them."""
    if facts.zone and facts.zone[1]:
        zone = facts.zone[1]
        why = Why("zone_confirmed", f"{ZONE_NAMES.get(zone, zone)} time: confirmed by a person for this lead")
        return Place((zone,), asked.states), [why]
    clocks = clocks_of(phone=asked.phone, state=asked.state, zip5=asked.zip5)
    if not clocks.unplaced:
        doubts = []
        if len(clocks.zones) > 1:
            names = " and ".join(ZONE_NAMES.get(zone, zone) for zone in clocks.zones)
            doubts = [
                Why("zone_doubtful", f"It may be {names} time there: only hours right in each are open")
            ]
        return Place(clocks.zones, asked.states), doubts
    if book.policy.unknown_zone == UnknownZone.EASTERN:
        return Place(clocks.zones or (EASTERN,), asked.states, placeless=True), []
    text = "This number is of no place, so nobody can tell what time it is there: confirm the zone first"
    return Place(clocks.zones, asked.states), [Why("zone_unknown", text)]


def _warnings(
    asked: Asked, facts: Facts, book: Book, rules: Iterable[RuleCard], exempt: Exemption | None, now: datetime
) -> Iterable[Why]:
    yield from remarks(facts, exempt)
    unsure = [rule for rule in rules if rule.doubtful]
    if unsure:
        text = f"Not confirmed yet: the rule of {', '.join(dict.fromkeys(rule.state for rule in unsure))}"
        yield Why("rule_unconfirmed", text, rules=tuple(rule.key for rule in unsure))
    today = timezone.localdate(now)
    for point in book.checklist:
        if point.holds_on(today) and (not point.medicare or asked.interest in book.medicare):
            yield Why("checklist", point.says, rules=((point.id, point.version),))
