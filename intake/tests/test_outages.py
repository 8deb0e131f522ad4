"""When the database or the broker is away; and what the logs say of any of it."""

from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from kombu.exceptions import OperationalError as BrokerError

from intake.models import Lead, Mode, Submission
from leadcrm.testing.door import JSON, Door, written_logs
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db
RETRY = {"code": "unavailable", "message": "We cannot decide now; send it again."}


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_without_a_database_every_call_is_a_503_to_be_repeated(door: Door, method: str) -> None:
    with patch.object(
        connection, "ensure_connection", side_effect=OperationalError("refused, host 192.0.2.9")
    ):
        reply = door.send(b"{}", JSON, method=method)
    assert (reply.status, reply.headers["Retry-After"]) == (503, "5")
    assert reply.json == {"status": "error", **RETRY}


@pytest.mark.parametrize(
    "where",
    ["intake.replays.fetch_together", "compliance.facts.fetch_together", "leadcrm.lib.batch.Batch.flush"],
)
def test_a_database_that_goes_away_in_the_middle_is_a_503_that_stored_nothing(door: Door, where: str) -> None:
    payload = glossary()
    with patch(where, side_effect=OperationalError("gone")):
        reply = door.post(payload)
    assert (reply.status, reply.json["code"]) == (503, "unavailable")
    assert not Submission.objects.exists()
    assert door.post(payload).outcome == "accepted"


@pytest.mark.parametrize("error", [BrokerError("refused"), ConnectionRefusedError(), TimeoutError()])
def test_without_a_broker_posts_are_decided_and_background_ones_wait_for_the_sweep(
    door: Door, error: Exception, django_capture_on_commit_callbacks: Any
) -> None:
    with (
        patch("celery.app.task.Task.apply_async", side_effect=error),
        django_capture_on_commit_callbacks(execute=True),
    ):
        assert door.post().outcome == "accepted"
        door.set(mode=Mode.BACKGROUND)
        reply = door.post()
    assert (reply.status, reply.submission.state) == (202, "waiting")
    assert reply.submission.due_at is not None


def test_no_log_line_holds_a_person_or_a_key_whatever_happens(door: Door) -> None:
    """The fixture `door` looks at what was written; here every kind of thing happens to one loud person."""
    loud: dict[str, Any] = {
        "first_name": "Zebulonius", "last_name": "Quixworthy", "email": "zebulonius.quixworthy@example.com",
        "address": "4711 Neverland Parkway", "phone_2": "2145557777",
    }  # fmt: skip
    door.set(key_in_body=True)
    door.set_check("duplicate", "off")
    with written_logs() as lines:
        door.post(**loud, api_key=door.key)
        door.post(**loud, query=f"api_key={door.key}")
        door.post(**loud, state="Neverland Parkway")
        door.post(**{**loud, "email": "zebulonius quixworthy"})
        door.send(b'{"first_name": "Zebulonius" "2145557777"', JSON)
        door.get("Zebulonius-2145557777")
        for error in (RuntimeError("2145557777 Zebulonius"), ValueError(loud), OperationalError(str(loud))):
            with patch("compliance.checks.consent.Consent.run", side_effect=error):
                door.post(**loud)
            with patch("intake.api.views.receive_lead", side_effect=error):
                door.post(**loud)
            with patch("intake.api.views.queries.submissions_of", side_effect=error):
                door.get(query=f"api_key={door.key}&status=accepted")
        with patch("compliance.decision.build_lead", lambda *_: Lead(**loud)):
            door.post(**loud)  # PostgreSQL quotes the row in its error
    told = lines.getvalue()
    assert told.count('"event": "request"') == 16
    assert "decision.broke" in told
    assert "request.broke" in told
    assert not [
        word for word in ("Zebulon", "quixworthy", "Neverland", "5557777", door.key[12:]) if word in told
    ]
