"""The client of Jornaya's LeadiD queries: every failure comes with status 200."""

from dataclasses import replace
from typing import Any

import pytest

from compliance.clients import jornaya
from compliance.clients.certificate import Question
from compliance.tests.certificate_support import LEADID, says
from leadcrm.lib.http import Limits
from leadcrm.testing.fake_services import FakeServices, jornaya_answer
from leadcrm.testing.words import CONSENT_TEXT

LIMITS = Limits(connect=5, read=5, total=5)
WHO = Question(
    LEADID, "+12145552000", "a@example.com", "Te|st", "Per;son", reference="A-1", vendor="Test Vendor"
)


def test_an_audit_is_asked_for_by_post_with_no_data_in_the_address(services: FakeServices) -> None:
    found = jornaya.ask(WHO, limits=LIMITS)
    (call,) = services.calls
    assert (call.method, call.path) == ("POST", "/SingleQuery")
    assert call.form == {
        "lac": "an-account-code", "lak": "an-audit-key", "id": LEADID, "lpc": "Test Vendor", "recordid": "A-1",
        "data": "phone1;2145552000|email;a@example.com|f_name;Te st|l_name;Per son", "format": "json",
        "brand_names": "Example Insurance Agency",
    }  # fmt: skip
    assert (found.is_ok, found.retained, found.phone_match, found.email_match) == (True, True, True, True)
    assert (found.age_seconds, found.wordings) == (60, (CONSENT_TEXT,))
    assert "an-account-code" not in str(found)
    assert "an-audit-key" not in str(found)


def test_without_an_audit_key_only_authenticity_is_asked_for(services: FakeServices, settings: Any) -> None:
    settings.JORNAYA_LAK = ""
    found = jornaya.ask(WHO, limits=LIMITS)
    assert services.calls[0].path == f"/Authenticate?lac=an-account-code&id={LEADID}"
    assert (found.is_ok, found.retained, found.phone_match) == (True, True, None)


@pytest.mark.parametrize("reason", [1, 2, 3, 4])
def test_each_reason_of_a_token_that_is_not_authentic_is_final(services: FakeServices, reason: int) -> None:
    found = jornaya.ask(replace(WHO, token=f"{reason}0000000{LEADID[8:]}"), limits=LIMITS)
    words = {1: "not_found", 2: "lookup_cap", 3: "opted_out", 4: "not_theirs"}
    assert (found.outcome, found.reason, found.retained) == ("gone", words[reason], False)
    assert found.opted_out == (reason == 3)


@pytest.mark.parametrize(
    ("status", "body", "outcome", "reason"),
    [
        (200, {"audit": {"authentic": 0}}, "gone", "not_authentic"),
        (200, {"audit": {"authentic": "0", "reason": "3"}}, "gone", "opted_out"),
        (200, {"audit": {"authentic": 0, "reason": 99}}, "gone", "not_authentic"),
        (200, {"error": {"code": 1050, "message": "no"}, "transid": "x"}, "unknown", "service_error"),
        (200, {"audit": {"authentic": "maybe"}}, "unknown", "unreadable"),
        (200, {"audit": [1]}, "unknown", "unreadable"),
        (200, [], "unknown", "unreadable"),
        (200, b"<audit><authentic>1</authentic></audit>", "unknown", "unreadable"),
        (401, {}, "account", "key_refused"),
        (500, {"audit": {"authentic": 1}}, "unknown", "http_500"),
    ],
)
def test_what_each_answer_means(
    services: FakeServices, status: int, body: Any, outcome: str, reason: str
) -> None:
    services.answer = says(status, body)
    found = jornaya.ask(WHO, limits=LIMITS)
    assert (found.outcome, found.reason, found.retained) == (outcome, reason, False)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"data_integrity_failed": ["phone1"], "data_integrity_passed": ["phone1", "email"]}, False),
        ({"data_integrity_failed": "f_name,phone1"}, False),
        ({"data_integrity_failed": None, "data_integrity_passed": "phone1"}, True),
        ({"data_integrity_failed": 5, "data_integrity_passed": {}, "fields": {"phone1": 1}}, True),
        ({"data_integrity_passed": [], "fields": {"phone1": {"odd": 1}}}, None),
        ({"data_integrity_passed": [], "fields": []}, None),
    ],
)
def test_the_match_of_the_phone_is_read_from_whichever_field_tells_it(
    services: FakeServices, changes: dict[str, Any], match: bool | None
) -> None:
    services.answer = lambda call: (200, jornaya_answer("SingleQuery", call.form, **changes))
    assert jornaya.ask(WHO, limits=LIMITS).phone_match is match


@pytest.mark.parametrize(
    "market", [None, [], {"leadid": 1}, {"leadid": {"tcpa": {"raw_response": {"disclosures": [1]}}}}]
)
def test_branches_of_products_may_be_missing_or_odd(services: FakeServices, market: Any) -> None:
    services.answer = lambda call: (200, jornaya_answer("SingleQuery", call.form, market=market))
    found = jornaya.ask(WHO, limits=LIMITS)
    assert (found.is_ok, found.wordings) == (True, ())


def test_a_key_that_is_a_word_of_the_answer_does_not_spoil_it(services: FakeServices, settings: Any) -> None:
    settings.JORNAYA_LAC, settings.JORNAYA_LAK = "audit", "data_integrity_passed"
    found = jornaya.ask(WHO, limits=LIMITS)
    assert (found.is_ok, found.phone_match) == (True, True)


def test_without_an_account_code_it_is_off(settings: Any) -> None:
    settings.JORNAYA_LAC = ""
    assert not jornaya.is_on()
