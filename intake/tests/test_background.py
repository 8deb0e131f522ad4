"""Posts whose decision comes later: sources that decide in the background, and decisions that broke."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.test import override_settings
from django.utils import timezone

from compliance.models import Decision
from compliance.tasks import decide_submission
from intake.flatten import BodyRefused
from intake.models import Lead, Mode, Submission, SubmissionState
from intake.redecide import CannotRedecide, redecide
from intake.sweeping import ring_due_submissions
from intake.tasks import sweep_submissions
from leadcrm.lib import pipeline
from leadcrm.models import User
from leadcrm.testing.door import XML, Door, Reply
from leadcrm.testing.factories import SubmissionFactory
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db
PRICE = "compliance.checks.price.Price.run"


def broken(*_: Any, **__: Any) -> Any:
    """A decision that breaks, with a person's data in its message."""
    raise RuntimeError("no such column: phone 2145550199 of Zebulon")


@pytest.fixture
def rung() -> Any:
    """The messages that would have gone to workers."""
    sent: list[dict[str, Any]] = []
    with patch(
        "celery.app.task.Task.apply_async",
        lambda task, kwargs, **_: sent.append({"task": task.name, **kwargs}),
    ):
        yield sent


@pytest.fixture
def later(door: Door, rung: Any) -> Door:
    """A vendor whose source decides in the background."""
    door.set(mode=Mode.BACKGROUND)
    return door


def work(reply: Reply) -> None:
    """What a worker does with the message of a post."""
    decide_submission(submission_id=reply.json["submission_id"])


def test_a_background_source_answers_pending_and_says_where_to_read(
    later: Door, rung: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with (
        django_capture_on_commit_callbacks(execute=True),
        override_settings(PUBLIC_URL="https://leads.example.com"),
    ):
        reply = later.post(lead_id="V-1")
    assert reply.status == 202
    body = reply.json
    assert list(body) == ["status", "submission_id", "vendor_lead_id", "decision_url", "test"]
    assert body["decision_url"] == f"https://leads.example.com/api/lead-intake/{body['submission_id']}"
    assert (reply.submission.state, Lead.objects.count()) == (SubmissionState.WAITING, 0)
    assert rung == [{"task": "compliance.tasks.decide_submission", "submission_id": body["submission_id"]}]


def test_the_worker_decides_and_the_vendor_reads_the_decision_by_three_ids(later: Door) -> None:
    reply = later.post(lead_id="V-1")
    assert later.get("V-1").json["status"] == "pending"
    work(reply)
    told = later.get("V-1").json
    assert (told["status"], told["answer"]["status"]) == ("accepted", "accepted")
    for name in (told["lead_id"], told["submission_id"], reply.json["submission_id"]):
        assert later.get(name).json == told
    lead = Lead.objects.get()
    assert (lead.submission_id, lead.received_at) == (reply.submission.pk, reply.submission.received_at)
    assert reply.submission.due_at is None


def test_a_background_refusal_is_read_back_with_its_reasons(later: Door) -> None:
    reply = later.post(lead_id="V-1", phone="1")
    assert reply.status == 202
    work(reply)
    told = later.get("V-1").json
    assert (told["status"], told["reason"]) == ("rejected", "invalid_phone")
    assert told["answer"]["reasons"][0]["field"] == "phone"


def test_a_background_answer_is_read_back_in_the_format_it_was_asked_in(later: Door) -> None:
    reply = later.post(lead_id="V-1", accept=XML)
    assert reply.text.startswith("<result><status>pending</status>")
    decide_submission(submission_id=Submission.objects.get().pk.hex)
    assert later.get("V-1").json["answer"].startswith("<result><status>accepted</status>")


def test_a_retry_of_a_waiting_post_waits_too_and_makes_no_second(later: Door) -> None:
    payload = glossary()
    first, again = later.post(payload), later.post(payload)
    assert (again.status, again.content) == (202, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Submission.objects.count() == 1


def test_a_background_source_still_answers_test_posts_and_unreadable_bodies_at_once(later: Door) -> None:
    assert later.post(test="1").outcome == "accepted"
    assert later.send(b"{").status == 400


def test_a_message_that_comes_twice_decides_once(later: Door) -> None:
    reply = later.post()
    work(reply)
    work(reply)
    assert (Lead.objects.count(), Decision.objects.count()) == (1, 1)


def test_the_sweep_finds_posts_that_no_message_told_of(
    later: Door, rung: Any, django_capture_on_commit_callbacks: Any
) -> None:
    reply = later.post()
    now = timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        assert ring_due_submissions(now=now) == 0  # its worker has half a minute
        assert ring_due_submissions(now=now + timedelta(seconds=31)) == 1
        assert ring_due_submissions(now=now + timedelta(seconds=32)) == 0  # claimed
        assert ring_due_submissions(now=now + timedelta(minutes=3)) == 1  # the worker died
    assert [message["submission_id"] for message in rung] == [reply.json["submission_id"]] * 2


def test_the_sweep_leaves_decided_and_unreadable_posts_alone(
    door: Door, rung: Any, django_capture_on_commit_callbacks: Any
) -> None:
    door.post()
    door.post(phone="1")
    door.send(b"{")
    with django_capture_on_commit_callbacks(execute=True):
        sweep_submissions()
        assert ring_due_submissions(now=timezone.now() + timedelta(days=30)) == 0
    assert rung == []


def test_the_sweep_takes_a_limited_number_at_a_time_oldest_first(rung: Any, door: Door) -> None:
    now = timezone.now()
    for minutes in range(205):
        SubmissionFactory.create(
            source=door.source, state="waiting", due_at=now - timedelta(minutes=minutes + 1)
        )
    assert ring_due_submissions(now=now) == 200
    assert Submission.objects.filter(due_at__lte=now).count() == 5
    assert ring_due_submissions(now=now) == 5


def test_a_broken_decision_is_answered_pending_and_kept_as_failed(door: Door) -> None:
    with patch(PRICE, broken):
        reply = door.post(lead_id="V-1")
    assert (reply.status, reply.outcome) == (202, "pending")
    submission = reply.submission
    assert (submission.state, submission.error, submission.attempts) == ("failed", "RuntimeError", 1)
    assert submission.due_at is not None
    assert submission.body
    assert (Lead.objects.count(), Decision.objects.count()) == (0, 0)
    assert door.get("V-1").json["status"] == "pending"


@pytest.mark.parametrize(
    "where",
    [
        "compliance.checks.source_open.SourceOpen.run", "compliance.checks.caps.Caps.run",
        "agents.assignment.assign_lead", "compliance.decision.build_lead", "intake.api.answers.decision_answer",
    ],
)  # fmt: skip
def test_wherever_a_decision_breaks_the_post_is_kept(door: Door, where: str) -> None:
    pipeline.step.cache_clear()
    with patch(where, broken):
        reply = door.post()
    pipeline.step.cache_clear()
    assert (reply.status, reply.submission.state) == (202, "failed")
    assert Lead.objects.count() == 0
    work(reply)
    assert (reply.submission.state, Lead.objects.count()) == ("accepted", 1)


def test_a_failed_post_is_retried_ever_later_and_then_left_to_a_manager(door: Door) -> None:
    now = timezone.now()
    with patch(PRICE, broken):
        reply = door.post()
        waits = []
        for _ in range(7):
            row = redecide(submission=Submission(pk=reply.submission.pk), actor=None, now=now)
            waits.append(row.due_at - now if row.due_at else None)
    minutes = [wait.total_seconds() / 60 if wait else None for wait in waits]
    assert minutes == [1, 2, 4, 8, 16, 32, None]
    assert (row.state, row.attempts) == ("failed", 8)


def test_the_sweep_has_a_failed_post_decided_when_the_bug_is_gone(
    door: Door, rung: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with patch(PRICE, broken):
        reply = door.post()
    with django_capture_on_commit_callbacks(execute=True):
        ring_due_submissions(now=timezone.now() + timedelta(seconds=31))
    for message in rung:
        decide_submission(**{name: value for name, value in message.items() if name != "task"})
    assert (reply.submission.state, reply.submission.error) == ("accepted", "")
    assert door.get(reply.json["submission_id"]).json["lead_id"]


def test_a_failed_test_post_is_not_retried_behind_the_vendors_back(door: Door) -> None:
    with patch(PRICE, broken):
        reply = door.post(test="1")
    assert (reply.status, reply.submission.state, reply.submission.due_at) == (202, "failed", None)


def test_a_manager_runs_a_failed_post_again_and_stands_in_the_record(door: Door, reviewer: User) -> None:
    with patch(PRICE, broken):
        reply = door.post()
    redecide(submission=reply.submission, actor=reviewer, now=timezone.now())
    assert (reply.submission.state, reply.decision.decided_by) == ("accepted", reviewer)


def test_a_decided_post_is_never_decided_again(door: Door) -> None:
    for reply in (door.post(), door.post(phone="1")):
        with pytest.raises(CannotRedecide, match="already"):
            redecide(submission=reply.submission, actor=None, now=timezone.now())
    assert (Lead.objects.count(), Decision.objects.count()) == (1, 2)


def test_an_unreadable_body_stays_what_it_is_and_says_so(door: Door) -> None:
    reply = door.send(b"{broken")
    with pytest.raises(CannotRedecide, match="cannot be read"):
        redecide(submission=reply.submission, actor=None, now=timezone.now())
    assert reply.submission.state == "unreadable"


def test_a_body_that_could_not_be_read_is_decided_once_it_can(door: Door) -> None:
    payload = glossary()
    with patch("intake.receive.parse_body", side_effect=BodyRefused(400, "odd", "Is odd.")):
        reply = door.post(payload)
    assert reply.status == 400
    redecide(submission=reply.submission, actor=None, now=timezone.now())
    assert reply.submission.state == "accepted"
    assert door.post(payload).headers.get("Idempotency-Replayed") == "true"


def test_a_broken_decision_says_nothing_of_the_person_in_row_answer_or_log(door: Door) -> None:
    door.secrets |= {"2145550199", "Zebulon"}
    with patch(PRICE, broken):
        reply = door.post(first_name="Zebulon")
    work_failed = Submission.objects.get()
    assert "Zebulon" not in reply.text + work_failed.error
