"""Pings: interest and price before anything about a person is told (wire-contract section 8)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from agents.models import Assignment, LastLink, License, Pool
from compliance.models import CapUse, Decision
from intake.models import Dialect, Lead, Ping, PriceKind, Profile, SourceStatus, Submission
from leadcrm.testing.door import FORM, XML, Door, without_sleep
from leadcrm.testing.factories import CapFactory, PriceRuleFactory, SourceHoursFactory

pytestmark = pytest.mark.django_db
Travel = Callable[[datetime], None]


@pytest.fixture
def pinged(door: Door) -> Door:
    """A vendor whose source takes pings."""
    door.set(pings=True)
    return door


def test_a_ping_is_answered_with_its_price_and_how_long_it_stands(pinged: Door, travel_to: Travel) -> None:
    now = timezone.now()
    travel_to(now)
    reply = pinged.ping(lead_id="V-77")
    bid = reply.json
    assert list(bid) == [
        "status", "ping_id", "vendor_lead_id", "price", "currency", "expires_in", "expires_at", "test", "processed_ms",
    ]  # fmt: skip
    assert (reply.status, bid["status"], bid["price"], bid["currency"]) == (200, "accepted", "22.00", "USD")
    assert (bid["vendor_lead_id"], bid["expires_in"], bid["test"]) == ("V-77", 120, False)
    assert datetime.fromisoformat(bid["expires_at"]) == (now + timedelta(seconds=120)).replace(microsecond=0)
    assert reply.bid.expires_at == now + timedelta(seconds=120)


def test_a_ping_makes_no_lead_no_post_and_no_decision(pinged: Door) -> None:
    pinged.ping()
    for model in (Lead, Submission, Decision, Assignment):
        assert not model.objects.exists(), model


@pytest.mark.parametrize("how", [FORM, XML])
def test_pings_come_in_every_format_and_with_a_slash_at_the_end(pinged: Door, how: str) -> None:
    assert pinged.ping(how=how).json["price"] == "22.00"
    slashed = pinged.send(b'{"state":"TX","zip":"75201"}', url="/api/lead-intake/ping/")
    assert (slashed.status, slashed.json["status"]) == (200, "accepted")


def test_a_ping_cannot_be_read_and_needs_a_key(pinged: Door) -> None:
    got = pinged.send("", method="GET", url="/api/lead-intake/ping")
    assert (got.status, got.json["code"]) == (405, "method_not_allowed")
    nobody = pinged.send(b"{}", url="/api/lead-intake/ping", bearer=False)
    assert (nobody.status, nobody.json["code"]) == (401, "unauthorized")


def test_a_source_that_takes_no_pings_says_so(door: Door) -> None:
    reply = door.ping()
    assert (reply.status, reply.json["code"]) == (403, "forbidden")
    assert not Ping.objects.exists()


def test_contact_data_in_a_ping_is_not_kept_and_warned_of(pinged: Door) -> None:
    told: dict[str, Any] = {
        "first_name": "Quill", "last_name": "Zebra", "phone": "2145552222", "email": "quill@example.com",
        "address": "12 Hidden Street", "ip_address": "192.0.2.77", "favourite_color": "mauve",
        "drivers": [{"name": "Quill"}], "consent_text": "I agree to be called", "ping_id": "x",
    }  # fmt: skip
    reply = pinged.ping(**told)
    assert ("not_kept", "phone") in reply.warnings
    assert ("not_kept", "email") in reply.warnings
    assert ("unknown_field", "favourite_color") in reply.warnings
    row = Ping.objects.filter(pk=reply.bid.pk).values()[0]
    kept = repr({name: value for name, value in row.items() if name != "answer"})
    for word in ("Quill", "Zebra", "2145552222", "quill@example", "Hidden", "192.0.2.77", "mauve", "agree"):
        assert word not in kept, word
        assert word not in reply.text, word


def test_only_what_the_source_marks_or_what_prices_the_lead_is_kept(pinged: Door) -> None:
    pinged.set(ping_fields=["zip"], price_kind=PriceKind.TABLE)
    PriceRuleFactory.create(source=pinged.source, min_age=50, max_age=80, price="31.50")
    PriceRuleFactory.create(
        source=pinged.source, conditions=[{"name": "tobacco", "op": "eq", "value": False}], price="25"
    )
    bid = pinged.ping(date_of_birth="1960-02-03", gender="male", tobacco="no", coverage_amount="10k").bid
    today = timezone.localdate()
    age = today.year - 1960 - ((today.month, today.day) < (2, 3))
    assert bid.fields == {
        "zip": "75201", "state": "TX", "interest": "final_expense", "age": age, "tobacco": False,
    }  # fmt: skip
    assert bid.price == Decimal("31.50")


def test_what_the_source_marks_is_required_and_what_only_a_post_must_carry_is_not(pinged: Door) -> None:
    pinged.set(ping_fields=["zip", "age", "tobacco"], required_fields=["first_name", "phone", "email"])
    refused = pinged.ping(state=None, zip=None)
    assert (refused.status, refused.outcome) == (200, "missing_field")
    assert set(refused.codes) == {("missing_field", name) for name in ("state", "zip", "age", "tobacco")}
    assert "price" in refused.json
    assert refused.json["price"] == "0.00"
    assert pinged.ping(age=70, tobacco="no").outcome == "accepted"


def test_a_ping_is_refused_by_the_checks_that_a_post_has(pinged: Door) -> None:
    pinged.set_check("filters", states=["OK"])
    refused = pinged.ping(lead_id="V-1")
    assert (refused.outcome, refused.codes) == ("filter_mismatch", [("filter_mismatch", "state")])
    assert (refused.bid.state, refused.bid.reason, refused.bid.expires_at) == (
        "rejected",
        "filter_mismatch",
        None,
    )
    assert refused.json["vendor_lead_id"] == "V-1"
    pinged.set_check("filters")
    pinged.set(status=SourceStatus.PAUSED)
    assert pinged.ping().outcome == "source_paused"


def test_filters_on_what_a_ping_leaves_out_are_asked_of_its_post(pinged: Door) -> None:
    pinged.set_check(
        "filters",
        min_age=50,
        max_age=80,
        zips=["752"],
        attributes=[{"name": "tobacco", "op": "eq", "value": False}],
    )
    assert pinged.ping(zip=None).outcome == "missing_field"  # the source marks it
    pinged.set(ping_fields=[])
    assert pinged.ping(zip=None).outcome == "accepted"
    assert pinged.ping(age=20).codes == [("filter_mismatch", "age")]
    assert pinged.ping(tobacco="yes").codes == [("filter_mismatch", "tobacco")]


def test_outside_its_hours_and_over_its_caps_a_source_bids_on_nothing(pinged: Door) -> None:
    CapFactory.create(source=pinged.source, limit=1)
    assert pinged.ping().outcome == "accepted"
    full = pinged.ping()
    assert full.outcome == "cap_reached"
    assert full.json["retry_after"] > 0
    SourceHoursFactory.create(
        source=pinged.source,
        weekday=(timezone.localtime().weekday() + 1) % 7,
        opens_at="08:00",
        closes_at="09:00",
    )
    assert pinged.ping().outcome == "closed"


def test_nothing_is_bid_where_nobody_licensed_could_take_the_lead(pinged: Door) -> None:
    License.objects.all().delete()
    Pool.objects.update(last_link=LastLink.REFUSE)
    assert pinged.ping().outcome == "no_agent"


@pytest.mark.parametrize(
    ("kind", "asked", "outcome", "price"),
    [
        (PriceKind.FIXED, None, "accepted", "22.00"), (PriceKind.FIXED, "10", "accepted", "22.00"),
        (PriceKind.FIXED, "22.01", "price_too_high", "0.00"), (PriceKind.ASK, "10.509", "accepted", "10.50"),
        (PriceKind.ASK, "22.01", "price_too_high", "0.00"), (PriceKind.TABLE, "22.01", "accepted", "40.00"),
        (PriceKind.TABLE, "40.01", "price_too_high", "0.00"),
    ],
)  # fmt: skip
def test_the_price_is_fixed_or_of_the_table_or_what_is_asked_below_our_maximum(
    pinged: Door, kind: str, asked: str | None, outcome: str, price: str
) -> None:
    pinged.set(price_kind=kind)
    PriceRuleFactory.create(source=pinged.source, states=["TX"], price="40")
    reply = pinged.ping(price=asked)
    assert (reply.outcome, reply.json["price"]) == (outcome, price)


def test_the_same_ping_again_has_the_first_answer_until_it_expires(pinged: Door, travel_to: Travel) -> None:
    CapFactory.create(source=pinged.source, limit=5)
    now = timezone.now()
    travel_to(now)
    first = pinged.ping(lead_id="V-1")
    pinged.set(price=30)
    travel_to(now + timedelta(seconds=119))
    again = pinged.ping(lead_id="V-1", state="Texas")
    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
    assert CapUse.objects.get().used == 1
    assert pinged.ping(lead_id="V-2").json["price"] == "30.00"
    travel_to(now + timedelta(seconds=121))
    new = pinged.ping(lead_id="V-1")
    assert (new.json["price"], new.json["ping_id"] != first.json["ping_id"]) == ("30.00", True)
    assert (first.bid.state, first.bid.place) == ("expired", "returned")
    assert CapUse.objects.get().used == 2


def test_an_idempotency_key_recognises_a_ping_too_and_goes_before_the_vendors_id(pinged: Door) -> None:
    first = pinged.ping(idempotency_key="k-1")
    assert pinged.ping(idempotency_key="k-1").content == first.content
    assert pinged.ping(idempotency_key="k-2").content != first.content
    assert pinged.ping().json["ping_id"] != pinged.ping().json["ping_id"]  # nothing says that these are one


def test_a_refused_ping_is_asked_anew(pinged: Door) -> None:
    pinged.set_check("filters", states=["OK"])
    assert pinged.ping(lead_id="V-1").outcome == "filter_mismatch"
    pinged.set_check("filters")
    assert pinged.ping(lead_id="V-1").outcome == "accepted"


def test_another_source_and_a_test_ping_are_not_the_same_ping(pinged: Door) -> None:
    live = pinged.ping(lead_id="V-1")
    test = pinged.ping(lead_id="V-1", test="1")
    assert test.json["test"] is True
    assert test.json["ping_id"] != live.json["ping_id"]


def test_a_test_ping_shows_its_checks_and_holds_nothing(pinged: Door) -> None:
    CapFactory.create(source=pinged.source, limit=1)
    for _ in range(2):
        reply = pinged.ping(test="true", phone="2145552222", tobacco="no", beneficiary="Quill Zebra")
        assert (reply.outcome, reply.json["test"]) == ("accepted", True)
        assert [check["check"] for check in reply.json["checks"]] == [
            "source_open", "fields", "known_person", "filters", "lead_age", "price", "suppression", "caps", "agent",
        ]  # fmt: skip
        assert reply.json["normalized"]["tobacco"] is False
        assert "Quill" not in reply.text
        assert "phone" not in reply.json["normalized"]
        assert (reply.bid.place, reply.bid.test) == ("none", True)
    assert not CapUse.objects.exists()


@pytest.mark.parametrize(
    ("zip_code", "outcome"),
    [
        ("99999", "accepted"), ("00001", "duplicate"), ("00002", "suppressed_dnc"), ("00003", "cap_reached"),
        ("00004", "invalid_field"), ("00005", "consent_invalid"), ("00006", "accepted"),
    ],
)  # fmt: skip
def test_the_test_zips_force_the_outcome_of_a_test_ping(pinged: Door, zip_code: str, outcome: str) -> None:
    pinged.set(status=SourceStatus.TEST)
    with patch("intake.pings.receiving.time.sleep") as slept:
        assert pinged.ping(zip=zip_code).outcome == outcome
    assert [call.args for call in slept.call_args_list] == ([(3,)] if zip_code == "00006" else [])


def test_a_test_zip_forces_a_503_that_stores_nothing(pinged: Door) -> None:
    reply = pinged.ping(zip="00007", test="1")
    assert (reply.status, reply.json["code"]) == (503, "unavailable")
    assert not Ping.objects.exists()
    with without_sleep():
        assert pinged.ping(zip="00007").outcome == "invalid_field"  # live


def test_profiles_dialects_and_xml_have_pings_of_their_own(pinged: Door) -> None:
    pinged.set(profile=Profile.REST)
    assert (pinged.ping().status, pinged.ping(state="Nowhere").status) == (201, 422)
    xml = pinged.ping(accept=XML)
    assert xml.text.startswith("<result><status>accepted</status><ping_id>")
    pinged.set(dialect=Dialect.LEADCONDUIT)
    good, bad = pinged.ping(), pinged.ping(state="Nowhere")
    assert (good.status, bad.status) == (200, 200)
    key = good.json["ping_id"]
    assert good.json == {
        "outcome": "success", "lead": {"id": key}, "ping_id": key, "price": 22.0, "expires_in": 120,
        "expires_at": good.json["expires_at"],
    }  # fmt: skip
    assert (bad.json["outcome"], bad.json["reason"], bad.json["price"]) == ("failure", "invalid_field", 0)


def test_a_vendors_id_with_a_word_that_senders_search_for_goes_into_a_header(pinged: Door) -> None:
    for _ in range(2):
        reply = pinged.ping(lead_id="dup-error-1")
        assert "dup" not in reply.text
        assert reply.headers["X-Vendor-Lead-Id"] == "dup-error-1"


def test_pings_have_a_rate_of_their_own(pinged: Door, travel_to: Travel) -> None:
    travel_to(timezone.now().replace(second=1))
    pinged.set(ping_rate_limit=2, rate_limit=1)
    assert [pinged.ping().status for _ in range(3)] == [200, 200, 429]
    assert pinged.post().status == 200
    assert "2 pings" in pinged.ping().json["message"]
    assert "1 posts" in pinged.post().json["message"]


def test_a_ping_that_breaks_is_a_503_and_leaves_nothing(pinged: Door) -> None:
    CapFactory.create(source=pinged.source, limit=5)
    with patch("compliance.checks.price.Price.run", side_effect=RuntimeError):
        reply = pinged.ping()
    assert (reply.status, reply.json["code"], reply.headers["Retry-After"]) == (503, "unavailable", "5")
    assert not Ping.objects.exists()
    assert not CapUse.objects.exists()


@pytest.mark.parametrize(("body", "status"), [(b'{"state":', 400), (b"<a", 400), (b"x" * 300_000, 413)])
def test_a_body_that_cannot_be_read_is_an_error_and_kept_nowhere(
    pinged: Door, body: bytes, status: int
) -> None:
    reply = pinged.send(body, url="/api/lead-intake/ping")
    assert (reply.status, reply.json["status"]) == (status, "error")
    assert not Ping.objects.exists()


def test_nothing_is_asked_of_a_ping_that_needs_the_person(pinged: Door) -> None:
    pinged.set_check("consent", require_trustedform=True, require_text=True)
    bid = pinged.ping().bid
    told: dict[str, Any] = {record["check"]: record["outcome"] for record in bid.checks}
    assert told == {
        "source_open": "pass", "fields": "pass", "duplicate": "skip", "filters": "pass", "lead_age": "pass",
        "price": "pass", "suppression": "skip", "caps": "pass", "agent": "pass",
    }  # fmt: skip
