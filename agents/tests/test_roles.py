"""The roles that come with the product: what each opens, and that what people made of them stays."""

import re
from html import unescape
from typing import Any
from urllib.parse import urljoin

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.test import Client
from django.urls import resolve, reverse

from agents.models import Agent, Pool
from agents.queries import sees_everything
from agents.tests.admin_support import make
from compliance.models import CheckSetting, Erasure, EvidencePack, HeldPost, LegalHold, Revocation
from intake.models import Lead, Source, Submission
from leadcrm.models import User
from leadcrm.roles import ROLES, give_out_roles
from leadcrm.testing.factories import (
    BulkItemFactory,
    LeadFactory,
    LicenseFactory,
    MembershipFactory,
    SourceFactory,
    SubmissionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def hired(role: str) -> User:
    user = UserFactory.create(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def list_of(client: Client, model: type[Model], page: str = "changelist", *args: Any) -> int:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    return client.get(reverse(name, args=args)).status_code


def test_an_owner_opens_every_page_there_is(client: Client) -> None:
    client.force_login(hired("Owner"))

    shut = [model for model in admin.site._registry if list_of(client, model) != 200]

    assert shut == []


def test_a_manager_runs_the_agency_and_cannot_erase_people(client: Client) -> None:
    client.force_login(hired("Manager"))

    assert [list_of(client, model) for model in (Lead, Source, Pool, CheckSetting, HeldPost, Agent)] == [
        200
    ] * 6
    assert list_of(client, Source, "add") == 200
    assert [list_of(client, model) for model in (Erasure, EvidencePack, LegalHold)] == [403] * 3


def test_a_compliance_officer_reads_contracts_and_records_requests(client: Client) -> None:
    source = SourceFactory.create()
    client.force_login(hired("Compliance officer"))

    assert list_of(client, Revocation, "add") == 200
    assert [list_of(client, model) for model in (Erasure, EvidencePack, Lead, Submission)] == [200] * 4
    assert list_of(client, Source, "change", source.pk) == 200
    assert list_of(client, Source, "add") == 403


def test_a_team_lead_looks_up_people_and_rules_and_no_consumer(client: Client) -> None:
    leader = hired("Team lead")
    client.force_login(leader)

    assert [list_of(client, model) for model in (Agent, Pool)] == [200] * 2
    assert [list_of(client, model) for model in (Lead, Submission, Source, HeldPost)] == [403] * 4
    assert not sees_everything(leader)


def test_a_login_of_staff_without_a_role_opens_no_desk(client: Client) -> None:
    client.force_login(UserFactory.create(is_staff=True))

    opened = [
        (model, page)
        for model in admin.site._registry
        for page in ("changelist", "add")
        if list_of(client, model, page) != 403
    ]

    assert opened == []


HREF = re.compile(r'<a\b[^>]*href="([^"#][^"]*)"')
DESKS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def links_on(client: Client, page: str) -> list[str] | None:
    """One address of each kind that `page` leads to, without the way about beside it; None where it is shut."""
    answer = client.get(page)
    if answer.status_code == 403:
        return None
    assert answer.status_code == 200, page
    text = answer.content.decode().partition('id="content-start"')[2]
    found = {urljoin(page, unescape(each)).partition("#")[0] for each in HREF.findall(text)}
    ours = sorted(address for address in found if address.startswith("/"))
    return list({resolve(address.partition("?")[0]).route: address for address in ours}.values())


@pytest.mark.parametrize("model", DESKS, ids=lambda model: model._meta.label)
def test_who_only_looks_is_led_to_no_page_that_is_shut(client: Client, model: type[Model]) -> None:
    row, opened = make(model), 0
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    for role in ("Compliance officer", "Team lead"):
        client.force_login(hired(role))
        for page in (reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[quote(row.pk)])):
            found = links_on(client, page)
            opened += found is not None
            for address in found or ():
                assert client.get(address, follow=True).status_code == 200, (role, page, address)
    assert opened


@pytest.mark.parametrize("role", ["Compliance officer", "Team lead"])
def test_a_page_of_figures_leads_nobody_to_a_page_that_is_shut(
    client: Client, agent: Agent, role: str
) -> None:
    LicenseFactory.create(agent=agent, state="OK")
    MembershipFactory.create(agent=agent)
    lead = LeadFactory.create(owner=agent.user)
    LeadFactory.create(owner=None, unassigned_why="Nobody may have it")
    SubmissionFactory.create(source=lead.source, state="rejected", reason="duplicate")
    client.force_login(hired(role))
    shut = [
        (page.slug, address)
        for page in admin.site.pages  # type: ignore[attr-defined]
        for address in links_on(client, page.url) or ()
        if client.get(address, follow=True).status_code != 200
    ]
    assert shut == []


@pytest.mark.parametrize("role", ROLES)
def test_no_role_makes_anybody_stronger(client: Client, role: str) -> None:
    user = hired(role)
    client.force_login(user)
    group = Group.objects.get(name=role)

    client.post(reverse("admin:auth_group_change", args=[group.pk]), {"name": "Mine", "permissions": []})
    client.post(
        reverse("admin:leadcrm_user_change", args=[user.pk]), {"email": user.email, "is_superuser": "on"}
    )

    group.refresh_from_db()
    user.refresh_from_db()
    assert (group.name, user.is_superuser) == (role, False)


NEW_PASSWORD = {"password1": "another password for tests", "password2": "another password for tests"}


def passwords_set(client: Client, *people: User) -> list[int]:
    """What each answers to whoever wants to log in as them."""
    return [
        client.post(reverse("admin:auth_user_password_change", args=[each.pk]), NEW_PASSWORD).status_code
        for each in people
    ]


@pytest.mark.parametrize("active", [True, False])
def test_nobody_gets_into_a_login_that_may_do_more_than_they(client: Client, active: bool) -> None:
    stronger = [hired(role) for role in ("Owner", "Compliance officer")]
    User.objects.filter(pk__in=[each.pk for each in stronger]).update(is_active=active)
    client.force_login(hired("Manager"))

    assert passwords_set(client, *stronger) == [403, 403]
    for each in stronger:
        page = reverse("admin:leadcrm_user_change", args=[each.pk])
        assert client.post(page, {"email": "mine@example.com", "is_active": "on"}).status_code == 403
        assert each.email in client.get(page).text
    assert not User.objects.filter(email="mine@example.com").exists()


def test_a_permission_given_to_a_login_itself_counts_as_those_of_its_roles(client: Client) -> None:
    manager, other = hired("Manager"), UserFactory.create()
    other.user_permissions.add(Permission.objects.get(codename="add_erasure"))
    client.force_login(manager)

    assert passwords_set(client, other) == [403]


def test_who_may_do_as_much_or_more_looks_after_the_login(client: Client, agent: Agent) -> None:
    manager = hired("Manager")
    client.force_login(manager)
    assert passwords_set(client, agent.user, hired("Team lead"), hired("Manager")) == [302] * 3

    client.force_login(hired("Owner"))
    assert passwords_set(client, manager, hired("Compliance officer"), hired("Owner")) == [302] * 3


def test_what_became_of_many_rows_is_told_to_who_may_still_look_at_such_rows(client: Client) -> None:
    author, keeper = hired("Manager"), UserFactory.create(is_staff=True)
    keeper.user_permissions.add(Permission.objects.get(codename="view_bulkrun"))
    run = BulkItemFactory.create(name="Agent of the run", state="done", run__by=author).run
    page = reverse("admin:bulk_run", args=[run.pk])
    client.force_login(author)
    assert "Agent of the run" in client.get(page).text

    author.groups.clear()
    for user in (author, keeper):
        client.force_login(user)
        assert client.get(page).status_code == 403
    there = client.get(reverse("admin:leadcrm_bulkrun_change", args=[run.pk]))
    assert there.status_code == 200
    assert "Agent of the run" not in there.text


def test_what_was_taken_from_a_role_stays_taken() -> None:
    manager = Group.objects.get(name="Manager")
    taken = Permission.objects.get(codename="change_source")
    manager.permissions.remove(taken)

    give_out_roles()

    assert taken not in manager.permissions.all()


def test_a_role_that_was_deleted_or_renamed_does_not_come_back() -> None:
    Group.objects.filter(name="Team lead").delete()
    Group.objects.filter(name="Manager").update(name="Office")

    give_out_roles()

    assert not Group.objects.filter(name__in=["Team lead", "Manager"]).exists()


def test_a_table_that_comes_later_opens_for_those_who_work_with_its_like() -> None:
    kind = Permission.objects.get(codename="change_source").content_type
    later = Permission.objects.create(codename="audit_source", name="Can audit a source", content_type=kind)

    give_out_roles()

    holders = set(Group.objects.filter(permissions=later).values_list("name", flat=True))
    assert holders == {"Owner", "Manager"}


def test_giving_out_twice_changes_nothing() -> None:
    before = {group.name: group.permissions.count() for group in Group.objects.all()}

    give_out_roles()

    assert {group.name: group.permissions.count() for group in Group.objects.all()} == before
    assert before["Owner"] > before["Manager"] > before["Team lead"] > 0
