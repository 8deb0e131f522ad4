"""What the database knows about the numbers asked about: all of it in one round trip, for one lead or a hundred."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from compliance.calling.zones import states_of
from compliance.dnc.answers import Answer, HeldVersion
from compliance.dnc.numbers import block_and_line, ten_digits
from intake.models import Lead
from leadcrm.lib.config import STAMP
from leadcrm.lib.db import Query, fetch_together
from leadcrm.lib.lookup import all_keyed

DAY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Asked:
    """One number of one lead that somebody wants to reach."""

    lead_id: int
    phone: str
    email: str
    state: str
    zip5: str
    interest: str
    states: tuple[str, ...]

    @classmethod
    def of(cls, lead: Lead, phone: str) -> "Asked":
        """The number `phone` of `lead`."""
        states = states_of(phone=phone, state=lead.state, zip5=lead.zip)
        return cls(lead.pk, phone, lead.email, lead.state, lead.zip, lead.interest, states)


@dataclass(frozen=True, slots=True)
class Held:
    """One entry of our own list: its kind (SuppressionKind), scope (RevocationScope), and the request behind it.

    `revocation` is the request's id, `said_at` (aware) when it came in; None where a person or a file was put on the
    list without one.
    """

    kind: str
    scope: str = "all"
    revocation: int | None = None
    said_at: datetime | None = None

    def stops(self, channel: str) -> bool:
        """True where `channel` (ContactChannel) is what the entry forbids."""
        return self.scope in ("all", f"{channel}s")


@dataclass(slots=True)
class Facts:
    """What is known about one of them. Moments are aware."""

    held: list[Held] = field(default_factory=list)  # what of our own list is about them
    lists: list[Answer] = field(default_factory=list)
    attempts: list[datetime] = field(default_factory=list)  # of the last 24 hours, newest first
    consent: tuple[bool | None, datetime, bool] | None = None  # flag, when, is there a text
    zone: tuple[int, str] | None = None  # the newest confirmation: its id, and its zone or ""
    listings: list[tuple[int, str, str]] = field(default_factory=list)  # open ListedLead: id, list, its kind
    scrubs: list[tuple[int, str, bool]] = field(default_factory=list)  # listed by: id, service, litigator


@dataclass(frozen=True, slots=True)
class Known:
    """The facts by number asked about, and the stamp of the configuration they go with."""

    version: int
    facts: Mapping[Asked, Facts]


_SUPPRESSED: Final = """
SELECT phone, email, phone_hash, email_hash, kind, scope, revocation_id,
    (SELECT received_at FROM compliance_revocation r WHERE r.id = revocation_id)
FROM compliance_suppression
WHERE released_at IS NULL AND ((phone = ANY(%(phones)s) AND phone <> '') OR (email = ANY(%(emails)s) AND email <> '')
    OR (phone_hash = ANY(%(hashes)s) AND phone_hash <> '') OR (email_hash = ANY(%(hashes)s) AND email_hash <> ''))
ORDER BY id
"""
# As compliance.dnc.probe, for many people at once: every list of everybody or of one of the states, each one probe of
# a primary key. LATERAL with OFFSET 0 leaves the planner no other way.
_LISTS: Final = """
SELECT p.n, l.id, l.code, l.kind, v.id, v.effective_on, l.stale_after_days, coalesce(b.bit, 0),
    NOT l.by_area_code OR coalesce(v.covers_all, false) OR coalesce(p.block / 1000 = ANY (v.area_codes), false)
FROM unnest(%(ns)s::int[], %(blocks)s::int[], %(lines)s::int[], %(states)s::text[]) AS p (n, block, line, states)
CROSS JOIN compliance_dnclist l LEFT JOIN compliance_dncversion v ON v.id = l.current_id
LEFT JOIN LATERAL (SELECT get_bit(k.bits, p.line) AS bit FROM compliance_dncblock k
    WHERE k.id = v.generation * 1000000 + p.block OFFSET 0) b ON true
WHERE l.active AND (l.state = '' OR l.state = ANY (string_to_array(p.states, ' ')))
ORDER BY l.code
"""
_NATIONAL: Final = "SELECT 1 FROM compliance_dnclist WHERE code = 'national'"
_ATTEMPTS: Final = """
SELECT phone, at FROM compliance_contactattempt
WHERE phone = ANY(%(phones)s) AND at > %(since)s ORDER BY at DESC, id DESC
"""
_CONSENTS: Final = """
SELECT lead_id, given, given_at, text <> '' FROM intake_consentrecord WHERE lead_id = ANY(%(leads)s)
"""
_ZONES: Final = """
SELECT DISTINCT ON (lead_id) lead_id, id, zone FROM compliance_zoneconfirmation
WHERE lead_id = ANY(%(leads)s) ORDER BY lead_id, id DESC
"""
_LISTINGS: Final = """
SELECT entry.lead_id, entry.phone, entry.id, list.name, list.kind FROM compliance_listedlead entry
JOIN compliance_dnclist list ON list.id = entry.dnc_list_id
WHERE entry.lead_id = ANY(%(leads)s) AND entry.cleared_at IS NULL ORDER BY entry.id
"""
# The newest answer of each service that is no “unknown”: one that says clear takes back what an older one said.
_SCRUBS: Final = """
SELECT phone, id, service, litigator FROM (
    SELECT DISTINCT ON (phone, service) phone, service, id, state, litigator, valid_until
    FROM compliance_scrubanswer WHERE phone = ANY(%(phones)s) AND asked_at <= %(now)s AND state <> 'unknown'
    ORDER BY phone, service, asked_at DESC, id DESC
) AS newest WHERE state = 'listed' AND valid_until > %(now)s
"""


def gather(asked: Iterable[Asked], *, now: datetime, first: Sequence[Query] = ()) -> Known:
    """Everything known about the numbers asked about, at `now`, in one round trip.

    The statements of `first` (a lock) travel ahead, so that what is read is what was committed before.
    """
    asked = list(dict.fromkeys(asked))
    digits = [ten_digits(each.phone) or "" for each in asked]
    numbers = [n for n, ten in enumerate(digits) if ten]
    places = [block_and_line(digits[n]) for n in numbers]
    params = {
        "phones": sorted({each.phone for each in asked}),
        "emails": sorted({each.email for each in asked if each.email}),
        "hashes": all_keyed([name for each in asked for name in (each.phone, each.email)]),
        "leads": sorted({each.lead_id for each in asked}),
        "since": now - DAY,
        "now": now,
    }
    lists = {
        "ns": numbers,
        "blocks": [block for block, _ in places],
        "lines": [line for _, line in places],
        "states": [" ".join(asked[n].states) for n in numbers],
    }
    names = (_SUPPRESSED, _ATTEMPTS, _CONSENTS, _ZONES, _LISTINGS, _SCRUBS)
    queries = [Query(sql, _used(sql, params)) for sql in names]
    found = fetch_together(*first, STAMP, Query(_LISTS, lists), Query(_NATIONAL), *queries)[len(first) :]
    return Known(int(found[0][0][0]), _facts(asked, found[1:], now))


def _used(sql: str, params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if f"%({name})s" in sql}


def _facts(asked: list[Asked], found: list[list[Any]], now: datetime) -> dict[Asked, Facts]:
    facts = {each: Facts() for each in asked}
    lists, national, *others = found
    _read_lists(asked, facts, lists, now, national_known=bool(national))
    for each, known in facts.items():
        _read_others(each, known, others)
    return facts


def _read_others(asked: Asked, facts: Facts, others: list[list[Any]]) -> None:
    """What of the rows of all is about this one. A hundred leads have few rows each."""
    held, attempts, consents, zones, listings, scrubs = others
    if held:
        mine = {asked.phone, asked.email, *all_keyed([asked.phone, asked.email])} - {""}
        facts.held += [Held(*row[4:]) for row in held if mine.intersection(row[:4])]
    facts.attempts += [at for phone, at in attempts if phone == asked.phone]
    facts.scrubs += [tuple(row) for phone, *row in scrubs if phone == asked.phone]
    facts.consent = next((tuple(row) for lead, *row in consents if lead == asked.lead_id), None)
    facts.zone = next((tuple(row) for lead, *row in zones if lead == asked.lead_id), None)
    facts.listings += [
        tuple(row) for lead, phone, *row in listings if (lead, phone) == (asked.lead_id, asked.phone)
    ]


def _read_lists(
    asked: list[Asked],
    facts: Mapping[Asked, Facts],
    rows: Iterable[Any],
    now: datetime,
    *,
    national_known: bool,
) -> None:
    today = timezone.localdate(now)
    for n, list_id, code, kind, version_id, effective_on, stale_after, bit, covered in rows:
        held = HeldVersion(list_id, code, version_id, effective_on, stale_after, kind=kind)
        facts[asked[n]].lists.append(held.answer(bit=bool(bit), covered=bool(covered), today=today))
    if not national_known:  # A registry that was never set up must not read as clear.
        none = HeldVersion(None, "national", None, None, None, kind="national")
        for known in facts.values():
            known.lists.append(none.answer(bit=False, covered=False, today=today))
