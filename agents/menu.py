"""What the menu on every page says to its reader."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists

from agents.claiming import COUNTED, claim_count, opens_leads
from agents.models import HandOver, Team
from agents.queries import sees_everything
from leadcrm.lib.counts import up_to
from leadcrm.models import User


@dataclass(frozen=True, slots=True)
class Menu:
    """Entries that not everybody has, and whether the reader gets new leads."""

    claims: bool = False
    claim_count: str = ""  # "" for none, “9+” beyond nine
    team: bool = False
    paused_at: datetime | None = None
    pause_reason: str = ""
    back_at: datetime | None = None
    hands_over: bool = False


def menu_of(*, user: User, now: datetime) -> Menu:
    """The menu of `user` at `now` (aware): one query, for it is asked on every page."""
    found = (
        User.objects.filter(pk=user.pk)
        .annotate(
            opens=opens_leads(user), offers=claim_count(user=user, now=now),
            leader=Exists(Team.objects.filter(leader=user)),
            hands_over=Exists(HandOver.objects.filter(from_agent__user=user, finished_at=None)),
        )
        .values(
            "opens", "offers", "leader", "hands_over", "agent__active", "agent__receiving", "agent__paused_at",
            "agent__pause_reason", "agent__back_at",
        )
        .first()
    )  # fmt: skip
    if found is None:
        return Menu()
    count = len(found["offers"])
    paused = found["agent__active"] and found["agent__receiving"] is False
    return Menu(
        claims=found["opens"] or count > 0,
        claim_count=up_to(COUNTED, count) if count else "",
        team=bool(found["leader"]) or sees_everything(user),
        paused_at=(found["agent__paused_at"] or now) if paused else None,
        pause_reason=found["agent__pause_reason"] if paused else "",
        back_at=found["agent__back_at"] if paused else None,
        hands_over=found["hands_over"],
    )
