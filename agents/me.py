"""What one's own page shows: receiving, licenses and how long they hold, hours, who of the team receives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from django.conf import settings
from django.db import transaction

from agents.models import Agent, AgentHours, License
from agents.receiving import under_way
from intake.models import Line, Vertical
from leadcrm.lib.weekdays import WEEKDAYS
from leadcrm.models import User

SOON: Final = 30
# The strip on every page comes with the last mail but one, and stays that long after the end.
ALARM: Final = 7
# Stretches of a day that the form has room for; managers may set more.
STRETCHES: Final = 2
Stretch = tuple[int, time, time]


@dataclass(frozen=True, slots=True)
class HeldLicense:
    """A license as its holder reads it. `days` are left after today, None without an end; `tone` is a badge's."""

    license: License
    line: str
    days: int | None
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class MyPage:
    """One's own page. Without an `agent` (staff who sell nothing) the rest is empty."""

    agent: Agent | None
    licenses: Sequence[HeldLicense] = ()
    week: Sequence[tuple[str, Sequence[AgentHours]]] = ()
    team: Sequence[Agent] = ()
    hands_over: bool = False


def my_page(*, user: User, now: datetime) -> MyPage:
    """The page of `user` and nobody else. Seven short queries at most."""
    agent = Agent.objects.select_related("team", "user").filter(user=user).first()
    led = Agent.objects.filter(team__leader=user, active=True).select_related("user").exclude(user=user)
    if agent is None:
        return MyPage(None, team=list(led))
    hours = list(agent.hours.all())
    week = [(name, [row for row in hours if row.weekday == day]) for day, name in enumerate(WEEKDAYS)]
    hands_over = not agent.receiving and under_way(agent.pk)
    licenses = held_licenses(agent=agent, now=now)
    return MyPage(agent, licenses, week if hours else (), list(led), hands_over)


def held_licenses(*, agent: Agent, now: datetime) -> list[HeldLicense]:
    """All licenses of `agent`, those that end first on top, by the agency's date at `now`."""
    today = now.astimezone(settings.AGENCY_ZONE).date()
    names = {**dict(Line.choices), **dict(Vertical.objects.values_list("code", "name"))}
    rows = sorted(
        agent.licenses.all(), key=lambda row: (row.expires_on or date.max, row.state, row.line, row.pk)
    )
    return [_held(row, str(names.get(row.line, row.line)), today) for row in rows]


def _held(row: License, line: str, today: date) -> HeldLicense:
    days = (row.expires_on - today).days if row.expires_on else None
    if days is not None and days < 0:
        return HeldLicense(row, line, days, "bad", "Expired")
    if row.effective_on > today:
        return HeldLicense(row, line, days, "info", "Not yet in effect")
    if days is None:
        return HeldLicense(row, line, None, "good", "No end")
    words = "Last day is today" if days == 0 else f"{days} day{'' if days == 1 else 's'} left"
    return HeldLicense(row, line, days, "warn" if days <= SOON else "good", words)


def alarming_licenses(*, user: User, now: datetime) -> list[HeldLicense]:
    """The reader's licenses that end within a week or ended in the last one, not renewed. One query."""
    today = now.astimezone(settings.AGENCY_ZONE).date()
    first, last = date.fromordinal(today.toordinal() - ALARM), date.fromordinal(today.toordinal() + ALARM)
    rows = License.objects.of_people_at_work().ending(first=first, last=last, today=today)
    ordered = rows.filter(agent__user=user).order_by("expires_on", "state", "line")
    return [_held(row, row.line.replace("_", " "), today) for row in ordered]


def save_profile(*, agent: Agent, phone: str, languages: Sequence[str]) -> None:
    """The agent's own line (E.164 or empty) and languages (codes), as the agent says."""
    Agent.objects.filter(pk=agent.pk).update(phone=phone, languages=sorted(set(languages)))


def save_hours(*, agent: Agent, stretches: Sequence[Stretch]) -> None:
    """The agent's week becomes `stretches` (weekday from Monday = 0, from, to; none: always). Twice is once."""
    wanted = set(stretches)
    with transaction.atomic():
        Agent.objects.select_for_update().get(pk=agent.pk)
        rows = list(AgentHours.objects.filter(agent=agent))
        kept = {(row.weekday, row.starts_at, row.ends_at): row.pk for row in rows if _key(row) in wanted}
        gone = [row.pk for row in rows if row.pk not in kept.values()]
        if gone:
            AgentHours.objects.filter(pk__in=gone).delete()
        AgentHours.objects.bulk_create(
            AgentHours(agent=agent, weekday=day, starts_at=starts, ends_at=ends)
            for day, starts, ends in sorted(wanted - set(kept))
        )


def _key(row: AgentHours) -> Stretch:
    return row.weekday, row.starts_at, row.ends_at


def fits_form(agent: Agent) -> bool:
    """True when the form for hours has room for all the agent has."""
    days = [row.weekday for row in agent.hours.all()]
    return all(days.count(day) <= STRETCHES for day in set(days))
