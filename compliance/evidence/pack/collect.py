"""Phone to everything: one plain structure of all that is kept about a number."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Model

from compliance.calling.zones import clocks_of, states_of
from compliance.dnc.spans import Span, spans_of
from compliance.evidence.pack.rows import BY_TABLE, Row, moment_of, people_named, plain, scalar
from compliance.evidence.pack.rulebook import Rulebook, read_rulebook
from compliance.evidence.pack.sections import SECTIONS, find_whom
from compliance.evidence.subject import Subject
from compliance.evidence.vault import UNOPENED, kept_of
from compliance.models import DncVersion
from intake.models import Lead, Submission
from intake.originals import body_of, query_of
from leadcrm.lib.sealing import CannotOpen
from leadcrm.models import User

FORMAT: Final = "leadcrm evidence pack, version 1"
# When something happened, by section: what the timeline and the rules in force go by.
MOMENTS: Final[Mapping[str, str]] = {
    "contact_decisions": "at", "contact_attempts": "at", "communications": "at",
}  # fmt: skip


class NothingKept(Exception):
    """No row of any kind names the number."""


@dataclass(frozen=True)
class Evidence:
    """All of it. `sections` by key, rows oldest first; `zones` the clock each lead is shown on."""

    phone: str
    collected_at: datetime
    agency: str
    sections: Mapping[str, list[Row]]
    lists: list[Span]
    rulebook: Rulebook
    people: Mapping[int, str]
    sources: Mapping[int, str]
    zones: Mapping[int, str]
    states: tuple[str, ...]
    posts: tuple[UUID, ...] = field(repr=False)

    @property
    def moments(self) -> list[datetime]:
        """Every contact's moment."""
        return [moment_of(row[name]) for key, name in MOMENTS.items() for row in self.sections[key]]

    @cached_property
    def decided_attempts(self) -> set[int]:
        """Keys of the attempts that followed from a recorded question."""
        return {row["attempt_id"] for row in self.sections["contact_decisions"]}

    def rows(self) -> Iterator[Row]:
        """Every row of evidence.json and of rules.json."""
        for rows in (*self.sections.values(), *self.rulebook.plain.values()):
            yield from rows

    def parts(self) -> Iterator[tuple[str, Any]]:
        """What stands in evidence.json, in order; rows are written out one at a time."""
        yield "format", FORMAT
        yield "phone", self.phone
        yield "collected_at", scalar(self.collected_at)
        yield "agency", self.agency
        yield "sections", {key: (row.as_json() for row in rows) for key, rows in self.sections.items()}
        yield "do_not_call_lists", [_span(span) for span in self.lists]
        yield "people", {str(key): name for key, name in self.people.items()}
        yield "sources", {str(key): name for key, name in self.sources.items()}
        yield "clocks", {str(key): zone for key, zone in self.zones.items()}

    def rules(self) -> Iterator[tuple[str, Any]]:
        """What stands in rules.json."""
        return self.rulebook.parts(self.moments, self.states)


def collect(phone: str, *, now: datetime) -> Evidence:
    """Everything kept about `phone` (E.164) at `now`. A constant number of queries. Raises NothingKept."""
    whom = find_whom(phone)
    subject = whom.subject
    sections: dict[str, list[Row]] = {}
    users: set[int] = set()
    for section in SECTIONS:
        rows: list[Model] = list(section.rows(whom))
        users |= people_named(rows)
        sections[section.key] = [plain(row, without=section.without) for row in rows]
    if not any(sections.values()):
        raise NothingKept
    for rows_ in sections.values():
        _open_kept(rows_)
    _add_bodies(sections["posts"], subject)
    states = _states(subject)
    lists = spans_of(phone, states=states, since=_begin(sections, now))
    versions = list(DncVersion.objects.filter(pk__in={span.version_id for span in lists}).order_by("pk"))
    sections["list_versions"] = [plain(version) for version in versions]
    rulebook = read_rulebook(states=states, decisions=sections["contact_decisions"])
    users |= people_named([*versions, *rulebook.rows])
    for decision in sections["contact_decisions"]:
        decision.more["windows"] = rulebook.windows(decision)
    return Evidence(
        phone=phone, collected_at=now, agency=settings.AGENCY_NAME, sections=sections, lists=lists,
        rulebook=rulebook, people=_names(users),
        sources={lead.source_id: str(lead.source) for lead in subject.leads},
        zones=_zones(subject, sections["zone_confirmations"]), states=states, posts=subject.posts,
    )  # fmt: skip


def bodies(posts: tuple[UUID, ...]) -> Iterator[tuple[Submission, bytes | CannotOpen]]:
    """Each post with its body as it came, one at a time; instead of it why it does not open."""
    for submission in Submission.objects.filter(pk__in=posts).order_by("received_at").iterator(20):
        try:
            yield submission, body_of(submission)
        except CannotOpen as why:
            yield submission, why


def _open_kept(rows: list[Row]) -> None:
    """What the vault keeps of rows of an erased person, in place of their blanks. A query a kind."""
    by_id = {row.id: row for row in rows}
    for kind in BY_TABLE.get(rows[0].table, ()) if rows else ():
        for row_id, half in (kept_of(kind.name, by_id) if kind.blanks else {}).items():
            row = by_id[row_id]
            if UNOPENED in half:
                row.more["unopened"] = half[UNOPENED]
            else:
                row.values.update(half)
                row.more["kept_sealed"] = True


def _add_bodies(rows: list[Row], subject: Subject) -> None:
    by_id = {row.id: row for row in rows}
    for submission, body in bodies(subject.posts):
        more = by_id[str(submission.pk)].more
        if isinstance(body, CannotOpen):
            more["unreadable"] = str(body)
            continue
        more |= {"file": f"posts/{submission.pk.hex}.txt", "bytes": len(body)}
        more |= {"sha256": hashlib.sha256(body).hexdigest()}
        try:
            more["query"] = query_of(submission)
        except CannotOpen as why:
            more["query_unreadable"] = str(why)


def _states(subject: Subject) -> tuple[str, ...]:
    found = [states_of(phone=subject.phone, state=lead.state, zip5=lead.zip) for lead in subject.leads]
    alone = states_of(phone=subject.phone, state="", zip5="")
    return tuple(dict.fromkeys([state for states in found for state in states] or alone))


def _zones(subject: Subject, confirmed: list[Row]) -> dict[int, str]:
    """By lead: the confirmed clock, else the likeliest; the agency's where nothing tells."""
    zones = {lead.pk: _likeliest(lead) for lead in subject.leads}
    for row in confirmed:  # oldest first: the newest counts
        lead = row["lead_id"]
        zones[lead] = row["zone"] or next(_likeliest(each) for each in subject.leads if each.pk == lead)
    return zones


def _likeliest(lead: Lead) -> str:
    zones = clocks_of(phone=lead.phone, state=lead.state, zip5=lead.zip).zones
    return zones[0] if zones else str(settings.AGENCY_TIME_ZONE)


def _begin(sections: Mapping[str, list[Row]], now: datetime) -> datetime:
    """The first lead's arrival or the first contact: what lists said before is nobody's question."""
    arrived = [moment_of(row["received_at"]) for row in sections["posts"]]
    return min([*arrived, *(moment_of(row["at"]) for key in MOMENTS for row in sections[key]), now])


def _names(users: set[int]) -> dict[int, str]:
    return {user.pk: str(user) for user in User.objects.filter(pk__in=users).order_by("pk")}


def _span(span: Span) -> dict[str, Any]:
    return {
        "list": span.list_code, "name": span.list_name, "kind": span.kind, "version": span.version_id,
        "number": span.number, "effective_on": span.effective_on.isoformat(), "sha256": span.sha256,
        "since": scalar(span.since), "until": scalar(span.until), "state": span.state.value,
        "why": span.why.value, "stale_after_days": span.stale_after_days,
    }  # fmt: skip
