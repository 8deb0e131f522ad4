"""The timeline of a lead's page, whole and narrowed, and the page in the states a lead may be in."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from agents.models import Agent, Channel, Direction
from agents.tests.test_pages_access import signed_in
from intake.models import Lead
from leadcrm.testing.factories import CommunicationFactory, FollowUpFactory, LeadEventFactory, LeadFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(agent: Agent) -> Lead:
    lead = LeadFactory.create(owner=agent.user)
    for channel in Channel:
        direction = Direction.NONE if channel == Channel.NOTE else Direction.OUT
        CommunicationFactory.create(
            lead=lead, channel=channel, direction=direction, body=f"Body of the {channel}"
        )
    LeadEventFactory.create(lead=lead, kind="edited", field="city", old="Dallas", new="Austin")
    FollowUpFactory.create(lead=lead, owner=agent.user, what="Send papers", done_at=timezone.now())
    return lead


@pytest.fixture
def client(agent: Agent) -> Client:
    return signed_in(agent.user)


ALL = {"Body of the call", "Body of the text", "Body of the email", "Body of the note", "City corrected",
       "Done: Send papers", "Arrived from"}  # fmt: skip


@pytest.mark.parametrize(
    ("show", "seen"),
    [
        ("", ALL),
        ("calls", {"Body of the call"}),
        ("texts", {"Body of the text"}),
        ("emails", {"Body of the email"}),
        ("notes", {"Body of the note"}),
        ("changes", {"City corrected", "Done: Send papers", "Arrived from"}),
        ("nonsense", ALL),
    ],
)
def test_the_story_is_narrowed_by_links(client: Client, lead: Lead, show: str, seen: set[str]) -> None:
    page = client.get(f"/leads/A-{lead.pk}/", {"show": show} if show else None).text

    assert {words for words in ALL if words in page} == seen
    assert f'href="/leads/A-{lead.pk}/?show=calls#timeline-title"' in page
    assert page.count('aria-current="true"') == 1


def test_where_there_is_nothing_a_sentence_says_so(client: Client, agent: Agent) -> None:
    lead = LeadFactory.create(owner=agent.user)

    assert "No call yet." in client.get(f"/leads/A-{lead.pk}/?show=calls").text


def test_calls_of_long_ago_are_found_below_many_notes(client: Client, agent: Agent) -> None:
    lead = LeadFactory.create(owner=agent.user)
    now = timezone.now()
    CommunicationFactory.create(lead=lead, body="The first call", at=now - timedelta(days=300))
    for number in range(210):
        CommunicationFactory.create(
            lead=lead, channel=Channel.NOTE, direction=Direction.NONE, at=now - timedelta(hours=number)
        )

    assert "The first call" not in client.get(f"/leads/A-{lead.pk}/").text
    assert "The first call" in client.get(f"/leads/A-{lead.pk}/?show=calls").text


def test_the_page_asks_as_much_with_a_story_of_fifty_of_each(
    client: Client, lead: Lead, agent: Agent, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.get(f"/leads/A-{lead.pk}/")  # what a process keeps
    with django_assert_max_num_queries(50) as few:
        client.get(f"/leads/A-{lead.pk}/")
    for _ in range(50):
        CommunicationFactory.create(lead=lead, author=agent.user)
        LeadEventFactory.create(lead=lead, kind="edited", field="city", actor=agent.user)
        FollowUpFactory.create(lead=lead, owner=agent.user, done_at=timezone.now())

    with django_assert_max_num_queries(len(few)):
        client.get(f"/leads/A-{lead.pk}/")


def test_a_person_with_nothing_but_a_number_has_a_page(client: Client, agent: Agent) -> None:
    lead = LeadFactory.create(
        owner=agent.user, first_name="", last_name="", email="", zip="", state="TX", consent=None
    )
    page = client.get(f"/leads/A-{lead.pk}/")

    assert page.status_code == 200
    assert "No name" in page.text
    assert "mailto:" not in page.text
    assert "No consent was posted" in page.text
