"""Whether an agent takes new leads: paused for a reason and until a time, back again by hand or by itself."""

from datetime import datetime, time, timedelta
from typing import Final

from django.db import transaction
from django.db.models import DateTimeField, Exists, OuterRef, Value
from django.db.models.functions import Coalesce

from agents.models import Agent, HandOver
from leadcrm.lib.actor import acting

LONGEST: Final = timedelta(days=366)


class NotAtWork(Exception):
    """The agent has left: nothing can be paused, and nobody comes back."""


class HandsOver(Exception):
    """The agent's book is being handed over: nothing about the pause can be changed until that is done."""


def under_way(agent_id: int) -> bool:
    """True while the book of the agent is being handed over."""
    return HandOver.objects.filter(from_agent=agent_id, finished_at=None).exists()


def pause_agent(*, agent_id: int, reason: str, back_at: datetime | None, now: datetime) -> None:
    """The agent takes no new leads from `now` on, until `back_at` (None: until somebody switches it on again).

    One that is paused already stays so since then, with the new `reason` and `back_at`. Raises NotAtWork, and
    ValueError for a `back_at` that has passed or is more than a year away.
    """
    if back_at is not None and not now < back_at <= now + LONGEST:
        raise ValueError("back_at must be still to come, within a year")
    paused = Agent.objects.filter(pk=agent_id, active=True).update(
        receiving=False, pause_reason=reason[:200], back_at=back_at,
        paused_at=Coalesce("paused_at", Value(now, output_field=DateTimeField())),
    )  # fmt: skip
    if not paused:
        raise NotAtWork


def resume_agent(*, agent_id: int) -> None:
    """The agent takes new leads again. Doing it twice changes nothing. Raises NotAtWork, HandsOver."""
    with transaction.atomic():
        # Locked first: a hand-over that begins in this moment is seen, or pauses the agent afterwards.
        agent = Agent.objects.select_for_update().filter(pk=agent_id, active=True).first()
        if agent is None:
            raise NotAtWork
        if under_way(agent_id):
            raise HandsOver
        # A trigger empties reason, beginning and end, whoever switches `receiving` on (migration 0013).
        Agent.objects.filter(pk=agent_id, receiving=False).update(receiving=True)


def bring_back(*, now: datetime) -> int:
    """Every paused agent whose time has come takes leads again; how many that were. Safe to run twice at once."""
    handed = HandOver.objects.filter(from_agent=OuterRef("pk"), finished_at=None)
    due = Agent.objects.filter(~Exists(handed), receiving=False, active=True, back_at__lte=now)
    if not due.exists():  # most of the time, and then nobody's name has to be set on the connection
        return 0
    with acting(None, via="back by itself"):
        return due.update(receiving=True)


def usual_returns(agent: Agent, now: datetime) -> list[tuple[str, str]]:
    """(label, wall time on the agent's clock as a form field takes it) of the moments people usually choose."""
    here = now.astimezone(agent.zone)
    soon = [("30 minutes", 30), ("1 hour", 60), ("2 hours", 120)]
    times = [(label, (now + timedelta(minutes=minutes)).astimezone(agent.zone)) for label, minutes in soon]
    tomorrow = datetime.combine(here.date() + timedelta(days=1), _begins(agent, here), tzinfo=agent.zone)
    return [(label, f"{at:%Y-%m-%dT%H:%M}") for label, at in [*times, ("Tomorrow morning", tomorrow)]]


def _begins(agent: Agent, here: datetime) -> time:
    """When the agent's next day begins: by the hours, else at nine."""
    tomorrow = (here.weekday() + 1) % 7
    return min((row.starts_at for row in agent.hours.all() if row.weekday == tomorrow), default=time(9))
