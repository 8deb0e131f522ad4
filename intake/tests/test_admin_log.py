"""The intake log shows every post as it came, finds it by what people have in hand, and runs it again."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import Decision
from intake.models import Lead, Submission
from leadcrm.models import User
from leadcrm.testing.factories import LeadFactory, SourceFactory, SubmissionFactory, UserFactory
from leadcrm.testing.fixtures import VendorKey
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db
LOG = "admin:intake_submission_changelist"
LEADS = "admin:intake_lead_changelist"


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def page(row: Submission) -> str:
    return reverse("admin:intake_submission_change", args=[row.pk])


def found(manager: Client, name: str, term: str) -> list[Any]:
    return list(manager.get(reverse(name), {"q": term}).context["cl"].result_list)


def failed(key: VendorKey, **fields: Any) -> Submission:
    return SubmissionFactory.create(
        source=key.source, state="failed", body=json.dumps(glossary()).encode(), price=0, answer="",
        answer_type="application/json", attempts=8, due_at=None, error="OperationalError", **fields,
    )  # fmt: skip


def test_a_post_is_found_by_its_id_its_lead_and_the_vendors_id(manager: Client) -> None:
    lead = LeadFactory.create(vendor_lead_id="V:77-x")
    post = lead.submission
    SubmissionFactory.create(vendor_lead_id="V:77")
    for term in (
        post.pk.hex,
        str(post.pk),
        f"A-{lead.pk}",
        f"a{lead.pk}",
        str(lead.pk),
        "V:77-x",
        " V:77-x ",
    ):
        assert found(manager, LOG, term) == [post], term
    assert found(manager, LOG, "V:7") == []


def test_a_lead_is_found_by_number_phone_email_and_the_vendors_id(manager: Client) -> None:
    lead = LeadFactory.create(phone="+12145550142", email="somebody@example.com", vendor_lead_id="V-9")
    second = LeadFactory.create(phone="+12145550143", phone_2="+12145550142")
    assert found(manager, LEADS, f"A-{lead.pk}") == [lead]
    assert set(found(manager, LEADS, "(214) 555-0142")) == {lead, second}
    assert set(found(manager, LEADS, "+1 214.555.0142")) == {lead, second}
    assert found(manager, LEADS, "SOMEBODY@example.com") == [lead]
    assert found(manager, LEADS, "V-9") == [lead]


def test_filters_show_what_they_say(manager: Client) -> None:
    held = SubmissionFactory.create(state="held")
    duplicate = SubmissionFactory.create(state="rejected", reason="duplicate")
    test = SubmissionFactory.create(test=True, received_at=timezone.now() - timedelta(days=40))

    def shown(**asked: str) -> list[Submission]:
        return list(manager.get(reverse(LOG), asked).context["cl"].result_list)

    assert shown(state__exact="held") == [held]
    assert shown(reason="duplicate") == [duplicate]
    assert shown(test__exact="1") == [test]
    assert test not in shown(received="month")
    assert shown(source__id__exact=str(held.source_id)) == [held]


def test_a_body_is_shown_as_it_came_and_runs_no_script(manager: Client) -> None:
    post = SubmissionFactory.create(
        body='{"a": "<script>alert(1)</script>", "a": "é"}'.encode("latin-1"),
        content_type="application/json; charset=iso-8859-1",
        headers={"User-Agent": "<img src=x>"},
    )
    shown = manager.get(page(post)).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "é" in shown
    assert "<img src=x>" not in shown
    assert "<script>alert" not in shown


@pytest.mark.parametrize(
    "content_type", ["", "text/plain; charset=nonsense", "x; charset=\x00", "a; charset=base64"]
)
def test_a_body_of_any_bytes_can_be_looked_at(manager: Client, content_type: str) -> None:
    post = SubmissionFactory.create(
        body=bytes(range(256)) * 300, content_type=content_type.replace("\x00", "")
    )
    assert "bytes more" in manager.get(page(post)).content.decode()


def test_the_page_shows_each_check_of_the_decision(manager: Client) -> None:
    post = SubmissionFactory.create(state="rejected", reason="duplicate")
    checks = [
        {"check": "fields", "outcome": "pass", "ms": 0.1},
        {
            "check": "duplicate", "outcome": "stop", "ms": 1.5, "detail": "A-7 of May",
            "reasons": [{"code": "duplicate", "field": "phone", "message": "We have this person already."}],
        },
    ]  # fmt: skip
    Decision.objects.create(
        submission=post,
        outcome="rejected",
        reason="duplicate",
        checks=checks,
        decided_at=timezone.now(),
        ms=2,
    )
    shown = manager.get(page(post)).content.decode()
    for words in ("Fields", "Duplicate", "A-7 of May", "We have this person already."):
        assert words in shown


def test_a_failed_post_is_run_again_in_the_managers_name(manager: Client, vendor_key: VendorKey) -> None:
    post = failed(vendor_key)
    response = manager.post(reverse("admin:intake_submission_act", args=[post.pk, "run-again"]), follow=True)
    assert "Run again. Accepted" in response.content.decode()
    lead = Lead.objects.get(submission=post)
    assert lead.owner == vendor_key.agent.user
    assert post.decisions.get().decided_by == User.objects.get(email="reviewer@example.com")


def test_selected_posts_are_run_again_and_decided_ones_are_left_alone(
    manager: Client, vendor_key: VendorKey
) -> None:
    first, second = failed(vendor_key), failed(vendor_key)
    decided = SubmissionFactory.create(state="rejected")
    chosen = {"action": "run-posts-again", "_selected_action": [first.pk, second.pk, decided.pk]}
    asked = manager.post(reverse(LOG), chosen)
    assert "Run again: 2 posts" in manager.get(asked["Location"]).content.decode()
    response = manager.post(asked["Location"], follow=True).content.decode()
    assert "2 done" in response
    assert "Accepted, A-" in response
    assert "It has its decision" in response
    assert not decided.decisions.exists()


def test_a_decided_post_has_no_button_and_cannot_be_forced(manager: Client) -> None:
    post = SubmissionFactory.create(state="rejected")
    assert "run-again" not in manager.get(page(post)).content.decode()
    response = manager.post(reverse("admin:intake_submission_act", args=[post.pk, "run-again"]), follow=True)
    assert "is not possible" in response.content.decode()


def test_a_post_that_still_cannot_be_read_says_so(manager: Client) -> None:
    post = SubmissionFactory.create(state="unreadable", body=b"{", source=SourceFactory.create())
    response = manager.post(reverse("admin:intake_submission_act", args=[post.pk, "run-again"]), follow=True)
    assert "still cannot be read" in response.content.decode()


def test_a_viewer_of_the_log_can_run_nothing_again(client: Client, vendor_key: VendorKey) -> None:
    post = failed(vendor_key)
    viewer = UserFactory.create(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_submission"))
    client.force_login(viewer)
    assert "Run again" not in client.get(reverse(LOG)).content.decode()
    client.post(reverse(LOG), {"action": "run-posts-again", "_selected_action": [post.pk]})
    post.refresh_from_db()
    assert post.state == "failed"
