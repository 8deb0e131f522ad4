"""Asking the certificate's service before a lead is accepted: only where a source wants it, in time, at most once."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from compliance.certificates import retaining
from compliance.models import Certificate, CertificateAnswer
from compliance.tasks import decide_submission
from compliance.tests.certificate_support import counts_transactions, says
from intake.models import Lead, Mode
from intake.redecide import redecide
from leadcrm.testing.door import Door
from leadcrm.testing.factories import UserFactory
from leadcrm.testing.fake_services import FakeServices, jornaya_answer, trustedform_answer
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def strict(door: Door, services: FakeServices) -> Door:
    """A source that wants TrustedForm's match before it buys."""
    door.set_check("certificate", require_match=True)
    return door


def test_a_source_that_does_not_ask_pays_nothing(door: Door, services: FakeServices) -> None:
    assert door.post().outcome == "accepted"
    assert services.calls == []
    assert not CertificateAnswer.objects.exists()


def test_a_matching_certificate_is_accepted_and_the_answer_kept(strict: Door, services: FakeServices) -> None:
    reply = strict.post()
    assert reply.outcome == "accepted"
    record = reply.check("certificate")
    assert (record["outcome"], record["detail"]) == ("pass", "TrustedForm: matches")
    assert record["answers"][0]["phone_match"] is True
    answer = CertificateAnswer.objects.get()
    assert (answer.purpose, answer.outcome, answer.submission_id) == ("match", "ok", reply.submission.pk)
    assert "retain" not in services.calls[0].json


def answers_with(**changes: Any) -> Any:
    return lambda call: (200, trustedform_answer(call.json, **changes))


NO_MATCH = {"result": {"phone_match": False, "email_match": True, "success": True}}
OLD = {"properties": {"age_seconds": 40 * 86_400}}
AGELESS = {"properties": {"age_seconds": None}}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (answers_with(match_lead=NO_MATCH), "consent_invalid"),
        (answers_with(insights=OLD), "consent_expired"),
        (answers_with(insights=AGELESS), "check_unavailable"),
        (answers_with(match_lead={}), "check_unavailable"),
        (says(404, {}), "consent_invalid"),
        (says(422, {}), "consent_invalid"),
        (says(401, {}), "check_unavailable"),
        (says(402, {}), "check_unavailable"),
        (says(500, {}), "check_unavailable"),
        (says(200, b"<html>"), "check_unavailable"),
    ],
)
def test_what_each_answer_makes_of_a_post(
    strict: Door, services: FakeServices, answer: Any, outcome: str
) -> None:
    strict.set_check("certificate", require_match=True, max_age_days=30)
    services.answer = answer
    assert strict.post().outcome == outcome
    assert not Lead.objects.exists()


def test_a_matching_address_is_enough_where_the_source_says_so(strict: Door, services: FakeServices) -> None:
    services.answer = answers_with(match_lead=NO_MATCH)
    strict.set_check("certificate", require_match=True, phone_must_match=False)
    assert strict.post().outcome == "accepted"


@pytest.mark.parametrize(
    ("on_unknown", "outcome"), [("block", "check_unavailable"), ("hold", "pending"), ("pass", "accepted")]
)
def test_no_answer_in_time_is_what_the_setting_says(
    strict: Door, services: FakeServices, on_unknown: str, outcome: str
) -> None:
    services.wait = 0.5
    strict.set_check("certificate", on_unknown=on_unknown, require_match=True, budget_ms=60)
    reply = strict.post()
    assert reply.outcome == outcome
    assert reply.check("certificate")["detail"] == "TrustedForm: timeout"
    assert CertificateAnswer.objects.get().reason == "timeout"


def test_a_service_without_a_key_cannot_be_known(strict: Door, settings: Any) -> None:
    settings.TRUSTEDFORM_API_KEY = ""
    reply = strict.post()
    assert reply.outcome == "check_unavailable"
    assert reply.check("certificate")["detail"] == "TrustedForm: no key is set"
    assert not CertificateAnswer.objects.exists()


def test_a_post_without_a_certificate_is_told_so_and_nobody_is_asked(
    strict: Door, services: FakeServices
) -> None:
    assert strict.post(trustedform_url=None).codes == [("consent_missing", "trustedform_cert_url")]
    assert services.calls == []


def test_nobody_is_asked_about_a_post_that_is_refused_anyway(strict: Door, services: FakeServices) -> None:
    strict.set_check("filters", states=["OK"])
    assert strict.post().outcome == "filter_mismatch"
    assert strict.post(phone="1").outcome == "invalid_phone"
    assert strict.post(phone=None).outcome == "missing_field"
    strict.set(status="paused")
    assert strict.post().outcome == "source_paused"
    assert services.calls == []


def test_nobody_is_asked_about_a_test_post(strict: Door, services: FakeServices) -> None:
    reply = strict.post(is_test=True)
    assert reply.check("certificate")["detail"] == "not asked for a test post"
    assert services.calls == []


def test_a_retry_costs_no_look_up(strict: Door, services: FakeServices) -> None:
    payload = glossary()
    first = strict.post(payload)
    again = strict.post(payload)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.content, len(services.calls)) == (first.content, 1)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):  # the answer held has grown old
        assert strict.post(payload).content == first.content
    assert len(services.calls) == 1


def test_an_answer_is_used_again_for_minutes_and_for_this_phone_only(
    strict: Door, services: FakeServices
) -> None:
    services.answer = says(404, {})
    payload = glossary()
    assert strict.post(payload).outcome == "consent_invalid"
    assert strict.post({**payload, "lead_id": "V-2"}).outcome == "consent_invalid"
    assert len(services.calls) == 1
    strict.post({**glossary(), "trustedform_url": payload["trustedform_url"]})
    assert len(services.calls) == 2
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        strict.post({**payload, "lead_id": "V-3"})
    assert len(services.calls) == 3


def test_an_unusable_answer_is_asked_for_again(strict: Door, services: FakeServices) -> None:
    services.answer = says(503, b"")
    payload = glossary()
    assert strict.post(payload).outcome == "check_unavailable"
    services.answer = lambda call: None
    assert strict.post(payload).outcome == "accepted"


def test_both_services_are_asked_at_once(strict: Door, services: FakeServices) -> None:
    strict.set_check("certificate", require_match=True, jornaya=True)
    reply = strict.post()
    assert reply.outcome == "accepted"
    assert reply.check("certificate")["detail"] == "TrustedForm: matches; Jornaya LeadiD: matches"
    services.answer = lambda call: (
        (200, jornaya_answer("SingleQuery", {"id": "30000000"})) if call.path == "/SingleQuery" else None
    )
    assert strict.post().codes == [("consent_invalid", "jornaya_leadid")]


def test_jornaya_is_not_asked_again_when_the_lead_is_bought(strict: Door, services: FakeServices) -> None:
    strict.set_check("certificate", require_match=True, trustedform=False, jornaya=True)
    lead = strict.post().lead
    now = timezone.now()
    retaining.retain(retaining.claim_of_lead(lead_id=lead.pk, now=now), now=now)
    assert Certificate.objects.get(lead=lead, provider="jornaya").state == "retained"
    assert [call.path for call in services.calls].count("/SingleQuery") == 1


def test_a_worker_asks_for_a_background_source(strict: Door, services: FakeServices) -> None:
    strict.set(mode=Mode.BACKGROUND)
    submission = strict.post().submission
    assert services.calls == []
    decide_submission(submission_id=submission.pk.hex)
    submission.refresh_from_db()
    assert submission.state == "accepted"
    assert len(services.calls) == 1


def test_a_held_post_is_asked_about_when_it_is_run_again(strict: Door, services: FakeServices) -> None:
    services.answer = says(503, b"")
    strict.set_check("certificate", on_unknown="hold", require_match=True)
    submission = strict.post().submission
    services.answer = lambda call: None
    assert redecide(submission=submission, actor=UserFactory.create(), now=timezone.now()).state == "accepted"


def test_no_transaction_is_open_while_a_service_is_asked(strict: Door, services: FakeServices) -> None:
    busy: list[int] = []
    services.answer = counts_transactions(busy)
    assert strict.post().outcome == "accepted"
    strict.set(mode=Mode.BACKGROUND)
    decide_submission(submission_id=strict.post().submission.pk.hex)
    assert busy == [0, 0]


def test_observing_records_and_lets_pass(strict: Door, services: FakeServices) -> None:
    services.answer = says(404, {})
    strict.set_check("certificate", mode="observe", require_match=True)
    reply = strict.post()
    assert (reply.outcome, reply.check("certificate")["outcome"]) == ("accepted", "stop")
