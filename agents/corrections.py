"""Correcting a lead, and what follows: for whom may be called, by which rules, and who may sell there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from agents.casework import lock_lead
from agents.licensing import is_licensed
from agents.models import Agent
from compliance.dedupe import lock_reached_by
from compliance.models import RevocationScope, Suppression, SuppressionKind
from compliance.suppression import in_force, suppress_person
from intake.editing import Change, edit_lead
from intake.models import PHONE_FIELDS, Lead
from leadcrm.lib.db import fetch_together
from leadcrm.lib.normalize import zip_place
from leadcrm.lib.places import STATE_NAMES
from leadcrm.models import User

# What a request to stop is about: whoever is reached by these.
WAYS = (*PHONE_FIELDS, "email")


@dataclass(frozen=True, slots=True)
class Corrected:
    """What was changed, and what it means, in sentences for the agent."""

    changes: tuple[Change, ...]
    remarks: tuple[str, ...]


def correct_lead(
    *,
    lead: Lead,
    typed: Mapping[str, str],
    seen: Mapping[str, str],
    by: User,
    request_id: UUID,
    now: datetime,
) -> Corrected:
    """Correct `lead` as intake.editing.edit_lead does, all or nothing with what must follow at once.

    Who asked us to stop asked as a person: a number or an address that is put in the place of one on our own list is
    on it too from the same commit on. The owner stays, licensed or not. Raises what edit_lead raises.
    """
    with transaction.atomic():
        lock_lead(lead)
        listed = list(_listed(lead))
        changes = edit_lead(lead=lead, typed=typed, seen=seen, by=by, request_id=request_id, now=now)
        edited = {change.field for change in changes}
        carried = _carry_over(lead, listed, now) if edited & set(WAYS) else False
    return Corrected(changes, tuple(_remarks(lead, edited, carried=carried, now=now)))


def _listed(lead: Lead) -> list[Suppression]:
    """The requests to stop, of any scope, that hold for the lead's numbers and address."""
    held = in_force(phone=lead.phone, phone_2=lead.phone_2, email=lead.email)
    return list(held.filter(kind=SuppressionKind.INTERNAL).select_related("revocation", "added_by"))


def _carry_over(lead: Lead, listed: list[Suppression], now: datetime) -> bool:
    """Put the lead's present numbers and address on the list for each of the requests; True if there was one."""
    if not listed:
        return False
    # A post that is being decided about the new number ends first, or sees the request.
    fetch_together(lock_reached_by((lead.phone, lead.phone_2), lead.email))
    for request in listed:
        suppress_person(
            phones=(lead.phone, lead.phone_2), email=lead.email, scope=RevocationScope(request.scope),
            reason=request.reason, channel=request.channel, by=request.added_by, now=now,
            revocation=request.revocation,
        )  # fmt: skip
    return True


def _remarks(lead: Lead, edited: set[str], *, carried: bool, now: datetime) -> list[str]:
    remarks = []
    if carried:
        remarks.append("This person asked us to stop: that holds for what you entered too.")
    elif edited & set(PHONE_FIELDS):
        remarks.append(
            "Consent was given for the number as posted; whether the new one may be called is asked anew."
        )
    if "state" in edited:
        remarks.append(f"From now on the rules of {STATE_NAMES.get(lead.state, lead.state)} count.")
        remarks += _unlicensed(lead, now)
    place = zip_place(lead.zip) if edited & {"zip", "state"} else None
    if place and place.state and lead.state and place.state != lead.state:
        remarks.append(f"ZIP {lead.zip} lies in {STATE_NAMES[place.state]}: check which is right.")
    return remarks


def _unlicensed(lead: Lead, now: datetime) -> list[str]:
    agent = Agent.objects.filter(user=lead.owner_id).select_related("user").first()
    if agent is None or is_licensed(agent_id=agent.pk, state=lead.state, interest=lead.interest, now=now):
        return []
    return [f"{agent} has no license for it there: ask your manager to give the lead to somebody who has."]
