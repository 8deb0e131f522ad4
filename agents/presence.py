"""Two people on one lead see each other: a row that each page renews while somebody looks at it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from agents.models import Presence
from leadcrm.models import User

# Pages renew every 15 seconds (static/leadcrm/js/presence.js); two that got lost are forgiven.
FRESH: Final = timedelta(seconds=40)
KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody else who has the lead open."""

    name: str
    typing: bool

    def __str__(self) -> str:
        return f"{self.name} is on this lead too" + (", typing" if self.typing else "")


def be_present(*, lead_id: int, user: User, typing: bool, now: datetime) -> list[Other]:
    """Note that `user` has the lead open, and answer who else has. One row a person, however many tabs. Two queries.

    Whether `user` may see the lead is the caller's to ask.
    """
    Presence.objects.bulk_create(
        [Presence(lead_id=lead_id, user=user, seen_at=now, typing=typing)],
        update_conflicts=True,
        unique_fields=["lead", "user"],
        update_fields=["seen_at", "typing"],
    )
    return others_on(lead_id=lead_id, user=user, now=now)


def others_on(*, lead_id: int, user: User, now: datetime) -> list[Other]:
    """Who else has the lead open, by name. One query."""
    found = Presence.objects.filter(lead=lead_id, seen_at__gt=now - FRESH).exclude(user=user)
    rows = found.select_related("user").order_by("user__first_name", "user__last_name", "pk")
    return [Other(str(row.user), row.typing) for row in rows]


def leave(*, lead_id: int, user: User) -> None:
    """`user` has closed the page. One of another tab comes back by itself."""
    Presence.objects.filter(lead=lead_id, user=user).delete()


def forget_presences(*, now: datetime) -> int:
    """Delete who was where more than a day ago. Returns how many rows there were."""
    gone, _ = Presence.objects.filter(seen_at__lt=now - KEPT).delete()
    return gone
