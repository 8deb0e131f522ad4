"""Posts that name a ping: its price, its place, once (wire-contract section 8)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from compliance.held_places import end_pings
from compliance.models import CapUse, Decision
from compliance.review import approve_held, refuse_held
from intake.models import Lead, Mode, Ping, PriceKind, Submission
from intake.redecide import redecide
from intake.tasks import sweep_submissions
from leadcrm.models import User
from leadcrm.testing.door import Door, Reply
from leadcrm.testing.factories import CapFactory, PriceRuleFactory, SourceFactory
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db
Travel = Callable[[datetime], None]


@pytest.fixture
def pinged(door: Door) -> Door:
    """A vendor whose source takes pings, at the price of a table, with a cap of ten leads."""
    door.set(pings=True, price_kind=PriceKind.TABLE)
    PriceRuleFactory.create(source=door.source, states=["TX"], price="31")
    CapFactory.create(source=door.source, limit=10)
    return door


def ping_id(reply: Reply) -> str:
    """The id to post with."""
    return str(reply.json["ping_id"])


def used(door: Door) -> int:
    """How many places of the cap are taken."""
    return int(sum(use.used for use in CapUse.objects.filter(cap__source=door.source)))


def test_a_post_for_a_ping_has_its_price_and_takes_no_second_place(pinged: Door) -> None:
    bid = pinged.ping(lead_id="V-1")
    assert used(pinged) == 1
    post = pinged.post(ping_id=ping_id(bid), lead_id="V-1")
    assert (post.outcome, post.json["price"], used(pinged)) == ("accepted", "31.00", 1)
    assert (post.lead.price, post.submission.price) == (Decimal(31), Decimal(31))
    row = bid.bid
    assert (row.state, row.place, row.submission_id) == ("posted", "used", post.submission.pk)
    assert (row.match_id, row.hashes) == (None, {})
    record = post.check("ping")
    assert (record["ping"], record["price"], record["place"]) == (row.pk.hex, "31.00", "held")
    assert record["price_rule"] == row.price_rule is not None


def test_the_price_is_honoured_although_the_table_changed_and_not_after_it_expired(
    pinged: Door, travel_to: Travel
) -> None:
    now = timezone.now()
    travel_to(now)
    first, second = pinged.ping(), pinged.ping()
    pinged.source.price_rules.update(price=12)
    travel_to(now + timedelta(seconds=120))
    assert pinged.post(ping_id=ping_id(first)).json["price"] == "31.00"
    travel_to(now + timedelta(seconds=120, milliseconds=1))
    late = pinged.post(ping_id=ping_id(second))
    assert (late.outcome, late.codes) == ("ping_expired", [("ping_expired", "ping_id")])
    assert pinged.post().json["price"] == "12.00"


def test_a_ping_is_unknown_that_is_made_up_of_another_source_refused_or_of_the_other_mode(
    pinged: Door,
) -> None:
    other = Door(SourceFactory.create(pings=True), pinged.key)
    theirs = Ping.objects.create(
        source=other.source, received_at=timezone.now(), state="accepted", config_version=1,
        expires_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    refused, test = pinged.ping(state="Nowhere"), pinged.ping(test="1")
    for name in ("nonsense", "0" * 32, theirs.pk.hex, ping_id(refused), ping_id(test)):
        assert pinged.post(ping_id=name).codes == [("ping_unknown", "ping_id")], name
    assert pinged.post(ping_id=ping_id(pinged.ping()), test="1").outcome == "ping_unknown"


@pytest.mark.parametrize(
    ("ping", "post", "fields"),
    [
        ({}, {"zip": "77001"}, ["zip"]),
        ({}, {"zip": None}, ["zip"]),
        ({}, {"zip": "75201-1234"}, []),
        ({"tobacco": "no"}, {"tobacco": "yes"}, ["tobacco"]),
        ({"tobacco": "no"}, {"tobacco": "N"}, []),
        ({"age": 66}, {"date_of_birth": "1940-01-01"}, ["age"]),
        ({"age": 66}, {}, ["age"]),
        ({"gender": "male"}, {"gender": "female"}, []),  # neither marked nor priced by
        ({}, {"tobacco": "yes"}, []),  # what the ping did not say may be added
    ],
)
def test_the_fields_that_priced_a_ping_must_agree(
    pinged: Door, ping: dict[str, Any], post: dict[str, Any], fields: list[str]
) -> None:
    pinged.source.price_rules.update(rank=90)
    PriceRuleFactory.create(
        source=pinged.source,
        min_age=50,
        price=40,
        conditions=[{"name": "tobacco", "op": "eq", "value": False}],
    )
    reply = pinged.post(ping_id=ping_id(pinged.ping(**ping)), **post)
    wanted = [("ping_mismatch", field) for field in fields]
    assert (reply.codes if fields else reply.outcome) == (wanted or "accepted")


def test_who_was_born_on_the_day_told_has_the_age_that_was_told(pinged: Door) -> None:
    PriceRuleFactory.create(source=pinged.source, min_age=50, price=40, rank=0)
    born = timezone.localdate().replace(year=timezone.localdate().year - 66, day=1)
    bid = pinged.ping(age=66)
    assert pinged.post(ping_id=ping_id(bid), date_of_birth=born.isoformat()).json["price"] == "40.00"


def test_a_post_that_does_not_agree_leaves_the_ping_to_the_right_one(pinged: Door) -> None:
    bid = pinged.ping()
    assert pinged.post(ping_id=ping_id(bid), zip="77001").outcome == "ping_mismatch"
    assert pinged.post(ping_id=ping_id(bid)).outcome == "accepted"
    assert used(pinged) == 1


def test_a_post_that_asks_more_than_the_ping_bid_is_too_dear(pinged: Door) -> None:
    assert pinged.post(ping_id=ping_id(pinged.ping()), price="31").outcome == "accepted"
    assert pinged.post(ping_id=ping_id(pinged.ping()), price="31.01").outcome == "price_too_high"
    pinged.set(price_kind=PriceKind.ASK)
    bid = pinged.ping(price="10")
    assert pinged.post(ping_id=ping_id(bid), price="11").codes == [("ping_mismatch", "price")]
    assert pinged.post(ping_id=ping_id(bid), price="10.00").json["price"] == "10.00"


@pytest.mark.parametrize("repeated", ["10.509", "10.50"])
def test_an_ask_in_parts_of_a_cent_is_bought_at_the_price_that_was_bid(pinged: Door, repeated: str) -> None:
    pinged.set(price_kind=PriceKind.ASK)
    bid = pinged.ping(price="10.509")
    bought = pinged.post(ping_id=ping_id(bid), price=repeated)
    assert (bought.outcome, bought.json["price"]) == ("accepted", "10.50")


def test_a_second_post_for_a_ping_has_the_first_answer_whatever_it_says_and_however_late(
    pinged: Door, travel_to: Travel
) -> None:
    now = timezone.now()
    travel_to(now)
    bid = pinged.ping()
    first = pinged.post(ping_id=ping_id(bid), idempotency_key="k-1")
    again = pinged.post(ping_id=ping_id(bid), idempotency_key="k-2")
    travel_to(now + timedelta(days=2))
    late = pinged.post(ping_id=ping_id(bid))
    for reply in (again, late):
        assert (reply.content, reply.headers["Idempotency-Replayed"]) == (first.content, "true")
    assert (Lead.objects.count(), Submission.objects.count(), used(pinged)) == (1, 1, 1)
    reused = pinged.post(ping_id=ping_id(bid), idempotency_key="k-1")
    assert (reused.status, reused.json["code"]) == (409, "key_reused")


def test_the_same_post_again_is_a_replay_as_ever(pinged: Door) -> None:
    payload = glossary(ping_id=ping_id(pinged.ping()))
    first = pinged.post(payload)
    assert pinged.post(payload).content == first.content
    assert Lead.objects.count() == 1


def test_a_refused_post_gives_its_place_back_and_is_replayed(pinged: Door) -> None:
    bid = pinged.ping()
    assert used(pinged) == 1
    refused = pinged.post(ping_id=ping_id(bid), phone="12")
    assert (refused.outcome, used(pinged), bid.bid.place) == ("invalid_phone", 0, "returned")
    again = pinged.post(ping_id=ping_id(bid))
    assert (again.content, used(pinged)) == (refused.content, 0)


def test_a_full_cap_does_not_refuse_the_post_of_a_ping(pinged: Door) -> None:
    bid = pinged.ping()
    pinged.source.caps.update(limit=1)
    assert pinged.post().outcome == "cap_reached"
    post = pinged.post(ping_id=ping_id(bid))
    assert (post.outcome, post.check("caps")["detail"]) == ("accepted", "its place was held by its ping")
    assert used(pinged) == 1


def test_a_ping_of_one_hour_keeps_its_place_in_that_hour(pinged: Door, travel_to: Travel) -> None:
    CapFactory.create(source=pinged.source, period="hour", limit=1)
    now = timezone.now().replace(minute=59, second=30)
    travel_to(now)
    bid = pinged.ping()
    travel_to(now + timedelta(seconds=60))
    direct = pinged.post()
    assert [direct.outcome, pinged.post(ping_id=ping_id(bid)).outcome] == ["accepted", "accepted"]
    hours = CapUse.objects.filter(cap__period="hour").order_by("period_start")
    assert [use.used for use in hours] == [1, 1]


def test_spend_caps_hold_what_the_ping_costs(pinged: Door) -> None:
    pinged.source.caps.update(unit="spend", limit=40)
    bid = pinged.ping()
    assert used(pinged) == 31
    assert pinged.ping().outcome == "cap_reached"
    pinged.source.price_rules.update(price=12)
    assert pinged.post(ping_id=ping_id(bid)).outcome == "accepted"
    assert used(pinged) == 31


def test_a_background_post_keeps_the_price_and_place_of_its_ping_however_late_it_is_decided(
    pinged: Door, travel_to: Travel
) -> None:
    now = timezone.now()
    travel_to(now)
    pinged.set(mode=Mode.BACKGROUND)
    bid = pinged.ping()
    with patch("celery.app.task.Task.apply_async"):
        pending = pinged.post(ping_id=ping_id(bid))
        other = pinged.post(ping_id=ping_id(bid))
    assert (pending.outcome, other.content) == ("pending", pending.content)
    assert (bid.bid.state, bid.bid.place) == ("posted", "held")
    pinged.source.price_rules.update(price=12)
    pinged.source.caps.update(limit=1)
    travel_to(now + timedelta(hours=3))
    redecide(submission=pending.submission, actor=None, now=timezone.now())
    assert (pending.submission.state, pending.submission.price, bid.bid.place) == (
        "accepted",
        Decimal(31),
        "used",
    )
    assert used(pinged) == 1


def test_a_background_post_for_a_ping_that_had_expired_is_refused_for_it(
    pinged: Door, travel_to: Travel
) -> None:
    now = timezone.now()
    travel_to(now)
    pinged.set(mode=Mode.BACKGROUND)
    bid = pinged.ping()
    travel_to(now + timedelta(seconds=121))
    with patch("celery.app.task.Task.apply_async"):
        pending = pinged.post(ping_id=ping_id(bid))
    row = redecide(submission=pending.submission, actor=None, now=timezone.now())
    assert (row.state, row.reason) == ("rejected", "ping_expired")


def test_a_post_that_broke_keeps_its_ping_for_its_retry_and_for_the_worker(
    pinged: Door, travel_to: Travel
) -> None:
    now = timezone.now()
    travel_to(now)
    first, second = pinged.ping(), pinged.ping()
    payloads = [glossary(ping_id=ping_id(bid)) for bid in (first, second)]
    with patch("compliance.checks.price.Price.run", side_effect=RuntimeError):
        failed = [pinged.post(payload) for payload in payloads]
    assert [reply.outcome for reply in failed] == ["pending", "pending"]
    assert (first.bid.state, first.bid.place, used(pinged)) == ("posted", "held", 2)
    pinged.source.price_rules.update(price=12)
    travel_to(now + timedelta(minutes=10))
    retried = pinged.post(payloads[0])
    redecide(submission=failed[1].submission, actor=None, now=timezone.now())
    assert (retried.outcome, retried.json["price"]) == ("accepted", "31.00")
    assert (failed[1].submission.state, failed[1].submission.price) == ("accepted", Decimal(31))
    assert used(pinged) == 2


def test_a_held_post_holds_its_place_until_a_person_has_ruled(pinged: Door, reviewer: User) -> None:
    pinged.set_check("filters", mode="review", states=["OK"])
    kept, given = pinged.ping(), pinged.ping()
    posts = [pinged.post(ping_id=ping_id(bid)) for bid in (kept, given)]
    assert [post.outcome for post in posts] == ["pending", "pending"]
    assert (kept.bid.place, used(pinged)) == ("held", 2)
    now = timezone.now()
    approve_held(submission_id=posts[0].submission.pk, by=reviewer, note="Good", now=now)
    refuse_held(
        submission_id=posts[1].submission.pk, by=reviewer, reason="filter_mismatch", note="Bad", now=now
    )
    assert (kept.bid.place, given.bid.place, used(pinged)) == ("used", "returned", 1)
    assert Lead.objects.get().price == 31


def test_a_refusal_that_is_our_own_failure_leaves_the_ping_for_the_retry(pinged: Door) -> None:
    bid = pinged.ping()
    pinged.set_check("scrub_service", service="blacklist_alliance")
    payload = glossary(ping_id=ping_id(bid))
    assert pinged.post(payload).outcome == "check_unavailable"
    assert (bid.bid.state, bid.bid.place, used(pinged)) == ("accepted", "held", 1)
    pinged.set_check("scrub_service")
    assert pinged.post(payload).json["price"] == "31.00"
    assert (bid.bid.place, used(pinged)) == ("used", 1)


def test_our_own_failure_brings_no_ping_back_that_was_ended_meanwhile(pinged: Door) -> None:
    bid = pinged.ping()
    pinged.set_check("scrub_service", service="blacklist_alliance")
    end_pings(pings=[bid.bid.pk], now=timezone.now())  # the same ping again, while the post was under way
    reply = pinged.post(ping_id=ping_id(bid))
    assert (reply.outcome, reply.json["retry"]) == ("check_unavailable", True)
    assert (bid.bid.state, bid.bid.place, used(pinged)) == ("expired", "returned", 0)


def test_a_test_ping_and_its_test_post_buy_nothing(pinged: Door) -> None:
    bid = pinged.ping(test="1")
    post = pinged.post(ping_id=ping_id(bid), test="1")
    assert (post.outcome, post.json["price"], post.json["test"]) == ("accepted", "31.00", True)
    assert pinged.post(ping_id=ping_id(bid), test="1").content == post.content
    assert (bid.bid.state, bid.bid.place) == ("posted", "none")
    assert not CapUse.objects.exists()
    assert not Lead.objects.exists()
    assert "ping" in [check["check"] for check in post.json["checks"]]


def test_a_direct_post_knows_no_ping(pinged: Door) -> None:
    post = pinged.post()
    assert "ping" not in [check["check"] for check in Decision.objects.get().checks]
    assert post.json["price"] == "31.00"
    sweep_submissions()


def test_an_answer_that_is_lost_costs_neither_lead_nor_price(pinged: Door) -> None:
    """The vendor never saw the first answer, pings again with its id and posts again: one lead, at its price."""
    bid = pinged.ping(lead_id="V-9")
    payload = glossary(ping_id=ping_id(bid), lead_id="V-9")
    first = pinged.post(payload)
    pinged.source.price_rules.update(price=12)
    assert pinged.post(payload).content == first.content
    new = pinged.ping(lead_id="V-9")  # a new bid, for the first was used
    assert new.json["price"] == "12.00"
    assert pinged.post({**payload, "ping_id": ping_id(new)}).outcome == "duplicate"
    assert Lead.objects.get().price == 31
