"""May I call now? `may_contact` asks, `may_contact_many` asks for a whole queue; nothing is written."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from compliance import relationships
from compliance.calling.facts import Asked, Facts, Known, gather
from compliance.calling.hours import Place, open_spans, span_at
from compliance.calling.permission import Permission, Why
from compliance.calling.rules import BOOK, Book, RuleCard
from compliance.calling.standing import Exemption, by_consent, objections, remarks, wants_exemption
from compliance.calling.times import against_count, against_now, opening, rules_used
from compliance.calling.zones import EASTERN, ZONE_NAMES, clocks_of
from compliance.checks.suppression import as_records
from compliance.models import ContactChannel, UnknownZone
from intake.models import Lead
from leadcrm.lib.area_codes import area_code_state
from leadcrm.lib.pipeline import step
from leadcrm.models import User

# Nothing but time stands against a call that is refused for these alone.
TIMED: Final = frozenset({"hours", "closed_day", "holiday", "emergency", "attempts"})
_NEEDED: Final = ("phone", "phone_2", "email", "state", "zip", "interest")


class NotTheirNumber(ValueError):
    """The number is none of the lead's."""


def may_contact(*, lead: Lead, phone: str, user: User, channel: str, now: datetime) -> Permission:
    """Whether `user` may call or text `phone` (E.164, one of the lead's) at `now` (aware), with every reason.

    One round trip to the database, a second one only where an exemption may matter. Raises NotTheirNumber,
    ValueError for an unknown channel. Rules: compliance.md, section 5.
    """
    ContactChannel(channel)
    refuse_others_number(lead, phone)
    now = now.astimezone(UTC)  # clocks of one zone are subtracted as if they never changed
    asked = Asked.of(lead, phone)
    return judge(gather([asked], now=now), user=user, channel=channel, now=now)[asked]


def may_contact_many(
    *, leads: Iterable[Lead], user: User, channel: str, now: datetime
) -> dict[int, Permission]:
    """`may_contact` for the first number of each of `leads`, by the lead's key. Queries do not grow with their number.

    Leads may come with some columns deferred: what is needed is then read for all of them at once.
    """
    ContactChannel(channel)
    now = now.astimezone(UTC)
    leads = _whole(leads)
    asked = {lead.pk: Asked.of(lead, lead.phone) for lead in leads}
    found = judge(gather(asked.values(), now=now), user=user, channel=channel, now=now)
    return {key: found[each] for key, each in asked.items()}


def refuse_others_number(lead: Lead, phone: str) -> None:
    """Raise NotTheirNumber unless `phone` is a number of `lead`."""
    if not phone or phone not in (lead.phone, lead.phone_2):
        raise NotTheirNumber(f"A-{lead.pk} has another number")


def _whole(leads: Iterable[Lead]) -> list[Lead]:
    leads = list(leads)
    short = [lead.pk for lead in leads if lead.get_deferred_fields().intersection(_NEEDED)]
    read = Lead.objects.only(*_NEEDED).in_bulk(short) if short else {}
    return [read.get(lead.pk, lead) for lead in leads]


def judge(known: Known, *, user: User, channel: str, now: datetime) -> dict[Asked, Permission]:
    """The answers that follow from what is known."""
    book = BOOK.get(None, known.version)
    exemptions = _exemptions(known, book, now)
    wants = {each: _licensed_where(each) for each in known.facts}
    refused: Mapping[tuple[str, str], str] = {}
    if book.policy.license_required:
        refused = step("licensed")(
            user=user, wants=set(wants.values()), config_version=known.version, now=now
        )
    return {
        each: _judge_one(
            each, facts, book=book, exempt=exemptions.get(each), unlicensed=refused.get(wants[each], ""),
            user=user, channel=channel, now=now,
        )
        for each, facts in known.facts.items()
    }  # fmt: skip


def _exemptions(known: Known, book: Book, now: datetime) -> dict[Asked, Exemption]:
    """Business relationships are asked for only where they matter: rarely, and then in one query."""
    wanted = [each for each, facts in known.facts.items() if wants_exemption(facts, book.policy, now)]
    if not wanted:
        return {}
    held = relationships.relationships_in_force({each.phone for each in wanted}, timezone.localdate(now))
    found: dict[Asked, Exemption] = {}
    for each in wanted:
        row = held.get(each.phone)
        exempt = (
            Exemption(f"{row.get_kind_display()} of {row.started_on:%b %d, %Y} permits the call", row.pk)
            if row
            else by_consent(known.facts[each], book.policy, now)
        )
        if exempt:
            found[each] = exempt
    return found


def _licensed_where(asked: Asked) -> tuple[str, str]:
    """The state whose license counts: the posted one, else the ZIP's, else the area code's."""
    return (asked.states[0] if asked.states else area_code_state(asked.phone)), asked.interest


def _judge_one(
    asked: Asked, facts: Facts, *, book: Book, exempt: Exemption | None, unlicensed: str, user: User,
    channel: str, now: datetime,
) -> Permission:  # fmt: skip
    place, doubts = _place(asked, facts, book)
    spans = open_spans(book, place, now)
    rules = rules_used(book, place, now)
    reasons = list(objections(asked, facts, channel=channel, policy=book.policy, exempt=exempt, now=now))
    if unlicensed:
        reasons.append(Why("unlicensed", f"{user} {unlicensed}"))
    if place.zones:
        reasons += against_now(book, place, spans, now)
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
        opens_at=opening(book, place, spans, counted.opens_at if counted else None, now) if timed else None,
        closes_at=span[1] if span and not reasons else None,
        zone=zone,
        zones=place.zones,
        states=asked.states,
        local=now.astimezone(ZoneInfo(zone)) if zone else None,
        rules=tuple(rule.key for rule in rules),
        lists=tuple(as_records(facts.lists)),
        given=_given(asked, facts, book, exempt),
    )


def _place(asked: Asked, facts: Facts, book: Book) -> tuple[Place, list[Why]]:
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


def _given(asked: Asked, facts: Facts, book: Book, exempt: Exemption | None) -> dict[str, Any]:
    """What the answer stands on besides rules and lists, by reference."""
    return {
        "zip": asked.zip5,
        "state": asked.state,
        "policy": book.policy.pk,
        "zone_confirmation": facts.zone[0] if facts.zone else None,
        "suppressed": sorted(facts.suppressed),
        "attempts": [at.isoformat() for at in facts.attempts],
        "scrubs": [key for key, _, _ in facts.scrubs],
        "listings": [key for key, _, _ in facts.listings],
        "relationship": exempt.relationship if exempt else None,
        "consent_given_at": facts.consent[1].isoformat() if facts.consent else None,
    }
