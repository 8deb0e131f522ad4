"""Acts on many rows: what is said before, what is done once, what is left and why, and who may."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from agents.casework import give_lead
from agents.models import Agent, Assignment, Balance, FollowUp
from agents.tests.arrivals import arrive
from agents.tests.page_suite import INLINE
from intake.models import Lead, Return, ReturnReason, Source
from intake.tests.returns_support import returnable
from leadcrm.bulk import desk
from leadcrm.bulk.runs import DRAFT_KEPT, RUN_KEPT, carry_run, carry_runs, forget_runs
from leadcrm.models import BulkRun, BulkState, User
from leadcrm.testing.factories import (
    AgentFactory,
    BulkRunFactory,
    FollowUpFactory,
    LeadFactory,
    PoolFactory,
    SourceFactory,
    SubmissionFactory,
    UserFactory,
)
from leadcrm.testing.fixtures import VendorKey

pytestmark = pytest.mark.django_db
LISTS = {
    "lead": "intake_lead",
    "post": "intake_submission",
    "source": "intake_source",
    "agent": "agents_agent",
}


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def choose(client: Client, kind: str, action: str, *rows: Any, query: str = "", **more: Any) -> Any:
    """Press “Go” above the list; the page that comes."""
    address = reverse(f"admin:{LISTS[kind]}_changelist") + query
    ticked = {"action": action, "index": "0", "_selected_action": [row.pk for row in rows], **more}
    return client.post(address, ticked, follow=True)


def confirm(client: Client, run: BulkRun | None = None, **filled: Any) -> str:
    run = run or BulkRun.objects.latest("created_at")
    answer = client.post(reverse("admin:bulk_run", args=[run.pk]), filled, follow=True)
    text: str = answer.content.decode()
    assert not INLINE.findall(text)
    return text


def give(agent: Agent, **more: Any) -> dict[str, Any]:
    return {"agent": agent.pk, "reason": "Holiday", **more}


def test_the_confirmation_says_what_will_happen_to_how_many_and_which_are_left(
    manager: Client, agent: Agent
) -> None:
    leads = [LeadFactory.create(owner=agent.user), LeadFactory.create(), LeadFactory.create(status="sold")]
    lost = LeadFactory.create(status="lost", owner=agent.user)

    page = choose(manager, "lead", "give-leads", *leads, lost).content.decode()

    assert not INLINE.findall(page)
    assert "All of them go to one agent" in page
    assert "Give to another agent: 3 leads" in page
    assert "4 ticked" in page
    assert "It is lost, not open." in page
    assert reverse("admin:intake_lead_change", args=[lost.pk]) in page
    assert not Assignment.objects.exists()


def test_confirmed_leads_go_to_the_agent_and_the_result_links_each_that_did_not(
    manager: Client, agent: Agent, teammate: Agent, reviewer: User
) -> None:
    first, second = LeadFactory.create(owner=agent.user), LeadFactory.create()
    has, lost = LeadFactory.create(owner=teammate.user), LeadFactory.create(status="lost")
    choose(manager, "lead", "give-leads", first, second, has, lost)

    page = confirm(manager, **give(teammate))

    assert set(Lead.objects.filter(owner=teammate.user)) == {first, second, has}
    assert "2 done" in page
    assert "2 not done" in page
    assert "Test Teammate already has this lead." in page
    assert reverse("admin:intake_lead_change", args=[has.pk]) in page
    entries = LogEntry.objects.filter(user=reviewer)
    assert {entry.object_id for entry in entries} == {str(first.pk), str(second.pk)}
    assert "one of many: Given to Test Teammate" in entries[0].get_change_message()
    assert Assignment.objects.filter(assigned_by=reviewer, why="Holiday").count() == 2
    assert BulkRun.objects.get().values == {}


def test_a_form_that_lacks_something_is_asked_again_and_nothing_is_done(
    manager: Client, agent: Agent
) -> None:
    choose(manager, "lead", "give-leads", LeadFactory.create())
    page = confirm(manager)
    assert page.count("This field is required") == 2
    assert BulkRun.objects.get().state == BulkState.DRAFT


def test_confirmed_twice_or_from_the_back_button_it_is_done_once(
    manager: Client, agent: Agent, teammate: Agent
) -> None:
    lead = LeadFactory.create()
    choose(manager, "lead", "give-leads", lead)
    confirm(manager, **give(agent))
    page = confirm(manager, **give(teammate))
    assert "Given to Test Agent" in page
    assert Assignment.objects.get().agent == agent


def test_a_lead_that_was_sold_or_claimed_meanwhile_is_left_and_that_is_said(
    manager: Client, agent: Agent, teammate: Agent
) -> None:
    sold, taken = LeadFactory.create(owner=agent.user), LeadFactory.create()
    choose(manager, "lead", "give-leads", sold, taken)
    Lead.objects.filter(pk=sold.pk).update(status="sold")
    Lead.objects.filter(pk=taken.pk).update(owner=agent.user)

    page = confirm(manager, **give(teammate))

    assert "It changed since you looked: it was New, Test Agent, it is Sold, Test Agent." in page
    assert "it was New, nobody, it is New, Test Agent." in page
    assert not Lead.objects.filter(owner=teammate.user).exists()


def test_all_that_match_the_filter_are_meant_up_to_the_bound(
    manager: Client, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "MOST", 3)
    LeadFactory.create_batch(2, status="lost")
    LeadFactory.create_batch(2)
    query = "?status__exact=new"
    page = choose(manager, "lead", "give-leads", query=query, rows="all").content.decode()
    assert "all 2 that match" in page
    LeadFactory.create_batch(2)
    page = choose(manager, "lead", "give-leads", query=f"{query}&q=", rows="all").content.decode()
    assert "the first 3 of those that match" in page
    assert BulkRun.objects.latest("created_at").back == "status__exact=new"


def test_what_was_searched_for_is_not_kept(manager: Client) -> None:
    lead = LeadFactory.create()
    choose(manager, "lead", "give-leads", lead, query=f"?q={lead.email}")
    assert BulkRun.objects.get().back == ""


def test_nothing_ticked_is_nothing_done(manager: Client) -> None:
    LeadFactory.create()
    page = choose(manager, "lead", "give-leads").content.decode()
    assert "Items must be selected" in page
    choose(manager, "lead", "give-leads", _selected_action=["nonsense"])
    assert not BulkRun.objects.exists()


def test_leads_are_assigned_again_by_the_rules_and_the_turn_comes_back(
    manager: Client, vendor_key: VendorKey, teammate: Agent
) -> None:
    lead = LeadFactory.create(owner=vendor_key.agent.user, source=vendor_key.source)
    promise: FollowUp = FollowUpFactory.create(lead=lead, owner=vendor_key.agent.user)
    choose(manager, "lead", "assign-leads", lead)
    alone = confirm(manager, reason="Drowning")
    assert "The rules find nobody else." in alone

    vendor_key.pool.memberships.create(agent=teammate)
    choose(manager, "lead", "assign-leads", lead)
    page = confirm(manager, reason="Drowning")

    lead.refresh_from_db()
    promise.refresh_from_db()
    assert lead.owner == promise.owner == teammate.user
    assert "Now Test Teammate" in page
    assert "Drowning. Test Teammate was next in turn" in lead.assignments.get().why


def test_a_turn_that_was_paid_for_the_lead_comes_back_to_who_loses_it(manager: Client) -> None:
    members = AgentFactory.create_batch(2, licenses=["TX:life"])
    PoolFactory.create(members=members)
    lead, _ = arrive(SourceFactory.create())
    first = lead.owner_id
    assert set(Balance.objects.values_list("owed", flat=True)) == {-500_000_000, 500_000_000}

    choose(manager, "lead", "assign-leads", lead)
    confirm(manager, reason="Drowning")

    lead.refresh_from_db()
    assert {first, lead.owner_id} == {agent.user_id for agent in members}
    assert set(Balance.objects.values_list("owed", flat=True)) == {0}


def test_returns_are_asked_with_one_reason_and_each_that_cannot_says_why(
    manager: Client, reviewer: User
) -> None:
    now = timezone.now()
    lead, off = returnable(received_at=now - timedelta(days=1)), LeadFactory.create()
    sold = LeadFactory.create(status="sold")
    before = choose(manager, "lead", "ask-returns", lead, off, sold).content.decode()
    assert "It is sold: it stays." in before

    page = confirm(manager, reason=ReturnReason.WRONG_NUMBER, note="Nobody of that name.")

    row = Return.objects.get()
    assert (row.lead, row.note, row.asked_by) == (lead, "Nobody of that name.", reviewer)
    assert "The contract of this source knows no returns." in page
    assert "1 done" in page


def test_agents_are_paused_and_come_back_together(manager: Client, agent: Agent, teammate: Agent) -> None:
    left = AgentFactory.create(active=False)
    choose(manager, "agent", "pause-agents", agent, teammate, left)
    page = confirm(manager, reason="Training")
    assert "Has left." in page
    assert set(Agent.objects.filter(receiving=False, pause_reason="Training")) == {agent, teammate}
    choose(manager, "agent", "resume-agents", agent, teammate)
    assert "2 done" in confirm(manager)
    assert not Agent.objects.filter(active=True, receiving=False).exists()


def test_sources_are_paused_and_go_live_again_unless_something_is_missing(manager: Client) -> None:
    sources = [SourceFactory.create(status="live"), SourceFactory.create(status="live")]
    choose(manager, "source", "pause-sources", *sources)
    assert "2 done" in confirm(manager)
    assert Source.objects.filter(status="paused").count() == 2
    choose(manager, "source", "resume-sources", *sources)
    assert "Missing: " in confirm(manager)  # no key, for example


def test_posts_and_leads_that_are_ticked_are_exported(manager: Client) -> None:
    first, _ = LeadFactory.create_batch(2)
    page = choose(manager, "lead", "export-leads", first).content.decode()
    assert "1 ticked in the list" in page
    assert f'name="selected" value="{first.pk}"' in page
    whole = choose(manager, "post", "export-posts", query="?state__exact=rejected", rows="all")
    assert whole.redirect_chain[0][0].endswith("?list=state__exact%3Drejected")


def test_a_worker_goes_on_with_what_a_dead_process_left_each_row_once(
    manager: Client, agent: Agent, reviewer: User
) -> None:
    leads = LeadFactory.create_batch(3)
    choose(manager, "lead", "give-leads", *leads)
    run = BulkRun.objects.get()
    values = {name: str(value) for name, value in give(agent).items()}
    BulkRun.objects.update(state=BulkState.RUNNING, confirmed_at=timezone.now(), values=values)
    run.items.filter(object_id=str(leads[0].pk)).update(state="done", words="Given before.")
    assert not carry_run(run=run, now=timezone.now(), seconds=-1)  # its time was over at once

    carry_runs(now=timezone.now())
    carry_runs(now=timezone.now())

    run.refresh_from_db()
    assert (run.state, run.done, run.not_done) == (BulkState.FINISHED, 3, 0)
    assert Assignment.objects.filter(assigned_by=reviewer).count() == 2


def test_a_run_under_way_says_how_far_it_is_and_looks_again(manager: Client, agent: Agent) -> None:
    choose(manager, "lead", "give-leads", *LeadFactory.create_batch(2))
    BulkRun.objects.update(state=BulkState.RUNNING, confirmed_at=timezone.now())
    answer = manager.get(reverse("admin:bulk_run", args=[BulkRun.objects.get().pk]))
    assert answer["Refresh"] == "3"
    assert "<b>2</b> of 2 still to be done" in answer.content.decode()


def test_who_lost_the_right_meanwhile_or_a_form_that_no_longer_holds_does_nothing(
    manager: Client, agent: Agent, reviewer: User
) -> None:
    choose(manager, "lead", "give-leads", LeadFactory.create())
    values = {name: str(value) for name, value in give(agent).items()}
    BulkRun.objects.update(state=BulkState.RUNNING, confirmed_at=timezone.now(), values=values)
    Agent.objects.filter(pk=agent.pk).update(active=False)
    carry_runs(now=timezone.now())
    run = BulkRun.objects.get()
    assert "does not hold any more" in run.items.get().words
    BulkRun.objects.update(state=BulkState.RUNNING, finished_at=None)
    run.items.update(state="waiting", words="")
    User.objects.filter(pk=reviewer.pk).update(is_superuser=False)
    carry_runs(now=timezone.now())
    assert run.items.get().words == "Test Reviewer may not do this any more."


def test_a_row_that_breaks_is_told_and_logged_and_the_others_go_on(
    manager: Client, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = LeadFactory.create_batch(2)
    choose(manager, "lead", "give-leads", first, second)

    def broken(*, lead: Lead, **more: Any) -> Any:
        if lead.pk == second.pk:  # the newest comes first in the list
            raise KeyError("somebody@example.com")
        return give_lead(lead=lead, **more)

    monkeypatch.setattr("agents.admin.bulk.give_lead", broken)
    page = confirm(manager, **give(agent))
    assert "It broke (KeyError): the log has it." in page
    assert "somebody@" not in page
    first.refresh_from_db()
    assert first.owner == agent.user


def test_a_run_is_its_authors_and_after_confirmation_of_those_who_may_see_all(
    client: Client, manager: Client, agent: Agent
) -> None:
    lead = LeadFactory.create()
    choose(manager, "lead", "give-leads", lead)
    address = reverse("admin:bulk_run", args=[BulkRun.objects.get().pk])
    other, boss = UserFactory.create(is_staff=True), UserFactory.create(is_staff=True)
    boss.groups.add(Group.objects.get(name="Manager"))
    for user, before, after in ((other, 404, 404), (boss, 404, 200)):
        client.force_login(user)
        BulkRun.objects.update(state=BulkState.DRAFT, confirmed_at=None)
        assert client.post(address, give(agent)).status_code == before
        BulkRun.objects.update(state=BulkState.RUNNING, confirmed_at=timezone.now())
        assert client.get(address).status_code == after
    lead.refresh_from_db()
    assert lead.owner is None


def test_who_may_only_look_is_offered_nothing_and_starts_nothing(client: Client) -> None:
    viewer = UserFactory.create(is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(viewer)
    rows = {
        "lead": LeadFactory.create(), "post": SubmissionFactory.create(state="failed"),
        "source": SourceFactory.create(), "agent": AgentFactory.create(),
    }  # fmt: skip
    for kind, action in (
        ("lead", "give-leads"), ("lead", "assign-leads"), ("lead", "ask-returns"), ("lead", "export-leads"),
        ("post", "run-posts-again"), ("source", "pause-sources"), ("agent", "pause-agents"),
    ):  # fmt: skip
        page = choose(client, kind, action, rows[kind], rows="all").content.decode()
        assert action not in page
    assert not BulkRun.objects.exists()


def test_a_right_that_was_taken_after_choosing_ends_at_the_confirmation(
    client: Client, agent: Agent, reviewer: User
) -> None:
    client.force_login(reviewer)
    choose(client, "lead", "give-leads", LeadFactory.create())
    User.objects.filter(pk=reviewer.pk).update(is_superuser=False)
    address = reverse("admin:bulk_run", args=[BulkRun.objects.get().pk])
    assert client.post(address, give(agent)).status_code == 403


def test_the_confirmation_costs_the_same_few_queries_for_two_and_for_twenty(manager: Client) -> None:
    def asked(count: int) -> int:
        choose(
            manager,
            "lead",
            "give-leads",
            *[LeadFactory.create(owner=UserFactory.create()) for _ in range(count)],
        )
        address = reverse("admin:bulk_run", args=[BulkRun.objects.latest("created_at").pk])
        with CaptureQueriesContext(connection) as queries:
            assert manager.get(address).status_code == 200
        return len(queries)

    manager.get(reverse("admin:index"))
    assert asked(2) == asked(20)


def test_drafts_go_after_a_day_and_results_after_their_time(travel_to: Callable[..., None]) -> None:
    now = timezone.now()
    for age, state, confirmed in (
        (DRAFT_KEPT * 2, BulkState.DRAFT, None), (timedelta(hours=1), BulkState.DRAFT, None),
        (RUN_KEPT * 2, BulkState.FINISHED, now - RUN_KEPT * 2), (RUN_KEPT / 2, BulkState.FINISHED, now - RUN_KEPT / 2),
    ):  # fmt: skip
        BulkRunFactory.create(
            state=state, created_at=now - age, confirmed_at=confirmed, finished_at=confirmed
        )
    assert (forget_runs(now=now), forget_runs(now=now)) == (2, 0)
    assert BulkRun.objects.count() == 2
