"""The live floor's agents: states, licenses, pausing and resuming; and who sees the floor at all."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from agents.models import Agent
from agents.tests.arrivals import NOW
from agents.tests.floor_support import PARTS, floor, links, part, words
from agents.tests.page_suite import INLINE, signed_in
from intake.models import LeadStatus
from leadcrm.lib.actor import acting
from leadcrm.models import User
from leadcrm.roles import give_out_roles
from leadcrm.testing.factories import (
    AgentFactory,
    FollowUpFactory,
    HandOverFactory,
    LeadFactory,
    LicenseFactory,
    NoticeMarkFactory,
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


def test_each_has_a_state_who_made_it_and_what_waits(
    manager: Client, agent: Agent, teammate: Agent, reviewer: User
) -> None:
    with acting(reviewer.pk, via="admin"):
        Agent.objects.filter(pk=agent.pk).update(
            receiving=False, paused_at=NOW - timedelta(hours=1), pause_reason="Dentist"
        )
    NoticeMarkFactory.create(user=teammate.user, seen_at=NOW - timedelta(minutes=1))
    LeadFactory.create(owner=teammate.user, received_at=NOW - timedelta(minutes=3))
    quoted = LeadFactory.create(owner=teammate.user, status=LeadStatus.QUOTED, touched_at=NOW)
    LeadFactory.create(owner=teammate.user, status=LeadStatus.LOST, touched_at=NOW)
    FollowUpFactory.create(lead=quoted, due_at=NOW - timedelta(minutes=1))
    page = part(floor(manager), "agents")
    assert "paused by Test Reviewer, since" in words(page)
    assert ": Dentist" in words(page)
    assert "Test Teammate Our team receives here 2 1 3:00 1 0 Pause" in words(page)
    url = next(url for name, url in links(page).items() if name == "2")
    assert len(manager.get(url).context["rows"]) == 2


def test_who_holds_no_license_or_one_that_ends_soon_is_in_trouble(
    manager: Client, agent: Agent, teammate: Agent
) -> None:
    agent.licenses.all().delete()
    teammate.licenses.all().delete()
    LicenseFactory.create(agent=teammate, state="TX", line="life", expires_on=NOW.date() + timedelta(days=9))
    AgentFactory.create(licenses=["TX:life"])
    page = words(part(floor(manager, "?state=license"), "agents"))
    assert "no valid license" in page
    assert re.search(r"TX life ends \w{3} \d+", page)
    assert page.count("Hand over") == 2
    assert "License trouble 2" in page


def test_team_and_state_narrow_the_list_and_stand_in_the_address(
    manager: Client, agent: Agent, stranger: Agent
) -> None:
    Agent.objects.filter(pk=stranger.pk).update(receiving=False, paused_at=NOW)
    team = agent.team
    assert team
    narrow = words(part(floor(manager, f"?team={team.pk}"), "agents"))
    assert "Test Agent" in narrow
    assert "Test Stranger" not in narrow
    assert "No agent is in this state." in part(floor(manager, f"?team={team.pk}&state=paused"), "agents")
    assert "Test Stranger" in part(floor(manager, "?state=paused"), "agents")
    for odd in ("?team=x&state=nope", "?team=99999999999999999999", "?team=&state="):
        assert "Test Stranger" in part(floor(manager, odd), "agents")
    assert "No agent is at work in this team." in part(floor(manager, "?team=999999"), "agents")


def test_whose_login_is_switched_off_gets_no_leads_and_says_so(manager: Client, agent: Agent) -> None:
    assert "Login off" not in part(floor(manager), "agents")
    User.objects.filter(pk=agent.user_id).update(is_active=False)
    page = part(floor(manager, "?state=no_login"), "agents")
    assert "gets no leads while the login is switched off" in page
    assert "Login off 1" in words(page)


def test_who_could_take_a_lead_of_a_state_is_found(manager: Client, agent: Agent, teammate: Agent) -> None:
    LicenseFactory.create(agent=teammate, state="WY", line="life")
    LicenseFactory.create(agent=agent, state="WY", line="life", expires_on=NOW.date() - timedelta(days=1))
    page = part(floor(manager, "?licensed=WY"), "agents")
    assert "Test Teammate" in page
    assert "Test Agent" not in page
    assert links(page)["Paused 0"] == "?licensed=WY&state=paused"
    assert "No agent is at work who is licensed there." in part(floor(manager, "?licensed=ME"), "agents")
    assert "Test Agent" in part(floor(manager, "?licensed=XX"), "agents")


def test_a_pause_is_asked_for_confirmed_in_the_history_and_comes_back_to_the_same_floor(
    manager: Client, agent: Agent, reviewer: User
) -> None:
    url = links(part(floor(manager, "?state=receives"), "agents"))["Pause Test Agent"]
    form = floor(manager, url)
    assert "30 minutes" in form.text
    assert not INLINE.findall(form.text)
    answer = manager.post(
        f"{reverse('admin:page_live_floor')}{url}", {"reason": "Training", "usual": "0"}, follow=True
    )
    assert answer.redirect_chain[-1][0].endswith("?state=receives")
    assert "Test Agent gets no new leads until" in answer.text
    agent.refresh_from_db()
    assert (agent.receiving, agent.pause_reason) == (False, "Training")
    assert agent.back_at
    assert timedelta(minutes=29) < agent.back_at - NOW <= timedelta(minutes=30)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (reviewer, str(agent.pk))
    assert "from the live floor" in entry.change_message
    assert "by Test Reviewer" in words(part(floor(manager), "agents"))

    again = manager.post(reverse("admin:page_live_floor"), {"resume": agent.pk}, follow=True)
    assert "Test Agent gets new leads again." in again.text
    agent.refresh_from_db()
    assert agent.receiving


def test_a_moment_that_has_passed_is_refused_on_the_form(manager: Client, agent: Agent) -> None:
    answer = manager.post(
        f"{reverse('admin:page_live_floor')}?pause={agent.pk}", {"back_at": "2020-01-01T10:00"}
    )
    assert answer.status_code == 422
    assert "This time has passed" in answer.text
    agent.refresh_from_db()
    assert agent.receiving


def test_who_is_being_handed_over_is_not_resumed_and_it_says_so(manager: Client, agent: Agent) -> None:
    Agent.objects.filter(pk=agent.pk).update(receiving=False, paused_at=NOW)
    HandOverFactory.create(from_agent=agent, finished_at=None)
    answer = manager.post(reverse("admin:page_live_floor"), {"resume": agent.pk}, follow=True)
    assert "being handed over" in answer.text
    assert not LogEntry.objects.exists()


def test_nobody_there_is_404(manager: Client, agent: Agent) -> None:
    Agent.objects.filter(pk=agent.pk).update(active=False)
    for key in (agent.pk, 999_999, "x", ""):
        assert floor(manager, f"?pause={key}").status_code == 404
        assert manager.post(reverse("admin:page_live_floor"), {"resume": key}).status_code == 404


def member_of(role: str) -> Client:
    give_out_roles()
    user = UserFactory.create(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return signed_in(user)


@pytest.mark.parametrize("role", ["Owner", "Manager"])
def test_owners_and_managers_see_all_and_may_pause(role: str, agent: Agent) -> None:
    client = member_of(role)
    page = floor(client)
    for key in ("posts", "unowned", "untouched", "replies", "agents"):
        part(page, key)
    assert "Pause Test Agent" in links(part(page, "agents"))
    assert reverse("admin:page_live_floor") in client.get(reverse("admin:index")).text


def test_a_compliance_officer_looks_and_pauses_nobody(agent: Agent) -> None:
    client = member_of("Compliance officer")
    LeadFactory.create(unassigned_why="Nobody")
    page = floor(client)
    assert not [name for name in links(page.text) if name.startswith(("Pause ", "Hand over", "Give"))]
    assert floor(client, f"?pause={agent.pk}").status_code == 403
    assert client.post(reverse("admin:page_live_floor"), {"resume": agent.pk}).status_code == 403


def test_team_leaders_and_agents_have_their_own_pages_and_not_this_one(agent: Agent) -> None:
    leader = member_of("Team lead")
    assert floor(leader).status_code == 403
    assert floor(leader, headers=PARTS).status_code == 403
    assert floor(leader, f"?pause={agent.pk}").status_code == 403
    assert reverse("admin:page_live_floor") not in leader.get(reverse("admin:index")).text
    assert floor(signed_in(agent.user)).status_code == 302


def test_no_button_is_pressed_from_another_site(reviewer: User, agent: Agent) -> None:
    client = signed_in(reviewer, enforce_csrf_checks=True)
    assert client.post(reverse("admin:page_live_floor"), {"resume": agent.pk}).status_code == 403
