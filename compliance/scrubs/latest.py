"""What outside services said of a number and still holds."""

from collections.abc import Iterable
from datetime import datetime

from compliance.models import ScrubAnswer


def latest(phone: str, *, now: datetime) -> list[ScrubAnswer]:
    """The newest answer of each service about `phone` (E.164) that is valid at `now` (aware). One query."""
    return latest_answers([phone], now=now).get(phone, [])


def latest_answers(phones: Iterable[str], *, now: datetime) -> dict[str, list[ScrubAnswer]]:
    """As `latest`, for many numbers in one query; numbers of which nothing is known are left out.

    Unknown answers are never valid. What a service answered last counts, also where it answered otherwise before.
    """
    found: dict[str, list[ScrubAnswer]] = {}
    rows = ScrubAnswer.objects.filter(
        phone__in={phone for phone in phones if phone}, asked_at__lte=now, valid_until__gt=now
    )
    newest = rows.order_by("phone", "service", "-asked_at", "-pk").distinct("phone", "service")
    for row in newest.defer("raw"):
        found.setdefault(row.phone, []).append(row)
    return found
