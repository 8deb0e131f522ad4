"""Saved views: filters kept under a name, one's own or the team leader's."""

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agents.models import Agent, SavedView
from agents.saved_views import MOST_VIEWS, ViewRefused, save_view, visible_views
from agents.tests.page_suite import signed_in
from leadcrm.testing.factories import (
    AgentFactory,
    LeadFactory,
    SavedViewFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LIST = "/leads/"


@pytest.fixture
def me() -> Agent:
    return AgentFactory.create(team=TeamFactory.create(leader=UserFactory.create()))


@pytest.fixture
def mine(me: Agent) -> Client:
    return signed_in(me.user)


def save(client: Client, **posted: str) -> Any:
    return client.post(reverse("save_view"), posted, follow=True)


def test_the_filters_of_the_list_are_saved_under_a_name_and_stand_above_it(mine: Client, me: Agent) -> None:
    answer = save(mine, name="  Texas   new ", query="state=TX&status=new&owner=&after=abc")
    assert answer.redirect_chain == [("/leads/?status=new&state=TX", 302)]
    page = answer.content.decode()
    assert "“Texas new” is saved." in page
    assert '<a href="/leads/?status=new&amp;state=TX" aria-current="page">Texas new' in page
    assert "Change this view" in page
    assert "Save this view" not in page


def test_a_view_shows_only_the_leads_that_fit(mine: Client, me: Agent) -> None:
    LeadFactory.create(owner=me.user, state="TX", last_name="Fits")
    LeadFactory.create(owner=me.user, state="OH", last_name="Other")
    shown = save(mine, name="Texas", query="state=TX").context["rows"]
    assert [row["lead"].last_name for row in shown] == ["Fits"]


def test_filters_that_are_no_view_yet_offer_to_save_it_and_none_offers_nothing(mine: Client) -> None:
    assert "Save this view" in mine.get(f"{LIST}?state=TX").content.decode()
    assert "Save this view" not in mine.get(LIST).content.decode()


@pytest.mark.parametrize("shouted", ["Texas", "TEXAS"])
def test_the_same_name_again_replaces_the_view(mine: Client, me: Agent, shouted: str) -> None:
    save(mine, name="Texas", query="state=TX")
    save(mine, name=shouted, query="state=TX&status=new")
    assert [(row.name, row.query) for row in SavedView.objects.all()] == [(shouted, "status=new&state=TX")]


@pytest.mark.parametrize(
    ("name", "query", "said"),
    [
        ("", "state=TX", "Give the view a name."),
        ("x" * 41, "state=TX", "A name has at most 40 characters."),
        ("Nothing", "after=3", "Choose a filter first"),
        ("Unknown", "nonsense=1", "Choose a filter first"),
        ("Not mine", "owner=1", "Choose a filter first"),
        ("Bad", "state=Atlantis", "One of these filters cannot be read"),
        ("Bad day", "received_from=someday", "One of these filters cannot be read"),
    ],
)
def test_what_cannot_be_a_view_is_told(mine: Client, name: str, query: str, said: str) -> None:
    assert said in save(mine, name=name, query=query).content.decode()
    assert not SavedView.objects.exists()


def test_there_are_only_so_many(me: Agent) -> None:
    SavedViewFactory.create_batch(MOST_VIEWS, user=me.user)
    with pytest.raises(ViewRefused, match="Delete one first"):
        save_view(user=me.user, name="One more", query="state=TX", shared=False, now=timezone.now())
    assert SavedView.objects.count() == MOST_VIEWS


def test_a_view_is_renamed_and_deleted(mine: Client, me: Agent) -> None:
    view = SavedViewFactory.create(user=me.user, name="Old")
    page = mine.post(reverse("change_view", args=[view.pk]), {"name": "Newer"}, follow=True).content.decode()
    assert "“Newer” is saved." in page
    assert ">Newer</a>" in page
    assert ">Old</a>" not in page
    page = mine.post(reverse("delete_view", args=[view.pk]), follow=True).content.decode()
    assert "The view is deleted." in page
    assert "Newer" not in page
    assert mine.post(reverse("delete_view", args=[view.pk])).status_code == 404


def test_a_name_that_another_view_has_is_not_taken(mine: Client, me: Agent) -> None:
    SavedViewFactory.create(user=me.user, name="Ohio", query="state=OH")
    view = SavedViewFactory.create(user=me.user, name="Texas")
    page = mine.post(reverse("change_view", args=[view.pk]), {"name": "OHIO"}, follow=True).content.decode()
    assert "You have a view “OHIO” already." in page
    view.refresh_from_db()
    assert view.name == "Texas"


def test_nobody_sees_or_changes_anybody_elses_view(mine: Client) -> None:
    view = SavedViewFactory.create(name="Theirs", shared=True)
    assert "Theirs" not in mine.get(LIST).content.decode()
    assert mine.post(reverse("change_view", args=[view.pk]), {"name": "Mine"}).status_code == 404
    assert mine.post(reverse("delete_view", args=[view.pk])).status_code == 404
    view.refresh_from_db()
    assert view.name == "Theirs"


def test_a_leader_shares_a_view_with_the_team_and_with_nobody_else(me: Agent) -> None:
    assert me.team is not None
    assert me.team.leader is not None
    leader = signed_in(me.team.leader)
    assert "My team sees it" in leader.get(f"{LIST}?state=TX").content.decode()
    save(leader, name="For us", query="state=TX", shared="on")
    save(leader, name="For me", query="state=OH")
    page = signed_in(me.user).get(f"{LIST}?state=TX").content.decode()
    assert "For us" in page
    assert "(team)" in page
    assert "For me" not in page
    assert "Change this view" not in page
    assert not visible_views(AgentFactory.create(team=TeamFactory.create()).user).exists()
    assert not visible_views(UserFactory.create()).exists()


def test_who_leads_no_team_shares_nothing(mine: Client) -> None:
    assert "My team sees it" not in mine.get(f"{LIST}?state=TX").content.decode()
    save(mine, name="Texas", query="state=TX", shared="on")
    assert not SavedView.objects.get().shared


def test_filters_that_no_longer_exist_are_left_out_and_the_page_says_so(mine: Client, me: Agent) -> None:
    LeadFactory.create(owner=me.user, state="TX", last_name="Stillhere")
    page = mine.get(f"{LIST}?state=TX&temperature=hot").content.decode()
    assert "They were left out." in page
    assert "Stillhere" in page
    assert "They were left out." not in mine.get(f"{LIST}?state=TX&after=").content.decode()


def test_twenty_views_cost_as_many_queries_as_one(
    mine: Client, me: Agent, django_assert_max_num_queries: Any
) -> None:
    def queries() -> int:
        with django_assert_max_num_queries(30) as asked:
            mine.get(f"{LIST}?state=OH")
        return len(asked)

    SavedViewFactory.create(user=me.user)
    queries()
    first = queries()
    SavedViewFactory.create_batch(MOST_VIEWS - 1, user=me.user)
    assert queries() == first


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_view() -> None:
    user, start, wrong = UserFactory.create(), Barrier(4), []

    def click() -> None:
        try:
            start.wait(5)
            save_view(user=user, name="Texas", query="state=TX", shared=False, now=timezone.now())
        except DatabaseError as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert SavedView.objects.filter(user=user).count() == 1
