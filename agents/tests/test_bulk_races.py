"""Acts on many rows from several processes at once: each row once, and no turn of a pool lost or doubled."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from agents.models import Agent, Assignment, Balance
from agents.tests.arrivals import NOW, arrive
from intake.models import Lead, Source
from leadcrm.bulk.runs import carry_run, confirm_run, draft_run
from leadcrm.lib.admin.bulk import ACTIONS
from leadcrm.models import BulkRun, BulkState, ItemState
from leadcrm.testing.factories import AgentFactory, MembershipFactory, PoolFactory, SourceFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work: Any, times: int) -> list[Any]:
    def on_own_connection(number: int) -> Any:
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(on_own_connection, range(times)))


def drafted(action: str, leads: list[Lead]) -> BulkRun:
    return draft_run(
        action=ACTIONS[action], model=Lead, rows=leads, what="ticked", back="", now=timezone.now(),
        by=UserFactory.create(is_staff=True, is_superuser=True),
    )  # fmt: skip


@pytest.fixture
def agents() -> list[Agent]:
    source_pool = PoolFactory.create()
    members = [AgentFactory.create(licenses=["TX:life"]) for _ in range(3)]
    for agent in members:
        MembershipFactory.create(pool=source_pool, agent=agent)
    return members


@pytest.fixture
def source() -> Source:
    return SourceFactory.create()


@pytest.fixture
def leads(agents: list[Agent], source: Source) -> list[Lead]:
    arrived = [arrive(source, now=NOW)[0] for _ in range(6)]
    return list(Lead.objects.filter(pk__in=[lead.pk for lead in arrived]).select_related("owner"))


def test_a_double_click_confirms_once_and_carries_each_row_once(
    leads: list[Lead], agents: list[Agent]
) -> None:
    run = drafted("give-leads", leads)
    values = {"agent": str(agents[0].pk), "reason": "Holiday", "unlicensed_too": "on"}

    def click(number: int) -> bool:
        own = BulkRun.objects.get(pk=run.pk)
        confirmed = confirm_run(run=own, values=values, now=timezone.now())
        carry_run(run=own, now=timezone.now(), seconds=30)
        return confirmed

    assert sum(at_once(click, 6)) == 1
    carry_run(run=run, now=timezone.now(), seconds=30)
    run.refresh_from_db()
    given = Assignment.objects.filter(assigned_by=run.by, agent=agents[0])
    assert run.state == BulkState.FINISHED
    assert run.done == given.count() == given.values("lead").distinct().count()
    assert Lead.objects.filter(owner=agents[0].user).count() == 6


def test_two_managers_who_have_the_same_leads_assigned_again_move_each_once_while_others_arrive(
    leads: list[Lead], agents: list[Agent], source: Source
) -> None:
    before = {lead.pk: lead.owner_id for lead in leads}
    runs = [drafted("assign-leads", leads), drafted("assign-leads", list(reversed(leads)))]

    def carry(number: int) -> None:
        if number == len(runs):
            for _ in leads:
                arrive(source, now=NOW)
            return
        confirm_run(run=runs[number], values={"reason": "Drowning"}, now=timezone.now())
        carry_run(run=runs[number], now=timezone.now(), seconds=30)

    at_once(carry, 3)

    assert BulkRun.objects.aggregate(done=Sum("done"))["done"] == 6
    said = [item.words for run in runs for item in run.items.filter(state=ItemState.NOT_DONE)]
    assert all(words.startswith("It changed since you looked") for words in said)
    for lead in Lead.objects.filter(pk__in=before):
        assert lead.owner_id != before[lead.pk]
    assert Lead.objects.filter(owner__isnull=False).count() == 2 * len(leads)
    balances = Balance.objects.aggregate(all=Sum("owed"))
    assert balances["all"] == 0
    paid = Balance.objects.filter(owed__lte=-1_000_000_000)
    assert not paid.exists()
