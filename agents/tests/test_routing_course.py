"""What a replay remembers changes nothing: it decides as assignment does that asks everybody each time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from agents.assignment.balances import Standing
from agents.assignment.eligibility import Load, Wanted
from agents.assignment.loads import agency_day_start, hour_start
from agents.assignment.roster import AgentCard, PoolCard, Roster
from agents.assignment.route import Route, link_of
from agents.routing.course import Course, course_of
from agents.routing.memory import Memory
from agents.routing.past import NEVER, Known, PastLead

FIRST = datetime(2026, 10, 30, 14, 0, tzinfo=UTC)  # the clocks go back in the night to the third day
STATES = ("TX", "OH", "")
ZONES = [ZoneInfo(name) for name in ("America/New_York", "America/Chicago", "America/Los_Angeles")]


@dataclass(slots=True)
class CountsAgain(Memory):
    """Tells how agents stand by counting everything that they ever got."""

    got: list[tuple[int, datetime, datetime]] = field(default_factory=list)

    def read(
        self, *, pools: Iterable[int], limited: Iterable[AgentCard], now: datetime, lock: bool
    ) -> Standing:
        return Standing(
            owed={pool: self.owed[pool] for pool in pools}, last_lead_at=self.last,
            loads={agent.id: self._count(agent.id, now) for agent in limited},
        )  # fmt: skip

    def note(self, route: Route, *, touched_at: datetime) -> None:
        if route.agent:
            self.got.append((route.agent.id, route.wanted.now, touched_at))
        if route.turn and route.pool:
            self.owed[route.pool.id] = dict(route.turn.after)
            self.last[route.pool.id][route.turn.chosen] = route.wanted.now

    def _count(self, agent: int, now: datetime) -> Load:
        mine = [(at, touched) for who, at, touched in self.got if who == agent]
        return Load(
            day=sum(at >= agency_day_start(now) for at, _ in mine),
            hour=sum(at >= hour_start(now) for at, _ in mine),
            untouched=sum(touched > now for _, touched in mine),
        )


def an_agent(number: int, chance: Random) -> AgentCard:
    spans = [
        (time(9), time(17, 30)),
        (time(8, 15), time(12)),
        (time(0), time(23, 59, 59)),
        (time(18), time(22)),
    ]
    licensed_until = chance.choice([None, None, FIRST.date() + timedelta(days=2), date(2026, 1, 1)])
    return AgentCard(
        id=number, user_id=number + 100, name=f"Agent {number}", active=chance.random() < 0.95,
        receiving=chance.random() < 0.9, zone=chance.choice([*ZONES, *ZONES, None]),
        languages=frozenset(chance.choice([(), (), ("es",)])),
        hours=tuple((day, *chance.choice(spans)) for day in range(7) if chance.random() < 0.9)
        if chance.random() < 0.8 else (),
        licenses={
            (state, "life"): ((date(2020, 1, 1), licensed_until),) for state in ("TX", "OH") if chance.random() < 0.8
        },
        daily_cap=chance.choice([None, None, 0, 3, 9]), hourly_cap=chance.choice([None, None, 1, 2]),
        untouched_limit=chance.choice([None, None, 1, 4]),
    )  # fmt: skip


def a_roster(chance: Random) -> Roster:
    agents = {number: an_agent(number, chance) for number in range(1, 25)}
    pools = []
    for number, (overflow, last_link) in enumerate([(2, "wait"), (None, "wait"), (None, "refuse")], 1):
        same = chance.random() < 0.5
        weights = {
            agent: 1 if same else chance.choice([0, 1, 2, 5]) for agent in chance.sample(sorted(agents), 10)
        }
        pools.append(
            PoolCard(
                id=number, name=f"Pool {number}", sources=frozenset({3} if number == 3 else {1, 2}),
                vendors=frozenset(), verticals=frozenset(), languages=frozenset(), overflow_id=overflow,
                last_link=last_link, last_user_id=None, last_user_name="", weights=weights, steps=(),
                pause_after=None, sla_user_id=None,
            )
        )  # fmt: skip
    by_user = {agent.user_id: agent for agent in agents.values()}
    return Roster(agents=agents, by_user=by_user, pools=tuple(pools), lines={"final_expense": "life"})


def some_leads(chance: Random) -> list[PastLead]:
    leads, at = [], FIRST
    for number in range(1, 200):
        at += timedelta(minutes=chance.choice([0, 1, 5, 40, 80]), seconds=chance.randrange(60))
        wanted = Wanted(
            source_id=chance.choice([1, 1, 2, 3]), vendor_id=1, interest="final_expense", line="life",
            state=chance.choice(STATES), state_from="post", language=chance.choice(["en", "en", "en", "es"]),
            now=at, today=at.astimezone(settings.AGENCY_ZONE).date(),
        )  # fmt: skip
        known = Known(
            chance.randrange(1, 25), chance.choice([None, max(1, number - chance.randrange(1, 30))])
        )
        touched = chance.choice([at + timedelta(minutes=3), at + timedelta(hours=2), NEVER])
        leads.append(PastLead(number, wanted, (known,) if chance.random() < 0.2 else (), touched, ""))
    return leads


@pytest.mark.parametrize("seed", range(6))
def test_every_lead_goes_to_whom_assignment_gives_it_that_remembers_nothing(seed: int) -> None:
    chance = Random(seed)
    roster, leads = a_roster(chance), some_leads(chance)
    quick = course_of(roster)
    plain = Course(roster, CountsAgain({}), link_of)
    for lead in leads:
        quick.give(lead)
        plain.give(lead)
        assert quick.fates[lead.id] == plain.fates[lead.id]
    for course in (quick, plain):
        course.catch_up(leads[-1].wanted.now + timedelta(hours=9))
    assert quick.fates == plain.fates
    assert quick.whys == plain.whys
    assert len(set(quick.fates.values())) > 3
