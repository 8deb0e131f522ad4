"""A process that dies in the middle of an act on many rows: what it did is told as done, and nothing is done twice."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from intake.models import CandidateState, Lead, Return, ReturnCandidate, ReturnReason, Submission
from intake.tests.returns_support import returnable
from leadcrm.bulk.runs import carry_run, carry_runs, confirm_run, draft_run
from leadcrm.lib.admin.bulk import ACTIONS
from leadcrm.models import BulkRun, BulkState, ItemState
from leadcrm.testing.factories import ReturnCandidateFactory, SubmissionFactory, UserFactory
from leadcrm.testing.fixtures import VendorKey
from leadcrm.testing.payloads import glossary

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shipped_rows")]


class KilledError(BaseException):
    """As SIGKILL: nothing is caught, nothing more is written."""


def dies_after(act: Callable[..., Any]) -> Callable[..., Any]:
    """`act`, and then the process is gone."""

    def died(*args: Any, **kwargs: Any) -> None:
        act(*args, **kwargs)
        raise KilledError

    return died


def confirmed(action: str, *rows: Any, **values: str) -> BulkRun:
    run = draft_run(
        action=ACTIONS[action], model=type(rows[0]), rows=rows, what="ticked", back="", now=timezone.now(),
        by=UserFactory.create(is_staff=True, is_superuser=True),
    )  # fmt: skip
    confirm_run(run=run, values=values, now=timezone.now())
    return run


def carried(run: BulkRun) -> BulkRun:
    """Another process goes on."""
    carry_runs(now=timezone.now())
    run.refresh_from_db()
    assert run.state == BulkState.FINISHED
    return run


def failed(key: VendorKey, **fields: Any) -> Submission:
    return SubmissionFactory.create(
        source=key.source, state="failed", body=json.dumps(glossary()).encode(), price=0, answer="",
        answer_type="application/json", attempts=8, due_at=None, error="OperationalError", **fields,
    )  # fmt: skip


@pytest.mark.parametrize(
    "dies_in",
    ["intake.admin.bulk.redecide", "intake.redecide.decide_and_write", "leadcrm.bulk.runs._note_history"],
)
def test_a_post_that_is_bought_by_a_run_that_dies_is_bought_once_and_told_as_done(
    vendor_key: VendorKey, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    run = confirmed("run-posts-again", failed(vendor_key))
    with monkeypatch.context() as broken:
        module, _, name = dies_in.rpartition(".")
        whole = __import__(module, fromlist=[name])
        broken.setattr(dies_in, dies_after(getattr(whole, name)))
        with pytest.raises(KilledError):
            carry_run(run=run, now=timezone.now(), seconds=30)
    committed = dies_in == "intake.admin.bulk.redecide"
    assert Lead.objects.count() == (1 if committed else 0)
    assert run.items.get().state == (ItemState.DONE if committed else ItemState.WAITING)

    carried(run)

    assert (run.done, run.not_done) == (1, 0)
    assert run.items.get().words == f"Accepted, {Lead.objects.get()}."
    assert LogEntry.objects.get().user_id == run.by_id


def test_a_post_that_failed_again_before_the_process_died_is_not_tried_a_second_time(
    vendor_key: VendorKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError("somebody@example.com")

    from intake.redecide import redecide

    post = failed(vendor_key)
    run = confirmed("run-posts-again", post)
    with monkeypatch.context() as broken:
        broken.setattr("compliance.checks.price.Price.run", breaks)
        broken.setattr("intake.admin.bulk.redecide", dies_after(redecide))
        with pytest.raises(KilledError):
            carry_run(run=run, now=timezone.now(), seconds=30)
    assert carried(run).not_done == 1
    assert run.items.get().words == "It failed again (RuntimeError)."
    post.refresh_from_db()
    assert (post.state, post.attempts) == ("failed", 9)


@pytest.mark.parametrize(
    ("action", "dies_in", "state", "words"),
    [
        ("ask-candidates", "ask_return", CandidateState.ASKED, "Asked: wrong number."),
        ("dismiss-candidates", "dismiss_candidate", CandidateState.DISMISSED, "Not to be returned."),
    ],
)
def test_a_candidate_that_is_settled_by_a_run_that_dies_is_settled_once_and_told_as_done(
    monkeypatch: pytest.MonkeyPatch, action: str, dies_in: str, state: CandidateState, words: str
) -> None:
    import intake.admin.bulk as acts

    lead = returnable(received_at=timezone.now() - timedelta(days=1))
    row = ReturnCandidateFactory.create(lead=lead, source=lead.source, reason=ReturnReason.WRONG_NUMBER)
    run = confirmed(action, row, note="Nobody of that name.")
    with monkeypatch.context() as broken:
        broken.setattr(acts, dies_in, dies_after(getattr(acts, dies_in)))
        with pytest.raises(KilledError):
            carry_run(run=run, now=timezone.now(), seconds=30)
    assert ReturnCandidate.objects.get().state == CandidateState.OPEN  # act and note stand or fall together

    carried(run)

    assert (run.done, run.not_done, run.items.get().words) == (1, 0, words)
    assert ReturnCandidate.objects.get().state == state
    assert Return.objects.count() == (1 if state == CandidateState.ASKED else 0)
