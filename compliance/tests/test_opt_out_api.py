"""POST /api/opt-out: what a texting provider sends when somebody writes STOP."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from compliance.models import OptOutKey, Revocation, Suppression
from intake.keys import hash_key, new_key_text
from leadcrm.testing.door import Door, written_logs
from leadcrm.testing.fixtures import VendorKey

pytestmark = pytest.mark.django_db
URL = "/api/opt-out"


@pytest.fixture
def key() -> str:
    prefix, text = new_key_text()
    OptOutKey.objects.create(label="Texting provider", prefix=prefix, sha256=hash_key(text))
    return text


def send(client: Client, key: str, **fields: Any) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return client.post(URL, json.dumps(fields), content_type="application/json", headers=headers)


def test_a_stop_is_in_force_when_the_answer_comes(client: Client, key: str, door: Door) -> None:
    answer = send(
        client, key, phone="(214) 555-2222", channel="text", message="Stop please", external_id="SM1"
    )
    assert answer.status_code == 201
    body = answer.json()
    assert (body["status"], body["scope"], body["external_id"]) == ("recorded", "all", "SM1")
    row = Revocation.objects.get(pk=body["id"])
    assert (row.phone, row.words, row.origin, row.channel) == ("+12145552222", "Stop please", "text", "text")
    assert row.origin_key == OptOutKey.objects.get().prefix
    assert door.post(phone="2145552222").outcome == "suppressed_internal"


def test_a_repeat_is_answered_with_the_first(client: Client, key: str) -> None:
    first = send(client, key, phone="2145552222", external_id="SM1")
    again = send(client, key, phone="2145552222", external_id="SM1", words="other words")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_the_idempotency_key_header_recognises_a_repeat_as_well(client: Client, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "k-1"}
    form, kind = "phone=214-555-2222&message=STOP", "application/x-www-form-urlencoded"
    sent = [client.post(URL, form, content_type=kind, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [201, 200]
    assert Revocation.objects.count() == 1


def test_a_message_that_asks_for_nothing_is_answered_and_not_recorded(client: Client, key: str) -> None:
    answer = send(client, key, phone="2145552222", message="Please call me tomorrow")
    assert (answer.status_code, answer.json()["status"]) == (200, "no_request")
    assert not Revocation.objects.exists()


def test_words_that_are_said_to_be_a_request_are_one_whatever_they_are(client: Client, key: str) -> None:
    assert send(client, key, phone="2145552222", words="déjenme en paz").status_code == 201


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"phone": "2145552222", "scope": "some"}, "scope"),
        ({"phone": "2145552222", "channel": "pigeon"}, "channel"),
        ({"phone": "2145552222", "received_at": "2026-03-01T10:00:00"}, "received_at"),
        ({"phone": "2145552222", "received_at": "yesterday"}, "received_at"),
        ({"phone": "2145552222", "words": "stop", "message": "stop"}, "message"),
        ({"phone": "2145552222", "external_id": "x" * 129}, "external_id"),
    ],
)
def test_what_is_wrong_is_named_by_field_and_nothing_is_recorded(
    client: Client, key: str, fields: dict[str, Any], field: str
) -> None:
    answer = send(client, key, **fields)
    assert answer.status_code == 400
    reason = answer.json()["reasons"][0]
    assert reason["field"] == field
    assert "(" not in reason["message"]
    assert not Revocation.objects.exists()


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff\xfe", b"null", b"[" * 100_000])
def test_garbage_is_a_clear_error(client: Client, key: str, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    answer = client.post(URL, body, content_type="application/json", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["status"] == "error"


def test_a_content_type_that_is_not_read_is_told(client: Client, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    assert client.post(URL, b"<stop/>", content_type="application/xml", headers=headers).status_code == 415


def test_only_an_opt_out_key_opens_it_and_it_opens_nothing_else(
    client: Client, key: str, vendor_key: VendorKey
) -> None:
    assert send(client, "", phone="2145552222").status_code == 401
    assert send(client, vendor_key.text, phone="2145552222").status_code == 401
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get("/api/lead-intake", headers=headers).status_code == 401
    assert not Revocation.objects.exists()


@pytest.mark.parametrize("ended", ["revoked_at", "expires_at"])
def test_an_ended_key_is_refused(client: Client, key: str, ended: str) -> None:
    OptOutKey.objects.update(**{ended: timezone.now() - timedelta(seconds=1)})
    assert send(client, key, phone="2145552222").status_code == 403


def test_when_the_database_fails_the_sender_is_told_to_send_again(
    client: Client, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("compliance.revocation.fetch_together", broken)
    answer = send(client, key, phone="2145552222")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert not Suppression.objects.exists()


def test_no_log_line_names_the_person(client: Client, key: str) -> None:
    with written_logs() as logs:
        send(client, key, phone="2145552222", email="dana@example.com", words="stop calling Dana")
    text = logs.getvalue()
    assert "opt_out_recorded" in text
    assert not any(word in text for word in ("2145552222", "dana@", "Dana", key))
