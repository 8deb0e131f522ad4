"""Who changed what, from what to what, when, from where and by which button: of everything the admin changes."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agents.models import Agent
from agents.tests.test_admin_pages import READ_ONLY
from compliance.admin.change_words import models_by_table
from compliance.admin.config_changes import recorded_tables
from compliance.models import ConfigChange, ConfigOperation, Suppression
from intake.models import Lead, Source
from leadcrm.models import BulkRun, User
from leadcrm.testing.factories import (
    AgentFactory,
    LeadFactory,
    LicenseFactory,
    SourceFactory,
    SuppressionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
HISTORY = "admin:compliance_configchange_changelist"
FROM = "203.0.113.7"


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def words_of(client: Client, url: str, **query: Any) -> str:
    response = client.get(url, query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def history_of(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_history", args=[row.pk])


def save_user(client: Client, user: User, **changes: Any) -> None:
    values: dict[str, Any] = {
        "email": user.email, "first_name": user.first_name, "last_name": user.last_name, "is_active": "on",
        "date_joined_0": "2026-01-01", "date_joined_1": "00:00",
    }  # fmt: skip
    address = reverse("admin:leadcrm_user_change", args=[user.pk])
    assert client.post(address, {**values, **changes}, REMOTE_ADDR=FROM).status_code == 302


def test_every_table_that_the_admin_changes_is_recorded() -> None:
    recorded = set(recorded_tables())
    changed = set()
    for model, desk in admin.site._registry.items():
        if model in READ_ONLY and not getattr(desk, "acts", ()) and not getattr(desk, "actions", ()):
            continue
        tables: list[Any] = [model, *(inline.model for inline in desk.inlines if not _read_only(inline))]
        tables += [field.remote_field.through for field in model._meta.many_to_many]
        changed |= {table._meta.db_table for table in tables if table not in LOGS}
    assert changed - recorded == set()
    assert recorded <= set(models_by_table())


def _read_only(inline: Any) -> bool:
    return "ReadOnlyMixin" in {base.__name__ for base in inline.__mro__}


# What acts look at and never write: a decision that is made again only to compare, a log of logins that axes keeps.
LOGS = {
    model
    for model in admin.site._registry
    if model._meta.label in {
        "compliance.Decision", "compliance.ContactDecision", "axes.AccessLog", "axes.AccessFailureLog",
    }
}  # fmt: skip


def test_a_login_s_change_is_told_field_by_field_with_who_and_from_where(
    manager: Client, reviewer: User
) -> None:
    user = UserFactory.create(first_name="Ann", last_name="Before")
    role = Group.objects.create(name="Night shift")
    save_user(manager, user, last_name="After", is_staff="on", groups=[role.pk])
    page = words_of(manager, history_of(user))
    assert '<th scope="row">Last name</th><td>Before</td><td>After</td>' in page
    assert '<th scope="row">Staff status</th><td>no</td><td>yes</td>' in page
    assert "Night shift" in page
    assert f"{reviewer}, from {FROM}" in page
    assert page.index("Night shift") < page.index("Last name")  # the newest first


def test_a_password_s_change_is_told_and_the_password_is_not(manager: Client) -> None:
    user = UserFactory.create()
    before = user.password
    new = "another password for tests"
    address = reverse("admin:auth_user_password_change", args=[user.pk])
    assert manager.post(address, {"password1": new, "password2": new}).status_code == 302
    user.refresh_from_db()
    assert user.check_password(new)
    change = ConfigChange.objects.filter(table_name="leadcrm_user", row_id=str(user.pk))[0]
    assert change.columns == ["password"]
    told = words_of(manager, history_of(user)) + str([change.before, change.after])
    assert "hidden, another" in told
    assert before not in told
    assert user.password not in told


def test_logging_in_is_no_change(client: Client, reviewer: User) -> None:
    before = ConfigChange.objects.count()
    reviewer.save(update_fields=["last_login"])
    client.force_login(reviewer)
    assert ConfigChange.objects.count() == before


def test_a_lead_given_to_another_is_told_with_both_owners_the_button_and_no_consumer(
    manager: Client, reviewer: User
) -> None:
    one, other = (AgentFactory.create(licenses=["TX:life"]) for _ in range(2))
    lead = LeadFactory.create(owner=one.user, first_name="Consumer", phone="+15125550142")
    address = reverse("admin:intake_lead_act", args=[lead.pk, "give"])
    manager.post(address, {"agent": other.pk, "reason": "leaves"}, REMOTE_ADDR=FROM)
    lead.refresh_from_db()
    assert lead.owner == other.user
    change = ConfigChange.objects.of_rows().get(table_name="intake_lead")
    assert (change.by, change.via, change.ip) == (reviewer, "admin: Give to another agent", FROM)
    page = words_of(manager, history_of(lead))
    assert f'<th scope="row">Owner</th><td>{one.user}</td><td>{other.user}</td>' in page
    assert "Give to another agent" in page
    assert f"Given to {other}" in page  # what the act itself says of it
    kept = str(list(ConfigChange.objects.filter(table_name="intake_lead").values()))
    assert "Consumer" not in kept
    assert "5550142" not in kept


def test_a_bulk_action_stands_in_the_history_of_each_row_by_its_name(manager: Client, reviewer: User) -> None:
    one, other = (AgentFactory.create(licenses=["TX:life"]) for _ in range(2))
    leads = [LeadFactory.create(owner=one.user) for _ in range(2)]
    ticked = {"action": "give-leads", "index": "0", "_selected_action": [lead.pk for lead in leads]}
    manager.post(reverse("admin:intake_lead_changelist"), ticked)
    run = BulkRun.objects.get()
    manager.post(reverse("admin:bulk_run", args=[run.pk]), {"agent": other.pk, "reason": "leaves"})
    changes = ConfigChange.objects.of_rows().filter(table_name="intake_lead")
    assert {(change.row_id, change.via, change.by) for change in changes} == {
        (str(lead.pk), "admin: Give to another agent", reviewer) for lead in leads
    }


def test_a_consumer_on_the_own_list_is_hidden_and_that_somebody_listed_it_is_not(manager: Client) -> None:
    values = {
        "phone": "(512) 555-0177",
        "email": "",
        "kind": "internal",
        "reason": "asked by phone",
        "channel": "call",
    }
    form = manager.get(reverse("admin:compliance_suppression_add")).context["adminform"].form
    data = {name: form[name].value() or "" for name in form.fields}
    response = manager.post(reverse("admin:compliance_suppression_add"), {**data, **values})
    assert response.status_code == 302, response.context["adminform"].form.errors
    change = ConfigChange.objects.of_rows().get(table_name="compliance_suppression")
    assert (change.operation, change.row_id) == ("insert", str(Suppression.objects.get().pk))
    assert change.after is not None
    assert change.after["phone"] == "hidden"
    assert change.after["kind"] == "internal"
    assert "5550177" not in str(change.after)


def test_posts_and_agents_at_work_leave_no_trace_there() -> None:
    before = ConfigChange.objects.of_rows().exclude(table_name__startswith="intake_so").count()
    lead = LeadFactory.create(owner=UserFactory.create())
    Lead.objects.filter(pk=lead.pk).update(status="contacted")
    SuppressionFactory.create()
    data = ConfigChange.objects.filter(
        table_name__in=["intake_lead", "intake_submission", "compliance_suppression"]
    )
    assert not data.exists()
    assert before >= 0


def test_the_history_of_a_contract_tells_of_the_rows_on_its_page_too(manager: Client) -> None:
    agent = AgentFactory.create()
    license = LicenseFactory.create(agent=agent, state="OH", number="L-77")
    LicenseFactory.create(state="GA", number="L-78")
    license.delete()
    page = words_of(manager, history_of(agent))
    assert "Deleted" in page
    assert "L-77" in page
    assert "L-78" not in page


@pytest.mark.parametrize("how", ["name", "email", "ip", "row", "lead"])
def test_the_history_is_searched_by_person_address_and_row(manager: Client, reviewer: User, how: str) -> None:
    user = UserFactory.create(first_name="Zed", last_name="Changed")
    save_user(manager, user, first_name="Zoe")
    lead = LeadFactory.create(owner=AgentFactory.create().user)
    other = AgentFactory.create(licenses=["TX:life"])
    manager.post(reverse("admin:intake_lead_act", args=[lead.pk, "give"]), {"agent": other.pk, "reason": "x"})
    term = {
        "name": str(reviewer), "email": reviewer.email, "ip": FROM, "row": str(user.pk), "lead": f"A-{lead.pk}",
    }[how]  # fmt: skip
    found = words_of(manager, reverse(HISTORY), q=term)
    assert ("Zed → Zoe" in found) is (how != "lead")
    if how == "lead":
        assert f">A-{lead.pk}</a>" in found
    nobody = words_of(manager, reverse(HISTORY), q="Nobody At All")
    assert "Zed → Zoe" not in nobody


def test_whoever_may_not_see_a_kind_of_row_does_not_see_its_history(client: Client, reviewer: User) -> None:
    client.force_login(reviewer)
    user = UserFactory.create(first_name="Zed")
    save_user(client, user, first_name="Zoe")
    client.get(reverse(HISTORY))  # takes the message that it was saved
    reader = UserFactory.create(is_staff=True)
    for code in ("view_configchange", "view_agent"):
        reader.user_permissions.add(Permission.objects.get(codename=code))
    client.force_login(reader)
    assert "Zoe" not in words_of(client, reverse(HISTORY))
    assert client.get(history_of(user)).status_code == 403
    change = ConfigChange.objects.filter(table_name="leadcrm_user", row_id=str(user.pk))[0]
    hidden = client.get(reverse("admin:compliance_configchange_change", args=[change.pk]))
    assert hidden.status_code == 302  # Django's answer to a row that is not there
    agent = AgentFactory.create()
    assert client.get(history_of(agent)).status_code == 200
    reader.user_permissions.remove(Permission.objects.get(codename="view_configchange"))
    assert client.get(history_of(agent)).status_code == 403


def test_a_row_s_history_costs_the_same_for_one_change_and_for_fifty(manager: Client) -> None:
    agent = AgentFactory.create()
    manager.get(history_of(agent))
    counts = []
    for times in (1, 50):
        for number in range(times):
            Agent.objects.filter(pk=agent.pk).update(daily_cap=number + times)
        with CaptureQueriesContext(connection) as asked:
            page = words_of(manager, history_of(agent))
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert "Older" in page
    newest = ConfigChange.objects.filter(table_name="agents_agent", row_id=str(agent.pk))
    older = words_of(manager, history_of(agent), after=newest[49].pk)
    assert "Older" not in older


def test_what_decisions_stand_on_is_not_mixed_with_what_a_button_said(manager: Client) -> None:
    source = SourceFactory.create(status="live")
    manager.post(reverse("admin:intake_source_act", args=[source.pk, "pause"]))
    assert Source.objects.get(pk=source.pk).status == "paused"
    changes = ConfigChange.objects.filter(table_name="intake_source", row_id=str(source.pk))
    assert [change.operation for change in changes[:2]] == [ConfigOperation.ACT, ConfigOperation.UPDATE]
    assert {change.via for change in changes[:2]} == {"admin: Pause"}
    assert ConfigOperation.ACT not in {change.operation for change in changes.of_rows()}
