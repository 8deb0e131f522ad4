"""The floor's agents: narrowed by team and state, both in the address."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

from agents.addresses import address
from agents.admin.floor_acts import MAY_PAUSE, filters_of
from agents.floor.people import LICENSE, STATES, Watched, agents_now
from agents.models import Team
from agents.team import SHOWN
from leadcrm.lib.places import STATE_CHOICES


def agents_part(request: HttpRequest) -> dict[str, Any]:
    """What floor_agents.html shows. An unknown state shows every one, an unknown team nobody."""
    user: Any = request.user
    asked = filters_of(request.GET)
    team, place, state = (asked.get(name, "") for name in ("team", "licensed", "state"))
    agents = agents_now(user=user, team_id=int(team) if team else None, licensed=place, now=timezone.now())
    shown = [one for one in agents if one.is_in(state)] if state in STATES else agents
    may_change = user.has_perm(MAY_PAUSE)
    return {
        "rows": [_row(one, asked, may_change) for one in shown],
        "none_at_all": not agents,
        "states": _states(agents, asked),
        "teams": list(Team.objects.all()),
        "places": STATE_CHOICES,
        "team": team,
        "place": place,
        "state": state,
        "may_change": may_change,
        "more": len(agents) == SHOWN,
    }


def _row(one: Watched, asked: dict[str, str], may_change: bool) -> dict[str, Any]:
    agent = one.member.agent
    url = address("admin:agents_agent_change", agent.pk)
    row = {"one": one, "agent": agent, "member": one.member, "url": url}
    if may_change:
        row["pause_url"] = "?" + urlencode({**asked, "pause": agent.pk})
        # As Desk makes it; two hundred times on one page.
        row["hand_url"] = f"{url.removesuffix('change/')}do/hand-over/"
    return row


def _states(agents: list[Watched], asked: dict[str, str]) -> list[dict[str, Any]]:
    """The filters by state with how many each finds."""
    rest = {name: value for name, value in asked.items() if name != "state"}
    counts = [(key, label, sum(one.is_in(key) for one in agents)) for key, label in STATES.items()]
    # Seldom, so that it stands there only when it is.
    found = [("", "All", len(agents)), *(one for one in counts if one[0] != "no_login" or one[2])]
    return [
        {
            "label": label, "count": count, "url": "?" + urlencode({**rest, **({"state": key} if key else {})}),
            "on": key == asked.get("state", ""), "bad": key == LICENSE and count,
        }
        for key, label, count in found
    ]  # fmt: skip
