"""May I call now? `may_contact` asks, `may_contact_many` asks for a whole queue; nothing is written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.utils import timezone

from compliance import relationships
from compliance.calling.facts import Asked, Known, gather
from compliance.calling.hours import Place, open_spans
from compliance.calling.judging import Clocks, judge_one, place_of
from compliance.calling.permission import Permission
from compliance.calling.rules import BOOK, Book, Span
from compliance.calling.standing import Exemption, by_consent, objections, wants_exemption
from compliance.models import ContactChannel
from intake.models import Lead
from leadcrm.lib.area_codes import area_code_state
from leadcrm.lib.pipeline import step
from leadcrm.models import User

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


@dataclass(frozen=True, slots=True)
class Windows:
    """When a person's first number may be called, whoever asks: spans in UTC, and codes of what no hour takes away."""

    spans: tuple[Span, ...]
    codes: frozenset[str]


def calling_windows(*, leads: Iterable[Lead], now: datetime) -> dict[int, Windows]:
    """The hours in which each of `leads` (by key) may be called, from the day of `now` on for two weeks.

    Hours, days, holidays and emergencies; not counts of attempts, nor anybody's license. One round trip, a second
    one only where an exemption may matter.
    """
    now = now.astimezone(UTC)
    known = gather([Asked.of(lead, lead.phone) for lead in _whole(leads)], now=now)
    book = BOOK.get(None, known.version)
    exempt = _exemptions(known, book, now)
    found = {}
    for asked, facts in known.facts.items():
        place, _ = place_of(asked, facts, book)
        stands = objections(
            asked, facts, channel=ContactChannel.CALL, policy=book.policy, exempt=exempt.get(asked), now=now
        )
        found[asked.lead_id] = Windows(
            open_spans(book, place, now), frozenset(str(why.code) for why in stands)
        )
    return found


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
    clocks: dict[Place, Clocks] = {}
    return {
        each: judge_one(
            each, facts, book=book, exempt=exemptions.get(each), channel=channel, now=now, clocks=clocks,
            unlicensed=f"{user} {words}" if (words := refused.get(wants[each], "")) else "",
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
