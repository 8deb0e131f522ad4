"""The page of reports in the admin: who may see it, its files, and schedules that managers set up."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agents.figures.update import keep_figures
from agents.models import Agent, ReportRun, ReportSchedule
from agents.reports import REPORTS
from agents.tests.page_suite import INLINE
from compliance.models import ConfigChange
from leadcrm.models import User
from leadcrm.testing.factories import LeadFactory, ReportRunFactory, ReportScheduleFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_rows")]


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def page(client: Client, **query: str) -> Any:
    return client.get(reverse("admin:page_reports"), query)


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_report_opens_for_any_days(manager: Client, name: str) -> None:
    LeadFactory.create()
    keep_figures(now=timezone.now())
    for days in ({"period": "today"}, {"period": "last-month"}, {"period": "days", "first": "2026-01-01"}):
        answer = page(manager, report=name, **days)
        assert answer.status_code == 200
        text = answer.content.decode()
        assert REPORTS[name].title in text
        assert not INLINE.findall(text)


def test_without_a_choice_it_is_the_daily_summary_of_yesterday(manager: Client) -> None:
    text = page(manager).content.decode()
    assert "Daily summary" in text
    assert "In short" in text
    assert not ReportRun.objects.exists()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"report": "nothing"}, "not one of the available choices"),
        ({"period": "days"}, "Say the first day."),
        ({"period": "days", "first": "2026-02-30"}, "Enter a valid date."),
        ({"period": "days", "first": "2999-01-01"}, "still to come"),
        ({"period": "days", "first": "2026-02-02", "last": "2026-02-01"}, "lies before"),
        ({"period": "days", "first": "0001-01-01", "last": "0001-01-05"}, "before 2000"),
        ({"period": "days", "first": "2020-01-01", "last": "2026-01-01"}, "400 days at most"),
    ],
)
def test_days_that_cannot_be_are_told_on_the_page(manager: Client, query: Any, said: str) -> None:
    answer = page(manager, **query)
    assert answer.status_code == 400
    assert said in answer.content.decode()


def test_a_file_holds_the_numbers_of_the_page_and_is_recorded(manager: Client, reviewer: User) -> None:
    LeadFactory.create(price=17)
    keep_figures(now=timezone.now())
    query = {"report": "cost_per_policy", "period": "today"}
    assert "$17.00" in page(manager, **query).content.decode()
    answer = page(manager, **query, **{"as": "csv"})
    assert ",17.00," in answer.content.decode()
    day = timezone.localdate()
    assert answer["Content-Disposition"] == f'attachment; filename="cost_per_policy-{day}-{day}.csv"'
    run = ReportRun.objects.get()
    assert (run.via, run.format, run.made_by) == ("page", "csv", reviewer)
    assert page(manager, **query, **{"as": "pdf"}).content.startswith(b"%PDF-")


def test_only_who_may_read_reports_sees_them(client: Client, agent: Agent) -> None:
    client.force_login(agent.user)
    assert page(client).status_code == 302
    staff = UserFactory.create(is_staff=True)
    client.force_login(staff)
    assert page(client).status_code == 403
    assert page(client, **{"as": "csv"}).status_code == 403
    assert "Figures" not in client.get(reverse("admin:index")).content.decode()
    staff.user_permissions.add(Permission.objects.get(codename="read_reports"))
    assert page(client).status_code == 200


def schedule(client: Client, **fields: Any) -> Any:
    values = {
        "report": "daily_summary", "period": "yesterday", "repeats": "day", "weekday": "", "hour": "7",
        "recipients": "owner@example.com, Second@example.com\nowner@EXAMPLE.com", "active": "on", **fields,
    }  # fmt: skip
    return client.post(reverse("admin:agents_reportschedule_add"), values)


def test_a_manager_sets_up_a_schedule_that_counts_from_now_on(manager: Client) -> None:
    assert schedule(manager).status_code == 302
    row = ReportSchedule.objects.get()
    assert row.recipients == ["owner@EXAMPLE.com", "Second@example.com"]
    assert abs(timezone.now() - row.from_at) < timedelta(minutes=1)
    assert ConfigChange.objects.filter(table_name="agents_reportschedule", operation="insert").count() == 1
    assert "Daily summary" in manager.get(reverse("admin:agents_reportschedule_changelist")).content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"recipients": "nobody"}, "“nobody” is no e-mail address"),
        ({"recipients": " , "}, "Give at least one address"),
        ({"repeats": "week"}, "Choose the weekday"),
        ({"weekday": "2"}, "Only a report that is made every week"),
        ({"hour": "24"}, "less than or equal to 23"),
        ({"report": "nothing"}, "Select a valid choice"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_in_words(manager: Client, fields: Any, said: str) -> None:
    answer = schedule(manager, **fields)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not ReportSchedule.objects.exists()


def test_a_change_of_a_schedule_counts_from_now_on_and_a_mere_look_does_not(manager: Client) -> None:
    row = ReportScheduleFactory.create(from_at=timezone.now() - timedelta(days=9))
    address = reverse("admin:agents_reportschedule_change", args=[row.pk])
    values = {
        "report": row.report, "period": row.period, "repeats": "day", "weekday": "", "active": "on",
        "recipients": "owner@example.com",
    }  # fmt: skip
    manager.post(address, {**values, "hour": row.hour})
    assert ReportSchedule.objects.get().from_at == row.from_at
    manager.post(address, {**values, "hour": 9})
    assert ReportSchedule.objects.get().from_at > row.from_at + timedelta(days=8)


def test_reports_that_failed_stand_on_the_first_page(manager: Client) -> None:
    ReportRunFactory.create(state="failed", failure="RuntimeError")
    assert "report could not be made" in manager.get(reverse("admin:index")).content.decode()
