"""The queue: which leads, in which group and order, at which cost; and the ways to find a lead."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agents.models import Agent, Channel, Direction
from agents.queries import search_leads
from agents.queue import queue
from agents.tests.page_suite import signed_in
from intake.models import Lead, LeadStatus
from leadcrm.models import User
from leadcrm.testing.factories import CommunicationFactory, FollowUpFactory, LeadFactory

NOW = timezone.now()


def ago(**time: float) -> Any:
    return NOW - timedelta(**time)


def make(agent: Agent, name: str, **fields: Any) -> Lead:
    return LeadFactory.create(owner=agent.user, last_name=name, **fields)


def touched(agent: Agent, name: str, status: str, **time: float) -> Lead:
    """A lead whose last contact was so long ago."""
    at = ago(**time)
    lead = make(agent, name, status=status, received_at=at, status_at=at, touched_at=at, attempts=1)
    CommunicationFactory.create(lead=lead, author=agent.user, at=at, outcome="no_answer")
    return lead


def names(user: User) -> dict[str, list[str]]:
    return {group.key: [row.lead.last_name for row in group.rows] for group in queue(user=user, now=NOW)}


def test_groups_come_in_their_order_and_each_lead_stands_once(agent: Agent) -> None:
    make(agent, "New")
    late = touched(agent, "Due", LeadStatus.CONTACTED, days=9)
    FollowUpFactory.create(lead=late, owner=agent.user, due_at=ago(minutes=5), what="Call back")
    FollowUpFactory.create(lead=late, owner=agent.user, due_at=ago(days=-2), what="Send papers")
    touched(agent, "Stale", LeadStatus.QUOTED, days=4)
    soon = touched(agent, "Soon", LeadStatus.CONTACTED, days=4)
    FollowUpFactory.create(lead=soon, owner=agent.user, due_at=ago(hours=-3))

    assert list(names(agent.user).items()) == [
        ("new", ["New"]), ("due", ["Due"]), ("stale", ["Stale"]), ("upcoming", ["Soon"]),
    ]  # fmt: skip


def test_new_leads_stand_newest_first_and_due_ones_longest_due_first(agent: Agent) -> None:
    for name, minutes in (("Older", 50), ("Newest", 1), ("Old", 20)):
        make(agent, name, received_at=ago(minutes=minutes))
    for name, minutes in (("Later", 5), ("Earliest", 500)):
        lead = touched(agent, name, LeadStatus.CONTACTED, hours=9)
        FollowUpFactory.create(lead=lead, owner=agent.user, due_at=ago(minutes=minutes))

    assert names(agent.user) == {"new": ["Newest", "Old", "Older"], "due": ["Earliest", "Later"]}


def test_a_lead_goes_stale_after_three_quiet_days_unless_something_is_planned_or_was_said(
    agent: Agent,
) -> None:
    touched(agent, "Quiet", LeadStatus.CONTACTED, days=3, minutes=1)
    touched(agent, "Tried once", LeadStatus.NEW, days=5)
    touched(agent, "Recent", LeadStatus.CONTACTED, days=2)
    planned = touched(agent, "Planned", LeadStatus.QUOTED, days=8)
    FollowUpFactory.create(lead=planned, owner=agent.user, due_at=ago(days=-30))
    spoken = touched(agent, "Spoken", LeadStatus.QUOTED, days=8)
    CommunicationFactory.create(lead=spoken, at=ago(days=1))
    touched(agent, "Sold", LeadStatus.SOLD, days=8)

    assert names(agent.user) == {"stale": ["Quiet", "Tried once"]}


def test_a_promise_on_a_lead_that_went_to_a_colleague_is_not_shown(agent: Agent, stranger: Agent) -> None:
    gone = LeadFactory.create(owner=stranger.user)
    FollowUpFactory.create(lead=gone, owner=agent.user, due_at=ago(hours=1))

    assert names(agent.user) == {}


def test_the_queue_never_shows_more_than_a_hundred_rows_and_says_that_there_are_more(agent: Agent) -> None:
    for number in range(45):
        make(agent, f"New {number}")
        lead = touched(agent, f"Due {number}", LeadStatus.CONTACTED, days=9)
        FollowUpFactory.create(lead=lead, owner=agent.user, due_at=ago(minutes=5))
        touched(agent, f"Stale {number}", LeadStatus.QUOTED, days=9)
        other = touched(agent, f"Soon {number}", LeadStatus.CONTACTED, days=1)
        FollowUpFactory.create(lead=other, owner=agent.user, due_at=ago(days=-1))

    groups = queue(user=agent.user, now=NOW)

    assert sum(len(group.rows) for group in groups) == 100
    assert all(group.more for group in groups)
    assert len({row.lead.pk for group in groups for row in group.rows}) == 100


def test_a_row_tells_age_local_time_product_last_contact_tries_and_next_step(agent: Agent) -> None:
    lead = touched(agent, "Full", LeadStatus.CONTACTED, hours=3)
    Lead.objects.filter(pk=lead.pk).update(date_of_birth=NOW.date() - timedelta(days=70 * 366), zip="79901")
    FollowUpFactory.create(lead=lead, owner=agent.user, due_at=ago(minutes=12), what="Call about papers")

    page = signed_in(agent.user).get("/").text

    for words in ("Full", ">70<", "America/Denver", "Final expense", "No answer", "1/6", "Call about papers"):
        assert words in page


def test_an_empty_queue_says_what_will_come(agent: Agent) -> None:
    assert "Nothing waits for you" in signed_in(agent.user).get("/").text


def fill(agent: Agent, number: int) -> None:
    for n in range(number):
        make(agent, f"New {n}")
        lead = touched(agent, f"Due {n}", LeadStatus.CONTACTED, days=9)
        FollowUpFactory.create(lead=lead, owner=agent.user, due_at=ago(minutes=5))
        touched(agent, f"Stale {n}", LeadStatus.QUOTED, days=9)


@pytest.mark.parametrize("url", ["/", "/leads/", "/search/?q=New"])
def test_lists_cost_the_same_number_of_queries_with_one_lead_and_with_twenty(
    agent: Agent, django_assert_max_num_queries: DjangoAssertNumQueries, url: str
) -> None:
    client = signed_in(agent.user)
    fill(agent, 2)
    client.get(url)  # what is kept in the process is read again after new sources
    with django_assert_max_num_queries(19) as few:
        client.get(url)
    most = len(few)
    fill(agent, 20)
    client.get(url)
    with django_assert_max_num_queries(most):
        client.get(url)


def test_a_long_story_costs_the_lead_page_no_more_queries_than_a_short_one(
    agent: Agent, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    lead, client = make(agent, "Story"), signed_in(agent.user)
    client.get(f"/leads/A-{lead.pk}/")  # what is kept in the process is read once
    with django_assert_max_num_queries(38) as few:
        client.get(f"/leads/A-{lead.pk}/")
    for _ in range(20):
        CommunicationFactory.create(lead=lead, author=agent.user)
        FollowUpFactory.create(lead=lead, owner=agent.user, due_at=NOW)
    with django_assert_max_num_queries(len(few)):
        client.get(f"/leads/A-{lead.pk}/")


class TestSearch:
    @pytest.fixture
    def lead(self, agent: Agent) -> Lead:
        return make(
            agent, "O'Example", first_name="Test", phone="+12145550142", phone_2="+15125550199",
            email="someone@example.com", zip="75201",
        )  # fmt: skip

    @pytest.mark.parametrize(
        "words",
        [
            "A-{pk}", "a{pk}", "(214) 555-0142", "1-214-555-0142", "+12145550142", "214555014", "5125550199",
            "Someone@Example.com", "75201", "o'ex", "O'EXAMPLE", "test o'ex", "te o'example", "Test",
        ],
    )  # fmt: skip
    def test_a_lead_is_found_by(self, agent: Agent, lead: Lead, words: str) -> None:
        assert list(search_leads(agent.user, words.format(pk=lead.pk))) == [lead]

    @pytest.mark.parametrize(
        "words",
        ["de la", "De La Cruz", "cruz de", "mary ann de", "Mary Ann De La Cruz", "mary ann", "mary d"],
    )
    def test_names_of_several_words_are_found_from_their_beginning(self, agent: Agent, words: str) -> None:
        lead = make(agent, "De La Cruz", first_name="Mary Ann")
        make(agent, "Cruz", first_name="Mary")

        found = list(search_leads(agent.user, words))

        assert found == ([] if words == "cruz de" else [lead])

    @pytest.mark.parametrize("words", ["", " ", "-", "A-", "xample", "2145550143", "%", "_", "9" * 40, "a@b"])
    def test_nothing_is_found_by(self, agent: Agent, lead: Lead, words: str) -> None:
        assert not search_leads(agent.user, words).exists()

    def test_a_single_hit_is_opened_at_once(self, agent: Agent, lead: Lead) -> None:
        answer = signed_in(agent.user).get("/search/", {"q": "2145550142"})

        assert answer["Location"] == f"/leads/A-{lead.pk}/"

    def test_a_strangers_search_does_not_open_the_lead(self, stranger: Agent, lead: Lead) -> None:
        answer = signed_in(stranger.user).get("/search/", {"q": f"A-{lead.pk}"})

        assert answer.status_code == 200
        assert "Nothing found" in answer.text

    def test_odd_words_are_no_error(self, agent: Agent) -> None:
        for words in ("\0", "🙂", "<script>", "a" * 5000, "'; drop", "\u202e"):
            assert signed_in(agent.user).get("/search/", {"q": words}).status_code == 200


class TestList:
    def test_filters_narrow_the_list(self, agent: Agent) -> None:
        make(agent, "Mine", status=LeadStatus.QUOTED, state="FL")
        make(agent, "Other", status=LeadStatus.LOST, state="TX")
        client = signed_in(agent.user)

        for query in ("status=quoted", "state=FL", "status=quoted&state=FL&vertical=final_expense"):
            page = client.get(f"/leads/?{query}").text
            assert "Mine" in page
            assert "Other" not in page

    def test_days_are_whole_days_of_the_agency(self, agent: Agent) -> None:
        today = timezone.localdate()
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        make(agent, "Today", received_at=midnight)
        make(agent, "Yesterday", received_at=midnight - timedelta(seconds=1))
        page = signed_in(agent.user).get(f"/leads/?received_from={today}&received_to={today}").text

        assert "Today" in page
        assert "Test Yesterday" not in page

    def test_pages_follow_each_other_without_a_gap_or_a_repeat(self, agent: Agent) -> None:
        moment = ago(hours=1)
        numbers = {
            make(agent, f"Page {n}", received_at=moment - timedelta(minutes=n // 40)).pk for n in range(120)
        }
        client, url, seen = signed_in(agent.user), "/leads/", []
        while url:
            page = client.get(url).context["page"]
            seen += [lead.pk for lead in page.rows]
            url = f"/leads/?after={page.older}" if page.older else ""

        assert len(seen) == 120
        assert set(seen) == numbers

    def test_a_mark_or_filter_that_cannot_be_read_is_no_error(self, agent: Agent) -> None:
        make(agent, "Still here")
        client = signed_in(agent.user)

        for query in (
            "after=nonsense",
            "after=%00",
            "after=MjAyNi0xMS0yNXw",
            "status=nope",
            "received_from=x",
        ):
            assert client.get(f"/leads/?{query}").status_code == 200

    def test_an_agent_cannot_list_a_strangers_leads_by_naming_the_owner(
        self, agent: Agent, stranger: Agent
    ) -> None:
        LeadFactory.create(owner=stranger.user, last_name="Foreign")

        assert "Foreign" not in signed_in(agent.user).get(f"/leads/?owner={stranger.user_id}").text


def test_texts_written_by_vendors_cannot_become_markup(agent: Agent) -> None:
    bad = "<script>alert(1)</script>"
    lead = make(agent, bad, first_name=bad, extra={bad: bad}, attributes={"x": bad})
    CommunicationFactory.create(
        lead=lead, channel=Channel.NOTE, direction=Direction.NONE, body=bad, request_id=uuid4()
    )
    client: Client = signed_in(agent.user)

    for url in ("/", "/leads/", f"/leads/A-{lead.pk}/", "/search/?q=%3Cscript%3E"):
        assert bad not in client.get(url, follow=True).text
