"""The duplicates desk: what managers see and do, and that others see nothing of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from agents.models import Agent, LeadMerge, NotTwins, TwinGroup
from agents.twins.groups import regroup
from intake.models import Lead
from leadcrm.models import User
from leadcrm.testing.factories import (
    CommunicationFactory,
    LeadFactory,
    PolicyFactory,
    TwinGroupFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

LIST = reverse("admin:agents_twingroup_changelist")


@pytest.fixture
def pair(agent: Agent, stranger: Agent) -> tuple[Lead, Lead]:
    now = timezone.now()
    old = LeadFactory.create(
        owner=agent.user, first_name="Ann", last_name="Roe", phone="+12145550100", city="Dallas",
        received_at=now - timedelta(days=3),
    )  # fmt: skip
    new = LeadFactory.create(
        owner=stranger.user, first_name="Ann", last_name="Roe", phone="+12145550100", city="Plano"
    )
    regroup(leads=[old.pk], now=now)
    return old, new


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def page(client: Client) -> str:
    group = TwinGroup.objects.get()
    return client.get(reverse("admin:agents_twingroup_change", args=[group.pk])).content.decode()


def form(client: Client, **fields: Any) -> dict[str, Any]:
    """The page's form as the browser sends it, with the suggested choices."""
    group = TwinGroup.objects.get()
    shown = client.get(reverse("admin:agents_twingroup_change", args=[group.pk])).context
    beside = shown["shown"]
    chosen = {f"field_{line.field.name}": line.field.best for line in beside.lines if line.field.differs}
    return {
        "lead": [side.lead.pk for side in beside.sides], "stays": beside.stays.pk, "seen": beside.seen,
        "request_id": str(shown["request_id"]), **chosen, **fields,
    }  # fmt: skip


def test_the_list_says_who_why_whose_and_how_far(manager: Client, pair: tuple[Lead, Lead]) -> None:
    shown = manager.get(LIST).content.decode()
    for words in ("Ann Roe", "Same phone", *(f"A-{lead.pk}" for lead in pair), str(pair[0].owner)):
        assert words in shown


def test_both_stand_side_by_side_with_what_differs_marked(manager: Client, pair: tuple[Lead, Lead]) -> None:
    CommunicationFactory.create_batch(3, lead=pair[1])
    PolicyFactory.create(lead=pair[1])
    shown = page(manager)
    assert "City<span" in shown.replace("\n", "")
    assert "First name</th>" in shown
    assert shown.index("suggested") > shown.index(f"A-{pair[1].pk} stays")


def test_a_manager_merges_and_both_pages_say_so_and_undoes_it(
    manager: Client, pair: tuple[Lead, Lead], agent: Agent, stranger: Agent
) -> None:
    old, new = pair
    CommunicationFactory.create(lead=new, body="Words on the other lead")
    said = manager.post(
        reverse("admin:agents_twingroup_merge"), form(manager, field_city=new.pk), follow=True
    ).content.decode()
    assert f"A-{new.pk} was merged into A-{old.pk}." in said
    merge = LeadMerge.objects.get()

    theirs = Client()
    theirs.force_login(agent.user)
    shown = theirs.get(reverse("lead", args=[old.pk])).content.decode()
    assert "Words on the other lead" in shown
    assert f"on A-{new.pk}" in shown
    assert f'href="{reverse("lead", args=[new.pk])}"' not in shown
    assert theirs.get(reverse("lead", args=[new.pk])).status_code == 404

    others = Client()
    others.force_login(stranger.user)
    shown = others.get(reverse("lead", args=[new.pk])).content.decode()
    assert f"Merged into A-{old.pk}" in " ".join(shown.split())
    assert "Log call" not in shown

    undo = reverse("admin:agents_leadmerge_act", args=[merge.pk, "undo"])
    assert undo in manager.get(reverse("lead", args=[old.pk])).content.decode()
    assert "becomes a lead of its own again" in manager.get(undo).content.decode()
    assert "is a lead of its own again" in manager.post(undo, follow=True).content.decode()
    assert Lead.objects.get(pk=old.pk).city == "Dallas"
    assert Lead.objects.get(pk=new.pk).status == "new"


def test_a_form_that_somebody_overtook_merges_nothing_and_says_so(
    manager: Client, pair: tuple[Lead, Lead]
) -> None:
    filled = form(manager)
    Lead.objects.filter(pk=pair[1].pk).update(city="Irving")
    said = manager.post(reverse("admin:agents_twingroup_merge"), filled, follow=True).content.decode()
    assert "Somebody worked on one of the two meanwhile" in said
    assert not LeadMerge.objects.exists()


def test_told_apart_the_pair_is_gone_and_comes_back_when_that_is_taken_back(
    manager: Client, pair: tuple[Lead, Lead]
) -> None:
    manager.post(reverse("admin:agents_twingroup_apart"), form(manager))
    assert not TwinGroup.objects.exists()
    again = reverse("admin:agents_nottwins_act", args=[NotTwins.objects.get().pk, "again"])
    manager.post(again)
    assert TwinGroup.objects.get().members.count() == 2


def test_who_may_not_merge_may_look_and_who_sees_no_leads_sees_none_here(
    client: Client, pair: tuple[Lead, Lead]
) -> None:
    officer = UserFactory.create(is_staff=True)
    officer.groups.add(Group.objects.get(name="Compliance officer"))
    client.force_login(officer)
    filled = form(client)
    assert "You may look at duplicates, not merge them." in page(client)
    for act in ("merge", "apart"):
        assert client.post(reverse(f"admin:agents_twingroup_{act}"), filled).status_code == 403
    assert not LeadMerge.objects.exists()

    blind = UserFactory.create(is_staff=True)
    blind.user_permissions.add(Permission.objects.get(codename="view_twingroup"))
    blind.user_permissions.add(Permission.objects.get(codename="merge_leads"))
    client.force_login(blind)
    assert "Ann" not in client.get(LIST).content.decode()
    assert "not yours to see" in page(client)
    assert client.post(reverse("admin:agents_twingroup_merge"), filled).status_code == 404


@pytest.mark.parametrize("role", ["Owner", "Manager", "Compliance officer", "Team lead"])
def test_owners_and_managers_merge(role: str) -> None:
    may = Group.objects.get(name=role).permissions.filter(codename="merge_leads").exists()
    assert may is (role in ("Owner", "Manager"))


def test_two_leads_and_a_crowd_are_compared_with_the_same_few_questions(
    manager: Client, pair: tuple[Lead, Lead]
) -> None:
    page(manager)

    def questions() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page(manager)
        return len(asked)

    few = questions()
    LeadFactory.create_batch(20, phone="+12145550100")
    regroup(leads=[pair[0].pk], now=timezone.now())
    assert TwinGroup.objects.get().members.count() == 22
    assert questions() == few
    assert TwinGroupFactory.create().pk
