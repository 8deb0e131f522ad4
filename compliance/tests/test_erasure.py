"""A person asks to be deleted: gone from pages and searches, still proved, still not called, destroyed when due."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from agents.casework import log_communication
from agents.models import Channel, Communication, Direction, FollowUp
from compliance.erasure import REACH, erase_person
from compliance.evidence.kinds import KINDS
from compliance.evidence.sealing import seal_pending
from compliance.evidence.verify import verify_evidence
from compliance.holds import lift_hold, place_hold
from compliance.keeping import keep_until, years_after
from compliance.models import (
    ContactDecision,
    Erasure,
    EvidenceLeaf,
    EvidenceVault,
    LegalHold,
    RetentionRun,
    Revocation,
    RevocationChannel,
    RevocationOrigin,
    Suppression,
)
from compliance.retention import expire
from compliance.revocation import revoke
from compliance.suppression import in_force
from intake.models import ConsentRecord, Lead, Submission
from leadcrm.models import User
from leadcrm.testing.altering import altering
from leadcrm.testing.commands import answers
from leadcrm.testing.door import Door, at_once
from leadcrm.testing.factories import (
    ContactDecisionFactory,
    FollowUpFactory,
    LegalHoldFactory,
    ScrubAnswerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
PHONE = "2145552222"
NUMBER = f"+1{PHONE}"
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


def dumped() -> str:
    """Every value of every table, as whoever steals the database reads it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f'SELECT string_agg(t::text, chr(10)) FROM "{table}" t')
            found.append(cursor.fetchone()[0] or "")
    return "\n".join(found)


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
    assert Revocation.objects.get().scope == "all"


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


# --- What is due by age --------------------------------------------------------------------------------------------


def aged(days: float, *submissions: Submission) -> None:
    for post in submissions:
        Submission.objects.filter(pk=post.pk).update(received_at=timezone.now() - timedelta(days=days))


def test_refused_posts_are_blank_after_ninety_days_and_others_are_not(door: Door) -> None:
    door.set_check("filters", states=["OK"])
    old, young = door.post(phone=PHONE), door.post(phone="2145552223")
    door.set_check("filters", states=[])
    bought = door.post(phone="2145552224")
    ScrubAnswerFactory.create(submission=old.submission, phone=NUMBER)
    aged(90.01, old.submission, bought.submission)
    aged(89.99, young.submission)
    run = expire(now=timezone.now())
    assert run is not None
    assert (run.posts, run.held) == (1, 0)
    assert bytes(old.submission.body) == b""
    assert bytes(young.submission.body) != b""
    assert bytes(bought.submission.body) != b""
    assert PHONE not in dumped().replace("2145552223", "").replace("2145552224", "")
    again = expire(now=timezone.now())
    assert again is not None
    assert again.posts == 0


def test_a_refused_post_under_a_hold_stays_and_goes_when_it_is_lifted(door: Door) -> None:
    door.set_check("filters", states=["OK"])
    held, other = door.post(phone="(214) 555-2222"), door.post(phone="2145552223")
    hold = LegalHoldFactory.create(phone=NUMBER)
    aged(100, held.submission, other.submission)
    run = expire(now=timezone.now())
    assert run is not None
    assert (run.posts, run.held) == (1, 1)
    assert bytes(held.submission.body) != b""
    lift_hold(hold=hold, why="Settled", by=UserFactory.create(), now=timezone.now())
    expire(now=timezone.now())
    assert bytes(held.submission.body) == b""


def age_lead(lead: Lead, years: int, days: int = 0) -> datetime:
    then = years_after(timezone.now(), -years) - timedelta(days=days)
    Lead.objects.filter(pk=lead.pk).update(received_at=then)
    with altering(ConsentRecord, ContactDecision):
        ConsentRecord.objects.filter(pk=lead.pk).update(given_at=then)
    return then


def test_a_lead_goes_five_years_after_its_last_contact(door: Door) -> None:
    lead = door.post(phone=PHONE).lead
    age_lead(lead, 5, days=-1)
    assert expire(now=timezone.now()).leads == 0  # type: ignore[union-attr]
    age_lead(lead, 5, days=1)
    assert expire(now=timezone.now()).leads == 1  # type: ignore[union-attr]
    lead.refresh_from_db()
    assert lead.expired_at is not None
    assert PHONE not in dumped()
    assert bytes(Submission.objects.get().body) == b""


def test_a_word_with_the_person_keeps_it(door: Door) -> None:
    lead = door.post(phone=PHONE).lead
    age_lead(lead, 6)
    log_communication(
        lead=lead, channel=Channel.CALL, direction=Direction.OUT, author=UserFactory.create(), outcome="", body="",
        request_id=lead.submission_id, now=timezone.now() - timedelta(days=365),
    )  # fmt: skip
    assert expire(now=timezone.now()).leads == 0  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("state", "interest", "years"), [("TX", "final_expense", 5), ("VA", "auto", 10), ("TX", "medicare", 10)]
)
def test_virginia_and_medicare_are_kept_ten_years(door: Door, state: str, interest: str, years: int) -> None:
    lead = door.post(phone=PHONE).lead
    Lead.objects.filter(pk=lead.pk).update(state=state, interest=interest)
    then = age_lead(lead, 1)
    lead.refresh_from_db()
    assert keep_until([lead])[lead.pk] == years_after(then, years)


def test_a_year_begun_on_leap_day_ends_in_march() -> None:
    leap = datetime.fromisoformat("2024-02-29T12:00:00+00:00")
    assert years_after(leap, 5).isoformat() == "2029-03-01T12:00:00+00:00"


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_erase_each_thing_once(door: Door) -> None:
    door.set_check("filters", states=["OK"])
    posts = [door.post(phone=f"214555{2300 + n}").submission for n in range(6)]
    aged(100, *posts)
    done = at_once(3, lambda n: expire(now=timezone.now(), batch=2))
    assert sum(run.posts for run in done if run) == 6
    assert RetentionRun.objects.count() == len([run for run in done if run])


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
