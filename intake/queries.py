"""Reading posts, and returns."""

import re
import uuid
from typing import Final

from django.db.models import Count, Q, QuerySet

from intake.models import OPEN_STATUSES, Lead, Return, ReturnState, Submission, Vertical

_LEAD_ID: Final = re.compile(r"A-([0-9]{1,18})")


def has_number(*phones: str) -> Q:
    """Rows whose `phone` or `phone_2` is one of `phones` (E.164), by their indexes; "" matches no row."""
    numbers = [phone for phone in phones if phone]
    return Q(phone__in=numbers) | (Q(phone_2__in=numbers) & ~Q(phone_2=""))


def without_owner(rows: QuerySet[Lead]) -> QuerySet[Lead]:
    """Open leads that nobody works, worded as their index is; not old ones of a file, which people give out."""
    return rows.filter(owner__isnull=True, status__in=OPEN_STATUSES, backlog=False)


def not_given_out(rows: QuerySet[Lead]) -> QuerySet[Lead]:
    """Open leads of files of old ones that nobody was given yet, worded as their index is."""
    return rows.filter(owner__isnull=True, status__in=OPEN_STATUSES, backlog=True)


def submissions_of(source_id: int) -> QuerySet[Submission]:
    """The posts of one source, newest first."""
    return Submission.objects.filter(source_id=source_id).order_by("-received_at", "-id")


def find_submission(source_id: int, name: str) -> Submission | None:
    """A source's post by our lead id (`A-…`), our submission id, or the vendor's own id; the newest that fits."""
    own = submissions_of(source_id)
    if match := _LEAD_ID.fullmatch(name):
        found = own.filter(lead_number=int(match[1])).first()
        if found is not None:
            return found
    try:
        found = own.filter(pk=uuid.UUID(name)).first()
    except ValueError:
        found = None
    return found or own.filter(vendor_lead_id=name).exclude(vendor_lead_id="").first()


def product_names() -> dict[str, str]:
    """Names of the verticals by code. A short table, one query."""
    return dict(Vertical.objects.values_list("code", "name"))


def vendors_asked() -> list[tuple[int, str, int]]:
    """Vendors that have not answered every return: key, name, how many wait. By the index of open returns."""
    waiting = Return.objects.filter(state=ReturnState.ASKED).order_by("source__vendor__name")
    return list(waiting.values_list("source__vendor", "source__vendor__name").annotate(count=Count("pk")))


def returns_of(source_id: int) -> QuerySet[Return]:
    """The returns of one source with their leads, newest first."""
    return Return.objects.filter(source_id=source_id).select_related("lead").order_by("-asked_at", "-id")
