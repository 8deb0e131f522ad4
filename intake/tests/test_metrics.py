"""Decisions are counted once each, by outcome and reason, when they are committed."""

from typing import Any

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from intake.models import Mode
from intake.redecide import redecide
from leadcrm.lib.metrics import written
from leadcrm.testing.door import Door
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on(settings: Any) -> None:
    settings.METRICS, settings.METRICS_DIR = "loopback", ""


def counted() -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(written([]).decode())
    samples = [sample for family in families for sample in family.samples]
    return {
        (s.labels["kind"], s.labels["outcome"], s.labels["reason"]): s.value
        for s in samples
        if s.name == "leadcrm_decisions_total"
    }


def more_than(before: dict[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
    return {
        key: value - before.get(key, 0) for key, value in counted().items() if value != before.get(key, 0)
    }


def test_each_decision_is_counted_once_and_a_retry_is_none(door: Door) -> None:
    before, person = counted(), glossary(lead_id="V-1")
    assert door.post(person).outcome == "accepted"
    assert door.post(person).outcome == "accepted"
    assert door.post({**person, "lead_id": "V-2"}).outcome == "duplicate"
    assert more_than(before) == {("post", "accepted", ""): 1, ("post", "rejected", "duplicate"): 1}


def test_tests_are_not_counted(door: Door) -> None:
    before = counted()
    door.post(test=True)
    assert more_than(before) == {}


def test_pings_are_counted_apart(door: Door) -> None:
    door.set(pings=True)
    before = counted()
    assert door.ping().json["status"] == "accepted"
    assert more_than(before) == {("ping", "accepted", ""): 1}


def test_what_a_worker_decides_is_counted_where_it_is_decided(door: Door) -> None:
    door.set(mode=Mode.BACKGROUND)
    before, reply = counted(), door.post()
    assert more_than(before) == {}
    redecide(submission=reply.submission, actor=None, now=timezone.now())
    assert more_than(before) == {("post", "accepted", ""): 1}


def test_a_decision_that_breaks_is_counted_by_nobody(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    before = counted()
    monkeypatch.setattr("leadcrm.lib.batch.Batch.flush", _broken)
    door.post()
    assert more_than(before) == {}


def _broken(*_: object, **__: object) -> None:
    raise RuntimeError("made up")
