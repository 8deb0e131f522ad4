"""Held posts: what a manager's word makes of them, and what their vendors read then."""

from datetime import time
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import Decision, Review, SuppressionKind
from compliance.review import CannotReview, approve_held, refuse_held
from compliance.suppression import suppress
from intake.models import Lead, Submission, SubmissionState
from leadcrm.models import User
from leadcrm.testing.door import Door, Reply, at_once
from leadcrm.testing.factories import CapFactory, SourceHoursFactory, UserFactory
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db
NOTE = "Called the vendor: the form was theirs"
POOR = {"consent_text": "Yes, call me."}


@pytest.fixture
def holding(door: Door) -> Door:
    """A source that holds leads of a poor consent wording."""
    door.set_check("consent", "review", wording="refuse")
    return door


def hold(door: Door, **fields: Any) -> Reply:
    reply = door.post(**{**POOR, **fields})
    assert (reply.status, reply.outcome) == (202, "pending"), reply.text
    return reply


def approve(reply: Reply, by: User, **changes: Any) -> Submission:
    given: dict[str, Any] = {"note": NOTE, "now": timezone.now(), **changes}
    return approve_held(submission_id=reply.submission.pk, by=by, **given)


def refuse(reply: Reply, by: User, reason: str = "consent_invalid", note: str = NOTE) -> Submission:
    return refuse_held(submission_id=reply.submission.pk, by=by, reason=reason, note=note, now=timezone.now())


def read_back(door: Door, reply: Reply) -> dict[str, Any]:
    return door.get(reply.json["submission_id"]).json


def test_an_approved_lead_is_bought_and_its_vendor_reads_so(holding: Door, reviewer: User) -> None:
    reply = hold(holding)
    row = approve(reply, reviewer)
    lead = Lead.objects.get()
    assert (row.state, row.lead_number) == (SubmissionState.ACCEPTED, lead.pk)
    assert lead.owner_id is not None
    told = read_back(holding, reply)
    assert (told["status"], told["lead_id"]) == ("accepted", f"A-{lead.pk}")
    review = Review.objects.get()
    assert (review.action, review.by, review.note, review.waived) == ("approve", reviewer, NOTE, ["consent"])
    decision = Decision.objects.filter(submission=row.pk).first()
    assert decision is not None
    assert (decision.outcome, decision.decided_by) == ("accepted", reviewer)
    records = {record["check"]: record for record in decision.checks}
    assert records["review"]["waived"] == ["consent"]
    assert (records["consent"]["outcome"], records["consent"]["waived"]) == ("stop", True)


def test_a_refused_lead_is_not_bought_and_its_vendor_reads_why(holding: Door, reviewer: User) -> None:
    reply = hold(holding)
    assert refuse(reply, reviewer).state == SubmissionState.REJECTED
    told = read_back(holding, reply)
    assert (told["status"], told["reason"]) == ("rejected", "consent_invalid")
    assert NOTE not in str(told)
    assert not Lead.objects.exists()
    assert Review.objects.get().reason == "consent_invalid"


def test_a_retry_of_the_post_gets_the_answer_that_stands_by_now(holding: Door, reviewer: User) -> None:
    payload = glossary(**POOR)
    reply = holding.post(payload, idempotency_key="one-lead")
    approve(reply, reviewer)
    again = holding.post(payload, idempotency_key="one-lead")
    assert (again.outcome, again.headers["Idempotency-Replayed"]) == ("accepted", "true")
    assert (Submission.objects.count(), Lead.objects.count()) == (1, 1)


def test_what_stands_against_the_lead_since_goes_before_the_approval(holding: Door, reviewer: User) -> None:
    reply = hold(holding, phone="2145552302")
    suppress(
        phone="+12145552302", email="", kind=SuppressionKind.INTERNAL, reason="", channel="call", by=None,
        now=timezone.now(),
    )  # fmt: skip
    row = approve(reply, reviewer)
    assert (row.state, row.reason) == (SubmissionState.REJECTED, "suppressed_internal")
    assert not Lead.objects.exists()


def test_another_check_that_objects_since_holds_it_again(holding: Door, reviewer: User) -> None:
    reply = hold(holding)
    holding.set_check("filters", "review", states=["OK"])
    assert approve(reply, reviewer).state == SubmissionState.HELD
    assert read_back(holding, reply)["status"] == "pending"
    assert approve(reply, reviewer).state == SubmissionState.ACCEPTED
    assert Review.objects.first().waived == ["consent", "filters"]  # type: ignore[union-attr]


def test_the_vendor_was_in_time_though_the_manager_is_not(holding: Door, reviewer: User) -> None:
    holding.set_check("lead_age", max_age_minutes=30)
    with time_machine.travel("2026-11-25T16:00:00Z", tick=False):
        SourceHoursFactory.create(
            source=holding.source, weekday=2, opens_at=time(9), closes_at=time(17)
        )  # Wednesday in the agency's zone
        reply = hold(holding, timestamp="2026-11-25T15:55:00Z")
        late = hold(holding, timestamp="2026-11-25T15:31:00Z")
    with time_machine.travel("2026-11-26T02:00:00Z", tick=False):
        assert approve(reply, reviewer).state == SubmissionState.ACCEPTED
        assert approve(late, reviewer).state == SubmissionState.ACCEPTED
        assert holding.post().outcome == "closed"


def test_an_approval_takes_a_place_of_the_cap_as_any_lead_does(holding: Door, reviewer: User) -> None:
    CapFactory.create(source=holding.source, limit=1)
    first, second = hold(holding), hold(holding)
    assert approve(first, reviewer).state == SubmissionState.ACCEPTED
    assert approve(second, reviewer).reason == "cap_reached"


@pytest.mark.parametrize("note", ["", "   "])
def test_without_a_note_nothing_is_done(holding: Door, reviewer: User, note: str) -> None:
    reply = hold(holding)
    with pytest.raises(CannotReview, match="note"):
        approve(reply, reviewer, note=note)
    with pytest.raises(CannotReview, match="note"):
        refuse(reply, reviewer, note=note)
    assert reply.submission.state == SubmissionState.HELD


def test_a_reason_that_vendors_do_not_know_is_none(holding: Door, reviewer: User) -> None:
    with pytest.raises(CannotReview, match="no_such"):
        refuse(hold(holding), reviewer, reason="no_such")


def test_who_comes_second_is_told_who_was_first(holding: Door, reviewer: User) -> None:
    reply = hold(holding)
    approve(reply, reviewer)
    late = UserFactory.create()
    with pytest.raises(CannotReview, match=f"Approved by {reviewer}"):
        refuse(reply, late)
    assert Review.objects.count() == 1


def test_a_post_that_nobody_held_is_not_reviewed(holding: Door, reviewer: User) -> None:
    reply = holding.post(consent_text=None)
    assert reply.outcome == "accepted"
    with pytest.raises(CannotReview, match="accepted already"):
        approve(reply, reviewer)


@pytest.mark.django_db(transaction=True)
def test_of_managers_at_once_one_decides(holding: Door, reviewer: User) -> None:
    reply = hold(holding)
    refused: list[str] = []

    def act(number: int) -> None:
        try:
            approve(reply, reviewer) if number % 2 else refuse(reply, reviewer)
        except CannotReview as error:
            refused.append(str(error))

    at_once(6, act)
    assert len(refused) == 5
    assert (Review.objects.count(), Decision.objects.count()) == (1, 2)
    bought = Review.objects.get().action == "approve"
    assert Lead.objects.count() == int(bought)


@pytest.mark.django_db(transaction=True)
def test_the_last_place_goes_to_one_of_two_approvals_at_once(holding: Door, reviewer: User) -> None:
    CapFactory.create(source=holding.source, limit=1)
    held = [hold(holding), hold(holding)]
    rows = at_once(2, lambda number: approve(held[number], reviewer))
    assert sorted(row.reason for row in rows) == ["", "cap_reached"]
    assert Lead.objects.count() == 1


class TestDesk:
    """The queue in the admin."""

    LIST = "admin:compliance_heldpost_changelist"

    def test_the_oldest_stands_first_with_what_holds_it(
        self, client: Client, holding: Door, reviewer: User, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(4):
            hold(holding)
        holding.post(glossary(test="true", **POOR))
        client.force_login(reviewer)
        with django_assert_max_num_queries(14):
            answer = client.get(reverse(self.LIST))
        rows = list(answer.context["cl"].result_list)
        assert [row.received_at for row in rows] == sorted(row.received_at for row in rows)
        assert len(rows) == 4
        assert "The wording leaves out" in answer.content.decode()
        assert len(client.get(reverse(self.LIST), {"check": "consent"}).context["cl"].result_list) == 4
        assert not client.get(reverse(self.LIST), {"check": "filters"}).context["cl"].result_list
        assert "posts held for review" in client.get(reverse("admin:index")).content.decode()

    def test_a_manager_approves_with_a_note(self, client: Client, holding: Door, reviewer: User) -> None:
        post = hold(holding, first_name="Testina").submission
        client.force_login(reviewer)
        page = client.get(reverse("admin:compliance_heldpost_change", args=[post.pk])).content.decode()
        assert "Testina" in page
        address = reverse("admin:compliance_heldpost_act", args=[post.pk, "approve"])
        assert "You overrule" in client.get(address).content.decode()
        assert client.post(address, {"note": ""}).status_code == 200
        answer = client.post(address, {"note": NOTE}, follow=True)
        assert f"Bought: lead A-{Lead.objects.get().pk}" in answer.content.decode()
        log = client.get(reverse("admin:intake_submission_change", args=[post.pk])).content.decode()
        assert NOTE in log

    def test_refusing_offers_the_reason_it_is_held_for(
        self, client: Client, holding: Door, reviewer: User
    ) -> None:
        post = hold(holding).submission
        client.force_login(reviewer)
        address = reverse("admin:intake_submission_act", args=[post.pk, "refuse"])
        assert client.get(address).context["form"]["reason"].initial == "consent_invalid"
        client.post(address, {"reason": "filter_mismatch", "note": NOTE})
        post.refresh_from_db()
        assert (post.state, post.reason) == (SubmissionState.REJECTED, "filter_mismatch")

    def test_several_are_settled_with_one_note(self, client: Client, holding: Door, reviewer: User) -> None:
        posts = [hold(holding).submission for _ in range(3)]
        client.force_login(reviewer)
        chosen = {"action": "refuse_selected", "_selected_action": [post.pk for post in posts]}
        assert "Refuse 3 held leads" in client.post(reverse(self.LIST), chosen).content.decode()
        client.post(reverse(self.LIST), {**chosen, "reason": "consent_invalid", "note": NOTE})
        assert Review.objects.count() == 3

    def test_without_the_permission_nothing_is_shown_or_done(self, client: Client, holding: Door) -> None:
        post = hold(holding).submission
        clerk = UserFactory.create(is_staff=True)
        client.force_login(clerk)
        assert client.get(reverse(self.LIST)).status_code == 403
        clerk.user_permissions.add(Permission.objects.get(codename="view_heldpost"))
        assert client.get(reverse(self.LIST)).status_code == 200
        address = reverse("admin:compliance_heldpost_act", args=[post.pk, "approve"])
        assert client.post(address, {"note": NOTE}).status_code == 403
        post.refresh_from_db()
        assert post.state == SubmissionState.HELD
