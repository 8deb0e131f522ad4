"""Asking an outside scrub service before a lead is accepted: only where a source wants it, in time, at most once."""

import json
import logging
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from compliance.models import ScrubAnswer
from compliance.tasks import decide_submission
from intake.models import Lead, Mode
from leadcrm.testing.door import Door, Reply
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db(transaction=True)
PHONE, SECOND = "2145552222", "2145553333"
KEY = "a-key-for-tests-only"


@pytest.fixture
def asking(door: Door, settings: Any, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture) -> Door:
    """A source that asks The Blacklist Alliance, at a server on this machine."""
    caplog.set_level(logging.ERROR, "werkzeug")  # the test's own server would tell every address
    settings.BLACKLIST_ALLIANCE_BASE_URL = httpserver.url_for("").rstrip("/")
    settings.BLACKLIST_ALLIANCE_KEY = KEY
    door.secrets.add(KEY)
    door.set_check("scrub_service", service="blacklist_alliance")
    return door


@pytest.fixture
def says(httpserver: HTTPServer) -> Any:
    """What the service says: `says(number="code,code")`; of any other number “Good”."""

    def told(**blacklisted: str) -> None:
        def answer(request: Request) -> Response:
            assert not connection.in_atomic_block
            code = blacklisted.get(f"n{request.args['phone']}")
            message = "Good" if code is None else "Blacklisted"
            body = {
                "status": "success",
                "message": message,
                "code": code or "",
                "phone": request.args["phone"],
            }
            return Response(json.dumps(body), content_type="application/json")

        httpserver.clear()
        httpserver.expect_request("/lookup").respond_with_handler(answer)

    told()
    return told


def record(reply: Reply) -> dict[str, Any]:
    """What the check left."""
    return reply.check("scrub_service")


def test_a_source_that_asks_no_service_pays_nothing(door: Door, says: Any, httpserver: HTTPServer) -> None:
    assert door.post().outcome == "accepted"
    assert len(httpserver.log) == 0
    assert not ScrubAnswer.objects.exists()


def test_both_phones_are_asked_and_the_answers_kept(asking: Door, says: Any, httpserver: HTTPServer) -> None:
    reply = asking.post(phone=PHONE, phone_2=SECOND)
    assert reply.outcome == "accepted"
    rows = {row.phone[2:]: row for row in ScrubAnswer.objects.all()}
    assert {phone: row.state for phone, row in rows.items()} == {PHONE: "clear", SECOND: "clear"}
    assert {row.submission_id for row in rows.values()} == {reply.submission.pk}
    assert [(each["answer"], each["phone"], each["state"]) for each in record(reply)["answers"]] == [
        (rows[PHONE].pk, 1, "clear"), (rows[SECOND].pk, 2, "clear"),
    ]  # fmt: skip
    assert len(httpserver.log) == 2


@pytest.mark.parametrize(
    ("listed", "codes"),
    [
        ({f"n{PHONE}": "plaintiff-primary"}, [("suppressed_litigator", "phone")]),
        ({f"n{SECOND}": "plaintiff-primary"}, [("suppressed_litigator", "phone_2")]),
        ({f"n{PHONE}": "federal-dnc"}, [("suppressed_dnc", "phone")]),
        (
            {f"n{PHONE}": "federal-dnc", f"n{SECOND}": "attorney-primary"},
            [("suppressed_dnc", "phone"), ("suppressed_litigator", "phone_2")],
        ),
    ],
)
def test_a_listed_number_is_refused_and_named(
    asking: Door, says: Any, listed: dict[str, str], codes: list[tuple[str, str]]
) -> None:
    says(**listed)
    reply = asking.post(phone=PHONE, phone_2=SECOND)
    assert reply.codes == codes
    assert not Lead.objects.exists()
    assert "answers" not in reply.text
    assert "plaintiff" not in reply.text


@pytest.mark.parametrize(
    ("on_unknown", "outcome"), [("block", "check_unavailable"), ("hold", "pending"), ("pass", "accepted")]
)
def test_no_answer_in_time_is_what_the_setting_says(
    asking: Door, httpserver: HTTPServer, on_unknown: str, outcome: str
) -> None:
    over = Event()

    def slow(request: Request) -> Response:
        over.wait(5)
        return Response("{}")

    httpserver.expect_request("/lookup").respond_with_handler(slow)
    asking.set_check("scrub_service", on_unknown=on_unknown, service="blacklist_alliance", budget_ms=60)
    try:
        reply = asking.post(phone=PHONE)
    finally:
        over.set()
    assert reply.outcome == outcome
    assert record(reply)["detail"] == "blacklist_alliance unknown (timeout)"
    assert ScrubAnswer.objects.get().why == "timeout"


def test_garbage_is_unknown_and_a_number_listed_all_the_same_is_refused(
    asking: Door, httpserver: HTTPServer
) -> None:
    def answer(request: Request) -> Response:
        if request.args["phone"] == PHONE:
            return Response("<html>")
        return Response('{"status":"success","message":"Blacklisted","code":"attorney-primary"}')

    httpserver.expect_request("/lookup").respond_with_handler(answer)
    assert asking.post(phone=PHONE).outcome == "check_unavailable"
    assert asking.post(phone=PHONE, phone_2=SECOND).outcome == "suppressed_litigator"


def test_a_service_without_a_key_cannot_be_known_and_nothing_is_kept(
    asking: Door, settings: Any, says: Any, httpserver: HTTPServer
) -> None:
    settings.BLACKLIST_ALLIANCE_KEY = ""
    reply = asking.post()
    assert reply.outcome == "check_unavailable"
    assert record(reply)["detail"] == "blacklist_alliance unknown (no key)"
    assert len(httpserver.log) == 0
    assert not ScrubAnswer.objects.exists()


def test_an_answer_is_used_again_while_it_is_valid(asking: Door, says: Any, httpserver: HTTPServer) -> None:
    now = timezone.now()
    answers = []
    for days in (0, 6, 8):
        with time_machine.travel(now + timedelta(days=days), tick=False):
            reply = asking.post(
                phone=PHONE, email=f"another{days}@example.com", consent_timestamp=None, lead_created_at=None
            )
            answers.append(record(reply)["answers"][0]["answer"])
        Lead.objects.update(phone=f"+12145554{days:03d}")
    assert answers[0] == answers[1] != answers[2]
    assert len(httpserver.log) == 2


def test_a_refused_post_a_test_post_and_a_retry_ask_nobody(
    asking: Door, says: Any, httpserver: HTTPServer
) -> None:
    assert asking.post(consent=False).outcome != "accepted"
    assert asking.post(test=True).json["test"] is True
    assert len(httpserver.log) == 0
    payload = glossary(phone=PHONE)
    assert asking.post(payload, idempotency_key="once").outcome == "accepted"
    assert asking.post(payload, idempotency_key="once").headers["Idempotency-Replayed"] == "true"
    assert len(httpserver.log) == 1


def test_a_post_of_a_background_source_is_asked_about_by_the_worker(
    asking: Door, says: Any, httpserver: HTTPServer
) -> None:
    says(**{f"n{PHONE}": "plaintiff-primary"})
    asking.set(mode=Mode.BACKGROUND)
    reply = asking.post(phone=PHONE)
    assert (reply.outcome, len(httpserver.log)) == ("pending", 0)
    decide_submission(submission_id=reply.submission.pk.hex)
    assert (reply.submission.reason, len(httpserver.log)) == ("suppressed_litigator", 1)


def test_a_source_may_only_record_what_the_service_says(asking: Door, says: Any) -> None:
    says(**{f"n{PHONE}": "plaintiff-primary"})
    asking.set_check("scrub_service", mode="observe", service="blacklist_alliance")
    reply = asking.post(phone=PHONE)
    assert (reply.outcome, record(reply)["outcome"]) == ("accepted", "stop")
