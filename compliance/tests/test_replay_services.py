"""Decisions that stood on a service's answer come out the same from the stored answer; nobody is asked again."""

import json
import logging
from typing import Any
from unittest.mock import patch

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from compliance.evidence.replay import replay
from compliance.evidence.replayed import Basis
from compliance.models import CertificateAnswer, ScrubAnswer
from compliance.tests.certificate_support import says
from compliance.tests.replay_support import again, line, tampered
from leadcrm.testing.door import Door
from leadcrm.testing.fake_services import FakeServices, trustedform_answer
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db(transaction=True)
PHONE, SECOND = "2145552222", "2145553333"


@pytest.fixture
def strict(door: Door, services: FakeServices) -> Door:
    """A source that wants TrustedForm's match, and Jornaya's if there is one, before it buys."""
    door.set_check("certificate", require_match=True, max_age_days=30)
    return door


def answers_with(**changes: Any) -> Any:
    return lambda call: (200, trustedform_answer(call.json, **changes))


ANSWERS: dict[str, tuple[Any, str]] = {
    "fits": (lambda call: None, "accepted"),
    "somebody else's": (
        answers_with(match_lead={"result": {"phone_match": False, "email_match": True, "success": True}}),
        "consent_invalid",
    ),
    "too old": (answers_with(insights={"properties": {"age_seconds": 40 * 86_400}}), "consent_expired"),
    "without an age": (answers_with(insights={"properties": {"age_seconds": None}}), "check_unavailable"),
    "says nothing of a match": (answers_with(match_lead={}), "check_unavailable"),
    "gone": (says(404, {}), "consent_invalid"),
    "our key": (says(401, {}), "check_unavailable"),
    "down": (says(503, {}), "check_unavailable"),
    "unreadable": (says(200, b"<html>"), "check_unavailable"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_certificate_is_judged_again_by_the_stored_answer(
    strict: Door, services: FakeServices, settings: Any, name: str
) -> None:
    services.answer, outcome = ANSWERS[name]
    reply = strict.post()
    assert reply.outcome == outcome
    services.calls.clear()
    settings.TRUSTEDFORM_API_KEY = ""
    strict.set_check("certificate", require_match=False)
    found = again(reply.decision)
    assert (found.differs, line(found, "certificate").basis) == ((), Basis.RECOMPUTED)
    assert services.calls == []


def test_an_answer_that_was_held_then_is_used_again(strict: Door, services: FakeServices) -> None:
    payload: dict[str, Any] = {"phone": PHONE, "trustedform_url": "https://cert.trustedform.com/" + "ab" * 20}
    strict.post(**payload, state="OK", zip="73101")
    reply = strict.post(**payload)
    assert len(services.calls) == 1
    found = again(reply.decision)
    assert (found.differs, line(found, "certificate").basis) == ((), Basis.RECOMPUTED)


def test_the_retry_of_a_post_that_failed_stands_on_the_answer_to_its_own_question(
    strict: Door, services: FakeServices
) -> None:
    strict.set_check("certificate", on_unknown="pass", require_match=True)
    services.answer = says(503, {})
    payload = glossary()
    with patch("compliance.checks.price.Price.run", side_effect=RuntimeError("a bug")):
        assert strict.post(payload).submission.state == "failed"
    decision = strict.post(payload).decision
    found = replay(decision)
    assert (decision.outcome, found.differs) == ("accepted", ())
    assert line(found, "certificate").basis == Basis.RECOMPUTED


def test_a_certificate_answer_that_was_changed_or_removed_is_found(
    strict: Door, services: FakeServices
) -> None:
    decision = strict.post().decision
    row = CertificateAnswer.objects.get(purpose="match")
    changed = {**row.raw, "match_lead": {"result": {"phone_match": False, "success": False}}}
    tampered("UPDATE compliance_certificateanswer SET raw = %s", json.dumps(changed))
    words = "Match of the certificate: recorded nothing against it, comes out against it: consent_invalid"
    assert replay(decision).differs[0].startswith(words)
    tampered("DELETE FROM compliance_certificateanswer")
    assert "the answer of TrustedForm that it stands on is gone" in replay(decision).differs[0]


def test_a_service_that_was_off_leaves_the_record(door: Door, settings: Any) -> None:
    settings.TRUSTEDFORM_API_KEY = settings.BLACKLIST_ALLIANCE_KEY = ""
    door.set_check("certificate", on_unknown="pass", require_match=True)
    door.set_check("scrub_service", on_unknown="pass", service="blacklist_alliance")
    reply = door.post(phone=PHONE, phone_2=SECOND)
    assert reply.outcome == "accepted"
    settings.TRUSTEDFORM_API_KEY = settings.BLACKLIST_ALLIANCE_KEY = "a-key-for-tests"
    found = again(reply.decision)
    assert found.differs == ()
    assert {line(found, name).basis for name in ("certificate", "scrub_service")} == {Basis.RECORD}


@pytest.fixture
def scrubbing(door: Door, settings: Any, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture) -> Door:
    """A source that asks The Blacklist Alliance, which lists SECOND, and of whose PHONE it knows nothing bad."""
    caplog.set_level(logging.ERROR, "werkzeug")  # the test's own server would tell every address

    def answer(request: Request) -> Response:
        listed = request.args["phone"] == SECOND
        body = {
            "status": "success", "message": "Blacklisted" if listed else "Good",
            "code": "federal-dnc" if listed else "", "phone": request.args["phone"],
        }  # fmt: skip
        return Response(json.dumps(body), content_type="application/json")

    httpserver.expect_request("/lookup").respond_with_handler(answer)
    settings.BLACKLIST_ALLIANCE_BASE_URL = httpserver.url_for("").rstrip("/")
    settings.BLACKLIST_ALLIANCE_KEY = "a-key-for-tests-only"
    door.secrets.add(settings.BLACKLIST_ALLIANCE_KEY)
    door.set_check("scrub_service", service="blacklist_alliance")
    return door


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"phone": PHONE}, "accepted"),
        ({"phone": SECOND}, "suppressed_dnc"),
        ({"phone": PHONE, "phone_2": SECOND}, "suppressed_dnc"),
    ],
)
def test_a_number_is_judged_again_by_the_stored_scrub(
    scrubbing: Door, httpserver: HTTPServer, fields: dict[str, Any], outcome: str
) -> None:
    reply = scrubbing.post(**fields)
    assert reply.outcome == outcome
    asked = len(httpserver.log)
    scrubbing.set_check("scrub_service", service="none")
    scrubbing.post(**fields)
    found = again(reply.decision)
    assert (found.differs, line(found, "scrub_service").basis) == ((), Basis.RECOMPUTED)
    assert len(httpserver.log) == asked


def test_a_scrub_answer_that_was_changed_or_removed_is_found(scrubbing: Door) -> None:
    decision = scrubbing.post(phone=SECOND).decision
    assert ScrubAnswer.objects.count() == 1
    tampered("UPDATE compliance_scrubanswer SET state = 'clear', litigator = false, codes = '{}'")
    assert "comes out nothing against it" in replay(decision).differs[0]
    tampered("DELETE FROM compliance_scrubanswer")
    assert "that it stands on is gone" in replay(decision).differs[0]


def test_answers_that_were_erased_leave_the_record(
    scrubbing: Door, services: FakeServices, settings: Any
) -> None:
    scrubbing.set_check("certificate", require_match=True)
    decision = scrubbing.post(phone=PHONE).decision
    assert decision.outcome == "accepted"
    tampered("UPDATE compliance_certificateanswer SET token = '', phone = '', asked = '{}', raw = '{}'")
    tampered("UPDATE compliance_scrubanswer SET phone = '', raw = '{}'")
    found = replay(decision)
    assert found.differs == ()
    assert {line(found, name).basis for name in ("certificate", "scrub_service")} == {Basis.RECORD}


def test_an_answer_that_the_record_leaves_out_is_found(scrubbing: Door) -> None:
    decision = scrubbing.post(phone=SECOND).decision
    (record,) = [record for record in decision.checks if record["check"] == "scrub_service"]
    record.update(outcome="unknown", reasons=[{"code": "check_unavailable", "field": ""}], answers=[])
    assert (
        replay(decision)
        .differs[0]
        .startswith("Outside scrub service: recorded cannot be known, comes out against")
    )
