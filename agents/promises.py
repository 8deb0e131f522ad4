"""Follow-ups by the dozen: which a person may see, snoozing and finishing many at once."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo

from django.db import transaction
from django.db.models import QuerySet

from agents.localtime import zone_for_forms
from agents.models import FollowUp
from agents.queries import sees_everything, visible_leads, visible_owners
from intake.models import Lead
from leadcrm.models import User


class AlreadyPast(ValueError):
    """Where one of the people lives, that time has passed already; nothing was written."""


class UnknownFollowUps(LookupError):
    """One of the follow-ups does not exist, or its lead is not the user's to see; nothing was written."""


def visible_follow_ups(user: User) -> QuerySet[FollowUp]:
    """Follow-ups, open and done, on the leads that `user` may see. Nothing of a person who was erased."""
    rows = FollowUp.objects.filter(lead__erased_at__isnull=True)
    return rows if sees_everything(user) else rows.filter(lead__owner__in=visible_owners(user))


def snooze_follow_ups(*, user: User, ids: Iterable[int], until: datetime, now: datetime) -> int:
    """Move the open ones among the follow-ups `ids` to `until` (aware); how many there were.

    All or nothing: raises UnknownFollowUps unless `user` may see each. Those that are done meanwhile are left, and
    one that is due at `until` already counts as moved, so that a double click says the same twice. Raises ValueError
    when `until` has no time zone or is not after `now`.
    """
    if until.tzinfo is None or until <= now:
        raise ValueError("A follow-up is snoozed to a moment to come, with a time zone")
    with transaction.atomic():
        return _open(user, ids).update(due_at=until)


def snooze_each(*, user: User, ids: Iterable[int], to: Callable[[tzinfo], datetime], now: datetime) -> int:
    """Move the open ones among the follow-ups `ids`, each to what `to` says for its consumer's zone; how many.

    All or nothing, as snooze_follow_ups. Where neither ZIP nor state tells the zone, the agency's is asked for.
    Raises AlreadyPast when the moment is not to come for one of them.
    """
    by_zone: dict[tzinfo, list[int]] = defaultdict(list)
    with transaction.atomic():
        rows = _open(user, ids)
        for row in rows.select_related("lead"):
            by_zone[zone_for_forms(row.lead)[0]].append(row.pk)
        for zone, keys in by_zone.items():
            until = to(zone)
            if until <= now:
                raise AlreadyPast
            rows.filter(pk__in=keys).update(due_at=until)
    return sum(len(keys) for keys in by_zone.values())


def finish_follow_ups(*, user: User, ids: Iterable[int], now: datetime) -> int:
    """Mark the open ones among the follow-ups `ids` as done; how many there were. All or nothing.

    Done twice, the first moment stands. Raises UnknownFollowUps unless `user` may see each.
    """
    with transaction.atomic():
        return _open(user, ids).update(done_at=now)


def _open(user: User, ids: Iterable[int]) -> QuerySet[FollowUp]:
    """The open ones among `ids`, their leads held until the end of the transaction.

    The leads come first and in the order of their keys: two people with overlapping lists wait for each other
    instead of locking each other out, and a lead that is just given away is seen with its new owner.
    """
    wanted = set(ids)
    leads = dict(FollowUp.objects.filter(pk__in=wanted).values_list("pk", "lead_id"))
    mine = visible_leads(user).filter(pk__in=set(leads.values()), erased_at__isnull=True)
    held = set(_held(mine))
    if set(leads) != wanted or not set(leads.values()) <= held:
        raise UnknownFollowUps
    return FollowUp.objects.filter(pk__in=wanted, done_at__isnull=True)


def _held(leads: QuerySet[Lead]) -> list[int]:
    return list(leads.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
