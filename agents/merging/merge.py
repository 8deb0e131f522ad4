"""Merging: one of two leads of a person stays and is worked, the other is lost and leads to it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from agents.casework import lock_lead
from agents.merging.choosing import chosen_columns, mark
from agents.models import FollowUp, FollowUpKind, LeadMerge, Policy
from agents.twins.groups import LIVE, regroup
from compliance.dedupe import lock_reached_by
from compliance.models import RevocationScope, Suppression, SuppressionKind
from compliance.suppression import in_force, suppress_person
from intake.editing import set_columns
from intake.lifecycle import move_lead
from intake.models import Lead, LeadStatus
from leadcrm.lib.alone import wait_for_turn
from leadcrm.lib.db import fetch_together
from leadcrm.models import User

# Merges and their undoing come one after the other: each takes two leads' rows, and those merged before.
_LOCK: Final = 0x4D45_5247_45  # "MERGE"
# What vendors' webhooks say: another vendor's lead is none of theirs.
TOLD: Final = "merged with another lead"


class CannotMerge(ValueError):
    """These two cannot be made one as they stand; the message says why, for people. Nothing was written."""


class LeadsChanged(Exception):
    """Somebody worked on one of the two since the page was made. Nothing was written."""


def merge_leads(
    *, survivor: Lead, merged: Lead, chosen: Mapping[str, str], seen: str, by: User, request_id: UUID, now: datetime
) -> LeadMerge:  # fmt: skip
    """Merge `merged` into `survivor`, all or nothing; a repeated `request_id` returns the first merge.

    `chosen` says per contact field whose value is kept (choosing.chosen_columns), `seen` what both looked like
    (choosing.mark). The merged lead becomes lost, with “merged into A-n”; its owner, calls, notes, policies, price and
    consent stay with it and are shown with the survivor. Its promises, owed answers and renewals go to the survivor's
    owner; its next try is closed. Whoever asked to stop under the numbers or the address of either is not contacted
    under those of the other. Both leads are brought up to date. Raises CannotMerge, LeadsChanged.
    """
    with transaction.atomic():
        one_at_a_time()
        if earlier := LeadMerge.objects.filter(request_id=request_id).first():
            return _same(earlier, survivor, merged)
        lock_leads(survivor, merged)
        _refuse(survivor, merged)
        if seen != mark(survivor, merged):
            raise LeadsChanged(f"A-{survivor.pk} or A-{merged.pk} is not as it was shown")
        was, since = LeadStatus(merged.status), merged.status_at
        share_stops(asked=stops_of(survivor, merged), leads=(survivor, merged), now=now)
        columns = chosen_columns(survivor=survivor, merged=merged, chosen=chosen)
        before = {column: getattr(survivor, column) for column in columns}
        set_columns(lead=survivor, columns=columns, by=by, request_id=request_id, now=now)
        moved, closed = _take_follow_ups(survivor, merged, now)
        move_lead(
            lead=merged, to=LeadStatus.LOST, reason=f"merged into A-{survivor.pk}", actor=by, now=now,
            told={"reason": TOLD},
        )  # fmt: skip
        _lead_to(survivor, merged)
        done = LeadMerge.objects.create(
            survivor=survivor, merged=merged, at=now, by=by, request_id=request_id, was_status=was,
            was_status_at=since, fields_before=kept_as(before), fields_after=kept_as(columns), moved=moved,
            closed=closed,
        )  # fmt: skip
        regroup(leads=[survivor.pk, merged.pk], now=now)
    return done


def one_at_a_time() -> None:
    """Wait for other merges; until the end of the transaction they wait for this one."""
    wait_for_turn(_LOCK)


def lock_leads(*leads: Lead) -> None:
    """Take the rows of `leads`, the oldest first as everybody does, and bring them up to date."""
    for lead in sorted(leads, key=lambda each: each.pk):
        lock_lead(lead)


def kept_as(columns: Mapping[str, Any]) -> dict[str, str]:
    """Values of columns as JSON keeps them."""
    return {column: "" if value is None else str(value) for column, value in columns.items()}


def is_client(lead: Lead) -> bool:
    """True for somebody with a policy, or whom an agent calls sold."""
    return lead.status == LeadStatus.SOLD or Policy.objects.standing().filter(lead=lead).exists()


def _same(earlier: LeadMerge, survivor: Lead, merged: Lead) -> LeadMerge:
    if (earlier.survivor_id, earlier.merged_id) != (survivor.pk, merged.pk):
        raise CannotMerge(
            "This form was sent before, the other way round or for other leads: reload the page"
        )
    return earlier


def _refuse(survivor: Lead, merged: Lead) -> None:
    if survivor.pk == merged.pk:
        raise CannotMerge("A lead cannot be merged into itself")
    for lead in (survivor, merged):
        if lead.merged_into_id:
            raise CannotMerge(f"A-{lead.pk} was merged into A-{lead.merged_into_id} meanwhile")
        if lead.erased_at is not None:
            raise CannotMerge(f"The person of A-{lead.pk} was erased")
        if lead.status not in LIVE:
            raise CannotMerge(
                f"A-{lead.pk} is {lead.get_status_display().lower()} by now: there is nothing to merge"
            )
    if is_client(merged) and not is_client(survivor):
        raise CannotMerge(f"A-{merged.pk} is a client: let it stay, and merge A-{survivor.pk} into it")
    if merged.owner_id and not survivor.owner_id:
        raise CannotMerge(
            f"A-{survivor.pk} has no owner: let A-{merged.pk} stay, or give A-{survivor.pk} first"
        )


def share_stops(*, asked: Sequence[Suppression], leads: Sequence[Lead], now: datetime) -> None:
    """Who asked to stop asked as a person: under the numbers and addresses of all `leads`, from the same commit on."""
    if not asked:
        return
    phones = [phone for lead in leads for phone in (lead.phone, lead.phone_2) if phone]
    for email in dict.fromkeys(lead.email for lead in leads):
        # A post that is being decided about one of the numbers ends first, or sees the request.
        fetch_together(lock_reached_by(phones, email))
        for request in asked:
            suppress_person(
                phones=phones, email=email, scope=RevocationScope(request.scope), reason=request.reason,
                channel=request.channel, by=request.added_by, now=now, revocation=request.revocation,
            )  # fmt: skip


def stops_of(*leads: Lead) -> list[Suppression]:
    """The requests to stop in force under the numbers and addresses of `leads`."""
    return [request for lead in leads for request in _stops(lead)]


def _stops(lead: Lead) -> Iterable[Suppression]:
    held = in_force(phone=lead.phone, phone_2=lead.phone_2, email=lead.email)
    return held.filter(kind=SuppressionKind.INTERNAL).select_related("revocation", "added_by")


def _take_follow_ups(survivor: Lead, merged: Lead, now: datetime) -> tuple[list[list[int]], list[int]]:
    """What was planned for the merged lead: (moved: key and owner before, closed: keys)."""
    answered = FollowUp.objects.filter(lead=survivor, done_at=None, kind=FollowUpKind.REPLY).exists()
    twice = {FollowUpKind.CADENCE, *([FollowUpKind.REPLY] if answered else [])}
    planned = FollowUp.objects.filter(lead=merged, done_at=None)
    closed = list(planned.filter(kind__in=twice).order_by("pk").values_list("pk", flat=True))
    moved = [
        [key, owner]
        for key, owner in planned.exclude(kind__in=twice).order_by("pk").values_list("pk", "owner")
    ]
    FollowUp.objects.filter(pk__in=closed).update(done_at=now)
    going = FollowUp.objects.filter(pk__in=[key for key, _ in moved])
    going.update(lead=survivor, **({"owner": survivor.owner_id} if survivor.owner_id else {}))
    return moved, closed


def _lead_to(survivor: Lead, merged: Lead) -> None:
    """The merged lead, and those that were merged into it before, lead to the one that stays."""
    Lead.objects.filter(Q(pk=merged.pk) | Q(merged_into=merged)).update(merged_into=survivor)
    merged.merged_into = survivor
