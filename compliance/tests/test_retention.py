"""What was kept long enough is erased by the nightly run, unless a legal hold stands over it."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from agents.casework import log_communication
from agents.models import Channel, Direction
from compliance.holds import lift_hold
from compliance.keeping import keep_until, years_after
from compliance.models import (
    ContactDecision,
    RetentionRun,
)
from compliance.retention import expire
from compliance.tests.erasure_support import NUMBER, PHONE, dumped
from intake.models import ConsentRecord, Lead, Submission
from leadcrm.testing.altering import altering
from leadcrm.testing.door import Door, at_once
from leadcrm.testing.factories import (
    LegalHoldFactory,
    ScrubAnswerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


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
