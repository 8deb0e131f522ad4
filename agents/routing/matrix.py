"""Who may sell a product in which state: gaps first, then what hangs on one person, then what ends soon."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Final, Literal

from django.conf import settings
from django.db.models import QuerySet

from agents.models import Agent, License
from intake.models import Line, Vertical
from leadcrm.lib.db import Query, fetch_together
from leadcrm.lib.places import STATE_NAMES

# Carriers and states need that long to renew.
RED_DAYS: Final = 30
# Days that leads are counted over, and how many of a state's newest ones are looked at.
DEMAND_DAYS: Final = 30
LOOKED_AT: Final = 1_000
# Agents of one page; an agency with more looks at them team by team.
SHOWN: Final = 200

# For each state a walk along lead_of_state that ends at the limit: what it costs does not grow with the table.
_DEMAND: Final = """
SELECT asked.state, found.wanted, found.looked FROM unnest(%(states)s::text[]) AS asked (state)
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE interest = ANY(%(interests)s::text[])) AS wanted, count(*) AS looked FROM (
        SELECT interest FROM intake_lead WHERE state = asked.state AND received_at >= %(since)s
        ORDER BY received_at DESC, id DESC LIMIT %(most)s
    ) AS newest
) AS found
"""

CellKind = Literal["valid", "ending", "expired", "not_yet"]
Held = tuple[int, date, date]  # a license's key, first and last day


@dataclass(frozen=True, slots=True)
class Product:
    """What a license is asked for: one product, or a whole line of authority (`is_line`)."""

    code: str
    name: str
    is_line: bool
    covered_by: frozenset[str]  # lines of a license that allow it
    interests: frozenset[str]  # what leads ask for that need it


@dataclass(frozen=True, slots=True)
class Cell:
    """An agent's license for a state: the one that says most. `until` is its last day, None without an end."""

    kind: CellKind
    license_id: int
    starts: date
    until: date | None


@dataclass(frozen=True, slots=True)
class StateRow:
    """One state: leads of the last days, and the license of each agent who has one."""

    state: str
    leads: int
    leads_text: str
    cells: Mapping[int, Cell]  # by agent
    licensed: tuple[int, ...]  # agents who may sell there today
    receiving: int  # of them, who take leads at present

    @property
    def name(self) -> str:
        """The state's name."""
        return STATE_NAMES[self.state]

    @property
    def ending(self) -> list[int]:
        """Agents whose license ends within RED_DAYS."""
        return [agent for agent, cell in self.cells.items() if cell.kind == "ending"]

    @property
    def level(self) -> Literal["gap", "asleep", "single", "ending", "good"]:
        """What is wrong, the worst first: nobody; nobody who takes leads; only one; some end soon."""
        if not self.licensed:
            return "gap"
        if not self.receiving:
            return "asleep"
        if len(self.licensed) == 1:
            return "single"
        return "ending" if self.ending else "good"


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows by what needs a person first: states that leads come from before those without any."""

    product: Product
    agents: list[Agent]
    rows: list[StateRow]
    more_agents: bool  # there are more than are shown

    def of(self, level: str) -> list[StateRow]:
        """The rows of a level; gaps only where leads came from."""
        return [row for row in self.rows if row.level == level and (level != "gap" or row.leads)]


def products() -> list[Product]:
    """Everything an agency may buy leads for, by name, then the lines of authority. One query."""
    verticals = list(Vertical.objects.order_by("name"))
    found = [
        Product(v.code, v.name, False, frozenset({v.code, v.line}), frozenset({v.code})) for v in verticals
    ]
    for line in Line:
        interests = frozenset(v.code for v in verticals if v.line == line.value)
        found.append(
            Product(line.value, f"{line.label} (whole line)", True, frozenset({line.value}), interests)
        )
    return found


def agents_at_work(*, team: int | None, pool: int | None) -> QuerySet[Agent]:
    """Agents who have not left, of a team and of a pool where one is named, by name."""
    agents = Agent.objects.filter(active=True, user__is_active=True).select_related("user")
    if team is not None:
        agents = agents.filter(team=team)
    if pool is not None:
        agents = agents.filter(memberships__pool=pool, memberships__weight__gt=0)
    return agents.order_by("user__last_name", "user__first_name", "pk")


def license_matrix(
    *, product: Product, now: datetime, team: int | None = None, pool: int | None = None
) -> Matrix:
    """Agents by states for `product` on the agency's today. Three queries, whatever the number of either.

    `team` and `pool` are keys that narrow the agents. Leads are counted for all, by their state, over DEMAND_DAYS and
    at most among the LOOKED_AT newest of each state.
    """
    agents = list(agents_at_work(team=team, pool=pool)[: SHOWN + 1])
    shown, today = agents[:SHOWN], now.astimezone(settings.AGENCY_ZONE).date()
    cells = _cells([agent.pk for agent in shown], product.covered_by, today)
    demand = _demand(product.interests, now)
    receiving = {agent.pk for agent in shown if agent.receiving}
    rows = [_row(state, cells.get(state, {}), demand[state], receiving) for state in STATE_NAMES]
    return Matrix(product, shown, sorted(rows, key=_urgency), len(agents) > SHOWN)


def _row(
    state: str, cells: Mapping[int, Cell], demand: tuple[int, bool], receiving: Collection[int]
) -> StateRow:
    licensed = tuple(agent for agent, cell in cells.items() if cell.kind in ("valid", "ending"))
    leads, cut = demand
    return StateRow(
        state=state, leads=leads, leads_text=f"{leads:,}+" if cut else f"{leads:,}", cells=cells, licensed=licensed,
        receiving=sum(agent in receiving for agent in licensed),
    )  # fmt: skip


def _urgency(row: StateRow) -> tuple[int, int, str]:
    """Gaps that leads come from, then the weak places, then what is covered; last where nobody sells or buys."""
    rank = {"gap": 0 if row.leads else 5, "asleep": 1, "single": 2, "ending": 3, "good": 4}[row.level]
    return rank, -row.leads, row.name


def _cells(agents: Collection[int], lines: Iterable[str], today: date) -> defaultdict[str, dict[int, Cell]]:
    held: defaultdict[tuple[str, int], list[Held]] = defaultdict(list)
    rows = License.objects.filter(agent__in=agents, line__in=list(lines)).order_by("pk")
    for pk, agent, state, starts, until in rows.values_list(
        "pk", "agent_id", "state", "effective_on", "expires_on"
    ):
        held[state, agent].append((pk, starts, until or date.max))
    found: defaultdict[str, dict[int, Cell]] = defaultdict(dict)
    for (state, agent), licenses in held.items():
        found[state][agent] = _cell(licenses, today)
    return found


def _cell(held: Sequence[Held], today: date) -> Cell:
    """In force, as agents.licensing.license_gap judges, before not begun, before over; a renewal moves the end."""
    valid = [each for each in held if each[1] <= today <= each[2]]
    coming = [each for each in held if each[1] > today]
    if not valid:
        pk, starts, until = min(coming, key=itemgetter(1)) if coming else max(held, key=itemgetter(2))
        return Cell("not_yet" if coming else "expired", pk, starts, _known(until))
    pk, starts, until = max(valid, key=itemgetter(2))
    for _, begins, ends in sorted(coming, key=itemgetter(1)):
        if until < date.max and begins <= until + timedelta(days=1):
            until = max(until, ends)
    return Cell("ending" if (until - today).days <= RED_DAYS else "valid", pk, starts, _known(until))


def _known(until: date) -> date | None:
    return None if until == date.max else until


def _demand(interests: Collection[str], now: datetime) -> dict[str, tuple[int, bool]]:
    """Leads of each state that ask for one of `interests`, and whether there may be more."""
    params = {
        "states": list(STATE_NAMES), "interests": list(interests), "since": now - timedelta(days=DEMAND_DAYS),
        "most": LOOKED_AT,
    }  # fmt: skip
    (rows,) = fetch_together(Query(_DEMAND, params))
    return {state: (wanted, looked == LOOKED_AT) for state, wanted, looked in rows}
