"""GET /api/reports: what another system reads with a report key, and who is refused."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agents.figures.update import keep_figures
from agents.models import ReportKey, ReportRun
from agents.reports import REPORTS
from compliance.models import ConfigChange
from intake.keys import hash_key, new_key_text
from leadcrm.models import User
from leadcrm.testing.factories import LeadFactory, ReportRunFactory
from leadcrm.testing.fixtures import VendorKey

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_rows")]
URL = "/api/reports"


@pytest.fixture
def key() -> str:
    prefix, text = new_key_text()
    ReportKey.objects.create(label="Dashboard", prefix=prefix, sha256=hash_key(text))
    return text


@pytest.fixture
def manager(reviewer: User) -> Client:
    client = Client()
    client.force_login(reviewer)
    return client


def read(client: Client, key: str, name: str = "", **query: str) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return client.get(f"{URL}/{name}" if name else URL, query, headers=headers)


def test_the_list_leads_to_every_report(client: Client, key: str) -> None:
    body = read(client, key).json()
    assert [each["name"] for each in body["reports"]] == list(REPORTS)
    for each in body["reports"]:
        answer = client.get(each["url"], headers={"X-API-Key": key})
        assert (answer.status_code, answer.json()["report"]) == (200, each["name"])


@pytest.mark.parametrize("name", REPORTS)
def test_its_numbers_are_those_of_the_command(client: Client, key: str, name: str) -> None:
    LeadFactory.create(received_at=timezone.now() - timedelta(days=1))
    keep_figures(now=timezone.now())
    out = StringIO()
    call_command("report", name, "--period", "last-7-days", "--format", "json", stdout=out)

    answered = read(client, key, name, period="last-7-days").json()

    printed = json.loads(out.getvalue())
    assert answered["tables"] == printed["tables"]
    assert (answered["from"], answered["to"]) == (printed["from"], printed["to"])


def test_a_report_is_a_file_that_nobody_keeps_and_is_recorded_under_its_key(client: Client, key: str) -> None:
    day = str(timezone.localdate() - timedelta(days=3))
    answer = read(client, key, "licence_expiry", **{"from": day, "format": "csv"})

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="license_expiry-{day}-{day}.csv"'
    assert answer["Cache-Control"] == "private, no-store"
    run = ReportRun.objects.get()
    assert (run.report, run.via, run.state, run.format) == ("license_expiry", "api", "done", "csv")
    assert run.key == ReportKey.objects.get()


def test_a_program_takes_one_table_as_a_csv_without_a_heading_of_its_own(client: Client, key: str) -> None:
    answer = read(client, key, "vendor_scorecard", format="csv", table="posts")
    assert answer.content.decode().startswith("vendor,source,posts,")
    refused = read(client, key, "vendor_scorecard", format="csv", table="post")
    assert (refused.status_code, refused.json()["reasons"][0]["field"]) == (400, "table")
    assert "posts, " in refused.json()["message"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"period": "someday"}, "period"),
        ({"period": "yesterday", "from": "2026-01-01"}, "period"),
        ({"from": "01/02/2026"}, "from"),
        ({"from": "2999-01-01"}, "from"),
        ({"from": "0001-01-01"}, "from"),
        ({"to": "2026-01-01"}, "from"),
        ({"from": "2026-01-02", "to": "2026-01-01"}, "to"),
        ({"from": "2020-01-02", "to": "2026-01-01"}, "to"),
        ({"format": "xml"}, "format"),
        ({"table": "posts"}, "table"),
        ({"form": "2026-01-02"}, "form"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_is_made(
    client: Client, key: str, query: dict[str, str], field: str
) -> None:
    answer = read(client, key, "daily_summary", **query)
    assert answer.status_code == 400
    body = answer.json()
    assert (body["code"], [each["field"] for each in body["reasons"]]) == ("bad_request", [field])
    assert not ReportRun.objects.exists()


def test_a_name_that_is_no_report_is_not_found(client: Client, key: str) -> None:
    assert read(client, key, "everything").status_code == 404
    assert client.post(f"{URL}/daily_summary", headers={"X-API-Key": key}).status_code == 405


def test_only_a_report_key_that_holds_reads_reports(client: Client, key: str, vendor_key: VendorKey) -> None:
    for other in (
        "",
        "lk_00000000_" + "0" * 40,
        key[:-1] + ("1" if key[-1] == "0" else "0"),
        vendor_key.text,
    ):
        answer = read(client, other, "daily_summary")
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="leadcrm"')
    ReportKey.objects.update(revoked_at=timezone.now())
    assert read(client, key, "daily_summary").status_code == 403
    assert read(client, key).status_code == 403


def test_a_report_key_opens_nothing_else(client: Client, key: str) -> None:
    for address in ("/api/lead-intake", "/api/lead-intake/returns"):
        assert client.get(address, headers={"X-API-Key": key}).status_code == 401
    assert client.post("/api/opt-out", {"phone": "2145550122"}, headers={"X-API-Key": key}).status_code == 401


def test_too_many_in_a_minute_wait_and_others_do_not(client: Client, key: str) -> None:
    mine, now = ReportKey.objects.get(), timezone.now()
    ReportRunFactory.create(key=mine, via="api", created_at=now - timedelta(seconds=50))
    for _ in range(29):
        ReportRunFactory.create(key=mine, via="api", created_at=now)

    refused = read(client, key, "daily_summary")

    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(refused["Retry-After"]) <= 10
    prefix, text = new_key_text()
    ReportKey.objects.create(prefix=prefix, sha256=hash_key(text))
    assert read(client, text, "daily_summary").status_code == 200
    ReportRun.objects.filter(key=mine).first().delete()  # type: ignore[union-attr]
    assert read(client, key, "daily_summary").status_code == 200


def test_a_manager_makes_a_key_sees_its_use_and_ends_it(client: Client, manager: Client) -> None:
    form = manager.get(reverse("admin:agents_reportkey_add"))
    once = form.context["adminform"].form.initial["once"]
    made = manager.post(reverse("admin:agents_reportkey_add"), {"label": "Warehouse", "once": once})
    text = made.context["text"]
    assert "no-store" in made["Cache-Control"]
    assert read(client, text, "daily_summary").status_code == 200

    key = ReportKey.objects.get()
    assert "Warehouse" in manager.get(reverse("admin:agents_reportrun_changelist")).content.decode()
    listed = manager.get(reverse("admin:agents_reportkey_changelist")).content.decode()
    assert "Warehouse" in listed
    manager.post(reverse("admin:agents_reportkey_act", args=[key.pk, "revoke"]))
    assert read(client, text, "daily_summary").status_code == 403
    noted = ConfigChange.objects.of_rows().filter(table_name="agents_reportkey").order_by("pk")
    assert [change.operation for change in noted] == ["insert", "update"]
