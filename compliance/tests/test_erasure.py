"""A person asks to be deleted: gone from pages and searches, still proved, still not called, destroyed when due."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agents.casework import log_communication
from agents.models import Channel, Communication, Direction, FollowUp
from compliance.erasure import REACH, erase_person
from compliance.evidence.kinds import KINDS
from compliance.evidence.sealing import seal_pending
from compliance.evidence.verify import verify_evidence
from compliance.holds import lift_hold, place_hold
from compliance.keeping import years_after
from compliance.models import (
    Erasure,
    EvidenceLeaf,
    EvidenceVault,
    LegalHold,
    Revocation,
    RevocationChannel,
    RevocationOrigin,
    Suppression,
)
from compliance.retention import expire
from compliance.review import CannotReview, approve_held
from compliance.revocation import revoke
from compliance.suppression import in_force
from compliance.tests.erasure_support import NUMBER, PHONE, dumped
from intake.models import ConsentRecord, Lead, Submission
from leadcrm.models import User
from leadcrm.testing.commands import answers
from leadcrm.testing.door import Door, at_once
from leadcrm.testing.factories import (
    ContactDecisionFactory,
    FollowUpFactory,
    LegalHoldFactory,
    ScrubAnswerFactory,
    SubmissionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
SECRETS = ("Dana", "Erasable", PHONE, "dana@example.com", "12 Nowhere Lane", "I agree that")


@pytest.fixture
def bought(door: Door) -> Lead:
    """A lead with a life: a note, a promise, a call, a scrub, a request to stop."""
    reply = door.post(
        phone=PHONE, first_name="Dana", last_name="Erasable", email="dana@example.com", address="12 Nowhere Lane",
        consent_text="I agree that Example Insurance Agency may call me at 214-555-2222.",
    )  # fmt: skip
    lead = reply.lead
    now = timezone.now()
    user = UserFactory.create()
    log_communication(
        lead=lead, channel=Channel.NOTE, direction=Direction.NONE, author=user, outcome="", body="Dana has two dogs",
        request_id=lead.submission_id, now=now,
    )  # fmt: skip
    FollowUpFactory.create(lead=lead, what="Call Dana back")
    ContactDecisionFactory.create(lead=lead, phone=NUMBER)
    ScrubAnswerFactory.create(phone=NUMBER, raw={"phone": PHONE})
    revoke(
        phone=NUMBER, email="dana@example.com", channel=RevocationChannel.TEXT, words="Stop, says Dana", by=None,
        received_at=now, lead=lead, origin=RevocationOrigin.TEXT, external_id="", now=now,
    )  # fmt: skip
    return lead


def erase(user: User | None = None, **given: Any) -> Erasure:
    now = timezone.now()
    asked: dict[str, Any] = {"phone": PHONE, "asked_at": now, "channel": RevocationChannel.EMAIL, "now": now}
    return erase_person(**{**asked, **given}, by=user or UserFactory.create())


def findings(now: datetime | None = None) -> list[str]:
    return [str(found) for found in verify_evidence(now=now or timezone.now())]


def test_nothing_in_the_database_names_the_person_any_more(bought: Lead) -> None:
    seal_pending(now=timezone.now())
    assert all(secret in dumped() for secret in SECRETS)
    erase()
    left = dumped()
    assert [secret for secret in SECRETS if secret in left] == []


def test_what_stays_is_that_there_was_a_lead_and_what_came_of_it(bought: Lead) -> None:
    erase()
    lead = Lead.objects.get()
    assert (lead.full_name, lead.phone, lead.status, lead.state) == ("Erased", "", "lost", "TX")
    assert not FollowUp.objects.filter(done_at__isnull=True).exists()
    assert Communication.objects.get().body == ""
    assert {request.scope for request in Revocation.objects.all()} == {"all"}


def test_the_chain_verifies_while_the_evidence_is_kept_and_after_it_is_destroyed(bought: Lead) -> None:
    seal_pending(now=timezone.now())
    receipt = erase()
    seal_pending(now=timezone.now())
    assert findings() == []
    assert EvidenceVault.objects.filter(kind="consent record").count() == 1
    assert receipt.keep_until is not None
    later = receipt.keep_until + timedelta(seconds=1)
    run = expire(now=later)
    assert run is not None
    assert run.sealed > 0
    assert not EvidenceVault.objects.exists()
    seal_pending(now=later)
    assert findings(later) == []
    assert EvidenceLeaf.objects.get(kind="consent record").personal_salt is None


def test_rows_that_were_not_sealed_yet_are_sealed_before_they_are_blank(bought: Lead) -> None:
    erase()
    seal_pending(now=timezone.now())
    assert findings() == []


def test_what_the_vault_keeps_cannot_be_changed_unnoticed(bought: Lead) -> None:
    erase()
    seal_pending(now=timezone.now())
    first, second = EvidenceVault.objects.order_by("pk")[:2]
    EvidenceVault.objects.filter(pk=first.pk).update(sealed=second.sealed)
    assert any("not opened" in each and first.row_id in each for each in findings())
    EvidenceVault.objects.filter(pk=first.pk).delete()
    assert any("row changed" in each and f"{first.kind} {first.row_id}" in each for each in findings())


def test_who_asked_to_stop_is_refused_and_not_called_without_being_named(door: Door, bought: Lead) -> None:
    erase()
    assert in_force(phone=NUMBER).exists()
    assert in_force(email="dana@example.com").exists()
    assert not in_force(phone="+12145552223", email="other@example.com").exists()
    assert door.post(phone=PHONE).outcome == "suppressed_internal"
    assert door.post(phone="2145552223", email="dana@example.com").outcome == "suppressed_internal"
    assert door.post(phone="2145552223", phone_2=PHONE).outcome == "suppressed_internal"
    door.set_check("suppression", later_consent_reopens=True)
    assert door.post(phone=PHONE).outcome == "suppressed_internal"


def test_the_receipt_names_nobody_and_says_what_was_done(bought: Lead) -> None:
    receipt = erase()
    assert receipt.what["leads"] == [f"A-{bought.pk}"]
    assert receipt.what["still not to be contacted"] is True
    assert receipt.what["evidence kept sealed"]["consent record"] == 1
    consent = ConsentRecord.objects.get()
    assert receipt.keep_until is not None
    assert receipt.keep_until >= years_after(consent.given_at, 5)


def test_every_kind_that_tells_of_a_person_is_reached() -> None:
    assert {kind.model for kind in KINDS.values() if kind.blanks} == set(REACH)


def test_a_second_request_finds_nothing_more_to_erase(bought: Lead) -> None:
    erase()
    with pytest.raises(ValidationError, match="Nothing is kept"):
        erase()
    assert Erasure.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [({"phone": "12"}, "phone"), ({"asked_at": timezone.now() + timedelta(days=2)}, "asked_at")],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_erased(
    bought: Lead, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        erase(**given)
    assert list(refused.value.message_dict) == [field]
    assert Lead.objects.get().first_name == "Dana"


def test_without_a_lookup_key_nobody_is_erased(bought: Lead, settings: Any) -> None:
    settings.LOOKUP_KEY = b""
    with pytest.raises(ValidationError, match="LOOKUP_KEY"):
        erase()


def test_a_legal_hold_stops_it_until_it_is_lifted(bought: Lead) -> None:
    user = UserFactory.create()
    hold = place_hold(phone="(214) 555-2222", reason="Letter of a lawyer", by=user, now=timezone.now())
    with pytest.raises(ValidationError, match="Legal hold"):
        erase()
    assert Lead.objects.get().first_name == "Dana"
    assert lift_hold(hold=hold, why="Settled", by=user, now=timezone.now())
    assert not lift_hold(hold=hold, why="Settled", by=user, now=timezone.now())
    erase()


def test_a_hold_over_an_erased_person_keeps_what_the_vault_has(bought: Lead) -> None:
    receipt = erase()
    LegalHoldFactory.create(phone=NUMBER)
    assert receipt.keep_until is not None
    run = expire(now=receipt.keep_until + timedelta(days=400))
    assert run is not None
    assert run.sealed == 0
    assert run.held > 0
    assert EvidenceVault.objects.exists()


def test_a_new_key_seals_what_is_kept_anew(bought: Lead, settings: Any) -> None:
    erase()
    kept = EvidenceVault.objects.count()
    settings.EVIDENCE_KEYS = (("new", bytes([1]) * 32), *settings.EVIDENCE_KEYS)
    assert answers("rotate_evidence_key") == {"sealed": kept + Submission.objects.count(), "unopened": {}}
    settings.EVIDENCE_KEYS = settings.EVIDENCE_KEYS[:1]
    seal_pending(now=timezone.now())
    assert findings() == []


def unreadable(reviewer: Client, submission: Submission) -> str:
    page = reviewer.get(reverse("admin:intake_submission_change", args=[submission.pk])).content.decode()
    return page if "Erasable" not in page and PHONE not in page else ""


def test_the_post_as_it_came_is_on_no_page_any_more(
    client: Client, reviewer: User, door: Door, bought: Lead
) -> None:
    refused = door.post(phone=PHONE, last_name="Erasable").submission
    client.force_login(reviewer)
    erase()
    assert "Kept sealed as evidence" in unreadable(client, bought.submission)
    assert "Erased." in unreadable(client, refused)
    assert bytes(Submission.objects.get(pk=refused.pk).body) == b""


def test_somebody_known_from_refused_posts_alone_can_be_erased(door: Door) -> None:
    door.set_check("filters", states=["OK"])
    refused, other = door.post(phone="(214) 555-2222").submission, door.post(phone="2145552223").submission
    receipt = erase()
    assert receipt.what["refused posts erased"] == 1
    assert bytes(Submission.objects.get(pk=refused.pk).body) == b""
    assert bytes(Submission.objects.get(pk=other.pk).body) != b""


def test_a_held_post_is_refused_before_it_is_erased(door: Door, client: Client, reviewer: User) -> None:
    door.set_check("consent", require_jornaya=True, mode="review")
    held = door.post(phone=PHONE, jornaya_leadid=None)
    assert held.outcome == "pending"
    erase(reviewer)
    post = Submission.objects.get(pk=held.submission.pk)
    assert (post.state, post.reason, bytes(post.body)) == ("rejected", "suppressed_internal", b"")
    with pytest.raises(CannotReview):
        approve_held(submission_id=post.pk, by=reviewer, note="Looks fine", now=timezone.now())
    assert not Lead.objects.exists()


def test_a_post_that_is_being_decided_comes_first(door: Door) -> None:
    post = door.post(phone=PHONE).submission
    Submission.objects.filter(pk=post.pk).update(state="waiting")
    Lead.objects.filter(submission=post).update(submission=SubmissionFactory.create())
    with pytest.raises(ValidationError, match="still being decided"):
        erase()


def test_who_is_erased_is_not_bought_again_unless_nobody_said_so(door: Door) -> None:
    door.post(phone=PHONE)
    erase()
    assert door.post(phone=PHONE).outcome == "suppressed_internal"
    door.post(phone="2145552223")
    erase(phone="2145552223", stop=False)
    assert door.post(phone="2145552223").outcome == "accepted"


def test_a_lifted_hold_names_nobody_after_the_erasure(bought: Lead) -> None:
    user = UserFactory.create()
    hold = place_hold(phone=PHONE, reason="Dana sues", by=user, now=timezone.now())
    lift_hold(hold=hold, why="Dana settled", by=user, now=timezone.now())
    seal_pending(now=timezone.now())
    erase()
    assert [secret for secret in SECRETS if secret in dumped()] == []
    seal_pending(now=timezone.now())
    assert findings() == []


@pytest.mark.django_db(transaction=True)
def test_of_two_who_erase_at_once_one_does_it(door: Door, bought: Lead) -> None:
    user = UserFactory.create()

    def act(n: int) -> str:
        try:
            return str(erase(user))
        except ValidationError as refusal:
            return str(refusal)

    done = at_once(2, act)
    assert Erasure.objects.count() == 1
    assert sum("Nothing is kept" in each for each in done) == 1


@pytest.mark.django_db(transaction=True)
def test_a_hold_is_placed_once_by_many_at_once() -> None:
    user = UserFactory.create()
    found = at_once(4, lambda n: place_hold(phone=PHONE, reason=f"case {n}", by=user, now=timezone.now()).pk)
    assert len(set(found)) == LegalHold.objects.count() == 1


def test_suppressions_of_others_stay_as_they_are(door: Door, bought: Lead) -> None:
    other = revoke(
        phone="+12145552223", email="", channel=RevocationChannel.TEXT, words="stop", by=None,
        received_at=timezone.now(), lead=None, origin=RevocationOrigin.TEXT, external_id="", now=timezone.now(),
    )  # fmt: skip
    erase()
    assert Suppression.objects.get(revocation=other).phone == "+12145552223"
