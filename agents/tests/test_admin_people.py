"""Managers take agents on, mind licenses and pools, give leads to others; logins keep their bounds."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agents.models import Agent, Assignment, AssignmentKind, License, Pool
from intake.models import Lead, LeadEvent
from leadcrm.models import User
from leadcrm.testing.factories import (
    PASSWORD,
    AgentFactory,
    LeadFactory,
    LicenseFactory,
    MembershipFactory,
    PoolFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NEW = "admin:agents_agent_add"


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def new_agent(**changes: Any) -> dict[str, Any]:
    values = {
        "email": "New.Agent@example.com", "first_name": "New", "last_name": "Agent",
        "password": "a password for tests only", "active": "on", "receiving": "on",
        "licenses-TOTAL_FORMS": 1, "licenses-INITIAL_FORMS": 0, "licenses-0-state": "TX", "licenses-0-line": "life",
        "licenses-0-effective_on": "2026-01-01", "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0,
        "hours-TOTAL_FORMS": 0, "hours-INITIAL_FORMS": 0,
    }  # fmt: skip
    return {**values, **changes}


def test_an_agent_is_taken_on_with_login_and_license_in_one_form(manager: Client) -> None:
    assert manager.post(reverse(NEW), new_agent()).status_code == 302
    agent = Agent.objects.get()
    assert (agent.user.email, str(agent), agent.licenses.get().state) == (
        "new.agent@example.com",
        "New Agent",
        "TX",
    )
    assert not agent.user.is_staff
    assert agent.user.check_password(PASSWORD)


def test_an_existing_login_becomes_an_agent(manager: Client) -> None:
    user = UserFactory.create()
    nobody = {"email": "", "first_name": "", "last_name": "", "password": ""}
    assert manager.post(reverse(NEW), new_agent(user=user.pk, **nobody)).status_code == 302
    assert Agent.objects.get().user == user


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": ""}, "Give an e-mail address for a new login"),
        ({"email": "reviewer@example.com"}, "This login exists"),
        ({"password": "12345"}, "too short"),
        ({"first_name": "", "last_name": ""}, "needs a name"),
        ({"licenses-0-line": "golf"}, "valid choice"),
        ({"licenses-0-expires_on": "2025-01-01"}, "license_expires_after_it_starts"),
    ],
)
def test_an_agent_that_cannot_be_meant_leaves_no_login_behind(
    manager: Client, changes: dict[str, Any], words: str
) -> None:
    before = User.objects.count()
    response = manager.post(reverse(NEW), new_agent(**changes))
    assert words in response.content.decode()
    assert (User.objects.count(), Agent.objects.count()) == (before, 0)


def test_an_agent_is_paused_and_resumed_by_a_button(manager: Client) -> None:
    agent = AgentFactory.create()
    for name, receiving in (("pause", False), ("resume", True)):
        manager.post(reverse("admin:agents_agent_act", args=[agent.pk, name]))
        agent.refresh_from_db()
        assert agent.receiving is receiving
    assert LogEntry.objects.count() == 2


def test_licenses_show_what_is_left_and_are_filtered_by_it(manager: Client) -> None:
    today = timezone.localdate()
    over, soon, later, last = (
        LicenseFactory.create(expires_on=today + timedelta(days=days)) for days in (-1, 30, 31, 0)
    )
    address = reverse("admin:agents_license_changelist")

    def shown(word: str) -> set[License]:
        return set(manager.get(address, {"validity": word}).context["cl"].result_list)

    assert shown("30") == {soon, last}
    assert shown("90") == {soon, later, last}
    assert shown("over") == {over}
    assert shown("valid") == {soon, later, last}
    page = manager.get(address).content.decode()
    for words in (
        'badge-bad">30 days left',
        'badge-warn">31 days left',
        'badge-bad">expired',
        "today is its last",
    ):
        assert words in page


def test_a_chain_of_pools_must_end_and_promise_a_person_it_names(manager: Client) -> None:
    first, second = PoolFactory.create(), PoolFactory.create()
    second.overflow = first
    second.save()
    address = reverse("admin:agents_pool_change", args=[first.pk])
    values = {
        "name": "First", "rank": 1, "active": "on", "last_link": "person", "overflow": second.pk,
        "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0,
    }  # fmt: skip
    page = manager.post(address, values).content.decode()
    assert "comes back to itself" in page
    assert "Say which person" in page
    assert Pool.objects.get(pk=first.pk).overflow is None


def test_a_pool_page_costs_the_same_with_one_member_and_with_twenty(
    manager: Client, django_assert_max_num_queries: Any
) -> None:
    pool = PoolFactory.create()
    for _ in range(20):
        MembershipFactory.create(pool=pool)
    with django_assert_max_num_queries(16):
        manager.get(reverse("admin:agents_pool_change", args=[pool.pk]))


def give(manager: Client, lead: Lead, agent: Agent, **values: Any) -> Any:
    address = reverse("admin:intake_lead_act", args=[lead.pk, "give"])
    assert manager.get(address).status_code == 200
    return manager.post(address, {"agent": agent.pk, "reason": "Speaks Spanish", **values}, follow=True)


def test_a_lead_is_given_to_another_agent_with_the_reason_on_record(
    manager: Client, agent: Agent, teammate: Agent, reviewer: User
) -> None:
    lead = LeadFactory.create(owner=agent.user)
    page = give(manager, lead, teammate).content.decode()
    lead.refresh_from_db()
    assert lead.owner == teammate.user
    record = Assignment.objects.get(lead=lead)
    assert (record.kind, record.assigned_by, record.why) == (
        AssignmentKind.MANUAL,
        reviewer,
        "Speaks Spanish",
    )
    assert "Speaks Spanish" in page
    assert LeadEvent.objects.get(lead=lead, kind="assigned").actor == reviewer


def test_an_unlicensed_agent_gets_a_lead_only_if_that_is_said(manager: Client, agent: Agent) -> None:
    lead, other = LeadFactory.create(owner=agent.user), AgentFactory.create()
    assert "has no license" in give(manager, lead, other).content.decode()
    give(manager, lead, other, unlicensed_too="on")
    lead.refresh_from_db()
    assert lead.owner == other.user


def test_the_stage_of_a_lead_is_not_editable_here(manager: Client) -> None:
    lead = LeadFactory.create()
    assert (
        manager.post(reverse("admin:intake_lead_change", args=[lead.pk]), {"status": "sold"}).status_code
        == 403
    )


def office_manager() -> User:
    user = UserFactory.create(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["leadcrm", "auth"]))
    return user


def user_form(user: User, **changes: Any) -> dict[str, Any]:
    values = {
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "is_active": "on",
    }
    return {**values, **changes}


def test_who_is_no_superuser_can_make_none(client: Client) -> None:
    boss = office_manager()
    client.force_login(boss)
    role = Group.objects.create(name="everything")
    every = list(Permission.objects.values_list("pk", flat=True))
    for target in (boss, UserFactory.create()):
        address = reverse("admin:leadcrm_user_change", args=[target.pk])
        powers = {"is_superuser": "on", "groups": [role.pk], "user_permissions": every, "is_staff": "on"}
        assert client.post(address, user_form(target, **powers, first_name="Changed")).status_code == 302
        target.refresh_from_db()
        assert target.first_name == "Changed"
        assert not target.is_superuser
        assert not target.groups.exists()
    assert client.post(reverse("admin:auth_group_change", args=[role.pk]), {"name": "x"}).status_code == 403


def test_who_is_no_superuser_cannot_touch_one(client: Client, reviewer: User) -> None:
    client.force_login(office_manager())
    address = reverse("admin:leadcrm_user_change", args=[reviewer.pk])
    assert client.post(address, user_form(reviewer, email="mine@example.com")).status_code == 403
    password = reverse("admin:auth_user_password_change", args=[reviewer.pk])
    new = {"password1": "another password for tests", "password2": "another password for tests"}
    assert client.post(password, new).status_code == 403
    assert (
        client.post(reverse("admin:leadcrm_user_delete", args=[reviewer.pk]), {"post": "yes"}).status_code
        == 403
    )
    reviewer.refresh_from_db()
    assert reviewer.check_password(PASSWORD)


def test_superusers_cannot_be_deleted_from_the_list_either(client: Client, reviewer: User) -> None:
    client.force_login(office_manager())
    chosen = {"action": "delete_selected", "_selected_action": [reviewer.pk], "post": "yes"}
    client.post(reverse("admin:leadcrm_user_changelist"), chosen)
    assert User.objects.filter(pk=reviewer.pk).exists()


def test_a_login_is_made_with_a_password_of_our_rules(manager: Client) -> None:
    address = reverse("admin:leadcrm_user_add")
    values = {
        "email": "Clerk@Example.com",
        "first_name": "Test",
        "last_name": "Clerk",
        "usable_password": "true",
    }
    weak = manager.post(address, {**values, "password1": "short", "password2": "short"})
    assert "too short" in weak.content.decode()
    good = "a password for tests only"
    assert manager.post(address, {**values, "password1": good, "password2": good}).status_code == 302
    assert User.objects.get(email="clerk@example.com").check_password(good)


def test_a_login_in_another_case_is_the_same_login(manager: Client) -> None:
    UserFactory.create(email="clerk@example.com")
    values = {"email": "CLERK@example.com", "usable_password": "false"}
    assert "already exists" in manager.post(reverse("admin:leadcrm_user_add"), values).content.decode()


def test_one_changes_ones_own_password(client: Client, reviewer: User) -> None:
    client.force_login(reviewer)
    new = "another password for tests"
    values = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post(reverse("admin:password_change"), values).status_code == 302
    reviewer.refresh_from_db()
    assert reviewer.check_password(new)
