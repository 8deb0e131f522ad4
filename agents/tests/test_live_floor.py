"""The live floor: its figures, that each leads to exactly what it counts, who sees what, what an open page asks."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import ANY

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agents.models import Agent, FollowUpKind
from agents.tests.arrivals import NOW
from agents.tests.floor_support import PARTS, floor, links, part, words
from agents.tests.page_suite import INLINE, signed_in
from intake.models import Lead, LeadStatus, SubmissionState
from leadcrm.models import User
from leadcrm.testing.factories import (
    AgentFactory,
    AssignmentFactory,
    ClaimOfferFactory,
    FollowUpFactory,
    LeadFactory,
    SubmissionFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_rows")]


@pytest.fixture(autouse=True)
def now(travel_to: Callable[[datetime], None]) -> datetime:
    travel_to(NOW)
    return NOW


@pytest.fixture
def manager(reviewer: User) -> Client:
    return signed_in(reviewer)


def post(minutes: float, state: str = SubmissionState.REJECTED, reason: str = "", **more: Any) -> None:
    more.setdefault("received_at", NOW - timedelta(minutes=minutes))
    SubmissionFactory.create(state=state, reason=reason, **more)


def untouched(**age: float) -> Lead:
    return LeadFactory.create(owner=UserFactory.create(), received_at=NOW - timedelta(**age))


def test_each_figure_of_the_hour_leads_to_exactly_its_posts_in_the_intake_log(manager: Client) -> None:
    for minutes in (1, 2, 30):
        post(minutes, reason="duplicate")
    post(3, reason="cap_reached")
    post(4, SubmissionState.ACCEPTED, lead_number=77)
    post(5, SubmissionState.HELD)
    post(6, reason="duplicate", test=True)
    post(90, reason="duplicate")
    page = part(floor(manager), "posts")
    found = {name: url for name, url in links(page).items() if "post" in name and ":" in name}
    assert set(found) == {
        "6 posts: Posts", "1 post: Accepted", "4 posts: Refused", "3 posts: We had the person",
        "1 post: Cap reached", "1 post: Held for review",
    }  # fmt: skip
    for name, url in found.items():
        log = manager.get(url).context["cl"]
        assert log.result_count == int(name.split()[0]), name
    assert "1 accepted from" in page
    assert "Since 9:30 AM" in words(page)


def test_the_bars_have_a_table_whose_figures_lead_to_their_five_minutes(manager: Client) -> None:
    for minutes in (21, 22, 41):
        post(minutes, reason="closed")
    page = part(floor(manager), "posts")
    rows = re.findall(r'<tr><th scope="row">([^<]*[AP]M)</th>(.*?)</tr>', page)
    assert len(rows) == 13
    filled = [(words(cells).split(), list(links(cells).values())) for _, cells in rows if links(cells)]
    assert sorted(int(cells[1]) for cells, _ in filled) in ([1, 2], [1, 1, 1])
    for cells, (url,) in filled:
        assert manager.get(url).context["cl"].result_count == int(cells[1])


def test_posts_without_a_decision_are_told_with_their_age_however_old(manager: Client) -> None:
    for minutes in (3, 180):
        post(minutes, SubmissionState.FAILED)
    post(4, SubmissionState.FAILED, test=True)
    page = part(floor(manager), "posts")
    assert "2 Decision failed, tried again , the oldest for 3 h" in words(page)
    url = links(page)["2 Decision failed, tried again"]
    assert manager.get(url).context["cl"].result_count == 2


@pytest.mark.parametrize(("minutes", "alarms"), [(0.2, False), (3, True)])
def test_what_a_worker_is_about_to_take_is_no_alarm(manager: Client, minutes: float, alarms: bool) -> None:
    post(minutes, SubmissionState.WAITING)
    page = part(floor(manager), "posts")
    assert "1 Waiting for a worker" in words(page)
    assert ('class="is-usual"' not in page) is alarms


def test_a_silent_hour_says_when_the_last_post_came(manager: Client) -> None:
    assert "No vendor has posted yet." in words(part(floor(manager), "posts"))
    post(300, reason="closed")
    assert "The last post came" in words(part(floor(manager), "posts"))


def test_untouched_leads_are_counted_by_age_as_the_list_of_leads_finds_them(manager: Client) -> None:
    for age in (
        {"seconds": 5}, {"seconds": 59}, {"seconds": 60}, {"minutes": 5}, {"minutes": 59}, {"minutes": 60},
        {"hours": 23}, {"hours": 24}, {"days": 40},
    ):  # fmt: skip
        untouched(**age)
    LeadFactory.create(received_at=NOW, unassigned_why="Nobody")
    LeadFactory.create(owner=UserFactory.create(), touched_at=NOW, received_at=NOW)
    LeadFactory.create(owner=UserFactory.create(), status=LeadStatus.LOST, received_at=NOW)
    found = links(re.search(r'class="floor-ages".*?</ul>', part(floor(manager), "untouched"), re.DOTALL)[0])  # type: ignore[index]
    counts = {name.partition(" ")[2]: int(name.split()[0]) for name in found}
    assert list(counts.values()) == [3, 1, 2, 2, 2]
    for name, url in found.items():
        assert len(manager.get(url).context["rows"]) == int(name.split()[0]), name


def test_the_oldest_untouched_leads_are_named_first_with_their_owners(manager: Client, agent: Agent) -> None:
    LeadFactory.create(owner=agent.user, last_name="Younger", received_at=NOW - timedelta(minutes=2))
    LeadFactory.create(owner=agent.user, last_name="Older", received_at=NOW - timedelta(hours=2))
    page = words(part(floor(manager), "untouched"))
    assert page.index("Test Older") < page.index("Test Younger")
    assert "2 h Test Older" in page
    assert "Test Agent" in page


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ({"unlicensed": [1, 2], "license_expired": [3]}, "Nobody at work is licensed for WY: add a license"),
        ({"unlicensed": [1], "off_hours": [2]}, "1 agent is licensed and off hours"),
        ({"off_hours": [2], "untouched": [3, 4]}, "2 agents are licensed: the lead goes out once they touch theirs"),
        ({"not_receiving": [1], "unlicensed": [2]}, "1 agent is paused: resume somebody who is licensed for WY"),
        ({}, "Put somebody into a pool"),
    ],
)  # fmt: skip
def test_a_lead_without_an_owner_says_why_and_what_can_be_done(
    manager: Client, codes: dict[str, list[int]], said: str
) -> None:
    lead = LeadFactory.create(state="WY", unassigned_why="Nobody in Everyone may have it", received_at=NOW)
    out = [{"pool": 1, "out": code, "agents": ids} for code, ids in codes.items()]
    older = [{"pool": 1, "out": "daily_cap", "agents": [9]}]
    for candidates, at in ((older, NOW - timedelta(minutes=5)), (out, NOW)):
        AssignmentFactory.create(
            lead=lead, kind="nobody", state="WY", candidates=candidates, assigned_at=at, agent=None
        )
    page = part(floor(manager), "unowned")
    assert "1 open lead nobody has" in words(page)
    assert "Nobody in Everyone may have it." in words(page)
    assert said in words(page)
    give = links(page)[f"Give it to somebody : {lead}"]
    assert "Give to another agent" in manager.get(give).content.decode()
    assert manager.get(links(page)["1 open lead nobody has"]).context["cl"].result_count == 1


def test_a_lead_in_the_claim_pool_says_in_which(manager: Client) -> None:
    offer = ClaimOfferFactory.create(lead=LeadFactory.create(unassigned_why="Open to be claimed"))
    assert f"Waits to be claimed in {offer.pool}" in words(part(floor(manager), "unowned"))


def test_who_wrote_or_called_stands_there_until_answered_and_all_of_them_in_the_list(
    manager: Client, agent: Agent
) -> None:
    for n, (name, kind) in enumerate((("Caller", "reply"), ("Writer", "reply"), ("Promised", "promise"))):
        lead = LeadFactory.create(owner=agent.user, last_name=name, touched_at=NOW)
        FollowUpFactory.create(
            lead=lead, kind=kind, due_at=NOW - timedelta(hours=n + 1), what="They called: call back"
        )
    done = LeadFactory.create(owner=agent.user, last_name="Answered", touched_at=NOW)
    FollowUpFactory.create(lead=done, kind=FollowUpKind.REPLY, due_at=NOW - timedelta(hours=9), done_at=NOW)
    page = part(floor(manager), "replies")
    assert words(page).index("Test Writer") < words(page).index("Test Caller")
    assert "Promised" not in page
    assert "Answered" not in page
    listed = manager.get(links(page)["2 people wait for an answer"])
    assert {row.follow_up.lead.last_name for row in listed.context["shown"][0].rows} == {"Caller", "Writer"}
    assert "Show every kind" in listed.text


def test_an_open_page_is_told_nothing_until_something_changes_and_clocks_are_no_change(
    manager: Client, agent: Agent, travel_to: Callable[[datetime], None]
) -> None:
    LeadFactory.create(owner=agent.user, received_at=NOW - timedelta(minutes=10))
    first = floor(manager, headers=PARTS)
    assert "<html" not in first.text
    travel_to(NOW + timedelta(seconds=20))
    known = {**PARTS, "If-None-Match": first["ETag"]}
    quiet = floor(manager, headers=known)
    assert (quiet.status_code, quiet.content) == (304, b"")
    assert quiet["X-Floor-At"] != first["X-Floor-At"]
    post(0, reason="closed")
    news = floor(manager, headers=known)
    assert news.status_code == 200
    assert re.findall(r'id="floor-(\w+)" data-stamp="(\w+)"', news.text) == [("posts", ANY)]
    assert news["ETag"] != first["ETag"]


def test_the_page_costs_the_same_queries_however_much_there_is(manager: Client, agent: Agent) -> None:
    def fill(rows: int) -> None:
        for _ in range(rows):
            other = AgentFactory.create(team=TeamFactory.create(), licenses=["TX:life"])
            Agent.objects.filter(pk=other.pk).update(receiving=False, paused_at=NOW)
            lead = LeadFactory.create(unassigned_why="Nobody")
            AssignmentFactory.create(lead=lead, kind="nobody", agent=None)
            owned = LeadFactory.create(owner=other.user, received_at=NOW - timedelta(hours=1))
            FollowUpFactory.create(lead=owned, kind="reply", due_at=NOW - timedelta(hours=1))
            post(2, reason="closed")
            post(2, SubmissionState.HELD)

    fill(1)
    floor(manager)
    with CaptureQueriesContext(connection) as few:
        page = floor(manager)
    assert not INLINE.findall(page.text)
    fill(30)
    floor(manager)
    with CaptureQueriesContext(connection) as many:
        assert floor(manager).status_code == 200
    assert len(many) == len(few), [query["sql"][:150] for query in many.captured_queries]
    assert len(many) <= 40


def test_counts_end_at_a_hundred(manager: Client, agent: Agent) -> None:
    for _ in range(101):
        LeadFactory.create(unassigned_why="Nobody")
    assert "100+ open leads nobody has" in words(part(floor(manager), "unowned"))
