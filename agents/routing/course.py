"""One course of a replay: leads given out one after the other by the rules of one roster, all in memory.

Who has a lead is told by a key: "a" with the agent's number (below zero: somebody who is only thought of), "u" for a
person outside the rotation, "x" where the post would have been refused, "" where nobody has it.
"""

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Final

from django.conf import settings

from agents.assignment.eligibility import WORDS, Wanted
from agents.assignment.roster import Roster
from agents.assignment.route import MakeLink, Route, find_route
from agents.routing.links import links_of
from agents.routing.memory import Memory, memory_of
from agents.routing.past import PastLead
from compliance.routing import KnownPerson

# Leads that wait are tried again so often. In earnest it is every half minute: hours begin and end on such marks.
TICK: Final = timedelta(minutes=15)
_EPOCH: Final = datetime(2000, 1, 3, tzinfo=UTC)
NO_POOL: Final = "No pool takes this source"

Kind = tuple[int, int, str, str, str, int]


@dataclass(slots=True)
class Course:
    """What becomes of each lead under a roster (`course_of`). Leads must come in the order of their arrival."""

    roster: Roster
    memory: Memory
    make_link: MakeLink
    fates: dict[int, str] = field(default_factory=dict)  # lead -> key
    whys: dict[int, str] = field(default_factory=dict)  # lead that nobody has -> why
    _waiting: dict[Kind, deque[PastLead]] = field(default_factory=dict)
    _tick: int = 0

    def give(self, lead: PastLead) -> None:
        """Give out `lead`, after those that wait were tried again up to its arrival."""
        self.catch_up(lead.wanted.now)
        route = self._try(lead, lead.wanted)
        self.fates[lead.id] = "x" if route.refuse else _key(route)
        if route.owner_id is None:
            self.whys[lead.id] = _why(route)
            if not route.refuse:
                self._waiting.setdefault(_kind(lead), deque()).append(lead)

    def catch_up(self, until: datetime) -> None:
        """Try the leads that wait again, at every TICK up to `until`."""
        last = (until - _EPOCH) // TICK
        while self._waiting and self._tick < last:
            self._tick += 1
            self._try_again(_EPOCH + self._tick * TICK)
        self._tick = max(self._tick, last)

    def _try_again(self, now: datetime) -> None:
        """The oldest first; once nobody may have one, its like is passed over until the next time."""
        today = now.astimezone(settings.AGENCY_ZONE).date()
        line = [(leads[0].wanted.now, leads[0].id, kind) for kind, leads in self._waiting.items()]
        heapify(line)
        while line:
            _, _, kind = heappop(line)
            leads = self._waiting[kind]
            route = self._try(leads[0], replace(leads[0].wanted, now=now, today=today))
            if route.owner_id is None:
                continue
            lead = leads.popleft()
            self.fates[lead.id] = _key(route)
            del self.whys[lead.id]
            if leads:
                heappush(line, (leads[0].wanted.now, leads[0].id, kind))
            else:
                del self._waiting[kind]

    def _try(self, lead: PastLead, wanted: Wanted) -> Route:
        """Assignment itself decides (find_route); a tie goes to whoever was hired first, so that twice is the same."""
        route = find_route(
            wanted=wanted, known=self._known(lead), roster=self.roster, lock=False, pick=min, read=self.memory.read,
            make_link=self.make_link,
        )  # fmt: skip
        if route.owner_id is not None:
            self.memory.note(route, touched_at=max(lead.touched_at, wanted.now))
        return route

    def _known(self, lead: PastLead) -> list[KnownPerson]:
        """Who works with the person: whoever this course gave the earlier lead, where it is one of these days'."""
        if not lead.known:
            return []
        found = []
        for known in lead.known:
            fate = self.fates.get(known.lead_id or 0)
            agent = known.agent_id if fate is None else int(fate[1:]) if fate.startswith("a") else None
            card = self.roster.agents.get(agent) if agent is not None else None
            if card is not None:
                found.append(KnownPerson(known.lead_id or 0, card.user_id, False))
        return found


def course_of(roster: Roster) -> Course:
    """A course under `roster` that has not begun."""
    return Course(roster, memory_of(roster), links_of(roster))


def _kind(lead: PastLead) -> Kind:
    """Leads that the same agents may have; one whose person is known is alone of its kind."""
    wanted, alone = lead.wanted, lead.id if lead.known else 0
    return wanted.source_id, wanted.vendor_id, wanted.interest, wanted.state, wanted.language, alone


def _key(route: Route) -> str:
    return f"a{route.agent.id}" if route.agent else "u" if route.owner_id is not None else ""


def _why(route: Route) -> str:
    """The reasons for which agents were left out, without their numbers: leads of one reason are counted together."""
    codes = route.left_out
    if not codes:
        return NO_POOL if route.pool is None else "Nobody is in the pool"
    return ", ".join(sorted(WORDS[code] for code in codes))
