"""Files of leads and of the intake log: what is in them, who may take them, and what is kept of that."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from agents.exports import SHEETS, writing
from agents.exports.writing import end_silent_exports, lines_of, start_export
from agents.models import Agent, Export, ExportKind, ExportState
from agents.tests.page_suite import INLINE
from intake.models import Lead, Source
from leadcrm.models import User
from leadcrm.testing.factories import (
    CommunicationFactory,
    DecisionFactory,
    ExportFactory,
    LeadFactory,
    SavedViewFactory,
    SourceFactory,
    SubmissionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LEADS, POSTS = "admin:page_export_leads", "admin:page_export_posts"
EVERY = [column.name for column in SHEETS[ExportKind.LEADS].columns]


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def rows_of(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def download(client: Client, name: str = LEADS, query: str = "", **posted: Any) -> Any:
    values = {"download": "Download", "columns": ["number", "status"], **posted}
    return client.post(f"{reverse(name)}?{query}", values)


def test_a_file_holds_the_chosen_columns_of_all_leads_newest_first(manager: Client) -> None:
    old = LeadFactory.create(received_at=timezone.now() - timedelta(days=2), status="sold")
    new = LeadFactory.create(phone="+12145550142", email="who@example.com")

    rows = rows_of(download(manager, columns=["email", "phone", "number", "status"]))

    assert rows == [
        {"Lead": f"A-{new.pk}", "Status": "New", "Phone": "(214) 555-0142", "E-mail": "who@example.com"},
        {"Lead": f"A-{old.pk}", "Status": "Sold", "Phone": rows[1]["Phone"], "E-mail": old.email},
    ]


def test_every_column_is_filled_from_its_own_place(manager: Client, agent: Agent) -> None:
    lead = LeadFactory.create(
        owner=agent.user, zip="75201", state="TX", received_at=datetime(2026, 7, 1, 18, 30, tzinfo=UTC),
        attributes={"tobacco": False}, consent__trustedform_cert_id="a" * 40,
    )  # fmt: skip
    CommunicationFactory.create(lead=lead, channel="call", outcome="no_answer")

    [row] = rows_of(download(manager, columns=EVERY))

    assert row["Received (America/New_York)"] == "2026-07-01 14:30:00"
    assert row["Received (consumer's time)"] == "2026-07-01 13:30:00 CDT"
    assert row["Received (UTC)"] == "2026-07-01 18:30:00"
    assert row["Owner"] == "Test Agent"
    assert (row["Vendor"], row["Source"]) == (lead.vendor.name, lead.source.name)
    assert row["Product's details"] == "tobacco: False"
    assert row["TrustedForm certificate"].endswith("a" * 40)
    assert row["Last outcome"] == "No answer"
    assert row["First touch (America/New_York)"] == row["Merged into"] == ""


def test_a_name_that_is_a_formula_is_harmless_in_a_spreadsheet(manager: Client) -> None:
    LeadFactory.create(first_name='=HYPERLINK("http://example.com")')
    [row] = rows_of(download(manager, columns=["first_name"]))
    assert row["First name"].startswith("'=HYPERLINK")


def test_the_lists_own_filters_and_search_hold_and_what_was_searched_for_is_not_kept(manager: Client) -> None:
    sold, _ = LeadFactory.create(status="sold"), LeadFactory.create()
    filtered = download(manager, query="list=status__exact%3Dsold%26received%3Dweek%26p%3D3")
    assert [row["Lead"] for row in rows_of(filtered)] == [f"A-{sold.pk}"]
    searched = download(manager, query=f"list=q%3D{sold.phone.replace('+1', '')}")
    assert [row["Lead"] for row in rows_of(searched)] == [f"A-{sold.pk}"]
    by_hand = download(manager, query=f"list=phone%3D%252B{sold.phone[1:]}")
    assert [row["Lead"] for row in rows_of(by_hand)] == [f"A-{sold.pk}"]
    whats = list(Export.objects.order_by("pk").values_list("what", flat=True))
    assert whats == ["Status: Sold; Received: Last 7 days", "Found by a search", "By phone"]


def test_ticked_leads_alone_are_in_the_file(manager: Client) -> None:
    first, _, third = LeadFactory.create_batch(3)
    answer = download(manager, selected=[first.pk, third.pk, "nonsense"])
    assert {row["Lead"] for row in rows_of(answer)} == {f"A-{first.pk}", f"A-{third.pk}"}
    assert Export.objects.get().what == "2 ticked in the list"


def test_a_saved_view_and_the_agents_filters_are_exported_from_their_list(
    manager: Client, reviewer: User, agent: Agent
) -> None:
    texan, _ = LeadFactory.create(state="TX"), LeadFactory.create(state="OK")
    view = SavedViewFactory.create(user=reviewer, name="Texas", query="state=TX")
    for state, offered in (("TX", f"view={view.pk}"), ("OK", "filters=state%3DOK")):
        listed = manager.get(reverse("lead_list"), {"state": state}).content.decode()
        assert f'href="{reverse(LEADS)}?{offered}"' in listed

    for query in (f"view={view.pk}", "filters=state%3DTX"):
        assert [row["Lead"] for row in rows_of(download(manager, query=query))] == [f"A-{texan.pk}"]

    whats = set(Export.objects.values_list("what", flat=True))
    assert whats == {"View “Texas”: State: Texas", "State: Texas"}
    foreign = SavedViewFactory.create(user=agent.user)
    assert download(manager, query=f"view={foreign.pk}").status_code == 404


def test_the_intake_log_goes_out_with_all_reasons_and_without_what_was_posted(manager: Client) -> None:
    post = SubmissionFactory.create(state="rejected", reason="duplicate", processed_ms=12.34, body=b"Secret")
    SubmissionFactory.create(state="accepted", lead_number=7, reason="")
    checks = [{"check": "fields", "reasons": [{"code": "missing_field"}, {"code": "missing_field"}]},
              {"check": "duplicate", "reasons": [{"code": "duplicate"}]}]  # fmt: skip
    DecisionFactory.create(submission=post, checks=checks)
    columns = [column.name for column in SHEETS[ExportKind.POSTS].columns]

    answer = download(manager, POSTS, "list=state__exact%3Drejected", columns=columns)

    [row] = rows_of(answer)
    assert (row["Post"], row["State"], row["First reason"]) == (post.pk.hex, "Rejected", "duplicate")
    assert (row["All reasons"], row["Took (ms)"]) == ("missing_field; duplicate", "12.3")
    assert "Secret" not in str(row)


def test_who_took_how_many_of_what_is_recorded_and_the_columns_are_offered_again(
    manager: Client, reviewer: User
) -> None:
    LeadFactory.create_batch(3)
    before = manager.get(reverse(LEADS)).content.decode()
    assert not INLINE.findall(before)
    assert 'value="zip"' in before

    rows_of(download(manager, columns=["zip", "number"]))

    export = Export.objects.get()
    assert (export.made_by, export.rows, export.state) == (reviewer, 3, ExportState.FINISHED)
    assert (export.what, export.columns) == ("The whole list", ["number", "zip"])
    page = manager.get(reverse(LEADS)).content.decode()
    assert page.count(" checked>") == 2
    assert "The whole list" in page
    kept = manager.get(reverse("admin:agents_export_change", args=[export.pk])).content.decode()
    assert "Lead, ZIP" in kept


def test_no_column_is_no_file(manager: Client) -> None:
    for columns in ([], ["nonsense"]):
        answer = download(manager, columns=columns)
        assert not answer.streaming
        assert "errornote" in answer.content.decode()
    assert not Export.objects.exists()


def started(reviewer: User, columns: list[str]) -> Export:
    return start_export(
        kind=ExportKind.LEADS, sheet=SHEETS[ExportKind.LEADS], what="Test", columns=columns, by=reviewer,
        now=timezone.now(),
    )  # fmt: skip


def lines(export: Export) -> Iterator[str]:
    return lines_of(export=export, sheet=SHEETS[ExportKind.LEADS], rows=Lead.objects.all())


def test_a_download_that_is_given_up_is_recorded_as_broken_off_with_what_went_out(
    reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "CHUNK", 2)
    LeadFactory.create_batch(5)
    export = started(reviewer, ["number"])
    reading: Any = lines(export)
    for _ in range(3):  # the head and two parts; the second is noted when the third is asked for
        next(reading)
    reading.close()
    export.refresh_from_db()
    assert (export.state, export.rows) == (ExportState.BROKEN_OFF, 2)


def test_leads_of_one_moment_are_each_in_the_file_once(
    reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "CHUNK", 2)
    leads = LeadFactory.create_batch(5, received_at=timezone.now())
    text = "".join(lines(started(reviewer, ["number"])))
    assert text.split()[1:] == [f"A-{lead.pk}" for lead in reversed(leads)]


def test_each_thousand_leads_costs_the_same_few_queries(reviewer: User) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert list(lines(started(reviewer, EVERY)))
        return len(queries)

    LeadFactory.create()
    few = asked()
    for _ in range(9):
        CommunicationFactory.create(lead=LeadFactory.create(source=SourceFactory.create()), channel="call")
    assert asked() == few


def test_an_export_whose_process_was_killed_is_said_to_be_broken_off(travel_to: Callable[..., None]) -> None:
    now = timezone.now()
    dead = ExportFactory.create(started_at=now - timedelta(hours=1), seen_at=now - timedelta(minutes=16))
    alive = ExportFactory.create(started_at=now - timedelta(hours=1), seen_at=now)
    assert (end_silent_exports(now=now), end_silent_exports(now=now)) == (1, 0)
    dead.refresh_from_db()
    alive.refresh_from_db()
    assert (dead.state, alive.state) == (ExportState.BROKEN_OFF, ExportState.RUNNING)


@pytest.mark.parametrize("role", ["Owner", "Manager"])
def test_owners_and_managers_export(client: Client, role: str) -> None:
    user = UserFactory.create(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    assert [download(client, name, columns=["state"]).status_code for name in (LEADS, POSTS)] == [200, 200]
    assert reverse(LEADS) in client.get(reverse("admin:intake_lead_changelist")).content.decode()


@pytest.mark.parametrize("role", ["Compliance officer", "Team lead", ""])
def test_nobody_else_exports_or_is_shown_how(client: Client, role: str) -> None:
    user = UserFactory.create(is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
    client.force_login(user)
    assert [download(client, name).status_code for name in (LEADS, POSTS)] == [403, 403]
    for name in ("admin:intake_lead_changelist", "lead_list", "admin:index"):
        assert reverse(LEADS) not in client.get(reverse(name)).content.decode()


def test_an_agent_exports_nothing_even_with_the_permission(client: Client, agent: Agent) -> None:
    agent.user.user_permissions.set(Permission.objects.filter(codename__in=["export_lead", "view_lead"]))
    client.force_login(agent.user)
    assert download(client).status_code == 302
    assert reverse(LEADS) not in client.get(reverse("lead_list")).content.decode()


def test_the_permission_to_export_without_the_one_to_see_leads_opens_nothing(client: Client) -> None:
    user = UserFactory.create(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="export_lead"))
    client.force_login(user)
    assert download(client).status_code == 403


def test_a_list_filtered_by_source_is_named_by_it(manager: Client) -> None:
    source: Source = LeadFactory.create().source
    LeadFactory.create(source=SourceFactory.create())
    rows_of(download(manager, query=f"list=source__id__exact%3D{source.pk}"))
    assert Export.objects.get().what == f"Source: {source}"


@pytest.mark.parametrize("address", ["?view=%C2%B2", "?view=%00"])
def test_a_view_that_is_no_number_is_not_found(manager: Client, address: str) -> None:
    assert manager.get(reverse(LEADS) + address).status_code == 404


def test_a_list_whose_filter_nobody_can_read_is_the_whole_list(manager: Client) -> None:
    LeadFactory.create()
    answer = manager.get(reverse(LEADS), {"list": "status__exact=%00"})
    assert answer.status_code == 200
    assert len(rows_of(download(manager, query="list=status__exact%3D%2500", columns=["number"]))) == 1


def test_a_managers_list_opens_whatever_stands_in_its_filters(manager: Client) -> None:
    for name, filters in (
        ("export", "state__exact=%00"),
        ("twingroup", "ground=%00"),
        ("export", "kind=%00"),
    ):
        answer = manager.get(reverse(f"admin:agents_{name}_changelist") + f"?{filters}", follow=True)
        assert answer.status_code == 200, filters
