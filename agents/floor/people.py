"""Agents now, for who manages them: who gets leads, who is paused and by whom, whose license fails, what each has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.conf import settings

from agents.addresses import address
from agents.assignment.roster import ROSTER, AgentCard
from agents.models import Agent, License
from agents.team import Member, team
from compliance.models import ConfigChange
from leadcrm.lib.clock import day_words
from leadcrm.lib.config import current_version
from leadcrm.lib.counts import up_to
from leadcrm.lib.db import Query, fetch_together
from leadcrm.models import User
from leadcrm.templatetags.ui import day_and_time

# The states of agents.team, and what stands beside a state.
LICENSE: Final = "license"
STATES: Final = {
    "receives": "Receiving", "paused": "Paused", "full": "Full", "off_hours": "Off hours", "no_login": "Login off",
    LICENSE: "License trouble",
}  # fmt: skip
SOON: Final = timedelta(days=30)
# An open page says so about every minute.
HERE: Final = timedelta(minutes=3)
COUNTED: Final = 300
# By lead_open_of_owner, ended by the limit; and when a page of theirs last asked for news.
_BESIDE: Final = """
SELECT asked.user_id,
    (SELECT count(*) FROM (SELECT 1 FROM intake_lead WHERE owner_id = asked.user_id
        AND status IN ('new', 'contacted', 'quoted') LIMIT %(most)s) AS these),
    (SELECT seen_at FROM agents_noticemark AS mark WHERE mark.user_id = asked.user_id)
FROM unnest(%(users)s::bigint[]) AS asked (user_id)
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """One agent on the floor. `open` is a text, “300+” beyond COUNTED; `license` what is wrong, in words, or ""."""

    member: Member
    open: str
    seen_at: datetime | None
    here: bool
    paused_by: str
    license: str
    unlicensed: bool  # no license at all holds today

    @property
    def untouched_url(self) -> str:
        """The leads that are counted as untouched."""
        return f"{self.member.leads_url}&status=new&touched=no"

    @property
    def overdue_url(self) -> str:
        """What the agent had to do by now."""
        return f"{address('follow_ups')}?whose={self.member.agent.user_id}&show=overdue"

    @property
    def pause(self) -> str:
        """Of a paused agent: by Ann Lee, since 8:55 AM, back Nov 30, 9:00 AM: Training."""
        agent = self.member.agent
        by = f"by {self.paused_by}" if self.paused_by else ""
        since = f"since {_clock(agent.paused_at)}" if agent.paused_at else ""
        back = f"back {_clock(agent.back_at)}" if agent.back_at else ""
        told = ", ".join(part for part in (by, since, back) if part)
        return f"{told}: {agent.pause_reason}" if agent.pause_reason else told

    @property
    def seen(self) -> str:
        """When a page of theirs was last open; "" for never."""
        return _clock(self.seen_at) if self.seen_at else ""

    def is_in(self, state: str) -> bool:
        """True where the filter `state` (a key of STATES) finds the agent."""
        return bool(self.license) if state == LICENSE else self.member.state == state


def _clock(at: datetime) -> str:
    """Within a sentence: 8:55 AM of today, Nov 30, 9:00 AM of other days."""
    return day_and_time(at).removeprefix("Today, ")


def agents_now(*, user: User, team_id: int | None = None, licensed: str = "", now: datetime) -> list[Watched]:
    """The agents at work whom `user` leads or manages, by team and name; of one team, or licensed today in a state.

    `licensed` is the state's code. Seven queries.
    """
    only = None
    if licensed:
        cards = ROSTER.get(None, current_version()).agents.values()
        only = [card.id for card in cards if _holds_any(card, _today(now), licensed)]
    members = team(user=user, now=now, team_id=team_id, only=only)
    if not members:
        return []
    rows = fetch_together(
        Query(_BESIDE, {"users": [member.agent.user_id for member in members], "most": COUNTED + 1})
    )[0]
    beside = {user_id: (count, seen_at) for user_id, count, seen_at in rows}
    pauses = _pauses([member.agent for member in members if member.state == "paused"])
    troubles = license_troubles([member.agent for member in members], now=now)
    return [_watched(member, *beside[member.agent.user_id], pauses, troubles, now) for member in members]


def _watched(
    member: Member, count: int, seen_at: datetime | None, pauses: Mapping[int, str],
    troubles: Mapping[int, tuple[str, bool]], now: datetime,
) -> Watched:  # fmt: skip
    words, unlicensed = troubles.get(member.agent.pk, ("", False))
    return Watched(
        member=member, open=up_to(COUNTED, count), seen_at=seen_at,
        here=seen_at is not None and seen_at > now - HERE, paused_by=pauses.get(member.agent.pk, ""),
        license=words, unlicensed=unlicensed,
    )  # fmt: skip


def _pauses(agents: Sequence[Agent]) -> dict[int, str]:
    """By whom each was paused, from the history of configuration that the database keeps. One query."""
    if not agents:
        return {}
    changes = ConfigChange.objects.filter(
        table_name=Agent._meta.db_table, row_id__in=[str(agent.pk) for agent in agents],
        before__receiving=True, after__receiving=False,
    )  # fmt: skip
    latest = changes.order_by("row_id", "-id").distinct("row_id").select_related("by")
    return {int(change.row_id): _who(change) for change in latest}


def _who(change: ConfigChange) -> str:
    """The person's name; where nobody did it, what did."""
    return str(change.by) if change.by_id and change.by else change.via


def license_troubles(agents: Iterable[Agent], *, now: datetime) -> dict[int, tuple[str, bool]]:
    """What is wrong with the licenses of those `agents` who have trouble, and whether none holds today. One query.

    Days are the agency's. Licenses that end within SOON are trouble unless they are renewed already.
    """
    today = _today(now)
    agents = list(agents)
    cards = ROSTER.get(None, current_version()).agents
    ending: dict[int, list[License]] = {}
    soon = License.objects.filter(agent__in=agents).ending(first=today, last=today + SOON, today=today)
    for held in soon.order_by("expires_on", "state", "line"):
        ending.setdefault(held.agent_id, []).append(held)
    found = {}
    for agent in agents:
        if not _holds_any(cards.get(agent.pk), today):
            found[agent.pk] = ("no valid license", True)
        elif held_soon := ending.get(agent.pk):
            found[agent.pk] = (_ends(held_soon), False)
    return found


def _today(now: datetime) -> date:
    return now.astimezone(settings.AGENCY_ZONE).date()


def _holds_any(card: AgentCard | None, today: date, state: str = "") -> bool:
    """True when a license holds today: of `state`, if one is given, for whatever line."""
    if card is None:
        return False
    spans = (span for (of, _), held in card.licenses.items() if state in ("", of) for span in held)
    return any(starts <= today and (ends is None or today <= ends) for starts, ends in spans)


def _ends(held: Sequence[License]) -> str:
    first = held[0]
    more = f" and {len(held) - 1} more" if len(held) > 1 else ""
    return f"{first} ends {day_words(first.expires_on)}{more}" if first.expires_on else ""
