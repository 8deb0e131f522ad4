"""Posts that arrive at once, in threads with connections of their own."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.utils import timezone

from agents.models import Assignment
from compliance import decision
from compliance.check import Verdict
from compliance.models import CapPeriod, CapUnit, CapUse, Decision
from intake import receive, replays
from intake.models import ConsentRecord, Lead, Mode, Submission
from intake.redecide import CannotRedecide, redecide
from leadcrm.lib import pipeline
from leadcrm.testing.door import Door, Reply, at_once
from leadcrm.testing.factories import CapFactory
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db(transaction=True)


def in_thread(act: Callable[[], object]) -> None:
    """Run `act` to its end on a connection of its own."""

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join(timeout=30)
    assert not thread.is_alive()


def kill_connection() -> None:
    """End this thread's connection, as a restart of PostgreSQL does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ((pid,),) = cursor.fetchall()

    def kill() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])

    in_thread(kill)


def test_of_fifty_posts_of_one_person_exactly_one_is_accepted(door: Door) -> None:
    person = glossary()
    person.pop("lead_id")
    replies = at_once(50, lambda n: door.post({**person, "lead_id": f"V-{n}"}))
    assert Counter(reply.outcome for reply in replies) == {"accepted": 1, "duplicate": 49}
    assert Submission.objects.count() == Decision.objects.count() == 50
    assert Lead.objects.count() == ConsentRecord.objects.count() == Assignment.objects.count() == 1


def test_posts_that_share_only_a_second_phone_or_an_address_are_told_apart_too(door: Door) -> None:
    def post(number: int) -> Any:
        shared: dict[str, Any] = [
            {"phone": "2145552222"}, {"phone_2": "2145552222"}, {"phone": "2145552222", "phone_2": "2145553333"},
            {"phone": "2145553333", "phone_2": "2145552222"},
        ][number % 4]  # fmt: skip
        return door.post(**shared)

    replies = at_once(12, post)
    assert sorted(reply.outcome for reply in replies) == ["accepted", *["duplicate"] * 11]


@pytest.mark.parametrize(("unit", "limit", "used"), [(CapUnit.LEADS, 5, 4), (CapUnit.SPEND, 110, 88)])
def test_of_fifty_posts_for_the_last_place_of_a_cap_exactly_one_has_it(
    door: Door, unit: CapUnit, limit: int, used: int
) -> None:
    CapFactory.create(source=door.source, period=CapPeriod.MONTH, unit=unit, limit=limit)
    CapFactory.create(source=door.source, period=CapPeriod.DAY, limit=1000)
    for _ in range(4):
        assert door.post().outcome == "accepted"
    replies = at_once(50, lambda _: door.post())
    assert Counter(reply.outcome for reply in replies) == {"accepted": 1, "cap_reached": 49}
    assert sorted(use.used for use in CapUse.objects.all()) == [5, limit] if limit > 5 else [5, 5]
    assert Lead.objects.count() == 5
    assert not Submission.objects.filter(state="failed").exists()


def test_of_twenty_identical_posts_at_once_there_is_one_lead_and_one_answer(door: Door) -> None:
    payload = glossary()
    replies = at_once(20, lambda _: door.post(payload))
    assert len({reply.content for reply in replies}) == 1
    assert [reply.outcome for reply in replies] == ["accepted"] * 20
    assert sorted(reply.headers.get("Idempotency-Replayed", "") for reply in replies) == ["", *["true"] * 19]
    assert (Submission.objects.count(), Lead.objects.count()) == (1, 1)


def test_of_twenty_posts_with_one_header_key_one_is_decided_and_the_rest_replayed_or_told_to_wait(
    door: Door,
) -> None:
    payload = glossary()
    replies = at_once(20, lambda _: door.post(payload, idempotency_key="key-1"))
    told = Counter(reply.outcome for reply in replies)
    assert set(told) <= {"accepted", "error in_progress"}
    assert {reply.headers["Retry-After"] for reply in replies if reply.status == 409} <= {"1"}
    assert len({reply.content for reply in replies if reply.status == 200}) == 1
    assert (Submission.objects.count(), Lead.objects.count()) == (1, 1)


def test_a_header_key_that_is_being_decided_is_409_and_then_replayed(door: Door) -> None:
    payload, began, go_on = glossary(), Event(), Event()
    decide = decision.decide

    def slowly(**given: Any) -> Any:
        began.set()
        assert go_on.wait(20)
        return decide(**given)

    first: list[Reply] = []

    def post_first() -> None:
        first.append(door.post(payload, idempotency_key="k"))
        connection.close()

    step = pipeline.step
    with patch("leadcrm.lib.pipeline.step", lambda name: slowly if name == "decide" else step(name)):
        thread = Thread(target=post_first)
        thread.start()
        assert began.wait(20)
        busy = door.post(payload, idempotency_key="k")
        go_on.set()
        thread.join(30)
    assert (busy.status, busy.json["code"], busy.headers["Retry-After"]) == (409, "in_progress", "1")
    assert [reply.outcome for reply in first] == ["accepted"]
    again = door.post(payload, idempotency_key="k")
    assert (again.content, again.headers["Idempotency-Replayed"]) == (first[0].content, "true")


def test_a_stored_post_is_decided_once_by_many_workers(door: Door) -> None:
    door.set(mode=Mode.BACKGROUND)
    with patch("celery.app.task.Task.apply_async"):
        reply = door.post()
    row = reply.submission

    def work(_: int) -> str:
        try:
            return str(redecide(submission=Submission(pk=row.pk), actor=None, now=timezone.now()).state)
        except CannotRedecide:
            return "too late"

    assert Counter(at_once(8, work)) == {"accepted": 1, "too late": 7}
    assert (Lead.objects.count(), Decision.objects.count()) == (1, 1)


def test_a_retry_that_comes_while_a_worker_decides_the_failed_post_has_the_workers_answer(door: Door) -> None:
    payload = glossary()
    with patch("compliance.checks.price.Price.run", side_effect=RuntimeError):
        failed = door.post(payload).submission
    claim = replays.claim

    def claim_while_a_worker_decides(*given: Any) -> Any:
        found = claim(*given)
        in_thread(lambda: redecide(submission=Submission(pk=failed.pk), actor=None, now=timezone.now()))
        return found

    with patch("intake.receive.replays.claim", claim_while_a_worker_decides):
        again = door.post(payload)
    assert again.outcome == "accepted"
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.submission.state, Lead.objects.count()) == ("accepted", 1)


def test_a_retry_that_breaks_never_undoes_what_a_worker_decided_meanwhile(door: Door) -> None:
    payload = glossary()
    with patch("compliance.checks.price.Price.run", side_effect=RuntimeError):
        failed = door.post(payload).submission
    keep = receive._keep_failed

    def keep_after_a_worker_decided(*given: Any) -> Any:
        in_thread(lambda: redecide(submission=Submission(pk=failed.pk), actor=None, now=timezone.now()))
        return keep(*given)

    with (
        patch("intake.receive._keep_failed", keep_after_a_worker_decided),
        patch("compliance.checks.price.Price.run", side_effect=[RuntimeError, Verdict.passed()]),
    ):
        again = door.post(payload)
    assert again.outcome == "accepted"
    assert Submission.objects.get(pk=failed.pk).state == "accepted"
    assert Lead.objects.count() == 1


def test_a_worker_that_dies_in_the_middle_leaves_the_post_to_be_found_again(door: Door) -> None:
    door.set(mode=Mode.BACKGROUND)
    with patch("celery.app.task.Task.apply_async"):
        reply = door.post()

    class KilledError(BaseException):
        """As SIGKILL: nothing is caught, nothing is written."""

    def die() -> None:
        with patch("compliance.checks.caps.Caps.run", side_effect=KilledError), pytest.raises(KilledError):
            redecide(submission=reply.submission, actor=None, now=timezone.now())

    in_thread(die)
    assert (reply.submission.state, Lead.objects.count(), Decision.objects.count()) == ("waiting", 0, 0)
    assert Submission.objects.filter(due_at__lte=timezone.now() + timedelta(seconds=31)).count() == 1
    redecide(submission=reply.submission, actor=None, now=timezone.now())
    assert (reply.submission.state, Lead.objects.count()) == ("accepted", 1)


def test_the_first_post_after_postgresql_was_restarted_is_decided_on_a_fresh_connection(door: Door) -> None:
    door.post()
    try:
        kill_connection()
        assert door.post().outcome == "accepted"
    finally:
        connection.close()


def test_a_connection_that_dies_in_the_middle_is_a_503_that_stored_nothing(door: Door) -> None:
    payload = glossary()

    def die(*_: Any) -> Verdict:
        kill_connection()
        return Verdict.passed()

    try:
        with patch("compliance.checks.consent.Consent.run", side_effect=die):
            reply = door.post(payload)
    finally:
        connection.close()
    assert (reply.status, reply.json["code"], reply.headers["Retry-After"]) == (503, "unavailable", "5")
    assert not Submission.objects.exists()
    assert door.post(payload).outcome == "accepted"


def test_a_worker_that_comes_while_a_retry_decides_the_failed_post_finds_it_decided(door: Door) -> None:
    payload = glossary()
    with patch("compliance.checks.price.Price.run", side_effect=RuntimeError):
        failed = door.post(payload).submission
    become, told, workers = receive._become, [], []

    def work() -> None:
        try:
            redecide(submission=Submission(pk=failed.pk), actor=None, now=timezone.now())
            told.append("decided")
        except CannotRedecide:
            told.append("too late")
        finally:
            connection.close()

    def become_while_a_worker_comes(*given: Any) -> None:
        workers.append(Thread(target=work))
        workers[0].start()
        workers[0].join(0.3)  # it waits for the row, until the retry has committed
        become(*given)

    with patch("intake.receive._become", become_while_a_worker_comes):
        again = door.post(payload)
    workers[0].join(20)
    assert (again.outcome, told) == ("accepted", ["too late"])
    assert (Lead.objects.count(), Decision.objects.count()) == (1, 1)
