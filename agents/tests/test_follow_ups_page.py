"""The list of follow-ups: what stands there, whose, and finishing or snoozing from it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from agents.agenda import PAGE_SIZE, agenda
from agents.models import Agent, FollowUp, FollowUpKind
from agents.tests.page_suite import signed_in
from leadcrm.models import User
from leadcrm.testing.factories import AgentFactory, FollowUpFactory, LeadFactory

pytestmark = pytest.mark.django_db
# Monday, June 1, 2026, 11 AM in Chicago, noon in New York.
NOW = datetime(2026, 6, 1, 16, 0, tzinfo=UTC)
CHICAGO, DENVER = ZoneInfo("America/Chicago"), ZoneInfo("America/Denver")


@pytest.fixture(autouse=True)
def _now(travel_to: Callable[[datetime], None]) -> None:
    travel_to(NOW)


@pytest.fixture
def browser(agent: Agent) -> Client:
    return signed_in(agent.user)


def promised(agent: Agent, due_at: datetime, *, last_name: str = "Person", **fields: Any) -> FollowUp:
    where = {name: fields.pop(name) for name in ("state", "zip") if name in fields}
    lead = LeadFactory.create(owner=agent.user, last_name=last_name, **where)
    return FollowUpFactory.create(lead=lead, due_at=due_at, **fields)


def sections(user: User, **asked: str) -> dict[str, list[FollowUp]]:
    given = {"whose": "", "show": "", "after": "", **asked}
    found = agenda(user=user, now=NOW, **given)
    return {section.key: [line.follow_up for line in section.rows] for section in found.sections}


def test_each_stands_in_its_section_by_the_agencys_day(agent: Agent, settings: Any) -> None:
    midnight = datetime(2026, 6, 2, 0, 0, tzinfo=settings.AGENCY_ZONE)
    late = promised(agent, NOW)
    tonight = promised(agent, midnight - timedelta(minutes=1))
    tomorrow = promised(agent, midnight)
    promised(agent, NOW, done_at=NOW)

    assert sections(agent.user) == {"overdue": [late], "today": [tonight], "upcoming": [tomorrow]}
    assert sections(agent.user, show="today") == {"overdue": [], "today": [tonight], "upcoming": []}


def test_a_line_says_who_what_why_and_both_clocks(browser: Client, agent: Agent) -> None:
    promised(
        agent, NOW + timedelta(days=1), last_name="Western", state="CO", zip="80202", what="Talk to the wife",
        kind=FollowUpKind.REPLY,
    )  # fmt: skip

    page = browser.get("/follow-ups/").text

    assert "Western" in page
    assert "Talk to the wife" in page
    assert "They wrote or called" in page
    assert "10:00 AM MDT there" in page


def test_pages_go_on_in_the_order_of_being_due(browser: Client, agent: Agent) -> None:
    lead = LeadFactory.create(owner=agent.user)
    rows = [
        FollowUpFactory.create(lead=lead, due_at=NOW + timedelta(minutes=n // 2))
        for n in range(PAGE_SIZE + 3)
    ]

    first = browser.get("/follow-ups/?show=today")
    mark = first.context["page"].older
    rest = browser.get(f"/follow-ups/?show=upcoming&after={mark}").context["page"].rows
    second = browser.get(f"/follow-ups/?after={mark}").context["page"]

    assert first.context["page"].rows == rows[2 : PAGE_SIZE + 2]
    assert (list(second.rows), list(rest), second.older) == (rows[PAGE_SIZE + 2 :], [], "")


def test_others_are_seen_by_their_leader_only(
    agent: Agent, teammate: Agent, stranger: Agent, reviewer: User
) -> None:
    leader = AgentFactory.create()
    assert agent.team
    agent.team.leader = leader.user
    agent.team.save()
    mine, theirs = promised(agent, NOW), promised(stranger, NOW)

    assert sections(leader.user)["overdue"] == []
    assert sections(leader.user, whose="all")["overdue"] == [mine]
    assert sections(leader.user, whose=str(agent.user_id))["overdue"] == [mine]
    assert sections(leader.user, whose=str(stranger.user_id))["overdue"] == []
    assert sections(reviewer, whose="all")["overdue"] == [mine, theirs]
    for whose in ("all", str(agent.user_id), "nobody", "9" * 30):
        assert sections(teammate.user, whose=whose)["overdue"] == []


def test_what_is_chosen_is_done_and_the_list_comes_back_where_it_was(browser: Client, agent: Agent) -> None:
    rows = [promised(agent, NOW) for _ in range(3)]

    answer = browser.post("/follow-ups/done/?show=overdue", {"ids": [rows[0].pk, rows[1].pk]}, follow=True)

    assert answer.redirect_chain == [("/follow-ups/?show=overdue", 302)]
    assert "2 follow-ups done." in answer.text
    assert list(FollowUp.objects.filter(done_at=None)) == [rows[2]]
    again = browser.post("/follow-ups/done/", {"ids": [rows[0].pk]}, follow=True)
    assert "They were done already." in again.text


def test_the_button_of_a_row_means_that_row_alone(browser: Client, agent: Agent) -> None:
    chosen, meant = promised(agent, NOW), promised(agent, NOW)

    browser.post("/follow-ups/done/", {"ids": [chosen.pk], "only": meant.pk})

    assert list(FollowUp.objects.filter(done_at=None)) == [chosen]


def test_a_day_is_meant_where_each_person_lives(browser: Client, agent: Agent) -> None:
    texan = promised(agent, NOW, state="TX", zip="78701")
    coloradan = promised(agent, NOW, state="CO", zip="80202")

    browser.post("/follow-ups/snooze/", {"ids": [texan.pk, coloradan.pk], "until": "tomorrow"})

    assert dict(FollowUp.objects.values_list("pk", "due_at")) == {
        texan.pk: datetime(2026, 6, 2, 10, tzinfo=CHICAGO),
        coloradan.pk: datetime(2026, 6, 2, 10, tzinfo=DENVER),
    }


@pytest.mark.parametrize("day", [7, 31])
def test_ten_in_the_morning_stays_ten_over_a_change_of_the_clocks(
    travel_to: Callable[[datetime], None], agent: Agent, day: int
) -> None:
    """March 8 and November 1, 2026 are the days on which the clocks change."""
    saturday = datetime(2026, 3 if day == 7 else 10, day, 18, 0, tzinfo=UTC)
    travel_to(saturday)
    row = promised(agent, saturday, state="TX", zip="78701")

    signed_in(agent.user).post("/follow-ups/snooze/", {"only": row.pk, "until": "tomorrow"})

    row.refresh_from_db()
    there = row.due_at.astimezone(CHICAGO)
    assert (there.day, there.hour, there.minute) == (8 if day == 7 else 1, 10, 0)


def test_a_time_that_has_passed_for_one_of_them_moves_none(browser: Client, agent: Agent) -> None:
    """10:30 AM is still to come in Denver, and over in Chicago."""
    rows = [promised(agent, NOW, zip="78701"), promised(agent, NOW, state="CO", zip="80202")]

    answer = browser.post(
        "/follow-ups/snooze/", {"ids": [row.pk for row in rows], "until": "at", "at": "2026-06-01T10:30"},
        follow=True,
    )  # fmt: skip

    assert "Nothing was moved" in answer.text
    assert set(FollowUp.objects.values_list("due_at", flat=True)) == {NOW}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"until": "tomorrow"}, "Choose at least one follow-up first."),
        ({"only": "1", "until": "at"}, "Choose a day and a time to snooze to."),
        ({"only": "1", "until": "at", "at": "soon"}, "That is not a day and a time."),
        ({"ids": ["x"], "until": "tomorrow"}, "Reload the page and choose again."),
    ],
)
def test_what_is_missing_is_said(browser: Client, sent: dict[str, Any], said: str) -> None:
    assert said in browser.post("/follow-ups/snooze/", sent, follow=True).text


def test_nobody_finishes_or_moves_anothers(browser: Client, stranger: Agent) -> None:
    theirs = promised(stranger, NOW)

    for act in ("done", "snooze"):
        assert browser.post(f"/follow-ups/{act}/", {"only": theirs.pk, "until": "2h"}).status_code == 404
    theirs.refresh_from_db()
    assert (theirs.due_at, theirs.done_at) == (NOW, None)
