"""Renewals: the agent is told in time of each policy that renews, once."""

from datetime import date, datetime, time, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet

from agents.casework import lock_lead
from agents.localtime import zone_for_forms
from agents.models import RENEWING, Carrier, FollowUp, FollowUpKind, Policy
from compliance.suppression import stopping_calls
from intake.models import Lead
from leadcrm.lib.clock import date_words

TEN: Final = time(10)


def note_renewals(*, now: datetime) -> int:
    """Plan a follow-up for every policy whose renewal comes near, at 10 AM where its client lives; how many are new.

    Near is within the carrier's `renewal_days`, else RENEWAL_DAYS, on the agency's calendar at `now` (aware). Each
    renewal is told once, whatever became of the follow-up; one that was moved is told again. Not told: clients who
    are erased or must not be called, leads without an owner. Safe to run twice at once.
    """
    return sum(_tell(key, now) for key in _near(now).order_by("pk").values_list("pk", flat=True))


def _near(now: datetime) -> QuerySet[Policy]:
    today = now.astimezone(settings.AGENCY_ZONE).date()
    most = Carrier.objects.aggregate(most=Max("renewal_days"))["most"] or 0
    untold = Q(renewal_told_on__isnull=True) | ~Q(renewal_told_on=F("renewal_on"))
    return Policy.objects.filter(
        untold, status__in=RENEWING, renewal_on__gte=today,
        renewal_on__lte=today + timedelta(days=max(most, settings.RENEWAL_DAYS)),
        lead__erased_at__isnull=True, lead__owner__isnull=False,
    )  # fmt: skip


def _tell(key: int, now: datetime) -> bool:
    with transaction.atomic():
        lock_lead(Policy.objects.select_related("lead").get(pk=key).lead)
        policy = _near(now).select_related("lead__merged_into", "carrier").filter(pk=key).first()
        if policy is None or policy.renewal_on is None:
            return False
        days = policy.carrier.renewal_days
        tell_on = policy.renewal_on - timedelta(days=settings.RENEWAL_DAYS if days is None else days)
        if tell_on > now.astimezone(settings.AGENCY_ZONE).date() or _must_not_be_called(_worked(policy)):
            return False
        _plan(policy, policy.renewal_on, tell_on, now)
        return True


def _plan(policy: Policy, renewal_on: date, tell_on: date, now: datetime) -> None:
    FollowUp.objects.filter(policy=policy, done_at__isnull=True).update(done_at=now)
    lead = _worked(policy)
    owner = lead.owner or policy.lead.owner
    assert owner is not None
    FollowUp.objects.create(
        lead=lead, owner=owner, kind=FollowUpKind.RENEWAL, policy=policy, due_at=ten_o_clock(lead, tell_on, now),
        what=f"Renews {date_words(renewal_on)}: {policy}"[:200],
    )  # fmt: skip
    Policy.objects.filter(pk=policy.pk).update(renewal_told_on=renewal_on)


def _worked(policy: Policy) -> Lead:
    """The lead of the policy, or the one it was merged into: there the person is worked with."""
    return policy.lead.merged_into or policy.lead


def ten_o_clock(lead: Lead, day: date, now: datetime) -> datetime:
    """10 AM of `day` where the lead's person lives, or of the first day after it on which that is still to come."""
    zone, _ = zone_for_forms(lead)
    at = datetime.combine(max(day, now.astimezone(zone).date()), TEN, tzinfo=zone)
    return at if at > now else datetime.combine(at.date() + timedelta(days=1), TEN, tzinfo=zone)


def _must_not_be_called(lead: Lead) -> bool:
    return stopping_calls(phone=lead.phone, phone_2=lead.phone_2, email=lead.email).exists()
