"""Caps: so many leads or dollars an hour, a day, a month, by the agency's clock."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from compliance.models import CapPeriod, CapUnit, CapUse
from intake.models import PriceKind
from leadcrm.testing.door import Door, Reply
from leadcrm.testing.factories import CapFactory

pytestmark = pytest.mark.django_db
HOUR, DAY, MONTH = CapPeriod.HOUR, CapPeriod.DAY, CapPeriod.MONTH


def told(reply: Reply) -> int | None:
    """None for an accepted post, else the seconds after which the cap opens again."""
    if reply.outcome == "accepted":
        return None
    assert reply.outcome == "cap_reached"
    assert reply.json["reasons"] == [{"code": "cap_reached", "message": reply.json["message"]}]
    return int(reply.json["retry_after"])


def posts_at(door: Door, *moments: str) -> list[int | None]:
    """One post at each of the moments: taken (None), or refused until so many seconds later."""
    found = []
    for moment in moments:
        with time_machine.travel(moment, tick=False):
            found.append(told(door.post()))
    return found


def test_a_daily_cap_opens_again_at_midnight_of_the_agency(door: Door) -> None:
    CapFactory.create(source=door.source, period=DAY, limit=2)
    found = posts_at(
        door, "2026-11-24T00:00:00-05:00", "2026-11-24T19:30:00-05:00", "2026-11-24T23:00:00-05:00",
        "2026-11-24T23:59:59-05:00", "2026-11-25T00:00:00-05:00",
    )  # fmt: skip
    assert found == [None, None, 3600, 1, None]


def test_an_hourly_cap_opens_with_the_next_hour(door: Door) -> None:
    CapFactory.create(source=door.source, period=HOUR, limit=1)
    found = posts_at(
        door, "2026-11-24T10:00:00-05:00", "2026-11-24T10:59:30-05:00", "2026-11-24T11:00:00-05:00"
    )
    assert found == [None, 30, None]


def test_a_monthly_cap_opens_on_the_first(door: Door) -> None:
    CapFactory.create(source=door.source, period=MONTH, limit=1)
    found = posts_at(
        door, "2026-11-01T00:00:00-04:00", "2026-11-30T23:59:00-05:00", "2026-12-01T00:00:00-05:00",
        "2026-12-31T23:00:00-05:00", "2027-01-01T00:30:00-05:00",
    )  # fmt: skip
    assert found == [None, 60, None, 3600, None]


def test_in_autumn_the_repeated_hour_counts_twice_and_the_day_has_25_hours(door: Door) -> None:
    CapFactory.create(source=door.source, period=HOUR, limit=1)
    CapFactory.create(source=door.source, period=DAY, limit=4)
    found = posts_at(
        door,
        "2026-11-01T00:30:00-04:00",
        "2026-11-01T01:30:00-04:00",
        "2026-11-01T01:59:00-04:00",  # the first 1 o'clock is full for one more minute
        "2026-11-01T01:00:00-05:00",  # the second 1 o'clock is another hour
        "2026-11-01T01:30:00-05:00",
        "2026-11-01T02:00:00-05:00",
        "2026-11-01T03:00:00-05:00",  # the day is full, for 21 hours more
        "2026-11-02T00:00:00-05:00",
    )
    assert found == [None, None, 60, None, 1800, None, 21 * 3600, None]
    days = (
        CapUse.objects.filter(cap__period=DAY).order_by("period_start").values_list("period_start", flat=True)
    )
    assert list(days) == [datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 2, 5, tzinfo=UTC)]


def test_in_spring_the_hour_that_is_not_there_is_left_out_and_the_day_has_23_hours(door: Door) -> None:
    CapFactory.create(source=door.source, period=HOUR, limit=1)
    CapFactory.create(source=door.source, period=DAY, limit=3)
    found = posts_at(
        door,
        "2026-03-08T01:59:00-05:00",
        "2026-03-08T01:59:30-05:00",
        "2026-03-08T03:00:00-04:00",
        "2026-03-08T03:30:00-04:00",
        "2026-03-08T04:00:00-04:00",
        "2026-03-08T05:00:00-04:00",
        "2026-03-09T00:00:00-04:00",
    )
    assert found == [None, 30, None, 1800, None, 19 * 3600, None]
    days = (
        CapUse.objects.filter(cap__period=DAY).order_by("period_start").values_list("period_start", flat=True)
    )
    assert list(days) == [datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 3, 9, 4, tzinfo=UTC)]


def test_a_budget_counts_what_was_paid(door: Door) -> None:
    door.set(price_kind=PriceKind.ASK, price=Decimal(30))
    CapFactory.create(source=door.source, unit=CapUnit.SPEND, limit=Decimal("50.00"))
    outcomes = [door.post(price=price).outcome for price in ("29.99", "20.02", "20.01", "0.01", "0")]
    assert outcomes == ["accepted", "cap_reached", "accepted", "cap_reached", "accepted"]
    assert CapUse.objects.get().used == Decimal("50.00")


def test_of_several_full_caps_the_last_to_open_is_told(door: Door) -> None:
    for period in (HOUR, DAY):
        CapFactory.create(source=door.source, period=period, limit=1)
    assert posts_at(door, "2026-11-24T10:00:00-05:00", "2026-11-24T10:30:00-05:00") == [
        None,
        13 * 3600 + 1800,
    ]


def test_only_accepted_live_posts_take_a_place(door: Door) -> None:
    CapFactory.create(source=door.source, limit=5)
    door.post(phone="1")
    door.post(test="1")
    payload: dict[str, Any] = {"lead_id": "V-1", "phone": "2145552222"}
    door.post(**payload)
    assert door.post(**payload, email="x@example.com").outcome == "duplicate"
    assert CapUse.objects.get().used == 1


def test_a_cap_of_nothing_takes_nothing(door: Door) -> None:
    CapFactory.create(source=door.source, limit=0)
    assert door.post().outcome == "cap_reached"


@pytest.mark.parametrize("mode", ["off", "observe"])
def test_a_cap_that_is_not_enforced_refuses_nobody_and_is_still_counted(door: Door, mode: str) -> None:
    CapFactory.create(source=door.source, limit=1)
    door.set_check("caps", mode)
    assert [door.post().outcome for _ in range(3)] == ["accepted"] * 3
    if mode == "observe":
        assert CapUse.objects.get().used == 3
        assert door.post().check("caps")["outcome"] == "stop"


def test_a_cap_that_was_lowered_below_its_use_refuses_and_one_that_was_raised_takes_more(door: Door) -> None:
    cap = CapFactory.create(source=door.source, limit=3)
    assert [door.post().outcome for _ in range(3)] == ["accepted"] * 3
    for limit, outcome in ((1, "cap_reached"), (4, "accepted"), (4, "cap_reached")):
        cap.limit = Decimal(limit)
        cap.save()
        assert door.post().outcome == outcome


def test_how_far_a_full_cap_is_used_is_told_to_the_agency_alone(door: Door) -> None:
    CapFactory.create(source=door.source, limit=1)
    door.post()
    reply = door.post()
    assert "1 leads per day" in reply.check("caps")["detail"].replace(".00", "")
    assert "per day" not in reply.text
