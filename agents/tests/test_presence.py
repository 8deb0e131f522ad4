"""Two people on one lead see each other, and nobody else sees either."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from agents.models import Agent, Presence
from agents.presence import be_present, forget_presences, others_on
from agents.tests.test_pages_access import signed_in
from intake.models import Lead
from leadcrm.models import User
from leadcrm.testing.factories import LeadFactory, PresenceFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(agent: Agent) -> Lead:
    return LeadFactory.create(owner=agent.user)


def ask(client: Client, lead: Lead, **data: str) -> Any:
    return client.post(f"/leads/A-{lead.pk}/presence/", data)


def test_the_other_one_is_named_and_is_told_to_type(agent: Agent, reviewer: User, lead: Lead) -> None:
    mine, theirs = signed_in(agent.user), signed_in(reviewer)

    assert ask(mine, lead).json() == {"others": []}
    assert ask(theirs, lead, typing="1").json() == {"others": ["Test Agent is on this lead too"]}
    assert ask(mine, lead).json() == {"others": ["Test Reviewer is on this lead too, typing"]}


def test_the_page_says_so_also_without_scripts(agent: Agent, reviewer: User, lead: Lead) -> None:
    ask(signed_in(reviewer), lead)

    for page in ("", "edit/"):
        assert (
            "Test Reviewer is on this lead too"
            in signed_in(agent.user).get(f"/leads/A-{lead.pk}/{page}").text
        )


def test_two_tabs_of_one_person_are_one(agent: Agent, lead: Lead) -> None:
    ask(signed_in(agent.user), lead)

    assert ask(signed_in(agent.user), lead).json() == {"others": []}
    assert Presence.objects.count() == 1


def test_who_closes_the_page_is_gone_at_once_and_who_falls_silent_soon(
    agent: Agent, reviewer: User, lead: Lead
) -> None:
    now = timezone.now()
    be_present(lead_id=lead.pk, user=reviewer, typing=False, now=now)

    assert others_on(lead_id=lead.pk, user=agent.user, now=now + timedelta(seconds=39))
    assert others_on(lead_id=lead.pk, user=agent.user, now=now + timedelta(seconds=41)) == []

    assert ask(signed_in(reviewer), lead, left="1").status_code == 204
    assert not Presence.objects.exists()


def test_a_lead_that_is_not_the_readers_is_not_found_and_nothing_is_noted(
    stranger: Agent, lead: Lead
) -> None:
    client = signed_in(stranger.user)

    assert ask(client, lead).status_code == ask(client, lead, left="1").status_code == 404
    assert not Presence.objects.exists()


def test_it_tells_nothing_of_the_person(agent: Agent, reviewer: User, lead: Lead) -> None:
    ask(signed_in(reviewer), lead)
    told = ask(signed_in(agent.user), lead).text

    assert lead.last_name not in told
    assert lead.phone not in told


def test_rows_of_yesterday_are_deleted(db: None) -> None:
    now = timezone.now()
    PresenceFactory.create(seen_at=now - timedelta(hours=25))
    fresh = PresenceFactory.create(seen_at=now - timedelta(hours=23))

    assert forget_presences(now=now) == 1
    assert list(Presence.objects.all()) == [fresh]


def test_asking_costs_the_same_with_fifty_others(
    agent: Agent, lead: Lead, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(agent.user)
    with django_assert_max_num_queries(8) as few:
        ask(client, lead)
    for _ in range(50):
        PresenceFactory.create(lead=lead)

    with django_assert_max_num_queries(len(few)):
        assert len(ask(client, lead).json()["others"]) == 50


@pytest.mark.django_db(transaction=True)
def test_ten_tabs_at_once_make_one_row(lead: Lead) -> None:
    user = UserFactory.create()

    def renew(_: int) -> None:
        try:
            be_present(lead_id=lead.pk, user=user, typing=False, now=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(renew, range(10)))

    assert Presence.objects.count() == 1
