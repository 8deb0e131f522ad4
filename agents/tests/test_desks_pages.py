"""The managers' desks of figures: the same numbers as reports, days and order by address, files, who may see them."""

import csv
import io
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from agents.figures.update import keep_figures
from agents.models import Agent
from agents.reports import REPORTS
from agents.reports.making import make
from agents.reports.periods import Period, named
from agents.reports.render.words import DASH, words
from agents.tests.figures_support import START, Agency, day_of
from agents.tests.page_suite import INLINE
from intake.models import Lead
from leadcrm.models import User
from leadcrm.testing.factories import (
    AgentFactory,
    CommunicationFactory,
    ContactAttemptFactory,
    LeadFactory,
    PolicyFactory,
    SourceFactory,
    SubmissionFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_rows")]
DESKS = ("vendor_scorecard", "agent_scorecard", "speed_board")
each_desk = pytest.mark.parametrize("desk", DESKS)
YESTERDAY = {"period": "yesterday"}


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def page(client: Client, desk: str, **query: str) -> Any:
    return client.get(reverse(f"admin:page_{desk}"), query)


def sheet(client: Client, desk: str, key: str, **query: str) -> Any:
    """A sheet as the page shows it."""
    shown = page(client, desk, **query).context["sheets"]
    return next(each for each in shown if each.sheet.key == key)


def names(client: Client, desk: str, key: str, **query: str) -> list[str]:
    return [line.name for line in sheet(client, desk, key, **query).lines]


def bought(count: int, *, days_ago: int = 1, **fields: Any) -> list[Lead]:
    return LeadFactory.create_batch(count, received_at=timezone.now() - timedelta(days=days_ago), **fields)


def test_the_totals_are_those_of_the_reports_of_the_same_days(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency = Agency(Random(5))
    agency.live(110)
    keep_figures(now=agency.now)
    monkeypatch.setattr("django.utils.timezone.now", lambda: agency.now)
    period = Period(day_of(START), day_of(agency.now))
    days = {"first": str(period.first), "last": str(period.last)}
    for desk, report, tables in (
        ("vendor_scorecard", "vendor_scorecard", {"posts": "posts", "leads": "leads"}),
        ("agent_scorecard", "agent_performance", {"did": "did", "leads": "leads"}),
        ("speed_board", "speed_to_contact", {"sources": "sources", "owners": "owners", "days": "days"}),
    ):
        made = {
            table.key: table
            for table in make(report=REPORTS[report], period=period, now=agency.now).body.tables
        }
        for key, of_report in tables.items():
            table = made[of_report]
            told = [words(value) for value in table.total or () if value not in ("All", "")]
            assert [cell.text for cell in sheet(manager, desk, key, **days).total.cells] == told, (desk, key)


@each_desk
def test_a_desk_asks_as_many_questions_of_one_source_and_agent_as_of_thirty(
    manager: Client, desk: str
) -> None:
    def fill(count: int) -> None:
        for _ in range(count):
            owner = AgentFactory.create(team=TeamFactory.create()).user
            lead = bought(1, owner=owner)[0]
            ContactAttemptFactory.create(lead=lead, user=owner, at=lead.received_at)
            SubmissionFactory.create(
                source=lead.source, received_at=lead.received_at, state="rejected", reason="closed"
            )
        keep_figures(now=timezone.now())

    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            answer = page(manager, desk, **YESTERDAY, compare="on")
        assert answer.status_code == 200
        assert not INLINE.findall(answer.content.decode())
        return len(asked)

    fill(1)
    questions()
    few = questions()
    fill(29)
    assert questions() == few
    assert few < 25


@each_desk
def test_days_are_asked_for_in_the_words_of_the_report_command(manager: Client, desk: str) -> None:
    today = timezone.localdate()
    for name in ("last-week", "last-month", "last-7-days", "last-30-days", "last-90-days", f"{today:%Y-%m}"):
        assert page(manager, desk, period=name).context["period"] == named(name, today)
    assert page(manager, desk).context["period"] == named("last-30-days", today)
    wrong = page(manager, desk, period="last-5-days")
    assert (wrong.status_code, "last-5-days is not one of" in wrong.content.decode()) == (400, True)
    assert page(manager, desk, first="2999-01-01").status_code == 400


def test_a_month_is_whole_or_up_to_today_and_the_month_before_stands_beside_it() -> None:
    today = timezone.localdate().replace(year=2026, month=11, day=20)
    october = named("2026-10", today)
    assert (str(october), str(october.before)) == ("October 2026", "September 2026")
    assert named("2026-11", today).days == 20
    assert named("last-7-days", today).before == Period(today - timedelta(days=14), today - timedelta(days=8))


def test_a_click_on_a_heading_sorts_with_nothing_to_say_last(manager: Client) -> None:
    for price, sales, name in ((10, 1, "Cheap"), (90, 1, "Dear"), (50, 0, "Unsold")):
        source = SourceFactory.create(vendor__name=name)
        lead = bought(1, source=source, price=price)[0]
        for _ in range(sales):
            PolicyFactory.create(lead=lead, sold_by=UserFactory.create())
    keep_figures(now=timezone.now())
    assert names(manager, "vendor_scorecard", "leads", **YESTERDAY) == ["Cheap", "Dear", "Unsold"]
    by_cost = {"sort": "-cost_per_policy", **YESTERDAY}
    assert names(manager, "vendor_scorecard", "leads", **by_cost) == ["Dear", "Cheap", "Unsold"]
    assert names(manager, "vendor_scorecard", "leads", sort="-name", **YESTERDAY)[0] == "Unsold"
    head = next(
        h
        for h in sheet(manager, "vendor_scorecard", "leads", **by_cost).heads
        if h.title == "Cost per policy"
    )
    assert (head.sorted, "sort=cost_per_policy" in head.url) == ("descending", True)
    assert names(manager, "vendor_scorecard", "leads", sort="nonsense", **YESTERDAY)[0] == "Cheap"


def chosen(client: Client, desk: str, **query: str) -> tuple[str, list[str]]:
    """Which days the page is about, and what its form says they are."""
    found = page(client, desk, **query)
    form = found.context["form"]
    said = [form[name].value() for name in ("period", "first", "last")]
    return str(found.context["period"]), [str(value or "") for value in said]


@each_desk
def test_the_form_says_the_days_that_are_shown(manager: Client, desk: str) -> None:
    last_30 = str(named("last-30-days", timezone.localdate()))
    assert chosen(manager, desk) == (last_30, ["last-30-days", "", ""])
    assert chosen(manager, desk, first="2026-01-05") == (
        "Monday, January 5, 2026", ["days", "2026-01-05", ""],
    )  # fmt: skip


@each_desk
def test_days_typed_beside_a_name_that_was_left_as_it_stood_are_the_days(manager: Client, desk: str) -> None:
    typed = {"first": "2026-01-05", "last": "2026-01-06"}
    words = "Jan 5, 2026 to Jan 6, 2026"
    as_it_stood = {"period": "last-30-days", "shown": "last-30-days"}
    assert chosen(manager, desk, **as_it_stood, **typed) == (words, ["days", *typed.values()])
    assert page(manager, desk, **as_it_stood, **typed).context["form"]["shown"].value() == "days"

    yesterday = str(named("yesterday", timezone.localdate()))
    another_name = {"period": "yesterday", "shown": "days"}
    assert chosen(manager, desk, **another_name, **typed) == (yesterday, ["yesterday", "", ""])


@each_desk
@pytest.mark.parametrize("days", [{"first": "0001-01-01"}, {"period": "0001-01"}, {"period": "9999-12"}])
def test_days_off_the_calendar_are_told_as_such(manager: Client, desk: str, days: dict[str, str]) -> None:
    answer = page(manager, desk, compare="on", **days)
    assert answer.status_code == 400
    assert "report-wrong" in answer.content.decode()


def test_a_vendor_leads_to_its_sources_and_those_alone(manager: Client) -> None:
    one = bought(2, source=SourceFactory.create(name="Final web"))[0].source
    bought(1)
    keep_figures(now=timezone.now())
    line = next(
        line
        for line in sheet(manager, "vendor_scorecard", "leads", **YESTERDAY).lines
        if line.name == str(one.vendor)
    )
    answer = manager.get(reverse("admin:page_vendor_scorecard") + line.url)
    assert [each.name for each in answer.context["sheets"][1].lines] == ["Final web"]
    assert answer.context["sheets"][1].total.cells[0].text == "2"
    assert page(manager, "vendor_scorecard", vendor="999999").status_code == 404
    assert page(manager, "vendor_scorecard", vendor="x").status_code == 404


def test_the_days_before_stand_beside_and_few_are_told_as_counts(manager: Client) -> None:
    source = SourceFactory.create()
    for days_ago, count in ((1, 3), (2, 12)):
        for lead in bought(count, days_ago=days_ago, source=source)[:2]:
            CommunicationFactory.create(lead=lead, outcome="spoke", at=lead.received_at)
    keep_figures(now=timezone.now())
    (line,) = sheet(manager, "vendor_scorecard", "leads", compare="on", **YESTERDAY).lines
    assert [(cell.text, cell.before) for cell in line.cells[:2]] == [
        ("3", "12"),
        ("2 of 3", f"17 % (5{DASH}45)"),
    ]
    short = {each.title: each for each in page(manager, "vendor_scorecard", **YESTERDAY).context["compared"]}
    assert (short["Leads"].these.text, short["Leads"].before.text) == ("3", "12")
    assert manager.get(short["Leads"].before.url).context["cl"].queryset.count() == 12


def test_a_team_has_its_own_scorecard_and_its_people_lead_to_their_numbers(
    manager: Client, agent: Agent
) -> None:
    other = AgentFactory.create()
    for each in (agent, other):
        ContactAttemptFactory.create(
            lead=bought(1, owner=each.user)[0], user=each.user, at=timezone.now() - timedelta(days=1)
        )
    keep_figures(now=timezone.now())
    assert len(names(manager, "agent_scorecard", "did", **YESTERDAY)) == 2
    (line,) = sheet(manager, "agent_scorecard", "did", team=str(agent.team_id), **YESTERDAY).lines
    assert line.name == str(agent)
    assert f"whose={agent.user_id}" in line.url
    assert manager.get(line.url).status_code == 200
    assert page(manager, "agent_scorecard", team="77777").status_code == 400


def test_a_file_holds_a_sheet_as_it_was_counted(manager: Client) -> None:
    bought(3, price=17, source=SourceFactory.create(vendor__name="=Formula & Co"))
    keep_figures(now=timezone.now())
    answer = page(manager, "vendor_scorecard", **YESTERDAY, **{"as": "csv", "table": "leads"})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
    assert [(row["name"], row["leads"], row["net_cost"], row["sold_of"]) for row in rows] == [
        ("'=Formula & Co", "3", "51.00", "3")
    ]
    assert "vendor-scorecard-leads-" in answer["Content-Disposition"]
    assert page(manager, "vendor_scorecard", **{"as": "csv", "table": "no"}).status_code == 404


@each_desk
def test_only_who_may_read_reports_sees_a_desk_and_links_only_to_lists_open_to_them(
    client: Client, agent: Agent, desk: str
) -> None:
    bought(1, owner=agent.user)
    keep_figures(now=timezone.now())
    client.force_login(agent.user)
    assert page(client, desk).status_code == 302
    staff = UserFactory.create(is_staff=True)
    client.force_login(staff)
    assert page(client, desk).status_code == 403
    assert page(client, desk, **{"as": "csv", "table": "leads"}).status_code == 403
    staff.user_permissions.add(Permission.objects.get(codename="read_reports"))
    text = page(client, desk, **YESTERDAY).content.decode()
    assert "counted=" not in text
    assert "/numbers/" not in text
    assert client.get(reverse("admin:intake_lead_changelist") + "?counted=leads").status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "counted=leads", "counted=nothing&from=2026-11-01&to=2026-11-02", "counted=posts&from=2026-11-01&to=2026-11-02",
        "counted=leads&from=9999-12-31&to=9999-12-31",
        "counted=leads&from=x&to=2026-11-02", "counted=leads&from=2026-11-03&to=2026-11-02",
        "counted=leads&from=2026-11-01&to=2026-11-02&of_source=-1",
        "counted=leads&from=2026-11-01&to=2026-11-02&at_hour=" + "9" * 30,
    ],
)  # fmt: skip
def test_an_address_that_asks_for_no_figure_of_the_list_shows_the_whole_list(
    manager: Client, query: str
) -> None:
    answer = manager.get(reverse("admin:intake_lead_changelist") + "?" + query)
    assert answer.status_code == 302
    assert answer["Location"].endswith("?e=1")


def test_a_list_behind_a_figure_says_of_what_and_leads_out(manager: Client) -> None:
    lead = bought(1)[0]
    bought(1, days_ago=40)
    day = day_of(lead.received_at)
    address = f"?counted=leads&from={day}&to={day}&of_source={lead.source_id}&of_person=0"
    answer = manager.get(reverse("admin:intake_lead_changelist") + address)
    text = answer.content.decode()
    assert f"Leads bought: {Period(day, day)}, {lead.source}, nobody" in text
    assert list(answer.context["cl"].queryset) == [lead]
    narrowed = manager.get(reverse("admin:intake_lead_changelist") + address + "&status__exact=sold")
    assert not narrowed.context["cl"].queryset.exists()
