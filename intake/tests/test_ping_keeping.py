"""What is kept of pings, how long, and what managers see of it."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from compliance.evidence.replay import replay
from compliance.tasks import expire_pings
from intake.forgetting import erase_posts
from intake.models import Ping, PriceKind
from intake.tasks import forget_pings
from leadcrm.celery import app
from leadcrm.models import User
from leadcrm.testing.door import Door
from leadcrm.testing.factories import (
    CapFactory,
    LeadFactory,
    PingFactory,
    PriceRuleFactory,
    SubmissionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def pinged(door: Door) -> Door:
    """A vendor whose source takes pings."""
    door.set(pings=True)
    return door


def test_old_pings_are_forgotten_but_not_those_that_stand_or_hold_a_place() -> None:
    old = timezone.now() - timedelta(days=settings.PING_DAYS, minutes=1)
    post = SubmissionFactory.create()
    gone = [
        PingFactory.create(received_at=old, state="expired"),
        PingFactory.create(received_at=old, state="rejected", reason="closed", price=0),
        PingFactory.create(received_at=old, state="posted", submission=SubmissionFactory.create()),
    ]
    kept = [
        PingFactory.create(received_at=old),
        PingFactory.create(
            received_at=old, state="posted", submission=post, place="held",
            places=[{"cap": 1, "period": old.isoformat(), "amount": "1"}],
        ),
        PingFactory.create(received_at=old + timedelta(minutes=2), state="expired"),
    ]  # fmt: skip
    forget_pings()
    left = set(Ping.objects.values_list("pk", flat=True))
    assert left == {ping.pk for ping in kept}
    assert not left & {ping.pk for ping in gone}


def test_a_sweep_ends_what_is_over_and_beat_runs_it(pinged: Door) -> None:
    assert app.conf.beat_schedule["expire-pings"]["task"] == expire_pings.name
    assert app.conf.beat_schedule["forget-pings"]["task"] == forget_pings.name
    CapFactory.create(source=pinged.source, limit=3)
    over = pinged.ping(lead_id="V-1").bid
    Ping.objects.filter(pk=over.pk).update(
        expires_at=timezone.now() - timedelta(minutes=1), received_at=timezone.now() - timedelta(minutes=3)
    )
    stands = pinged.ping().bid
    expire_pings()
    over.refresh_from_db()
    stands.refresh_from_db()
    assert (over.state, over.place, over.match_id) == ("expired", "returned", None)
    assert (stands.state, stands.place) == ("accepted", "held")


@pytest.mark.parametrize(
    "odd",
    [
        {"state": "expired", "place": "held", "places": [{"cap": 1}]},
        {"test": True, "place": "held", "places": [{"cap": 1}]},
        {"place": "held"},
        {"place": "returned", "places": [{"cap": 1}]},
        {"state": "posted"},
        {"state": "rejected"},
        {"state": "expired", "hashes": {"phone": {}}},
        {"price": -1},
    ],
)
def test_the_database_refuses_pings_that_cannot_be(odd: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PingFactory.create(**odd)


def test_an_erased_posts_ping_says_nothing_any_more(pinged: Door) -> None:
    bid = pinged.ping(lead_id="V-1")
    post = pinged.post(ping_id=bid.json["ping_id"], lead_id="V-1")
    erase_posts([post.submission.pk])
    row = bid.bid
    assert (row.fields, row.vendor_lead_id, row.answer) == ({}, "", "")
    assert row.price == post.submission.price


def test_a_decision_on_a_pings_post_is_made_again_from_its_record(pinged: Door) -> None:
    pinged.set(price_kind=PriceKind.TABLE)
    PriceRuleFactory.create(source=pinged.source, states=["TX"], price=31)
    CapFactory.create(source=pinged.source, limit=5)
    bought = pinged.post(ping_id=pinged.ping().json["ping_id"], price="31")
    refused = pinged.post(ping_id=pinged.ping().json["ping_id"], zip="77001")
    direct = pinged.post()
    PriceRuleFactory._meta.model.objects.update(price=1)
    Ping.objects.all().delete()
    for post in (bought, refused, direct):
        found = replay(post.decision)
        assert found.agrees, found.differs
    lines = {line.name: line for line in replay(bought.decision).checks}
    assert lines["ping"].basis == "taken from the record"
    assert "ping" not in {line.name for line in replay(direct.decision).checks}


def test_managers_find_a_ping_and_see_it_on_its_post_and_lead(
    pinged: Door, client: Client, reviewer: User
) -> None:
    client.force_login(reviewer)
    bid = pinged.ping(lead_id="V-77", age=66)
    post = pinged.post(ping_id=bid.json["ping_id"], lead_id="V-77")
    for term in (bid.bid.pk.hex, str(bid.bid.pk), "V-77", post.submission.pk.hex):
        page = client.get("/admin/intake/ping/", {"q": term}).text
        assert f"/admin/intake/ping/{bid.bid.pk}/change/" in page, term
    assert "/change/" not in client.get("/admin/intake/ping/", {"q": "V-78"}).text.split("result_list")[-1]
    own = client.get(f"/admin/intake/ping/{bid.bid.pk}/change/").text
    assert "$22.00" in own
    for page in (
        f"/admin/intake/submission/{post.submission.pk}/change/",
        f"/admin/intake/lead/{post.lead.pk}/change/",
    ):
        assert f"/admin/intake/ping/{bid.bid.pk}/change/" in client.get(page).text, page
    nobody = UserFactory.create(is_staff=True)
    nobody.user_permissions.set(Permission.objects.filter(codename__in=("view_submission",)))
    client.force_login(nobody)
    assert (
        "/admin/intake/ping/" not in client.get(f"/admin/intake/submission/{post.submission.pk}/change/").text
    )
    assert client.get("/admin/intake/ping/").status_code == 403


def test_a_lead_without_a_ping_says_nothing_of_one(client: Client, reviewer: User) -> None:
    client.force_login(reviewer)
    lead = LeadFactory.create()
    assert "ping-heading" not in client.get(f"/admin/intake/lead/{lead.pk}/change/").text


def test_pings_that_stand_are_found_by_an_index_that_holds_no_others() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM intake_ping WHERE state = 'accepted' AND expires_at < now() ORDER BY expires_at"
        )
        assert "ping_standing" in "".join(row[0] for row in cursor.fetchall())
