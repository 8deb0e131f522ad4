"""Pings and their posts that arrive at once, in threads with connections of their own."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from compliance.held_places import GRACE, end_pings, expire_pings
from compliance.models import CapUse
from intake.models import Lead, Ping, Submission
from intake.redecide import CannotRedecide, redecide
from leadcrm.testing.door import Door, Reply, at_once
from leadcrm.testing.factories import CapFactory
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db(transaction=True)
Travel = Callable[[datetime], None]


@pytest.fixture
def pinged(door: Door) -> Door:
    """A vendor whose source takes pings."""
    door.set(pings=True)
    return door


def ping_id(reply: Reply) -> str:
    """The id to post with."""
    return str(reply.json["ping_id"])


def used() -> list[int]:
    """How far each cap is used, in all its periods."""
    return [int(use.used) for use in CapUse.objects.order_by("cap_id", "period_start")]


def held() -> int:
    """How many places pings hold and leads have used, as their own rows say."""
    return Ping.objects.filter(place__in=("held", "used")).count()


def test_fifty_posts_against_the_last_place_held_by_a_ping_lose_to_its_post(pinged: Door) -> None:
    CapFactory.create(source=pinged.source, limit=1)
    bid = pinged.ping()

    def post(number: int) -> Reply:
        return pinged.post(ping_id=ping_id(bid)) if number == 25 else pinged.post()

    replies = at_once(50, post)
    assert replies[25].outcome == "accepted"
    assert Counter(reply.outcome for reply in replies) == {"accepted": 1, "cap_reached": 49}
    assert (used(), Lead.objects.count()) == ([1], 1)


def test_of_fifty_pings_for_the_last_place_exactly_one_has_it(pinged: Door) -> None:
    CapFactory.create(source=pinged.source, limit=3)
    CapFactory.create(source=pinged.source, limit=3, period="hour")
    pinged.post()
    pinged.ping()
    replies = at_once(50, lambda _: pinged.ping())
    assert Counter(reply.outcome for reply in replies) == {"accepted": 1, "cap_reached": 49}
    assert used() == [3, 3]


def test_of_twenty_same_pings_at_once_there_is_one_with_one_answer_and_one_place(pinged: Door) -> None:
    CapFactory.create(source=pinged.source, limit=30)
    replies = at_once(20, lambda _: pinged.ping(lead_id="V-1"))
    assert len({reply.content for reply in replies}) == 1
    assert [reply.status for reply in replies] == [200] * 20
    assert (Ping.objects.filter(state="accepted").count(), used()) == (1, [1])


def test_of_twenty_posts_for_one_ping_at_once_there_is_one_decision(pinged: Door) -> None:
    CapFactory.create(source=pinged.source, limit=1)
    bid = pinged.ping()
    replies = at_once(20, lambda n: pinged.post(ping_id=ping_id(bid), idempotency_key=f"k-{n}"))
    assert len({reply.content for reply in replies}) == 1
    assert (Submission.objects.count(), Lead.objects.count(), used()) == (1, 1, [1])


def test_a_retry_and_workers_that_decide_a_failed_post_of_a_ping_do_not_wait_in_a_circle(
    pinged: Door,
) -> None:
    CapFactory.create(source=pinged.source, limit=9)
    payloads = [glossary(ping_id=ping_id(pinged.ping())) for _ in range(4)]
    with patch("compliance.checks.price.Price.run", side_effect=RuntimeError):
        failed = [pinged.post(payload).submission for payload in payloads]

    def act(number: int) -> str:
        if number % 3:
            return pinged.post(
                payloads[number % 4], idempotency_key="" if number % 2 else f"k-{number}"
            ).outcome
        try:
            row = Submission(pk=failed[number % 4].pk)
            return str(redecide(submission=row, actor=None, now=timezone.now()).state)
        except CannotRedecide:
            return "too late"

    told = Counter(at_once(24, act))
    assert set(told) <= {"accepted", "pending", "too late"}, told
    for post in failed:  # whoever came under another key was told to wait for a worker
        with suppress(CannotRedecide):
            redecide(submission=Submission(pk=post.pk), actor=None, now=timezone.now())
    assert (Lead.objects.count(), used(), held()) == (4, [4], 4)


def test_a_lapsed_ping_is_ended_once_by_many_sweeps_and_its_place_given_back_once(pinged: Door) -> None:
    CapFactory.create(source=pinged.source, limit=50)
    CapFactory.create(source=pinged.source, limit=50, period="month")
    for _ in range(6):
        pinged.ping()
    pinged.post()
    over = timezone.now() + timedelta(seconds=121) + GRACE
    ids = list(Ping.objects.values_list("pk", flat=True))

    def sweep(number: int) -> int:
        return end_pings(pings=ids, now=over) if number % 2 else expire_pings(now=over)

    assert sum(at_once(12, sweep)) == 6
    assert (used(), held()) == ([1, 1], 0)
    assert expire_pings(now=over) == 0
    assert used() == [1, 1]


def test_no_sweep_is_needed_for_a_full_cap_to_find_the_places_of_lapsed_pings(
    pinged: Door, travel_to: Travel
) -> None:
    CapFactory.create(source=pinged.source, limit=2)
    CapFactory.create(source=pinged.source, limit=2, period="month")
    now = timezone.now()
    travel_to(now)
    pinged.ping(), pinged.ping()
    travel_to(now + timedelta(seconds=121))  # a post that arrived in time may be under way
    assert pinged.post().outcome == "cap_reached"
    travel_to(now + timedelta(seconds=121) + GRACE)
    replies = at_once(10, lambda n: pinged.post() if n % 2 else pinged.ping())
    assert Counter(reply.outcome for reply in replies) == {"accepted": 2, "cap_reached": 8}
    assert used() == [2, 2]
    assert held() + Lead.objects.count() == 2


def test_a_ping_and_its_sweep_and_its_post_at_once_count_its_place_once(
    pinged: Door, travel_to: Travel
) -> None:
    CapFactory.create(source=pinged.source, limit=40)
    CapFactory.create(source=pinged.source, limit=40, period="hour")
    now = timezone.now().replace(minute=20)
    travel_to(now)
    bids = [pinged.ping() for _ in range(8)]
    ids = [bid.bid.pk for bid in bids]
    travel_to(now + timedelta(seconds=120))

    def act(number: int) -> Any:
        if number < 8:
            changes: dict[str, Any] = {"phone": "1"} if number % 2 else {}
            return pinged.post(ping_id=ping_id(bids[number]), **changes)
        return end_pings(pings=ids, now=timezone.now() + GRACE) if number < 12 else pinged.ping()

    at_once(16, act)
    leads, standing = Lead.objects.count(), Ping.objects.filter(place="held").count()
    assert leads == 4  # arrived in time: bought, if need be on a new place
    assert used() == [leads + standing] * 2
    assert not Ping.objects.filter(state="accepted", pk__in=ids).exists()
