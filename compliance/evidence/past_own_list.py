"""Whom the agency's own list named at a decision's moment (see compliance.evidence.past).

What compliance.reopening.HELD asks of the present is asked here of the past: the kinds of the entries that stop calls,
and which of them a later consent re-opened.
"""

from datetime import datetime

from django.db.models import Q

from compliance.checks.suppression import SuppressionParams
from compliance.dedupe import person_params
from compliance.evidence.moments import UNSETTLED, was
from compliance.models import Revocation, Suppression, SuppressionKind
from compliance.models.revocation import STOPS_CALLS
from compliance.reopening import REOPENED, consent_of
from intake.post import Post

Kinds = frozenset[str]


def own_lists(post: Post, params: SuppressionParams) -> list[Kinds]:
    """Every set of kinds that may have held for the person, the surest first. Two queries."""
    entries = Suppression.objects.filter(
        _listed(post), scope__in=STOPS_CALLS, added_at__lte=post.now + UNSETTLED
    ).select_related("reopened_by")
    consented_at = consent_of(post) if params.later_consent_reopens else None
    requests = _requests(post, consented_at)
    sure: set[str] = set()
    maybe: set[str] = set()
    for entry in entries:
        held = was(post.now, since=entry.added_at, until=_released_at(entry, post))
        if held is not False:
            (sure if held else maybe).add(_kind(entry, consented_at, requests))
    found = [frozenset(sure)]
    for kind in sorted(maybe - sure):
        found += [kinds | {kind} for kinds in found]
    return found


def _about(post: Post) -> Q:
    person = person_params(post)
    return Q(phone__in=person["phones"]) & ~Q(phone="") | Q(email=person["email"]) & ~Q(email="")


def _listed(post: Post) -> Q:
    """Entries of the person, those of before an erasure as well: they are known by digests since."""
    person = person_params(post)
    by_phone = Q(phone_hash__in=person["phone_hashes"]) & ~Q(phone_hash="")
    return _about(post) | by_phone | Q(email_hash=person["email_hash"]) & ~Q(email_hash="")


def _released_at(entry: Suppression, post: Post) -> datetime | None:
    """What this very post re-opened held while it was decided."""
    mine = entry.reopened_by is not None and entry.reopened_by.submission_id == post.submission.pk
    return None if mine else entry.released_at


def _requests(post: Post, consented_at: datetime | None) -> list[Revocation]:
    """The person's requests that are as late as the consent: each forbids that it re-opens."""
    if consented_at is None:
        return []
    person = person_params(post)
    about = _about(post) | Q(phone_2__in=person["phones"]) & ~Q(phone_2="")
    about |= Q(person_hash__in=[*person["phone_hashes"], person["email_hash"]]) & ~Q(person_hash="")
    about |= Q(entries__in=Suppression.objects.filter(_listed(post), scope__in=STOPS_CALLS))
    rows = Revocation.objects.filter(about, received_at__gte=consented_at)
    return list(rows.filter(applied_at__lte=post.now + UNSETTLED).distinct())


def _kind(entry: Suppression, consented_at: datetime | None, requests: list[Revocation]) -> str:
    """What an entry that held counted as."""
    kind = str(entry.kind)
    if kind != SuppressionKind.INTERNAL or entry.revocation_id is None or consented_at is None or requests:
        return kind
    return REOPENED
