"""Test mode: every check runs, nothing is bought (wire-contract section 7)."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from agents.models import Assignment, Balance
from compliance.models import CapUse, Decision
from intake.models import ConsentRecord, Lead, LeadEvent, Mode, PriceKind, SourceStatus, Submission
from intake.originals import keep_as_it_came
from intake.redecide import redecide
from leadcrm.testing.door import FORM, XML, Door, without_sleep
from leadcrm.testing.factories import CapFactory, SourceHoursFactory
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db
FLAGS = ["test", "is_test", "lp_test", "testmode", "test_lead", "ckm_test", "xxtest", "Test"]


@pytest.fixture
def tested(door: Door) -> Door:
    """A vendor whose source is in test mode."""
    door.set(status=SourceStatus.TEST)
    return door


def test_a_test_post_runs_every_check_and_shows_what_was_understood(tested: Door) -> None:
    reply = tested.post(phone="(214) 555-0123 x9", tobacco="No", coverage_amount="$10k", zip="75201-1234")
    body = reply.json
    assert (body["status"], body["test"], body["price"]) == ("accepted", True, "22.00")
    assert [check["check"] for check in body["checks"]] == [
        "source_open", "fields", "consent", "known_person", "filters", "lead_age", "price",
        "certificate", "suppression", "scrub_service", "caps",
        "agent",
    ]  # fmt: skip
    assert {check["outcome"] for check in body["checks"]} == {"pass"}
    assert all(set(check) == {"check", "outcome", "ms"} for check in body["checks"])
    told = body["normalized"]
    assert (told["first_name"], told["state"], told["interest"]) == ("Test", "TX", "final_expense")
    assert told["phone"] == {"e164": "+12145550123", "extension": "9", "region": "US"}
    assert (told["tobacco"], told["coverage_amount"]) == (False, "10000")
    assert "75201" in str(told["zip"])


def test_a_test_post_is_stored_apart_and_makes_nothing(tested: Door) -> None:
    CapFactory.create(source=tested.source, limit=5)
    reply = tested.post()
    assert reply.submission.test
    assert reply.submission.price in (0, Decimal("22.00"))
    assert Submission.objects.count() == Decision.objects.count() == 1
    for model in (Lead, ConsentRecord, LeadEvent, Assignment, CapUse, Balance):
        assert not model.objects.exists(), model


def test_a_test_post_counts_for_no_duplicate_and_no_cap(door: Door) -> None:
    CapFactory.create(source=door.source, limit=1)
    for number in range(3):
        assert door.post(phone="2145552222", lead_id=f"T-{number}", test="true").outcome == "accepted"
    assert door.post(phone="2145552222", lead_id="L-1").outcome == "accepted"
    again = door.post(phone="2145552222", lead_id="T-9", test="true")
    assert again.outcome == "duplicate"  # but it sees the real ones
    assert [check["outcome"] for check in again.json["checks"] if check["check"] in ("known_person", "caps")] == [
        "stop", "stop",
    ]  # fmt: skip


def test_a_refused_test_post_shows_every_check_and_not_only_the_first_refusal(tested: Door) -> None:
    tested.set_check("filters", states=["OK"])
    reply = tested.post(consent_text=None, lead_created_at=None, trustedform_url="https://example.com/x")
    assert reply.outcome == "consent_invalid"
    outcomes = {check["check"]: check["outcome"] for check in reply.json["checks"]}
    assert (outcomes["consent"], outcomes["filters"], outcomes["caps"]) == ("stop", "stop", "pass")


@pytest.mark.parametrize("flag", FLAGS)
def test_a_live_source_takes_single_test_posts_by_flag(door: Door, flag: str) -> None:
    fields: dict[str, Any] = {flag: "1"}
    reply = door.post(**fields)
    assert (reply.json["status"], reply.json["test"]) == ("accepted", True)
    assert not Lead.objects.exists()


@pytest.mark.parametrize(
    ("value", "test"), [("0", False), ("false", False), ("no", False), ("", False), ("maybe", True)]
)
def test_the_flag_must_say_yes_and_an_unreadable_one_buys_nothing(door: Door, value: str, test: bool) -> None:
    assert door.post(test=value).json["test"] is test


def test_lead_prospers_action_test_is_a_test_post(door: Door) -> None:
    assert door.post(lp_action="test", how=FORM).json["test"] is True
    assert door.post(lp_action="direct_post", how=FORM).json["test"] is False


def test_a_flag_cannot_make_a_post_of_a_test_source_live(tested: Door) -> None:
    assert tested.post(test="0").json["test"] is True


def test_a_live_post_takes_no_fictional_number_and_no_magic_zip(door: Door) -> None:
    assert door.post(phone="2145550123").codes == [("invalid_phone", "phone")]
    assert door.post(zip="99999").codes == [("invalid_field", "zip")]


@pytest.mark.parametrize(
    ("zip_code", "outcome"),
    [
        ("99999", "accepted"), ("00001", "duplicate"), ("00002", "suppressed_dnc"), ("00003", "cap_reached"),
        ("00004", "invalid_field"), ("00005", "consent_invalid"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("how", ["application/json", XML])
def test_a_magic_zip_forces_its_outcome(tested: Door, zip_code: str, outcome: str, how: str) -> None:
    reply = tested.post(zip=zip_code, how=how)
    assert reply.outcome == outcome
    assert (reply.status, reply.json["test"]) == (200, True)
    assert ("retry_after" in reply.json) == (outcome == "cap_reached")
    assert reply.submission.state == reply.json["status"]


def test_the_accepting_zip_forces_it_whatever_is_wrong(tested: Door) -> None:
    tested.set(status="test")
    CapFactory.create(source=tested.source, limit=0)
    reply = tested.post(zip="99999", phone="1", first_name=None, trustedform_url="odd")
    assert reply.outcome == "accepted"
    assert reply.json["lead_id"].startswith("A-")


def test_the_slow_zip_waits_three_seconds_and_accepts(tested: Door) -> None:
    with without_sleep() as sleep:
        assert tested.post(zip="00006").outcome == "accepted"
        assert tested.post().outcome == "accepted"
    assert [call.args for call in sleep.call_args_list] == [(3,)]


def test_the_breaking_zip_is_a_503_that_stores_nothing_and_may_be_repeated(tested: Door) -> None:
    for _ in range(2):
        reply = tested.post(zip="00007")
        assert (reply.status, reply.json["status"], reply.json["code"]) == (503, "error", "unavailable")
        assert int(reply.headers["Retry-After"]) >= 1
    assert not Submission.objects.exists()


def test_a_paused_source_says_so_to_test_posts_too(tested: Door) -> None:
    tested.set(status=SourceStatus.PAUSED)
    reply = tested.post(test="1")
    assert reply.outcome == "source_paused"


def test_a_test_post_honours_the_hours_of_the_source(door: Door) -> None:
    tomorrow = (timezone.localtime() + timedelta(days=2)).weekday()
    SourceHoursFactory.create(source=door.source, weekday=tomorrow)
    assert door.post(test="1").outcome == "closed"


def test_an_asked_price_is_understood_and_too_high_an_ask_is_refused(tested: Door) -> None:
    tested.set(price_kind=PriceKind.ASK)
    assert tested.post(price="12.50").json["price"] == "12.50"
    assert tested.post(price="22.01").outcome == "price_too_high"
    assert tested.post(zip="99999", price="9999999.99").outcome == "accepted"


def test_test_posts_answer_in_the_sources_dialect(tested: Door) -> None:
    tested.set(dialect="leadconduit")
    reply = tested.post(glossary())
    assert (reply.status, reply.json["outcome"]) == (201, "success")


@pytest.mark.parametrize("said", ["true", "1", "yes", "odd"])
@pytest.mark.parametrize("body", [{}, {"test": "false"}, {"is_test": "no"}])
def test_the_header_makes_any_post_a_test_whatever_its_body_says(
    door: Door, said: str, body: dict[str, Any]
) -> None:
    reply = door.post(headers={"X-Test-Post": said}, **body)
    assert (reply.json["status"], reply.json["test"]) == ("accepted", True)
    assert reply.submission.test
    assert not Lead.objects.exists()


@pytest.mark.parametrize("said", ["false", "0", "no", "", " "])
def test_a_header_that_says_no_leaves_it_to_the_body(door: Door, said: str) -> None:
    assert door.post(headers={"X-Test-Post": said}).json["test"] is False
    assert door.post(headers={"X-Test-Post": said}, test="yes").json["test"] is True


def test_the_header_makes_a_test_of_a_source_that_decides_in_the_background(door: Door) -> None:
    door.set(mode=Mode.BACKGROUND)
    assert door.post(headers={"X-Test-Post": "true"}).json["test"] is True
    assert door.post().outcome == "pending"


def test_a_test_whose_body_cannot_be_read_stays_a_test_when_it_is_decided_later(door: Door) -> None:
    reply = door.send('{"phone": ', headers={"X-Test-Post": "true"})
    row = reply.submission
    assert (reply.status, row.state, row.test) == (400, "unreadable", True)
    keep_as_it_came(row, body=json.dumps(glossary()).encode(), query="")  # as if it could be read now
    row.save()
    redecide(submission=row, actor=None, now=timezone.now())
    row.refresh_from_db()
    assert (row.state, row.test) == ("accepted", True)
    assert not Lead.objects.exists()
