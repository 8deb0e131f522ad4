"""My numbers: what is counted for whom, by the agency's weeks, and who may see it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from agents.models import Agent, AssignmentKind, Team
from agents.numbers import Figures, Numbers, numbers_of
from agents.numbers_shown import charts, duration, lines
from agents.tests.arrivals import NOW
from agents.tests.page_suite import signed_in
from intake.models import Lead, LeadEvent
from leadcrm.lib.samples import Share
from leadcrm.models import User
from leadcrm.testing.factories import (
    AgentFactory,
    AssignmentFactory,
    CommunicationFactory,
    ContactAttemptFactory,
    FollowUpFactory,
    LeadFactory,
    PolicyFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
URL = "/me/numbers/"


@pytest.fixture
def leader(agent: Agent, teammate: Agent) -> User:
    person = UserFactory.create(email="leader@example.com")
    assert agent.team
    Team.objects.filter(pk=agent.team.pk).update(leader=person)
    return person


@pytest.fixture
def today(travel_to: Callable[[datetime], None]) -> datetime:
    travel_to(NOW)
    return NOW


def given(agent: Agent, at: datetime, *, kind: str = AssignmentKind.ROTATION) -> Lead:
    """A lead that `agent` got at that moment."""
    lead = LeadFactory.create(owner=agent.user, received_at=at, assigned_at=at)
    AssignmentFactory.create(lead=lead, agent=agent, assigned_at=at, kind=kind)
    return lead


def dial(lead: Lead, at: datetime, *, by: Agent | None = None) -> None:
    user = by.user if by else lead.owner
    ContactAttemptFactory.create(lead=lead, user=user, phone=lead.phone, channel="call", at=at)


def talk(lead: Lead, at: datetime, outcome: str = "spoke", **more: Any) -> None:
    CommunicationFactory.create(
        lead=lead, author=more.pop("author", lead.owner), at=at, outcome=outcome, **more
    )


def of(agent: Agent) -> Numbers:
    return numbers_of(person=agent.user, now=NOW)


def this_week(agent: Agent) -> Figures:
    return of(agent).this_week.figures


def test_weeks_begin_on_the_agencys_mondays_also_where_clocks_change(agent: Agent) -> None:
    # Clocks went back on Sunday, November 1: the Monday after begins an hour later in UTC.
    given(agent, datetime(2026, 10, 26, 4, 0, tzinfo=UTC))
    given(agent, datetime(2026, 11, 2, 4, 59, 59, tzinfo=UTC))
    given(agent, datetime(2026, 11, 2, 5, 0, tzinfo=UTC))
    found = {f"{week.begins_on:%m-%d}": week.figures.leads for week in of(agent).weeks}
    assert list(found) == ["09-28", "10-05", "10-12", "10-19", "10-26", "11-02", "11-09", "11-16", "11-23"]
    assert (found["10-26"], found["11-02"]) == (2, 1)
    assert of(agent).past.leads == 3


def test_what_is_older_or_anothers_is_not_counted(agent: Agent, teammate: Agent) -> None:
    given(agent, NOW - 9 * WEEK)
    foreign = given(teammate, NOW - DAY)
    dial(foreign, NOW - DAY)
    talk(foreign, NOW - DAY)
    assert of(agent).is_empty


def test_leads_count_for_who_was_given_them_also_when_they_were_handed_on(
    agent: Agent, teammate: Agent
) -> None:
    lead = given(agent, NOW - timedelta(hours=3))
    AssignmentFactory.create(
        lead=lead, agent=teammate, assigned_at=NOW - timedelta(hours=1), kind=AssignmentKind.HAND_ON
    )
    Lead.objects.filter(pk=lead.pk).update(owner=teammate.user)
    dial(lead, NOW - MINUTE, by=teammate)
    assert (this_week(agent).leads, this_week(agent).first_call.called) == (1, 0)
    assert (this_week(teammate).leads, this_week(teammate).first_call.called) == (1, 1)


def test_a_book_that_was_handed_over_is_no_lead_received_and_one_given_twice_is_one(agent: Agent) -> None:
    given(agent, NOW - DAY, kind=AssignmentKind.HAND_OVER)
    lead = given(agent, NOW - DAY, kind=AssignmentKind.CLAIMED)
    AssignmentFactory.create(lead=lead, agent=agent, assigned_at=NOW - MINUTE, kind=AssignmentKind.MANUAL)
    assert this_week(agent).leads == 1


def test_the_wait_for_the_first_call_is_told_as_median_and_nine_of_ten(agent: Agent) -> None:
    for minutes in range(1, 12):
        lead = given(agent, NOW - timedelta(hours=5))
        dial(lead, NOW - timedelta(hours=6))  # before it was given: no answer to it
        dial(lead, NOW - timedelta(hours=5) + minutes * MINUTE)
        dial(lead, NOW - timedelta(hours=1))
    given(agent, NOW - timedelta(hours=5))
    first = this_week(agent).first_call
    assert first.called == 11
    assert first.median == pytest.approx(6)
    assert first.p90 == pytest.approx(10)


def test_the_contact_rate_is_of_the_weeks_leads_whenever_they_were_reached(agent: Agent) -> None:
    for n in range(4):
        lead = given(agent, NOW - WEEK)
        talk(lead, NOW - WEEK + DAY, "no_answer")
        if n:
            talk(lead, NOW - MINUTE, "call_back")
    numbers = of(agent)
    assert numbers.past.contact == Share(3, 4)
    assert numbers.this_week.figures.contact == Share(0, 0)
    assert (numbers.past.talks, numbers.this_week.figures.talks) == (0, 3)


def test_people_spoken_with_count_once_a_week_and_once_over_all(agent: Agent) -> None:
    lead = LeadFactory.create(owner=agent.user)
    for at in (NOW - 2 * WEEK, NOW - 2 * WEEK + MINUTE, NOW - WEEK):
        talk(lead, at)
    talk(lead, NOW - WEEK, "voicemail")
    weeks = of(agent).weeks
    assert [week.figures.talks for week in weeks[-3:]] == [1, 1, 0]
    assert of(agent).past.talks == 1


def test_every_call_counts_and_texts_do_not(agent: Agent) -> None:
    lead = LeadFactory.create(owner=agent.user)
    for n in range(3):
        dial(lead, NOW - n * MINUTE)
    ContactAttemptFactory.create(lead=lead, user=agent.user, phone=lead.phone, channel="text", at=NOW)
    assert this_week(agent).dials == 3


def test_quotes_are_leads_moved_to_quoted_by_the_person(agent: Agent, teammate: Agent) -> None:
    lead = LeadFactory.create(owner=agent.user)
    for actor, new in ((agent, "quoted"), (agent, "contacted"), (agent, "quoted"), (teammate, "quoted")):
        LeadEvent.objects.create(lead=lead, kind="status", at=NOW, actor=actor.user, old="new", new=new)
    assert (this_week(agent).quoted, this_week(teammate).quoted) == (1, 1)


def test_policies_bring_their_premium_of_a_year_unless_they_fell_through(agent: Agent) -> None:
    for mode, premium in (("monthly", "50"), ("quarterly", "100"), ("annual", "300")):
        PolicyFactory.create(sold_by=agent.user, sold_at=NOW, mode=mode, premium=Decimal(premium))
    PolicyFactory.create(sold_by=agent.user, sold_at=NOW, status="cancelled")
    PolicyFactory.create(sold_by=agent.user, sold_at=NOW, status="declined")
    assert (this_week(agent).sold, this_week(agent).premium) == (3, Decimal(600 + 400 + 300))


def test_call_backs_are_kept_in_time_up_to_an_hour_later_and_those_still_in_time_are_not_judged(
    agent: Agent,
) -> None:
    def promise(due: timedelta, done: timedelta | None, **more: Any) -> None:
        done_at = None if done is None else NOW - done
        FollowUpFactory.create(owner=agent.user, due_at=NOW - due, done_at=done_at, **more)

    hour = timedelta(hours=1)
    promise(5 * hour, 6 * hour)
    promise(5 * hour, 4 * hour)
    promise(5 * hour, 4 * hour - MINUTE)
    promise(5 * hour, None)
    promise(hour - MINUTE, None)
    promise(-5 * hour, None)
    promise(5 * hour, 4 * hour, kind="cadence")
    assert this_week(agent).kept == Share(2, 4)


def test_few_are_said_to_be_too_few_and_never_drawn(agent: Agent) -> None:
    for _ in range(9):
        dial(given(agent, NOW - DAY), NOW - DAY + MINUTE)
    numbers = of(agent)
    said = {line.name: line.this for line in lines(numbers=numbers, person=agent.user)}
    assert (said["First call"], said["Contact rate"]) == ("too few to say", "too few to say")
    drawn = {chart.key: chart for chart in charts(numbers=numbers, person=agent.user)}
    assert (len(drawn["received"].bars), drawn["waited"].is_empty, drawn["contact"].is_empty) == (
        1,
        True,
        True,
    )
    assert "too few to say" in drawn["waited"].summary
    dial(given(agent, NOW - DAY), NOW - DAY + MINUTE)
    said = {line.name: line.this for line in lines(numbers=of(agent), person=agent.user)}
    assert said["First call"] == "half within 1 min, 9 of 10 within 1 min"
    assert said["Contact rate"] == "0 %"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0.5, "30 s"), (4, "4 min"), (4.5, "4.5 min"), (99, "99 min"), (120, "2 h"), (2880, "2 days"),
        (36_000, "25 days"),
    ],
)  # fmt: skip
def test_waits_are_told_in_the_unit_people_would_use(minutes: float, said: str) -> None:
    assert duration(minutes) == said


def test_the_page_tells_the_numbers_and_leads_to_the_leads(agent: Agent, today: datetime) -> None:
    lead = given(agent, NOW - DAY)
    given(agent, NOW - WEEK)
    client = signed_in(agent.user)
    page = client.get(URL).text
    url = f"/leads/?owner={agent.user_id}&amp;received_from=2026-11-23&amp;received_to=2026-11-29"
    assert f'<a href="{url}">1</a>' in page
    assert "1 lead this week so far. In the 8 weeks before between 0 and 1 a week." in page
    assert "How this is counted" in page
    listed = client.get(url.replace("&amp;", "&")).context["rows"]
    assert [row["lead"].pk for row in listed] == [lead.pk]


def test_who_has_nothing_to_count_is_told_so(agent: Agent, today: datetime) -> None:
    page = signed_in(agent.user).get(URL).text
    assert "Nothing to count yet" in page
    assert '<svg class="chart-plot"' not in page


def test_a_leader_sees_the_team_a_manager_everybody_an_agent_nobody_else(
    agent: Agent, teammate: Agent, stranger: Agent, leader: User, reviewer: User, today: datetime
) -> None:
    given(agent, NOW - DAY)
    address = f"{URL}?whose={agent.user_id}"
    for person in (leader, reviewer, agent.user):
        assert signed_in(person).get(address).status_code == 200
    for person in (teammate.user, stranger.user):
        assert signed_in(person).get(address).status_code == 404
    assert signed_in(leader).get(f"{URL}?whose={stranger.user_id}").status_code == 404
    page = signed_in(leader).get(address).text
    assert "Numbers of Test Agent" in page
    assert "Test Stranger" not in page
    assert "Test Stranger" in signed_in(reviewer).get(URL).text
    assert 'name="whose"' not in signed_in(agent.user).get(URL).text


@pytest.mark.parametrize("whose", ["0", "x", "1e3", "999999999999999999999", "-1"])
def test_whom_nobody_knows_is_not_found(agent: Agent, whose: str) -> None:
    assert signed_in(agent.user).get(URL, {"whose": whose}).status_code == 404


def test_who_works_no_leads_chooses_somebody(reviewer: User, agent: Agent, today: datetime) -> None:
    page = signed_in(reviewer).get(URL).text
    assert "You work no leads yourself" in page
    assert f'<option value="{agent.user_id}">Test Agent</option>' in page


def test_the_page_asks_as_much_for_fifty_leads_as_for_one(
    agent: Agent, today: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(agent.user)

    def work(leads: int) -> None:
        for _ in range(leads):
            lead = given(agent, NOW - DAY)
            dial(lead, NOW)
            talk(lead, NOW)
            PolicyFactory.create(lead=lead, sold_by=agent.user, sold_at=NOW)

    work(1)
    client.get(URL)
    with django_assert_max_num_queries(14) as few:
        client.get(URL)
    most = len(few)
    work(49)
    client.get(URL)  # its carriers are configuration, read once
    with django_assert_max_num_queries(most):
        assert "50 leads this week so far" in client.get(URL).text


def test_menu_and_own_page_lead_there(agent: Agent) -> None:
    page = signed_in(agent.user).get(reverse("me")).text
    assert page.count(f'href="{URL}"') == 2


def test_an_agent_without_a_team_counts_too(today: datetime) -> None:
    lone = AgentFactory.create(team=None)
    given(lone, NOW - DAY)
    assert this_week(lone).leads == 1
