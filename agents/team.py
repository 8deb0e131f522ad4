"""What a team's leader sees of the agents: who is at work, what waits with whom, who needs help now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from agents.addresses import address
from agents.assignment.eligibility import WORDS, Load, hours_refusal, load_refusal
from agents.assignment.loads import agency_day_start, hour_start
from agents.assignment.roster import ROSTER, AgentCard
from agents.models import Agent
from agents.queries import sees_everything
from leadcrm.lib.config import current_version
from leadcrm.lib.counts import up_to
from leadcrm.lib.db import Query, Row, fetch_together
from leadcrm.models import User

# Counts go so far; beyond it stands “99+”.
COUNTED: Final = 99
# Agents of one page; an agency with more looks at them team by team.
SHOWN: Final = 200

# Each part is one walk along an index, ended by a limit, for each agent; together one round trip.
_FIGURES: Final = """
SELECT asked.agent_id,
    (SELECT count(*) FROM (SELECT 1 FROM intake_lead WHERE owner_id = asked.user_id AND status = 'new'
        AND touched_at IS NULL AND NOT backlog LIMIT %(most)s) AS waiting),
    (SELECT received_at FROM intake_lead WHERE owner_id = asked.user_id AND status = 'new' AND touched_at IS NULL
        AND NOT backlog ORDER BY received_at LIMIT 1),
    (SELECT count(*) FROM (SELECT 1 FROM agents_followup WHERE owner_id = asked.user_id AND done_at IS NULL
        AND due_at <= %(now)s LIMIT %(most)s) AS late),
    (SELECT count(*) FROM (SELECT 1 FROM agents_followup WHERE owner_id = asked.user_id AND done_at IS NULL
        AND due_at > %(now)s AND due_at < %(day_end)s LIMIT %(most)s) AS today),
    (SELECT count(*) FROM (SELECT 1 FROM agents_communication WHERE author_id = asked.user_id AND channel = 'call'
        AND at >= %(day)s AND at <= %(now)s LIMIT 1000) AS calls),
    (SELECT max(at) FROM agents_communication WHERE author_id = asked.user_id),
    (SELECT count(*) FROM (SELECT 1 FROM agents_slaevent WHERE agent_id = asked.agent_id AND lapsed
        AND at >= %(day)s LIMIT %(most)s) AS lapses)
FROM unnest(%(agents)s::bigint[], %(users)s::bigint[]) AS asked (agent_id, user_id)
"""


@dataclass(frozen=True, slots=True)
class Member:
    """One agent as the leader sees it. Counts are texts, “99+” beyond COUNTED; `state` is what new leads meet."""

    agent: Agent
    name: str
    state: str  # receives, paused, no_login, off_hours, full
    why: str
    untouched: str
    oldest_at: datetime | None
    overdue: str
    later_today: str
    calls: str
    last_at: datetime | None
    lapses: str
    got: str
    got_hint: str

    @property
    def leads_url(self) -> str:
        """The agent's leads; the page has two hundred of these addresses."""
        return f"{address('lead_list')}?owner={self.agent.user_id}"

    @property
    def numbers_url(self) -> str:
        """The agent's numbers."""
        return f"{address('my_numbers')}?whose={self.agent.user_id}"

    @property
    def overdue_url(self) -> str:
        """What the agent had to do by now."""
        return f"{address('follow_ups')}?whose={self.agent.user_id}"

    @property
    def act_url(self) -> str:
        """Pause, or resume who is paused."""
        return address("resume_agent" if self.state == "paused" else "pause_agent", self.agent.pk)

    @property
    def needs_help(self) -> bool:
        """True where somebody waits, or leads were lost."""
        return bool(self.lapses) or (self.state == "paused" and bool(self.untouched))


def agents_led(user: User) -> QuerySet[Agent]:
    """The agents at work whom `user` leads; all of them for staff who may view every lead. Nobody for others."""
    agents = Agent.objects.filter(active=True).select_related("user", "team", "load")
    return agents if sees_everything(user) else agents.filter(team__leader=user)


def team(
    *, user: User, now: datetime, team_id: int | None = None, only: Collection[int] | None = None
) -> list[Member]:
    """Everybody whom `user` leads at `now` (aware), by team and name; of one team, or `only` those agents, if asked.

    Few queries, whatever their number; SHOWN agents at most.
    """
    led = agents_led(user) if team_id is None else agents_led(user).filter(team=team_id)
    led = led if only is None else led.filter(pk__in=only)
    agents = list(led.order_by("team__name", "user__last_name", "user__first_name", "pk")[:SHOWN])
    if not agents:
        return []
    figures = _figures(agents, now)
    roster = ROSTER.get(None, current_version())
    return [_member(agent, figures[agent.pk], roster.agents.get(agent.pk), now) for agent in agents]


def _figures(agents: list[Agent], now: datetime) -> dict[int, Row]:
    day = agency_day_start(now)
    params = {
        "agents": [agent.pk for agent in agents], "users": [agent.user_id for agent in agents], "now": now,
        "day": day, "most": COUNTED + 1,
        # A day may have 23 or 25 hours: some time tomorrow, and back to its midnight.
        "day_end": agency_day_start(day + timedelta(hours=36)),
    }  # fmt: skip
    (rows,) = fetch_together(Query(_FIGURES, params))
    return {row[0]: row for row in rows}


def _member(agent: Agent, figures: Row, card: AgentCard | None, now: datetime) -> Member:
    _, untouched, oldest_at, overdue, later_today, calls, last_at, lapses = figures
    load = _load(agent, untouched, now)
    state, why = _state(agent, card, load, now)
    return Member(
        agent=agent, name=str(agent), state=state, why=why, untouched=_text(untouched), oldest_at=oldest_at,
        overdue=_text(overdue), later_today=_text(later_today), calls=str(calls), last_at=last_at,
        lapses=_text(lapses), got=f"{load.day}/{agent.daily_cap}" if agent.daily_cap else str(load.day),
        got_hint=_got(agent, load),
    )  # fmt: skip


def _got(agent: Agent, load: Load) -> str:
    """What the number of leads got is of."""
    day = f", of at most {agent.daily_cap}" if agent.daily_cap else ""
    hour = f"; {load.hour} of at most {agent.hourly_cap} this hour" if agent.hourly_cap else ""
    return f"Leads today{day}{hour}"


def _load(agent: Agent, untouched: int, now: datetime) -> Load:
    """What the agent got this day and this hour: counters of a day or an hour that has passed are nothing."""
    load = getattr(agent, "load", None)
    today = load is not None and load.day_start is not None and load.day_start >= agency_day_start(now)
    this_hour = load is not None and load.hour_start is not None and load.hour_start >= hour_start(now)
    return Load(
        day=load.day_count if load and today else 0, hour=load.hour_count if load and this_hour else 0,
        untouched=untouched,
    )  # fmt: skip


def _state(agent: Agent, card: AgentCard | None, load: Load, now: datetime) -> tuple[str, str]:
    """Whether rotation gives the agent leads now, as a key for styles, and why not."""
    if not agent.receiving:
        return "paused", agent.pause_reason
    if not agent.user.is_active:
        return "no_login", "gets no leads while the login is switched off"
    refusal = hours_refusal(card, now) if card else None
    if refusal:
        return "off_hours", WORDS[refusal]
    full = load_refusal(card, load) if card else None
    return ("full", WORDS[full]) if full else ("receives", "")


def _text(count: int) -> str:
    """For a cell: nothing for none."""
    return up_to(COUNTED, count) if count else ""
