"""Selling a policy and keeping it: one form, one transaction, every change with what it said before."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from agents.cadence import finish_by_itself
from agents.casework import RequestIdTaken, lock_lead
from agents.merging.family import merged_into
from agents.models import RENEWING, Carrier, FollowUp, Policy, PolicyChange, PolicyStatus
from agents.queries import sees_everything, visible_owners
from compliance.relationships import record_sale
from intake.lifecycle import TransitionNotAllowed, move_lead
from intake.models import Lead, LeadStatus
from leadcrm.models import User

SOLD: Final = "sold"


class NumberTaken(ValueError):
    """The carrier's policy of this number is kept already, for somebody. Nothing was written."""


class StalePolicy(Exception):
    """Somebody else changed the policy since the form was made. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy says. `number` may be empty while it is applied for, or declined; `premium` is per `mode`."""

    carrier: Carrier
    number: str
    product: str
    premium: Decimal
    mode: str
    status: str
    effective_on: date | None
    renewal_on: date | None


def visible_policies(user: User) -> QuerySet[Policy]:
    """The policies on the leads that `user` may see, newest first. Nothing of a person who was erased."""
    rows = Policy.objects.filter(lead__erased_at__isnull=True).select_related("carrier", "lead", "sold_by")
    return rows if sees_everything(user) else rows.filter(lead__owner__in=visible_owners(user))


def policies_of(lead_ids: Iterable[int]) -> dict[int, list[Policy]]:
    """The policies of each of these leads (keys) that has one, newest first. One query."""
    found: dict[int, list[Policy]] = {}
    for policy in Policy.objects.filter(lead__in=list(lead_ids)).select_related("carrier", "sold_by"):
        found.setdefault(policy.lead_id, []).append(policy)
    return found


def policies_of_person(lead: Lead) -> list[Policy]:
    """The policies of `lead` and of leads that were merged into it, newest first. One query."""
    theirs = Policy.objects.filter(Q(lead=lead) | Q(lead__in=merged_into(lead)))
    return list(theirs.select_related("carrier", "sold_by"))


def sell_policy(*, lead: Lead, by: User, terms: Terms, request_id: UUID, now: datetime) -> Policy:
    """Keep a policy sold to the person of `lead`, which becomes Sold; a repeated `request_id` returns the first one.

    Who owns the lead has sold it, else `by`. A declined one sells nothing: the lead stays where it is. The next try
    and an owed answer are finished, and what the sale is to calling rules is recorded. `lead` is brought up to date.
    Raises NumberTaken, RequestIdTaken, and intake.lifecycle.TransitionNotAllowed for a lead that cannot become Sold
    (it was returned, or merged into another one).
    """
    with transaction.atomic():
        lock_lead(lead)
        if earlier := Policy.objects.filter(request_id=request_id).first():
            if earlier.lead_id != lead.pk:
                raise RequestIdTaken(str(request_id))
            return earlier
        if lead.merged_into_id:
            raise TransitionNotAllowed(f"A-{lead.pk} was merged into A-{lead.merged_into_id}: sell there")
        policy = Policy(
            lead=lead, sold_by=lead.owner or by, sold_at=now, request_id=request_id, **_columns(terms)
        )
        _save(policy)
        PolicyChange.objects.create(
            policy=policy, at=now, by=by, field=SOLD, new=str(policy)[:120], request_id=request_id
        )
        if terms.status != PolicyStatus.DECLINED:
            _sold(lead, terms, by, now)
        _note_relationship(policy, by, now)
    return policy


def _sold(lead: Lead, terms: Terms, by: User, now: datetime) -> None:
    """The lead is a client; nobody has to be tried any more."""
    if lead.status != LeadStatus.SOLD:
        move_lead(lead=lead, to=LeadStatus.SOLD, reason=f"Policy: {terms.carrier}"[:200], actor=by, now=now)
    finish_by_itself(lead=lead, now=now)


def _note_relationship(policy: Policy, by: User, now: datetime) -> None:
    """Whoever applied or bought may be called about it for a while, whatever list they are on (compliance)."""
    applied = policy.status == PolicyStatus.APPLIED
    if not applied and policy.status not in RENEWING:
        return
    what = "Application" if applied else "Policy"
    number = f" {policy.number}" if policy.number else ""
    record_sale(
        lead=policy.lead, evidence=f"{what}{number}, {policy.carrier}, kept with {policy.lead}",
        applied_only=applied, on=policy.effective_on or timezone.localdate(now), by=by, now=now,
    )  # fmt: skip


def edit_policy(
    *, policy: Policy, by: User, terms: Terms, seen: int, request_id: UUID, now: datetime
) -> list[str]:
    """Make `policy` say `terms`; the names of the fields that were different. Each is kept with what it said before.

    `seen` is the version that the form was made of. Repeated with the same `request_id` it changes nothing. A renewal
    that moves or will not come drops the follow-up planned for it. One that was declined and is taken after all
    makes the lead Sold, as selling does. Raises StalePolicy, NumberTaken, TransitionNotAllowed as `sell_policy`.
    """
    with transaction.atomic():
        lock_lead(policy.lead)
        policy.refresh_from_db(from_queryset=Policy.objects.select_for_update(of=["self"]))
        if PolicyChange.objects.filter(policy=policy, request_id=request_id).exists():
            return []
        if policy.version != seen:
            raise StalePolicy(f"{policy.pk} is version {policy.version} by now")
        said = {name: getattr(policy, name) for name in _fields(terms)}
        changed = {name: value for name, value in _columns(terms).items() if said[name] != value}
        if not changed:
            return []
        for name, value in changed.items():
            setattr(policy, name, value)
        policy.version += 1
        _save(policy)
        PolicyChange.objects.bulk_create(
            PolicyChange(
                policy=policy, at=now, by=by, field=name, old=_text(said[name]), new=_text(value),
                request_id=request_id,
            )
            for name, value in changed.items()
        )  # fmt: skip
        if said["status"] == PolicyStatus.DECLINED != policy.status:
            _sold(policy.lead, terms, by, now)
        if policy.status in RENEWING and said["status"] not in RENEWING:
            _note_relationship(policy, by, now)
        if "renewal_on" in changed or policy.status not in RENEWING:
            FollowUp.objects.filter(policy=policy, done_at__isnull=True).update(done_at=now)
    return list(changed)


def _fields(terms: Terms) -> dict[str, Any]:
    return {field.name: getattr(terms, field.name) for field in fields(terms)}


def _columns(terms: Terms) -> dict[str, Any]:
    return {**_fields(terms), "number": " ".join(terms.number.split())}


def _save(policy: Policy) -> None:
    """Write it; the number of another one is told apart from everything else that could be wrong."""
    try:
        with transaction.atomic():
            policy.save()
    except IntegrityError as wrong:
        if "policy_number_once" not in str(wrong):
            raise
        raise NumberTaken(policy.number) from wrong


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:120]
