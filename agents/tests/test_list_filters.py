"""The filters of the list of leads: what each finds, who has it, how those that are on are shown and taken off."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agents.models import Agent, Team
from agents.tests.page_suite import signed_in
from intake.models import Lead, LeadStatus
from leadcrm.models import User
from leadcrm.testing.factories import FollowUpFactory, LeadFactory, SourceFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = "/leads/"


@pytest.fixture
def leader(agent: Agent, teammate: Agent) -> User:
    person = UserFactory.create(email="leader@example.com")
    assert agent.team
    Team.objects.filter(pk=agent.team.pk).update(leader=person)
    return person


def make(agent: Agent, name: str, **fields: Any) -> Lead:
    return LeadFactory.create(owner=agent.user, last_name=name, **fields)


def shown(person: Agent | User, query: str) -> set[str]:
    client = signed_in(person.user if isinstance(person, Agent) else person)
    return {row["lead"].last_name for row in client.get(f"{LIST}?{query}").context["rows"]}


def test_untouched_and_touched_are_told_apart(agent: Agent) -> None:
    make(agent, "Fresh")
    make(agent, "Worked", touched_at=timezone.now())
    assert shown(agent, "touched=no") == {"Fresh"}
    assert shown(agent, "touched=yes") == {"Worked"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [("none", {"0"}), ("few", {"1", "2"}), ("many", {"3", "9"}), ("", {"0", "1", "2", "3", "9"})],
)
def test_leads_are_found_by_their_tries(agent: Agent, asked: str, found: set[str]) -> None:
    for tries in (0, 1, 2, 3, 9):
        make(agent, str(tries), attempts=tries)
    assert shown(agent, f"tries={asked}") == found


def test_leads_are_found_by_whether_something_is_planned(agent: Agent) -> None:
    planned, done = make(agent, "Planned"), make(agent, "Done")
    make(agent, "Never")
    FollowUpFactory.create(lead=planned, owner=agent.user)
    FollowUpFactory.create(lead=planned, owner=agent.user, due_at=timezone.now() - timedelta(days=1))
    FollowUpFactory.create(lead=done, owner=agent.user, done_at=timezone.now())
    assert shown(agent, "planned=yes") == {"Planned"}
    assert shown(agent, "planned=no") == {"Done", "Never"}
    # Looked up in another way: what was planned before it was lost, or is of long ago.
    Lead.objects.filter(last_name="Planned").update(status=LeadStatus.LOST)
    for query in ("status=lost", f"received_to={timezone.localdate()}", "status=nope&received_to=x"):
        assert shown(agent, f"planned=yes&{query}") == {"Planned"}
    assert shown(agent, "planned=yes&status=new") == set()


def test_leaders_and_managers_tell_vendors_and_sources_apart(
    agent: Agent, leader: User, reviewer: User
) -> None:
    one, other = SourceFactory.create(), SourceFactory.create()
    beside = SourceFactory.create(vendor=one.vendor)
    for name, source in (("One", one), ("Beside", beside), ("Other", other)):
        make(agent, name, source=source, vendor=source.vendor)
    for person in (leader, reviewer):
        assert shown(person, f"vendor={one.vendor_id}") == {"One", "Beside"}
        assert shown(person, f"source={other.pk}") == {"Other"}


def test_an_agent_has_no_filter_by_vendor_and_is_told_that_it_was_left_out(agent: Agent) -> None:
    lead = make(agent, "Mine")
    page = signed_in(agent.user).get(f"{LIST}?vendor={lead.vendor_id}")
    assert "They were left out." in page.text
    assert lead.vendor.name not in page.text
    assert shown(agent, "vendor=999") == {"Mine"}


def test_filters_narrow_each_other(agent: Agent) -> None:
    make(agent, "Fits", attempts=1, touched_at=timezone.now(), state="TX", status=LeadStatus.CONTACTED)
    make(agent, "Elsewhere", attempts=1, touched_at=timezone.now(), state="OH", status=LeadStatus.CONTACTED)
    make(agent, "Tried", attempts=3, touched_at=timezone.now(), state="TX", status=LeadStatus.CONTACTED)
    query = "status=contacted&state=TX&touched=yes&tries=few&planned=no"
    assert shown(agent, query) == {"Fits"}


def test_what_is_on_stands_as_chips_that_take_it_off(agent: Agent) -> None:
    page = signed_in(agent.user).get(f"{LIST}?status=quoted&tries=none&received_to=2026-11-03&after=x").text
    chips = dict(re.findall(r'class="chip" href="([^"]*)"><span class="sr-only">([^<]*)</span>', page))
    assert chips == {
        "/leads/?received_to=2026-11-03&amp;tries=none": "Remove the filter Stage: ",
        "/leads/?status=quoted&amp;tries=none": "Remove the filter Received to: ",
        "/leads/?status=quoted&amp;received_to=2026-11-03": "Remove the filter Tries: ",
    }
    assert "</span>Through Nov 3, 2026<" in page
    assert "Clear all" in page
    assert 'class="chips"' not in signed_in(agent.user).get(LIST).text


def test_a_filter_that_cannot_be_read_has_no_chip(agent: Agent) -> None:
    answer = signed_in(agent.user).get(f"{LIST}?status=nope&received_from=x&state=TX&tries=some")
    assert [chip.text for chip in answer.context["chips"]] == ["Texas"]


def test_the_rarer_filters_are_folded_unless_one_is_on(agent: Agent) -> None:
    client = signed_in(agent.user)
    assert '<details class="filters-more">' in client.get(f"{LIST}?state=TX").text
    assert '<details class="filters-more" open>' in client.get(f"{LIST}?planned=no").text


def test_links_to_older_pages_and_saved_views_keep_the_filters(agent: Agent) -> None:
    for n in range(51):
        make(agent, f"Lead {n}")
    page = signed_in(agent.user).get(f"{LIST}?touched=no&tries=none").text
    assert 'href="?touched=no&amp;tries=none&amp;after=' in page
    assert '<input type="hidden" name="query" value="touched=no&amp;tries=none">' in page


def test_all_filters_cost_the_same_queries_with_fifty_leads_as_with_one(
    agent: Agent, reviewer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client, source = signed_in(reviewer), SourceFactory.create()
    query = f"{LIST}?touched=no&tries=none&planned=no&source={source.pk}&vendor={source.vendor_id}&state=TX"
    make(agent, "One", source=source, vendor=source.vendor, state="TX")
    client.get(query)
    with django_assert_max_num_queries(25) as few:
        assert len(client.get(query).context["rows"]) == 1
    most = len(few)
    for n in range(49):
        made = SourceFactory.create()
        make(agent, f"Other {n}", source=source, vendor=source.vendor, state="TX")
        make(agent, f"Else {n}", source=made, vendor=made.vendor)
    client.get(query)
    with django_assert_max_num_queries(most):
        assert len(client.get(query).context["rows"]) == 50
