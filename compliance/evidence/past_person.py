"""Which earlier lead of the person a decision can have found (see compliance.evidence.past)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Min, Q

from compliance.check import Earlier, Facts
from compliance.checks import duplicate
from compliance.dedupe import person_params, window_params
from compliance.evidence.moments import UNSETTLED
from compliance.evidence.past import Asked, Known
from compliance.models import Decision, Outcome
from intake.models import Lead, LeadEvent, LeadEventKind, LeadStatus
from intake.post import Post
from intake.queries import has_number

# The newest of a person's leads that are looked at; one address may stand for thousands.
MOST: Final = 500
_NAMED: Final = re.compile(r"A-(\d+)")


@dataclass(frozen=True, slots=True)
class _Was:
    """A lead as it stood at the moment. `settled`: it was there already, and its stage is not of that very moment."""

    lead: Lead
    status: str
    settled: bool


def know_earlier(asked: Asked) -> Known:
    """The earlier lead, for the check `duplicate`."""
    params = next(i.params for i in asked.policy.checks if i.check.name == duplicate.check.name)
    if why := _changed_since(asked):
        return Known((), why)
    leads = [was for was in _as_they_were(asked.post) if _matches(was.lead, asked.post, params)]
    window = window_params(asked.post, params)
    counting = [was for was in leads if _counts(was, window)]
    pasts = []
    for ending in (False, True):  # without and with what came at that moment
        found = next((was for was in counting if was.settled or ending), None)
        pasts.append(Facts(earlier=_earlier(found, asked.post) if found else None))
    return Known(tuple(dict.fromkeys(pasts)), "another post of this person was decided at that moment")


def _changed_since(asked: Asked) -> str:
    """Why the lead that the record names is no longer found by phone or e-mail; nothing if it is, or names none."""
    named = _NAMED.search(str(asked.record.get("detail", "")))
    if named is None or asked.record.get("outcome") != "stop":
        return ""
    lead = Lead.objects.filter(pk=int(named[1]), received_at__lte=asked.post.now + UNSETTLED).first()
    return (
        f"{lead} has another phone and e-mail address now" if lead and not any(_by(lead, asked.post)) else ""
    )


def _as_they_were(post: Post) -> list[_Was]:
    """The person's other leads at the post's moment, the newest first. Three queries."""
    person = person_params(post)
    about = has_number(*person["phones"]) | (Q(email=person["email"]) & ~Q(email=""))
    leads = list(
        Lead.objects.filter(about, received_at__lte=post.now + UNSETTLED)
        .exclude(submission=post.submission.pk)
        .order_by("-received_at")[:MOST]
    )
    bought, statuses = _bought_at(leads), _statuses(leads)
    found = []
    for lead in leads:
        at = bought.get(lead.submission_id, lead.received_at)
        if at > post.now + UNSETTLED:
            continue  # bought later, by a post that had waited
        status, near = _status_at(statuses.get(lead.pk, []), post.now)
        found.append(_Was(lead, status, settled=at <= post.now - UNSETTLED and not near))
    return found


def _bought_at(leads: list[Lead]) -> dict[Any, datetime]:
    """When each lead was bought: a held one long after it came."""
    rows = Decision.objects.filter(
        submission__in=[lead.submission_id for lead in leads], outcome=Outcome.ACCEPTED
    ).order_by()
    return dict(rows.values_list("submission").annotate(at=Min("decided_at")))


def _statuses(leads: list[Lead]) -> dict[int, list[tuple[datetime, str]]]:
    rows = LeadEvent.objects.filter(lead__in=[lead.pk for lead in leads], kind=LeadEventKind.STATUS)
    found: dict[int, list[tuple[datetime, str]]] = {}
    for lead_id, at, new in rows.order_by("at", "pk").values_list("lead", "at", "new"):
        found.setdefault(lead_id, []).append((at, new))
    return found


def _status_at(moves: list[tuple[datetime, str]], now: datetime) -> tuple[str, bool]:
    """The stage at `now`, and whether it moved at about that moment."""
    status = str(LeadStatus.NEW)
    for at, new in moves:
        if at <= now:
            status = new
    return status, any(abs(at - now) < UNSETTLED for at, _ in moves)


def _by(lead: Lead, post: Post) -> tuple[bool, bool]:
    """Whether the phone is the person's, and whether the e-mail address is."""
    person = person_params(post)
    phone = lead.phone in person["phones"] or lead.phone_2 in person["phones"]
    email = bool(person["email"]) and lead.email == person["email"]
    return phone, email


def _matches(lead: Lead, post: Post, params: duplicate.DuplicateParams) -> bool:
    phone, email = _by(lead, post)
    return {"phone": phone, "email": email, "any": True, "all": phone and email}[params.match]


def _counts(was: _Was, window: Mapping[str, Any]) -> bool:
    """Inside the window and the scope, or of a stage that counts at any age (compliance.dedupe)."""
    lead = was.lead
    fresh = (
        lead.received_at > window["since"]
        and window["source"] in (None, lead.source_id)
        and window["vendor"] in (None, lead.vendor_id)
    )
    return fresh or was.status in window["always"]


def _earlier(was: _Was, post: Post) -> Earlier:
    phone, email = _by(was.lead, post)
    matched = " and ".join(word for word, hit in (("phone", phone), ("email", email)) if hit)
    return Earlier(was.lead.pk, was.lead.received_at, was.status, matched)
