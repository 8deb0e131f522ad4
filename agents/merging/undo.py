"""Undoing a merge: both leads as they were, but for what was done since."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from django.db import transaction

from agents.merging.merge import kept_as, lock_leads, one_at_a_time, share_stops, stops_of
from agents.models import Communication, FollowUp, FollowUpKind, LeadMerge, Policy
from agents.twins.groups import regroup
from intake.editable import field_label
from intake.editing import set_columns
from intake.lifecycle import put_back
from intake.models import Lead, LeadStatus
from leadcrm.models import User

# For so long the names and numbers that a merge replaced are kept, and it can be undone.
UNDO_DAYS: Final = 30
_NAMESPACE: Final = UUID("0b8f6a52-9d8e-4c0e-8f29-3f6f1c6f2b11")
# Taken back together or not at all.
_TOGETHER: Final = (("phone", "phone_extension", "phone_2"), ("zip", "zip_plus4"))


class CannotUndo(ValueError):
    """Something stands in the way; `reasons` say what, for people. Nothing was written."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = tuple(reasons)


def undo_merge(*, merge: LeadMerge, by: User, now: datetime) -> list[str]:
    """Make two leads again of the two that `merge` made one; what stays as it is by now, in sentences.

    The merged lead is in its stage again, and what was planned for it is with it and whoever it was planned for. The
    survivor's fields say what they said before. What was done since is not touched: a field that was corrected, a
    follow-up that was done, calls, notes and policies of the survivor. Requests to stop that were shared stay, and
    those that came since hold for both: only a person who looks at them releases those. Undone before: nothing is
    done, []. Raises CannotUndo, and nothing is undone, as `in_the_way` says.
    """
    with transaction.atomic():
        one_at_a_time()
        merge.refresh_from_db()
        if merge.undone_at is not None:
            return []
        lock_leads(merge.survivor, merge.merged)
        if reasons := in_the_way(merge, now):
            raise CannotUndo(reasons)
        remarks = left_as_it_is(merge)
        columns = _unchanged_since(merge)
        # What was asked of the one lead meanwhile may have been asked by either of the two.
        asked = [stop for stop in stops_of(merge.survivor, merge.merged) if stop.added_at >= merge.at]
        undo_id = uuid5(_NAMESPACE, str(merge.request_id))
        set_columns(lead=merge.survivor, columns=columns, by=by, request_id=undo_id, now=now)
        share_stops(asked=asked, leads=(merge.survivor, merge.merged), now=now)
        _lead_back(merge)
        put_back(
            lead=merge.merged, to=LeadStatus(merge.was_status), since=merge.was_status_at,
            reason=f"merge into A-{merge.survivor_id} undone by {by}"[:200], now=now,
        )  # fmt: skip
        _give_back(merge)
        merge.undone_at, merge.undone_by, merge.fields_before, merge.fields_after = now, by, {}, {}
        merge.save()
        regroup(leads=[merge.survivor_id, merge.merged_id], now=now)
    return remarks


def in_the_way(merge: LeadMerge, now: datetime) -> list[str]:
    """Why `merge` cannot be undone, in sentences; [] where nothing stands in the way. Both leads as they are now."""
    survivor, merged = merge.survivor, merge.merged
    reasons = []
    if now - merge.at > timedelta(days=UNDO_DAYS):
        reasons.append(f"More than {UNDO_DAYS} days have passed.")
    if survivor.erased_at or merged.erased_at:
        reasons.append("The person was erased.")
    if survivor.merged_into_id:
        reasons.append(f"{survivor} was merged into A-{survivor.merged_into_id} since: undo that first.")
    if merged.status != LeadStatus.LOST:
        reasons.append(f"{merged} is {merged.get_status_display().lower()} by now.")
    return reasons


def left_as_it_is(merge: LeadMerge) -> list[str]:
    """What was done since the merge and will not be undone, in sentences. Three queries."""
    remarks, survivor = [], merge.survivor
    if said := Communication.objects.filter(lead=survivor, at__gt=merge.at).count():
        remarks.append(f"Calls, messages and notes since the merge stay with {survivor}: {said}.")
    if sold := Policy.objects.filter(lead=survivor, sold_at__gt=merge.at).count():
        remarks.append(f"Policies sold since the merge stay with {survivor}: {sold}.")
    keys = [key for key, _ in merge.moved]
    if done := FollowUp.objects.filter(pk__in=keys, done_at__isnull=False).count():
        remarks.append(f"Follow-ups that went along and were done since stay done: {done}.")
    touched = merge.fields_before.keys() - _unchanged_since(merge).keys()
    if touched:
        names = ", ".join(sorted(field_label(column).lower() for column in touched))
        remarks.append(f"Corrected since, and left so: {names}.")
    return remarks


def forget_kept(*, now: datetime) -> int:
    """Blank what merges keep of names and numbers once they cannot be undone any more; of how many merges."""
    old = LeadMerge.objects.exclude(fields_before={}).filter(at__lt=now - timedelta(days=UNDO_DAYS))
    return old.update(fields_before={}, fields_after={})


def _unchanged_since(merge: LeadMerge) -> dict[str, Any]:
    """The columns to be written back: those that still say what the merge made them say."""
    lead, after = merge.survivor, merge.fields_after
    present = kept_as({column: getattr(lead, column) for column in after})
    same = {column for column, value in after.items() if present[column] == value}
    for together in _TOGETHER:
        if any(column in after and column not in same for column in together):
            same -= set(together)
    return {column: _read(column, merge.fields_before[column]) for column in same}


def _read(column: str, value: str) -> Any:
    """A column's value as JSON kept it."""
    if column != "date_of_birth":
        return value
    return date.fromisoformat(value) if value else None


def _lead_back(merge: LeadMerge) -> None:
    """Leads that had been merged into the merged one lead to it again."""
    before, found = {merge.merged_id}, {merge.merged_id}
    while found:
        rows = LeadMerge.objects.filter(survivor__in=found, undone_at=None).exclude(pk=merge.pk)
        found = set(rows.values_list("merged", flat=True)) - before
        before |= found
    Lead.objects.filter(pk__in=before - {merge.merged_id}).update(merged_into=merge.merged_id)
    Lead.objects.filter(pk=merge.merged_id).update(merged_into=None)
    merge.merged.merged_into = None


def _give_back(merge: LeadMerge) -> None:
    """What went along and is still open goes back; what the merge closed is open again."""
    lead = merge.merged
    renewals = FollowUp.objects.filter(lead=merge.survivor, policy__lead=lead, done_at=None)
    renewals = renewals.exclude(pk__in=[key for key, _ in merge.moved])
    renewals.update(lead=lead, **({"owner": lead.owner_id} if lead.owner_id else {}))
    taken = set(FollowUp.objects.filter(lead=lead, done_at=None).values_list("kind", flat=True))
    for follow_up in FollowUp.objects.filter(pk__in=[key for key, _ in merge.moved], done_at=None):
        if follow_up.lead_id == merge.survivor_id and not (
            follow_up.kind in _ONCE and follow_up.kind in taken
        ):
            follow_up.lead, follow_up.owner_id = lead, dict(merge.moved)[follow_up.pk]
            follow_up.save(update_fields=["lead", "owner"])
            taken.add(follow_up.kind)
    for follow_up in FollowUp.objects.filter(pk__in=merge.closed, done_at=merge.at):
        if follow_up.kind not in taken:
            FollowUp.objects.filter(pk=follow_up.pk).update(done_at=None)
            taken.add(follow_up.kind)


# Kinds of which a lead has one open at most.
_ONCE: Final = (FollowUpKind.CADENCE, FollowUpKind.REPLY)
