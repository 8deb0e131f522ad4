"""Snoozing and finishing many follow-ups at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import connections

from agents.models import Agent, FollowUp
from agents.promises import UnknownFollowUps, finish_follow_ups, snooze_follow_ups, visible_follow_ups
from intake.models import Lead
from leadcrm.models import User
from leadcrm.testing.factories import AgentFactory, FollowUpFactory, LeadFactory

NOW = datetime(2026, 6, 1, 16, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(days=1)
pytestmark = pytest.mark.django_db


def promised(agent: Agent, **fields: object) -> FollowUp:
    given = {"due_at": NOW - timedelta(hours=1), **fields}
    return FollowUpFactory.create(lead=LeadFactory.create(owner=agent.user), **given)


def test_all_open_ones_are_moved_and_moving_them_again_says_the_same(agent: Agent) -> None:
    rows = [promised(agent), promised(agent)]
    ids = [row.pk for row in rows]

    assert [snooze_follow_ups(user=agent.user, ids=ids, until=UNTIL, now=NOW) for _ in range(2)] == [2, 2]
    assert set(FollowUp.objects.values_list("due_at", flat=True)) == {UNTIL}


def test_what_is_done_meanwhile_stays_where_it_was(agent: Agent) -> None:
    done = promised(agent, done_at=NOW - timedelta(minutes=1))
    still_open = promised(agent)

    assert snooze_follow_ups(user=agent.user, ids=[done.pk, still_open.pk], until=UNTIL, now=NOW) == 1
    assert FollowUp.objects.get(pk=done.pk).due_at == done.due_at


@pytest.mark.parametrize("act", [partial(snooze_follow_ups, until=UNTIL), finish_follow_ups])
def test_one_that_is_anothers_or_does_not_exist_stops_all(
    agent: Agent, stranger: Agent, act: Callable[..., int]
) -> None:
    mine, theirs = promised(agent), promised(stranger)
    erased = FollowUpFactory.create(lead=LeadFactory.create(owner=agent.user, erased_at=NOW))

    for other in (theirs.pk, 999_999, erased.pk):
        with pytest.raises(UnknownFollowUps):
            act(user=agent.user, ids=[mine.pk, other], now=NOW)
    mine.refresh_from_db()
    assert (mine.due_at, mine.done_at) == (NOW - timedelta(hours=1), None)


def test_the_leader_may_move_the_teams(agent: Agent, reviewer: User, stranger: Agent) -> None:
    leader = AgentFactory.create()
    assert agent.team
    agent.team.leader = leader.user
    agent.team.save()
    row, theirs = promised(agent), promised(stranger)

    assert snooze_follow_ups(user=leader.user, ids=[row.pk], until=UNTIL, now=NOW) == 1
    assert set(visible_follow_ups(leader.user)) == {row}
    assert set(visible_follow_ups(reviewer)) == {row, theirs}


@pytest.mark.parametrize("until", [NOW, NOW - timedelta(seconds=1), datetime(2026, 6, 3)])  # noqa: DTZ001
def test_only_to_a_moment_to_come_with_its_zone(agent: Agent, until: datetime) -> None:
    with pytest.raises(ValueError, match="moment to come"):
        snooze_follow_ups(user=agent.user, ids=[promised(agent).pk], until=until, now=NOW)


def test_done_twice_the_first_moment_stands(agent: Agent) -> None:
    row = promised(agent)

    assert finish_follow_ups(user=agent.user, ids=[row.pk], now=NOW) == 1
    assert finish_follow_ups(user=agent.user, ids=[row.pk], now=UNTIL) == 0
    assert FollowUp.objects.get().done_at == NOW


@pytest.mark.django_db(transaction=True)
def test_two_who_move_the_same_ones_in_another_order_do_not_lock_each_other_out(
    agent: Agent, reviewer: User
) -> None:
    ids = [promised(agent).pk for _ in range(20)]
    ready = Barrier(2)

    def move(user: User, keys: list[int], days: int) -> int:
        try:
            ready.wait()
            return snooze_follow_ups(user=user, ids=keys, until=NOW + timedelta(days=days), now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(move, agent.user, ids, 1)
        second = pool.submit(move, reviewer, ids[::-1], 2)
        assert (first.result(), second.result()) == (20, 20)
    assert FollowUp.objects.values_list("due_at", flat=True).distinct().count() == 1
    assert Lead.objects.count() == 20
