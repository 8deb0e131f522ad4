"""Which version of a list was held on a day, and how the bits looked then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from compliance.dnc.answers import Why
from compliance.dnc.bitmaps import Flips
from compliance.models.dnc import DncDelta, DncVersion, VersionState

HISTORY_DAYS = 5 * 366
LOADED = (VersionState.READY, VersionState.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Past:
    """The version that answers for a day, or why none does."""

    version: DncVersion | None
    why: Why = Why.PLAIN


def version_held(*, list_id: int, on: date | datetime) -> Past:
    """The version of a list that look-ups used at a moment, or at the end of a day (agency time).

    A day before anything was loaded is answered from the version that was in effect on it by its own date,
    and says so (LOADED_LATER): the answer is true of the list, but it was not held yet. A moment is strict.
    """
    moment = _end_of(on)
    versions = list(DncVersion.objects.filter(dnc_list=list_id, state__in=LOADED).order_by("number"))
    held = [v for v in versions if v.finished_at is not None and v.finished_at <= moment]
    if held:
        return _kept(held[-1], Why.PLAIN)
    if not isinstance(on, datetime):
        dated = [v for v in versions if v.effective_on <= on]
        if dated:
            return _kept(dated[-1], Why.LOADED_LATER)
    return Past(None, Why.BEFORE_FIRST_VERSION if versions else Why.NO_VERSION)


def _kept(version: DncVersion, why: Why) -> Past:
    return Past(version, why) if version.history_kept else Past(None, Why.HISTORY_NOT_KEPT)


def _end_of(on: date | datetime) -> datetime:
    if isinstance(on, datetime):
        return on
    midnight = datetime.combine(on + timedelta(days=1), time(), timezone.get_default_timezone())
    return midnight - timedelta(microseconds=1)


def flips_between(*, list_id: int, then: int, now: int, areas: Sequence[int]) -> dict[int, Flips]:
    """Per area code, the numbers that changed sides after version number `then` up to number `now`."""
    rows = DncDelta.objects.filter(
        Q(version__number__gt=then, version__number__lte=now),
        version__dnc_list=list_id,
        version__state__in=LOADED,
        area_code__in=areas,
    ).values_list("area_code", "flips", "dense")
    deltas: dict[int, list[tuple[bytes, bool]]] = {}
    for area, flips, dense in rows.iterator():
        deltas.setdefault(area, []).append((bytes(flips), dense))
    return {area: Flips(found) for area, found in deltas.items()}


def forget_before(*, list_id: int, now: datetime) -> int:
    """Drop what only answers about versions superseded more than five years ago. Gives the number dropped.

    A version's changes are needed to go back behind it; once its successor is five years old nobody asks.
    """
    cutoff = now - timedelta(days=HISTORY_DAYS)
    loaded = DncVersion.objects.filter(dnc_list=list_id, state__in=LOADED)
    oldest_needed = loaded.filter(finished_at__lte=cutoff).order_by("-number").first()
    if oldest_needed is None:
        return 0
    forgotten = loaded.filter(number__lt=oldest_needed.number, history_kept=True).update(history_kept=False)
    DncDelta.objects.filter(version__dnc_list=list_id, version__number__lte=oldest_needed.number).delete()
    return forgotten
