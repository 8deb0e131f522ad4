"""The client of TrustedForm's Certificate API 4.0: what it sends, and what each answer means."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from compliance.clients import trustedform
from compliance.clients.certificate import Found, Question
from compliance.tests.certificate_support import ID, says
from leadcrm.lib.http import Limits
from leadcrm.testing.fake_services import FakeServices, trustedform_answer
from leadcrm.testing.words import CONSENT_TEXT

LIMITS = Limits(connect=5, read=5, total=5)
WHO = Question(ID, "+12145552000", "a@example.com", reference="A-1", vendor="Test Vendor")


def retain(question: Question = WHO, **more: Any) -> Found:
    return trustedform.retain(question, limits=LIMITS, **more)


def test_retaining_sends_what_the_api_asks_for(services: FakeServices) -> None:
    assert retain().is_ok
    (call,) = services.calls
    assert (call.method, call.path) == ("POST", f"/{ID}")
    assert call.headers["api-version"] == "4.0"
    assert call.headers["content-type"] == "application/json"
    assert (
        base64.b64decode(call.headers["authorization"].removeprefix("Basic ")).decode()
        == f"API:{services.key}"
    )
    assert call.json["match_lead"] == {"email": "a@example.com", "phone": "2145552000"}
    assert call.json["retain"] == {"reference": "A-1", "vendor": "Test Vendor"}
    assert {"age_seconds", "bot_detected", "is_masked"} <= set(call.json["insights"]["properties"])
    assert call.json["verify"] == {"advertiser_name": "Example Insurance Agency"}


def test_a_lead_without_an_address_is_matched_by_its_phone(services: FakeServices) -> None:
    retain(replace(WHO, email=""))
    assert services.calls[0].json["match_lead"] == {"phone": "2145552000"}


def test_asking_before_acceptance_retains_nothing(services: FakeServices) -> None:
    found = trustedform.match(WHO, limits=LIMITS)
    assert (found.is_ok, found.phone_match, found.retained, found.age_seconds) == (True, True, False, 60)
    assert "retain" not in services.calls[0].json
    assert services.kept == set()


def test_a_full_answer_is_read(services: FakeServices) -> None:
    found = retain()
    assert (found.retained, found.phone_match, found.email_match, found.bot, found.masked) == (
        True, True, True, False, False,
    )  # fmt: skip
    assert found.wordings == (CONSENT_TEXT,)
    assert found.expires_at is not None
    assert found.expires_at > datetime.now(UTC)
    assert found.raw["outcome"] == "success"


@pytest.mark.parametrize("name", ["result", "results"])
def test_both_names_of_a_result_are_read(services: FakeServices, name: str) -> None:
    kept = {"expires_at": "2031-11-25T12:03:52.000Z", "previously_retained": "false"}
    matched = {"phone_match": "true", "email_match": False, "success": True}
    services.answer = says(
        200, {"outcome": "success", "match_lead": {name: matched}, "retain": {name: kept}, "verify": {}}
    )
    found = retain()
    assert (found.retained, found.phone_match, found.email_match) == (True, True, False)
    assert found.expires_at == datetime(2031, 11, 25, 12, 3, 52, tzinfo=UTC)


def test_the_phone_decides_and_not_success_as_such(services: FakeServices) -> None:
    matched = {"phone_match": False, "email_match": True, "success": True}
    services.answer = says(200, {"outcome": "success", "match_lead": {"result": matched}})
    found = trustedform.match(WHO, limits=LIMITS)
    assert (found.is_ok, found.phone_match, found.email_match) == (True, False, True)


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (400, "gone", "malformed"), (401, "account", "key_refused"), (402, "account", "no_funds"),
        (403, "account", "not_contracted"), (404, "gone", "not_found"), (405, "gone", "sandbox"),
        (422, "gone", "claimed_often"), (429, "unknown", "rate_limited"), (500, "unknown", "http_500"),
        (503, "unknown", "http_503"), (418, "unknown", "http_418"),
    ],
)  # fmt: skip
def test_each_status_has_its_meaning(services: FakeServices, status: int, outcome: str, reason: str) -> None:
    services.answer = says(status, {"message": "no"})
    found = retain()
    assert (found.outcome, found.reason, found.http_status, found.retained) == (
        outcome,
        reason,
        status,
        False,
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>maintenance</html>", "unreadable"),
        (b"", "unreadable"),
        (b'{"outcome": "succ', "unreadable"),
        (b"[1, 2]", "unreadable"),
        (b"null", "unreadable"),
        (b"[" * 5000, "unreadable"),
        (b'{"a": ' * 60 + b"1" + b"}" * 60, "unreadable"),
        (b'{"outcome": "success"}', "not_retained"),
        (b'{"outcome": "success", "retain": {}}', "not_retained"),
        (b'{"outcome": "success", "retain": {"results": [1]}}', "not_retained"),
        (b'{"outcome": "error", "retain": {"results": {"success": false}}}', "not_retained"),
    ],
)
def test_what_is_no_answer_is_unknown(services: FakeServices, body: bytes, reason: str) -> None:
    services.answer = says(200, body)
    found = retain()
    assert (found.outcome, found.reason, found.retained) == ("unknown", reason, False)


def test_wrong_types_are_read_as_not_said(services: FakeServices) -> None:
    odd = {
        "outcome": 7, "match_lead": [], "retain": {"results": {"expires_at": ["x"], "masked_cert_url": 1}},
        "insights": {"properties": {"age_seconds": "soon", "bot_detected": {"a": 1}, "expires_at": "0000-99"}},
        "verify": {"languages": ["text", {"text": 5}, {"text": "  "}, None, {"text": "Yes, call me\\u0000"}]},
        "nul": "a\u0000b", "endless": 1e400,
    }  # fmt: skip
    services.answer = says(200, odd)
    found = retain()
    assert found.retained
    assert (found.phone_match, found.age_seconds, found.bot, found.expires_at) == (None, None, None, None)
    assert len(found.wordings) == 1
    assert found.raw["nul"] == "ab"
    assert found.raw["endless"] is None


@pytest.mark.parametrize(("told", "age"), [(-3600, 0), (0, 0), (90.7, 90), ("120", 120), (1e300, None)])
def test_a_clock_that_is_ahead_makes_no_negative_age(
    services: FakeServices, told: Any, age: int | None
) -> None:
    asked = {"match_lead": {"phone": "2145552000"}}
    answer = trustedform_answer(asked, insights={"properties": {"age_seconds": told}})
    services.answer = says(200, answer)
    assert trustedform.match(WHO, limits=LIMITS).age_seconds == age


def test_a_certificate_of_somebody_else_is_refused_for_good(services: FakeServices) -> None:
    services.answer = says(
        200, {"outcome": "failure", "match_lead": {"result": {"phone_match": False, "success": False}}}
    )
    found = retain()
    assert (found.outcome, found.reason, found.phone_match) == ("gone", "no_match", False)


def test_time_runs_out(services: FakeServices) -> None:
    services.wait = 0.4
    found = trustedform.match(WHO, limits=Limits(total=0.1))
    assert (found.outcome, found.reason, found.http_status) == ("unknown", "timeout", None)


def test_an_answer_out_of_all_proportion_is_not_read(services: FakeServices) -> None:
    services.answer = says(200, {"outcome": "x" * 300_000})
    assert retain().reason == "too_large"


def test_the_key_stands_nowhere_in_what_is_kept_even_if_it_is_sent_back(services: FakeServices) -> None:
    basic = base64.b64encode(f"API:{services.key}".encode()).decode()
    services.answer = says(500, {"you sent": {"authorization": f"Basic {basic}", "key": services.key}})
    found = retain()
    assert services.key not in str(found)
    assert basic not in str(found)
    services.answer = says(500, f"<p>{services.key} {basic}</p>".encode())
    found = retain()
    assert services.key not in str(found)
    assert basic not in str(found)


def test_without_a_key_it_is_off(settings: Any) -> None:
    settings.TRUSTEDFORM_API_KEY = ""
    assert not trustedform.is_on()
