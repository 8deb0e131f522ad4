"""How checks are set: off, observed, enforced, held for review; per agency and per source. The source's hours."""

from typing import Any
from unittest.mock import patch

import pytest
import time_machine

from compliance.check import Verdict
from compliance.models import CheckSetting
from intake.models import Lead, SourceStatus, SubmissionState
from leadcrm.testing.door import Door
from leadcrm.testing.factories import PoolFactory, SourceHoursFactory

pytestmark = pytest.mark.django_db
# A post that each check refuses, and the first reason it gives.
REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "consent": ({}, {"trustedform_url": "https://example.com/"}, "consent_invalid"),
    "duplicate": ({}, {"phone": "2145552222"}, "duplicate"),
    "filters": ({"states": ["OK"]}, {}, "filter_mismatch"),
    "lead_age": ({"max_age_minutes": 1}, {"timestamp": "2026-11-01T00:00:00Z"}, "lead_too_old"),
    "price": ({}, {"price": "99"}, "price_too_high"),
}


def post_refused_by(door: Door, name: str, mode: str) -> Any:
    """A post that the check `name`, set to `mode`, refuses."""
    params, fields, _ = REFUSED[name]
    if name == "duplicate":
        door.post(phone="2145552222")
    door.set_check(name, mode, **params)
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False):
        return door.post(**fields)


@pytest.mark.parametrize("name", [name for name in REFUSED if name != "consent"])
def test_a_check_that_is_off_refuses_nobody(door: Door, name: str) -> None:
    reply = post_refused_by(door, name, "off")
    assert reply.outcome == "accepted"
    assert reply.check(name)["outcome"] == "off"


@pytest.mark.parametrize("name", [name for name in REFUSED if name != "consent"])
def test_a_check_that_observes_records_its_refusal_and_takes_the_lead(door: Door, name: str) -> None:
    reply = post_refused_by(door, name, "observe")
    assert reply.outcome == "accepted"
    record = reply.check(name)
    assert (record["outcome"], record["reasons"][0]["code"]) == ("stop", REFUSED[name][2])


@pytest.mark.parametrize("mode", ["off", "observe"])
@pytest.mark.parametrize("fields", [{"trustedform_url": "https://example.com/"}, {"jornaya_leadid": "odd"}])
def test_malformed_proofs_cost_no_lead_where_consent_is_not_enforced(
    door: Door, mode: str, fields: dict[str, Any]
) -> None:
    door.set_check("consent", mode)
    reply = door.post(**fields)
    assert reply.outcome == "accepted", reply.text
    consent = reply.lead.consent
    assert "" in (consent.trustedform_cert_id, consent.jornaya_leadid)


@pytest.mark.parametrize("name", REFUSED)
def test_a_check_that_reviews_holds_the_lead(door: Door, name: str) -> None:
    before = 1 if name == "duplicate" else 0
    reply = post_refused_by(door, name, "review")
    assert (reply.status, reply.outcome) == (202, "pending")
    assert reply.submission.state == SubmissionState.HELD
    assert (reply.decision.outcome, reply.check(name)["outcome"]) == ("held", "stop")
    assert Lead.objects.count() == before
    assert door.get(reply.json["submission_id"]).json["status"] == "pending"


def test_a_refusal_of_a_later_check_goes_before_a_review(door: Door) -> None:
    door.set_check("filters", "review", states=["OK"])
    assert door.post(price="99").outcome == "price_too_high"


def test_missing_and_unreadable_fields_are_refused_whatever_is_set(door: Door) -> None:
    for mode in ("off", "observe", "review"):
        door.set_check("fields", mode)
        assert door.post(phone="1").outcome == "invalid_phone"
        assert door.post(phone=None).outcome == "missing_field"


@pytest.mark.parametrize(
    ("on_unknown", "outcome"), [("block", "check_unavailable"), ("hold", "pending"), ("pass", "accepted")]
)
def test_what_follows_when_a_check_cannot_know_is_a_setting(
    door: Door, on_unknown: str, outcome: str
) -> None:
    door.set_check("price", on_unknown=on_unknown)
    with patch("compliance.checks.price.Price.run", lambda *_: Verdict.unknown("no answer in time")):
        reply = door.post()
    assert reply.outcome == outcome
    assert reply.check("price")["detail"] == "no answer in time"
    assert "no answer in time" not in reply.text


def test_a_source_goes_before_the_agency_and_the_agency_before_the_code(door: Door) -> None:
    CheckSetting.objects.create(source=None, check_name="filters", params={"states": ["OK"], "min_age": 50})
    assert set(door.post(age="40").codes) == {("filter_mismatch", "state"), ("filter_mismatch", "age")}
    door.set_check("filters", states=["TX"])
    assert door.post(age="40").codes == [("filter_mismatch", "age")]  # what it leaves out, the agency says
    door.set_check("filters", states=["TX"], min_age=None)
    assert door.post(age="40").outcome == "accepted"


def test_a_setting_counts_from_the_next_post(door: Door) -> None:
    assert door.post().outcome == "accepted"
    door.set_check("filters", states=["OK"])
    assert door.post().outcome == "filter_mismatch"
    CheckSetting.objects.all().delete()
    assert door.post().outcome == "accepted"


def test_nobody_to_give_the_lead_to_is_a_refusal(door: Door) -> None:
    assert door.post(state="OK", zip="73101").outcome == "no_agent"
    PoolFactory._meta.model.objects.update(active=False)
    assert door.post().outcome == "no_agent"
    assert not Lead.objects.exists()


def test_a_paused_source_refuses_every_post_before_looking_at_it(door: Door) -> None:
    door.set(status=SourceStatus.PAUSED)
    reply = door.post(phone="1")
    assert reply.outcome == "source_paused"
    assert [record["check"] for record in reply.decision.checks] == ["source_open"]


@pytest.mark.parametrize(
    ("moment", "outcome"),
    [
        ("2026-11-24T08:00:00-05:00", "accepted"), ("2026-11-24T07:59:59-05:00", "closed"),
        ("2026-11-24T12:30:00-05:00", "closed"), ("2026-11-24T13:00:00-05:00", "accepted"),
        ("2026-11-24T20:00:00-05:00", "accepted"), ("2026-11-24T20:00:01-05:00", "closed"),
        ("2026-11-25T12:00:00-05:00", "closed"), ("2026-11-28T23:59:59.500000-05:00", "accepted"),
        ("2026-11-29T00:00:00-05:00", "closed"), ("2026-07-07T08:00:00-04:00", "accepted"),
    ],
)  # fmt: skip
def test_a_source_takes_posts_in_its_hours_by_the_agencys_clock(
    door: Door, moment: str, outcome: str
) -> None:
    for opens, closes in (("08:00", "12:00"), ("13:00", "20:00")):
        SourceHoursFactory.create(source=door.source, weekday=1, opens_at=opens, closes_at=closes)
    SourceHoursFactory.create(source=door.source, weekday=5, opens_at="22:00", closes_at="23:59:59")
    with time_machine.travel(moment, tick=False):
        reply = door.post()
    assert reply.outcome == outcome
    if outcome == "closed":
        assert reply.codes == [("closed", "")]
