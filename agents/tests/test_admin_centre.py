"""The admin as a whole: found by typing where there is much, a word below every field, each role its own first page."""

import re
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agents.models import Agent, Pool, Team
from intake.models import Lead, Source, Vendor
from leadcrm.models import User
from leadcrm.roles import ROLES
from leadcrm.testing.factories import AgentFactory, MembershipFactory, PoolFactory, UserFactory, VendorFactory

pytestmark = pytest.mark.django_db
# Tables that may hold more rows than anybody finds in a list.
BIG = {User, Agent, Team, Lead, Source, Vendor, Pool}


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def config_forms(reviewer: User) -> dict[str, tuple[type[Any], set[str]]]:
    """Every form in which managers set something, with the fields that show in it."""
    request: Any = RequestFactory().get("/")
    request.user, request.resolver_match = reviewer, None
    found = {}
    for model, desk in admin.site._registry.items():
        if model._meta.label in CHOSEN_FIRST or not desk.has_add_permission(request):
            continue
        for obj in (None, model()):
            shown = {name for _, box in desk.get_fieldsets(request, obj) for name in _flat(box["fields"])}
            found[f"{model._meta.label}{'' if obj is None else ' (row)'}"] = (desk.get_form(request), shown)
        for inline in desk.get_inline_instances(request):
            if inline.has_add_permission(request, None):
                form = inline.get_formset(request).form
                found[f"{model._meta.label}/{inline.model.__name__}"] = (
                    form,
                    set(form.base_fields) - {inline.fk_name},
                )
    return found


# Its form depends on the check that is chosen on the page before; test_admin_checks looks at it.
CHOSEN_FIRST = {"compliance.CheckSetting", "axes.AccessAttempt", "axes.AccessLog", "axes.AccessFailureLog"}


def _flat(fields: Any) -> list[str]:
    return [name for field in fields for name in ([field] if isinstance(field, str) else field)]


def _fields(reviewer: User) -> list[tuple[str, str, Any]]:
    return [
        (where, name, field)
        for where, (form, shown) in config_forms(reviewer).items()
        for name, field in form.base_fields.items()
        if name in shown and name != "DELETE" and not field.widget.is_hidden
    ]


def _chooses(field: Any) -> bool:
    return isinstance(field, forms.ModelChoiceField)


def test_no_list_to_choose_from_may_hold_more_than_a_person_reads(reviewer: User) -> None:
    picks: list[tuple[str, str, Any]] = _fields(reviewer)
    picked = [
        f"{where}.{name}"
        for where, name, field in picks
        if _chooses(field)
        and field.queryset.model in BIG
        and not hasattr(field.widget, "get_url")
        and not (hasattr(field.widget, "widget") and hasattr(field.widget.widget, "get_url"))
        and field.queryset.model.__name__ != where.partition("/")[0].rpartition(".")[2]
    ]
    assert picked == []


def test_every_field_that_managers_set_says_what_it_is_for(reviewer: User) -> None:
    own = {"agent", "source", "vertical"}  # the row on whose page an inline stands
    silent = [
        f"{where}.{name}" for where, name, field in _fields(reviewer)
        if not field.help_text and not ("/" in where and name in own)
    ]  # fmt: skip
    assert silent == []


def test_every_desk_says_what_it_is_for() -> None:
    assert [
        model._meta.label for model, desk in admin.site._registry.items() if not getattr(desk, "blurb", "")
    ] == []


def test_a_person_is_found_by_typing_and_only_who_may_be_chosen(manager: Client) -> None:
    AgentFactory.create(user=UserFactory.create(first_name="Zed", last_name="Here"))
    AgentFactory.create(user=UserFactory.create(first_name="Zed", last_name="Gone"), active=False)
    about = {"term": "zed", "app_label": "agents", "model_name": "license", "field_name": "agent"}
    found = manager.get(reverse("admin:autocomplete"), about).json()["results"]
    assert [row["text"] for row in found] == ["Zed Here"]


def test_who_may_not_see_people_finds_none_by_typing(client: Client) -> None:
    client.force_login(UserFactory.create(is_staff=True))
    about = {"term": "a", "app_label": "agents", "model_name": "license", "field_name": "agent"}
    assert client.get(reverse("admin:autocomplete"), about).status_code == 403


def test_a_pool_s_page_costs_the_same_for_one_member_and_for_many(manager: Client) -> None:
    pool = PoolFactory.create()
    address = reverse("admin:agents_pool_change", args=[pool.pk])
    MembershipFactory.create(pool=pool)
    manager.get(address)
    counts = []
    for more in (0, 20):
        for _ in range(more):
            MembershipFactory.create(pool=pool)
        with CaptureQueriesContext(connection) as asked:
            page = manager.get(address).content.decode()
        counts.append(len(asked))
    assert counts[0] == counts[1]
    member = pool.memberships.select_related("agent__user").last()
    assert member is not None
    assert f'<option value="{member.agent_id}" selected>{member.agent}</option>' in page


def test_an_empty_list_says_what_it_is_for_and_how_to_begin(manager: Client) -> None:
    page = manager.get(reverse("admin:intake_vendor_changelist")).content.decode()
    assert "Companies that sell leads" in page
    assert "Begin with “Add vendor”" in page
    VendorFactory.create()
    assert "Begin with" not in manager.get(reverse("admin:intake_vendor_changelist")).content.decode()
    nothing = manager.get(reverse("admin:intake_vendor_changelist"), {"q": "Zzyzx"}).content.decode()
    assert "Nothing fits." in nothing
    assert "Begin with" not in nothing


@pytest.mark.parametrize("role", ROLES)
def test_every_link_of_a_role_s_first_page_opens(client: Client, role: str) -> None:
    user = UserFactory.create(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    page = client.get(reverse("admin:index")).content.decode()
    links = set(re.findall(r'href="(/admin/[^"#]+)"', page)) - {reverse("admin:logout")}
    assert len(links) > 3
    shut = {
        link: answer
        for link in links
        if (answer := client.get(link.replace("&amp;", "&")).status_code) != 200
    }
    assert shut == {}


def test_what_is_found_by_typing_has_an_order_so_that_no_row_is_on_two_pages_or_on_none(
    reviewer: User,
) -> None:
    request: Any = RequestFactory().get("/")
    request.user, request.resolver_match = reviewer, None

    unordered = [
        model._meta.label
        for model, desk in admin.site._registry.items()
        if desk.search_fields and not desk.get_queryset(request).ordered
    ]

    assert unordered == []
