"""Many leads at once: shares exact, no cap exceeded, nobody waiting in a circle."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from agents.assignment import assign_lead, assign_waiting
from agents.models import Agent, AgentLoad, Assignment, Balance, LastLink, Pool
from agents.tests.arrivals import NOW, unsaved_lead
from intake.models import Lead, Source
from leadcrm.lib.batch import Batch
from leadcrm.lib.config import current_version
from leadcrm.testing.factories import AgentFactory, LeadFactory, MembershipFactory, PoolFactory, SourceFactory

pytestmark = pytest.mark.django_db(transaction=True)


def all_at_once(work: Callable[[Lead], None], leads: list[Lead], threads: int = 32) -> None:
    """Do `work` on every lead from many threads, each with its own connection; errors come out here."""

    def on_own_connection(lead: Lead) -> None:
        try:
            work(lead)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(on_own_connection, leads))


def assign_and_write(lead: Lead) -> None:
    version = current_version()
    with transaction.atomic():
        batch = Batch()
        routed = assign_lead(lead=lead, known=(), config_version=version, now=NOW, batch=batch)
        if not routed.refuse:
            batch.insert(lead)
        batch.flush()


def licensed(pool: Pool, weight: int, **fields: object) -> Agent:
    agent: Agent = AgentFactory.create(licenses=["TX:life"], **fields)
    MembershipFactory.create(pool=pool, agent=agent, weight=weight)
    return agent


@pytest.fixture
def source() -> Source:
    return SourceFactory.create(vertical__line="life")


def test_two_hundred_leads_at_once_are_shared_exactly(source: Source) -> None:
    pool = PoolFactory.create()
    shares = {licensed(pool, weight).user_id: weight * 10 for weight in (1, 2, 4, 5, 8)}
    all_at_once(assign_and_write, [unsaved_lead(source) for _ in range(200)])
    assert Counter(Lead.objects.values_list("owner", flat=True)) == shares
    assert set(Balance.objects.values_list("owed", flat=True)) == {0}
    assert Counter(dict(AgentLoad.objects.values_list("agent__user", "day_count"))) == shares
    assert Assignment.objects.count() == 200


def test_pools_that_share_agents_and_overflow_into_each_other_never_lock_up_and_keep_every_cap(
    source: Source,
) -> None:
    """Two pools, each the other's overflow, half of the agents in both; more leads than all caps together."""
    other = SourceFactory.create(vertical__line="life")
    first = PoolFactory.create(rank=1, last_link=LastLink.WAIT)
    second = PoolFactory.create(rank=2, overflow=first, last_link=LastLink.WAIT)
    first.overflow = second
    first.save()
    first.sources.add(source)
    second.sources.add(other)
    caps = {}
    for n in range(6):
        agent = licensed(first if n % 2 else second, n + 1, daily_cap=8 + n, untouched_limit=12)
        caps[agent.user_id] = min(8 + n, 12)
        if n % 3 == 0:
            MembershipFactory.create(pool=second if n % 2 else first, agent=agent, weight=3)
    all_at_once(assign_and_write, [unsaved_lead(source if n % 2 else other) for n in range(120)])
    owners = Counter(Lead.objects.filter(owner__isnull=False).values_list("owner", flat=True))
    assert owners == caps
    assert Lead.objects.filter(owner=None).exclude(unassigned_why="").count() == 120 - sum(caps.values())
    for balances in Balance.objects.values("pool").annotate(total=Sum("owed")):
        assert balances["total"] == 0


def test_an_agent_in_two_pools_that_know_nothing_of_each_other_stays_within_the_cap(source: Source) -> None:
    other = SourceFactory.create(vertical__line="life")
    pools = [PoolFactory.create(last_link=LastLink.WAIT) for _ in range(2)]
    pools[0].sources.add(source)
    pools[1].sources.add(other)
    agent = licensed(pools[0], 1, hourly_cap=9)
    MembershipFactory.create(pool=pools[1], agent=agent)
    all_at_once(assign_and_write, [unsaved_lead(source if n % 2 else other) for n in range(60)])
    assert Lead.objects.filter(owner=agent.user).count() == 9
    assert AgentLoad.objects.get().hour_count == 9


def test_two_runs_over_the_waiting_leads_assign_each_once(source: Source) -> None:
    pool = PoolFactory.create()
    licensed(pool, 1)
    licensed(pool, 3)
    for n in range(40):
        LeadFactory.create(source=source, received_at=NOW - timedelta(minutes=n), consent=None)
    done: list[int] = []
    all_at_once(lambda _: done.append(assign_waiting(now=NOW)), [Lead()] * 6, threads=6)
    assert sum(done) == 40
    assert sorted(Counter(Lead.objects.values_list("owner", flat=True)).values()) == [10, 30]
    assert Assignment.objects.count() == 40
