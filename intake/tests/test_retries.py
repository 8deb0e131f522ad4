"""A call that is sent again costs no lead (wire-contract section 6)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
import time_machine

from compliance.check import Verdict
from compliance.models import CapUse
from intake.keys import issue_key
from intake.models import Dialect, Lead, Profile, ReplayBy, Submission, SubmissionState
from leadcrm.testing.door import FORM, JSON, XML, Door, Reply
from leadcrm.testing.factories import CapFactory, SourceFactory
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)


def is_replay(first: Reply, again: Reply) -> bool:
    """True for the first answer, byte for byte, marked as replayed."""
    same = (first.status, first.content, first.headers["Content-Type"]) == (
        again.status, again.content, again.headers["Content-Type"],
    )  # fmt: skip
    return (
        same
        and again.headers.get("Idempotency-Replayed") == "true"
        and "Idempotency-Replayed" not in first.headers
    )


def broken(*_: Any, **__: Any) -> Any:
    """A decision that breaks."""
    raise RuntimeError("a bug")


@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("by", ["header", "vendor_lead_id", "payload"])
def test_a_retry_has_the_first_answer_byte_for_byte(door: Door, by: str, refused: bool) -> None:
    CapFactory.create(source=door.source, limit=5)
    payload = glossary(**({"phone": "1"} if refused else {}))
    if by == "payload":
        del payload["lead_id"]
    key = "key-1" if by == "header" else ""
    first = door.post(payload, idempotency_key=key)
    for _ in range(3):
        assert is_replay(first, door.post(payload, idempotency_key=key))
    assert Submission.objects.count() == 1
    assert Lead.objects.count() == (0 if refused else 1)
    assert [use.used for use in CapUse.objects.all()] == ([] if refused else [1])


@pytest.mark.parametrize(
    "contract", [{"profile": Profile.REST}, {"dialect": Dialect.LEADCONDUIT}, {"detail": "minimal"}]
)
def test_a_retry_has_the_first_answer_in_every_dialect(door: Door, contract: dict[str, Any]) -> None:
    door.set(**contract)
    for changes in ({}, {"phone": "1"}, {"lead_id": "V-duplicate-1"}):
        fields: dict[str, Any] = dict(changes)
        payload = glossary(**fields)
        first, again = door.post(payload), door.post(payload)
        assert is_replay(first, again)
        assert first.headers.get("X-Vendor-Lead-Id") == again.headers.get("X-Vendor-Lead-Id")


def test_a_retry_in_another_format_or_order_is_the_same_payload(door: Door) -> None:
    payload = glossary()
    first = door.post(payload)
    for how in (FORM, XML, "multipart/form-data; boundary=aBoundary"):
        assert is_replay(first, door.post(payload, how=how))
    assert is_replay(first, door.post(dict(reversed(payload.items()))))


def test_a_retry_keeps_the_answer_it_had_though_the_contract_changed(door: Door) -> None:
    payload = glossary()
    first = door.post(payload)
    door.set(price="9.00", profile=Profile.REST, status="paused")
    assert is_replay(first, door.post(payload))


def test_a_header_key_goes_before_the_vendor_id(door: Door) -> None:
    payload = glossary()
    first = door.post(payload, idempotency_key="a")
    assert is_replay(first, door.post(payload, idempotency_key="a"))
    other = door.post(payload, idempotency_key="b")
    assert "Idempotency-Replayed" not in other.headers
    assert other.outcome == "duplicate"  # the person, not the retry


def test_a_header_key_with_another_payload_is_409_and_decides_nothing(door: Door) -> None:
    door.post(idempotency_key="a")
    reply = door.post(idempotency_key="a")
    assert (reply.status, reply.json["status"], reply.json["code"]) == (409, "error", "key_reused")
    assert (Submission.objects.count(), Lead.objects.count()) == (1, 1)


def test_a_vendor_id_with_another_payload_is_refused_as_duplicate(door: Door) -> None:
    payload = glossary()
    door.post(payload)
    reply = door.post(payload | {"phone": "2145552299", "email": "other@example.com"})
    assert reply.codes == [("duplicate", "vendor_lead_id")]
    assert (Submission.objects.count(), Lead.objects.count()) == (2, 1)


def test_a_second_payload_under_one_vendor_id_is_replayed_by_itself(door: Door) -> None:
    first, second = glossary(lead_id="V-1"), glossary(lead_id="V-1")
    answers = [door.post(first), door.post(second)]
    for payload, answer in zip((first, second), answers, strict=True):
        assert is_replay(answer, door.post(payload))


def test_a_vendor_that_reuses_ids_is_recognised_by_payload_only(door: Door) -> None:
    door.set(replay_by=ReplayBy.PAYLOAD)
    payload = glossary(lead_id="1")
    first = door.post(payload)
    assert is_replay(first, door.post(payload))
    assert door.post(lead_id="1").outcome == "accepted"


@pytest.mark.parametrize(
    ("by", "kept", "later"),
    [
        ("payload", timedelta(seconds=59), timedelta(seconds=61)),
        ("header", timedelta(hours=72), timedelta(days=31)),
        ("vendor_lead_id", timedelta(days=29), timedelta(days=31)),
    ],
)
def test_an_answer_is_kept_as_long_as_the_contract_says(
    door: Door, by: str, kept: timedelta, later: timedelta
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        payload = glossary(phone="1")
        if by == "payload":
            del payload["lead_id"]
        key = "key-1" if by == "header" else ""
        first = door.post(payload, idempotency_key=key)
        clock.move_to(NOON + kept)
        assert is_replay(first, door.post(payload, idempotency_key=key))
        clock.move_to(NOON + later)
        fresh = door.post(payload, idempotency_key=key)
        assert fresh.json["submission_id"] != first.json["submission_id"]


def test_a_source_sets_how_long_a_vendor_id_stands_for_its_lead(door: Door) -> None:
    door.set(replay_days=3)
    with time_machine.travel(NOON, tick=False) as clock:
        payload = glossary(phone="1")
        first = door.post(payload)
        clock.move_to(NOON + timedelta(days=2, hours=23))
        assert is_replay(first, door.post(payload))
        clock.move_to(NOON + timedelta(days=3, minutes=1))
        assert not is_replay(first, door.post(payload))


def test_two_sources_share_no_retries(door: Door) -> None:
    source = SourceFactory.create(vendor=door.source.vendor)
    other = Door(source, issue_key(source=source)[1])
    payload = glossary()
    for key in ("", "key-1"):
        first, second = door.post(payload, idempotency_key=key), other.post(payload, idempotency_key=key)
        assert first.json["submission_id"] != second.json["submission_id"]
        assert "Idempotency-Replayed" not in second.headers


def test_a_test_post_and_a_live_one_never_stand_for_each_other(door: Door) -> None:
    payload = glossary()
    tested = door.post(payload, query="test=1")
    live = door.post(payload)
    assert (tested.json["test"], live.json["test"]) == (True, False)
    assert live.outcome == "accepted"
    assert is_replay(tested, door.post(payload, query="test=1"))
    door.set(status="test")
    payload = glossary()
    door.post(payload)
    door.set(status="live")
    assert door.post(payload).json["test"] is False


def test_what_failed_on_our_side_is_decided_in_its_retry(door: Door) -> None:
    payload = glossary()
    with patch("compliance.checks.price.Price.run", broken):
        first = door.post(payload)
    assert (first.status, first.outcome) == (202, "pending")
    again = door.post(payload)
    assert again.outcome == "accepted"
    assert "Idempotency-Replayed" not in again.headers
    assert again.json["submission_id"] == first.json["submission_id"]
    assert (again.submission.state, again.submission.error, again.submission.due_at) == ("accepted", "", None)
    assert is_replay(again, door.post(payload))
    assert (Submission.objects.count(), Lead.objects.count()) == (1, 1)


def test_a_retry_that_breaks_too_leaves_the_post_waiting_as_it_was(door: Door) -> None:
    payload = glossary()
    with patch("compliance.checks.price.Price.run", broken):
        first = door.post(payload)
        due = first.submission.due_at
        again = door.post(payload)
    assert again.content == first.content
    assert (again.submission.state, again.submission.due_at, again.submission.error) == (
        "failed",
        due,
        "RuntimeError",
    )
    assert Submission.objects.count() == 1


def test_an_answer_that_a_check_was_not_available_is_not_kept(door: Door) -> None:
    payload = glossary()
    with patch("compliance.checks.price.Price.run", lambda *_: Verdict.unknown("no answer")):
        first = door.post(payload)
    assert (first.outcome, first.json["retry"]) == ("check_unavailable", True)
    again = door.post(payload)
    assert again.outcome == "accepted"
    assert is_replay(again, door.post(payload))


def test_an_idempotency_key_that_is_too_long_is_400(door: Door) -> None:
    reply = door.post(idempotency_key="x" * 256)
    assert (reply.status, reply.json["code"]) == (400, "bad_request")
    assert door.post(idempotency_key="x" * 255).outcome == "accepted"


def test_a_body_that_cannot_be_read_is_stored_each_time_and_never_replayed(door: Door) -> None:
    replies = [door.send(b"{broken", JSON, headers={"Idempotency-Key": "a"}) for _ in range(2)]
    assert len({reply.json["submission_id"] for reply in replies}) == 2
    assert door.post(idempotency_key="a").outcome == "accepted"
    assert Submission.objects.filter(state=SubmissionState.UNREADABLE).count() == 2
