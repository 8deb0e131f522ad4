"""What managers read: words instead of codes, lengths and moments said in one way, and links that open."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from agents.models import Agent
from intake.models import Lead, Source, Vertical
from intake.reasons import REASONS, SAID, said
from leadcrm.lib.admin.choosing import MOST
from leadcrm.lib.admin.words import day, length, moment, to_minute
from leadcrm.models import User
from leadcrm.templatetags.ui import clock, span
from leadcrm.testing.factories import (
    CadenceStepFactory,
    DecisionFactory,
    LeadFactory,
    LicenseFactory,
    PolicyFactory,
    PoolFactory,
    SourceFactory,
    SubmissionFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 29, 22, 37, 9, tzinfo=UTC)


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def text_of(page: str) -> str:
    """What stands on it for the eye, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def change_page(client: Client, row: Any) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return client.get(reverse(name, args=[row.pk])).text


def test_moments_days_and_lengths_are_said_in_one_way() -> None:
    with time_machine.travel(NOW, tick=False):
        assert moment(NOW) == "Nov 29, 5:37:09 PM"
        assert moment(datetime(2025, 3, 1, 14, 5, tzinfo=UTC)) == "Mar 1, 2025, 9:05:00 AM"
        assert to_minute(NOW) == "Nov 29, 5:37 PM"
    assert day(date(2026, 5, 3)) == "May 3, 2026"
    assert [length(timedelta(minutes=m)) for m in (0, 1, 90, 1440, 3120)] == [
        "at once", "1 minute", "1 hour 30 minutes", "1 day", "2 days 4 hours",
    ]  # fmt: skip


def test_a_running_clock_and_a_span_say_hours_and_days_alike() -> None:
    with time_machine.travel(NOW, tick=False):
        ages = [timedelta(seconds=42), timedelta(minutes=59), timedelta(hours=47), timedelta(days=3)]
        assert [clock(NOW - age) for age in ages] == ["0:42", "59:00", "47 h", "3 days"]
        assert [span(NOW - age) for age in ages[2:]] == ["47 h", "3 days"]


def test_every_reason_that_vendors_are_told_has_words_for_managers() -> None:
    assert set(REASONS) - set(SAID) == set()
    assert said("made_up_later") == "Made up later"


def test_the_intake_log_says_a_reason_in_words_with_its_code_beside_it(manager: Client) -> None:
    post = SubmissionFactory.create(state="rejected", reason="suppressed_dnc", body=b"")
    DecisionFactory.create(submission=post, outcome="rejected", reason="suppressed_dnc")

    for name in ("intake_submission", "compliance_decision"):
        page = manager.get(reverse(f"admin:{name}_changelist")).text
        assert "On a do-not-call list suppressed_dnc" in text_of(page)
    page = manager.get(reverse("admin:intake_submission_changelist")).text
    assert ">On a do-not-call list</a>" in page  # the filter


def test_a_lead_a_policy_and_a_license_say_products_as_people_do(manager: Client, agent: Agent) -> None:
    Vertical.objects.get_or_create(code="final_expense", defaults={"name": "Final expense", "line": "life"})
    lead = LeadFactory.create(interest="final_expense", owner=agent.user, ip_address="192.0.2.7")
    PolicyFactory.create(lead=lead, product="final_expense", premium="54.20", mode="monthly")
    LicenseFactory.create(agent=agent, line="final_expense", state="OK")
    LicenseFactory.create(agent=agent, line="health", state="OK")

    page = text_of(change_page(manager, lead))
    assert "Product: Final expense" in page
    assert "IP address: 192.0.2.7" in page
    policies = text_of(manager.get(reverse("admin:agents_policy_changelist")).text)
    assert "Final expense $54.20 a month" in policies
    licenses = text_of(manager.get(reverse("admin:agents_license_changelist")).text)
    assert "Oklahoma Final expense" in licenses
    assert "Oklahoma Accident &amp; health" in licenses
    assert "final_expense" not in page + policies + licenses


def test_the_cadence_says_how_long_after_in_words(manager: Client) -> None:
    CadenceStepFactory.create(after=timedelta(days=3))
    assert "3 days" in text_of(manager.get(reverse("admin:agents_cadencestep_changelist")).text)


def test_the_simulator_without_a_source_says_what_to_do(manager: Client) -> None:
    Source.objects.all().delete()
    page = manager.get(reverse("admin:page_routing_simulator")).text
    assert "there is none yet" in page
    assert f'href="{reverse("admin:intake_source_add")}"' in page
    assert "<select" not in page[page.index("none yet") :]

    SourceFactory.create()
    assert "there is none yet" not in manager.get(reverse("admin:page_routing_simulator")).text


def test_a_list_by_source_offers_them_in_one_select(manager: Client) -> None:
    mine, other = SourceFactory.create(), SourceFactory.create()
    lead, foreign = LeadFactory.create(source=mine), LeadFactory.create(source=other)
    address = reverse("admin:intake_lead_changelist")

    page = manager.get(address).text
    assert f'<option value="{mine.pk}">{mine}</option>' in page
    assert f"?source__id__exact={mine.pk}" not in page
    page = manager.get(address, {"source__id__exact": mine.pk}).text
    assert f">A-{lead.pk}<" in page
    assert f">A-{foreign.pk}<" not in page


def test_a_source_beyond_those_offered_is_still_the_chosen_one(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadcrm.lib.admin.choosing.MOST", 1)
    assert MOST > 1
    SourceFactory.create(vendor__name="A first")
    last = SourceFactory.create(vendor__name="Z last")
    page = manager.get(reverse("admin:intake_lead_changelist"), {"source__id__exact": last.pk}).text
    assert f'<option value="{last.pk}" selected>' in page


def test_a_name_leads_to_a_login_only_for_who_may_open_it(client: Client, reviewer: User) -> None:
    leader, last = UserFactory.create(), UserFactory.create()
    team, pool = TeamFactory.create(leader=leader), PoolFactory.create(last_link="person", last_person=last)
    looks = UserFactory.create(is_staff=True)
    looks.groups.add(Group.objects.get(name="Team lead"))

    for user, opens in ((looks, False), (reviewer, True)):
        client.force_login(user)
        for row, person in ((team, leader), (pool, last)):
            page = change_page(client, row)
            assert str(person) in page
            if not opens:
                assert reverse("admin:leadcrm_user_change", args=[person.pk]) not in page


def test_rows_are_called_as_their_desk_is(manager: Client) -> None:
    page = manager.get(reverse("admin:intake_vertical_changelist")).text
    assert "Add kind of insurance" in page
    assert "vertical" not in text_of(page).lower()
    assert "Add kind of insurance" in text_of(manager.get(reverse("admin:intake_vertical_add")).text)
    assert "Role" in text_of(manager.get(reverse("admin:auth_group_changelist")).text)


def test_what_is_told_of_a_desk_knows_no_beat_and_no_worker(manager: Client) -> None:
    for page in admin.site.pages:  # type: ignore[attr-defined]
        text = text_of(manager.get(page.url).text)
        assert "do beat" not in text
        assert "does beat" not in text
    assert Lead.objects.count() == 0


def test_who_comes_to_a_page_that_is_shut_is_led_back_to_the_managers_pages(client: Client) -> None:
    client.force_login(UserFactory.create(is_staff=True))
    answer = client.get(reverse("admin:intake_lead_changelist"))
    assert answer.status_code == 403
    assert f'href="{reverse("admin:index")}"' in answer.text
    assert reverse("admin:index") not in client.get("/leads/A-999999/").text


def test_who_changes_the_password_from_the_managers_pages_comes_back_to_them(manager: Client) -> None:
    assert f'href="{reverse("admin:index")}">Cancel' in manager.get(reverse("admin:password_change")).text
    assert f'href="{reverse("queue")}">Cancel' in manager.get(reverse("password_change")).text
