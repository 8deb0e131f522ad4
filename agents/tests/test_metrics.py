"""/metrics: whom it answers, what it counts, and that it tells no more than names of ours and numbers."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries

from intake.models import EndpointState
from leadcrm import metrics
from leadcrm.checks import open_metrics
from leadcrm.lib.metrics import add_up_the_past, count_decision, written
from leadcrm.models import Job
from leadcrm.testing.factories import (
    CertificateFactory,
    DeliveryFactory,
    FollowUpFactory,
    LeadFactory,
    SubmissionFactory,
    WebhookDeliveryFactory,
    WebhookEndpointFactory,
)

pytestmark = pytest.mark.django_db
TOKEN = "a-token-for-tests-that-is-long"


@pytest.fixture
def on(settings: Any) -> None:
    """Metrics for callers of this machine."""
    settings.METRICS, settings.METRICS_DIR = "loopback", ""
    metrics.GAUGES.forget()


def told(client: Client) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_nobody_is_told_anything_by_default(client: Client) -> None:
    assert configured.METRICS == "off"
    assert client.get("/metrics").status_code == 404


@pytest.mark.usefixtures("on")
def test_by_loopback_only_this_machine_may_ask_and_no_proxy_for_others(client: Client) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 404
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="127.0.0.1").status_code == 404
    assert client.get("/metrics", HTTP_FORWARDED="for=127.0.0.1").status_code == 404
    assert client.post("/metrics").status_code == 405


def test_by_token_whoever_has_it_may_ask(client: Client, settings: Any) -> None:
    settings.METRICS, settings.METRICS_TOKEN, settings.METRICS_DIR = "token", TOKEN, ""
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {TOKEN}x").status_code == 401
    assert client.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {TOKEN}").status_code == 200
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer ").status_code == 401


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({}, []),
        ({"METRICS": "loopback"}, []),
        ({"METRICS": "loopback", "METRICS_DIR": ""}, ["leadcrm.E007"]),
        ({"METRICS": "token", "METRICS_TOKEN": "short"}, ["leadcrm.E006"]),
        ({"METRICS": "token", "METRICS_TOKEN": TOKEN}, []),
    ],
)
def test_open_metrics_are_refused_at_the_start(
    settings: Any, changes: dict[str, str], ids: list[str]
) -> None:
    for name, value in {"METRICS": "off", "METRICS_TOKEN": "", "METRICS_DIR": "x", **changes}.items():
        setattr(settings, name, value)
    assert [message.id for message in open_metrics()] == ids


@pytest.mark.usefixtures("on")
def test_each_queue_tells_its_oldest_row_and_how_many_wait(client: Client) -> None:
    now = timezone.now()
    hour, day = now - timedelta(hours=1), now - timedelta(days=1)
    SubmissionFactory.create(state="waiting", received_at=hour)
    SubmissionFactory.create(state="held", received_at=day)
    LeadFactory.create(received_at=hour, unassigned_why="Nobody is licensed")
    FollowUpFactory.create(due_at=day)
    FollowUpFactory.create(due_at=now + timedelta(days=1))
    DeliveryFactory.create(due_at=hour, state="queued")
    CertificateFactory.create(state="waiting", accepted_at=now - timedelta(hours=2), due_at=hour)
    paused = WebhookEndpointFactory.create(state=EndpointState.PAUSED)
    WebhookDeliveryFactory.create(due_at=day, endpoint=paused)
    WebhookDeliveryFactory.create(due_at=hour)
    found = told(client)
    rows = {key[1]: value for key, value in found.items() if key[0] == "leadcrm_queue_rows"}
    for name in ("posts_waiting", "posts_held", "follow_ups", "messages", "certificates_at_risk", "webhooks"):
        assert rows[name] == 1, name
    assert rows["leads_without_owner"] >= 1
    assert found["leadcrm_queue_oldest_seconds", "posts_waiting"] == pytest.approx(3600, abs=60)
    assert found["leadcrm_queue_oldest_seconds", "webhooks"] == pytest.approx(3600, abs=60)
    assert found["leadcrm_queue_oldest_seconds", "follow_ups"] == pytest.approx(86_400, abs=60)
    assert found["leadcrm_questions_failed",] == 0


@pytest.mark.usefixtures("on")
def test_asking_often_asks_the_database_once(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    told(client)
    with django_assert_num_queries(0):
        told(client)


@pytest.mark.usefixtures("on")
def test_a_question_that_fails_is_counted_and_the_others_are_answered(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = metrics.QUEUES[0].__class__("broken", "no_such_table", "at", "TRUE")
    monkeypatch.setattr(metrics, "QUEUES", (broken, *metrics.QUEUES))
    found = told(client)
    assert found["leadcrm_questions_failed",] == 1
    assert ("leadcrm_queue_rows", "posts_waiting") in found


@pytest.mark.usefixtures("on")
def test_jobs_tell_their_last_success_and_what_is_in_trouble(client: Client) -> None:
    now = timezone.now()
    Job.objects.filter(name="send-reports").delete()
    Job.objects.create(
        name="send-reports", known_at=now, started_at=now, ended_at=now, done_at=now, failed_at=now, result="failed",
        error="TimeoutError", seconds=1.5, runs=4, failures=1, seconds_in_all=6,
    )  # fmt: skip
    found = told(client)
    assert found["leadcrm_job_in_trouble", "send-reports"] == 1
    assert found["leadcrm_job_runs_total", "send-reports"] == 4
    assert found["leadcrm_job_failures_total", "send-reports"] == 1
    assert found["leadcrm_job_last_success", "send-reports"] == pytest.approx(now.timestamp())


@pytest.mark.usefixtures("on")
def test_answers_are_timed_by_kind_and_labels_are_names_of_ours(client: Client) -> None:
    key = ("leadcrm_answer_seconds_count", "other", "4xx")
    before = told(client).get(key, 0)
    client.get("/555-0143/pat@example.com")
    client.post("/api/lead-intake", b"{}", content_type="application/json")
    found = told(client)
    assert found[key] == before + 1
    assert ("leadcrm_answer_seconds_count", "post", "4xx") in found
    words = {word for name, *labels in found for word in labels}
    assert all(re.fullmatch(r"[a-z0-9_.+-]+|[0-9.]+|\+Inf|", word) for word in words), words
    assert not [word for word in words if "@" in word or "5550143" in word.replace("-", "")]


PROCESS = """
import django; django.setup()
from leadcrm.lib.metrics import count_decision
for _ in range({times}): count_decision(kind="post", outcome="rejected", reason="duplicate")
"""


def test_what_processes_counted_is_added_up_also_after_they_have_ended(tmp_path: Path, settings: Any) -> None:
    environment = {**os.environ, "METRICS": "loopback", "METRICS_DIR": str(tmp_path), "DEBUG": "1",
                   "DJANGO_SETTINGS_MODULE": "leadcrm.settings"}  # fmt: skip
    for times in (2, 3):
        code = PROCESS.format(times=times)
        subprocess.run([sys.executable, "-c", code], env=environment, check=True, cwd=configured.BASE_DIR)
    settings.METRICS, settings.METRICS_DIR = "loopback", str(tmp_path)
    line = b'leadcrm_decisions_total{kind="post",outcome="rejected",reason="duplicate"} 5.0'
    assert len(list(tmp_path.glob("*.db"))) == 2
    assert line in written([])
    add_up_the_past()
    assert [file.name for file in tmp_path.glob("*.db")] == ["counter_0.db"]
    assert line in written([])
    add_up_the_past()
    assert line in written([])


def test_nothing_is_counted_while_metrics_are_off() -> None:
    count_decision(kind="post", outcome="rejected", reason="of_no_contract")
    assert b"of_no_contract" not in written([])


@pytest.mark.parametrize(
    "queue", [q for q in metrics.QUEUES if " " not in q.table], ids=lambda queue: queue.name
)
def test_each_queue_is_read_off_an_index_of_what_waits(queue: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {queue.question()}", {"now": timezone.now()})
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index" in plan, plan
    assert "Sort" not in plan, plan
    assert "Seq Scan" not in plan, plan
