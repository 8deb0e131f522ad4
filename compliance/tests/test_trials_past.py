"""What a trial would have done last week: recorded posts, asked again in batches, with nothing changed."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.models import (
    Cap,
    CapUse,
    CheckMode,
    CheckSetting,
    Decision,
    LookBackState,
    SuppressionKind,
    Trial,
    TrialLookBack,
    TrialVerdict,
)
from compliance.registry import CHECKS
from compliance.suppression import suppress
from compliance.tasks import look_back as look_back_task
from compliance.tests.replay_support import DAY, load
from compliance.trials import looking_back
from compliance.trials.closing import drop_trial
from compliance.trials.looking_back import CannotLookBack, ask_look_back, look_back
from compliance.trials.starting import try_caps, try_check
from intake.models import Lead, Submission
from leadcrm.models import User
from leadcrm.testing.door import Door, Reply, at_once
from leadcrm.testing.factories import CapFactory, UserFactory
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db
LAST_WEEK = DAY - timedelta(days=3)


@pytest.fixture
def manager(db: None) -> User:
    return UserFactory.create(is_staff=True)


def begin(door: Door, manager: User, name: str, mode: str = "enforce", **params: Any) -> Trial:
    row = CheckSetting(source=door.source, check_name=name, mode=CheckMode(mode), params=params)
    return try_check(setting=row, by=manager, now=DAY)


def through() -> None:
    """A worker at it until nothing is due."""
    for _ in range(20):
        if not look_back(now=DAY):
            return
    raise AssertionError("it never ends")


def said(reply: Reply) -> tuple[str, str, str]:
    row = TrialVerdict.objects.get(submission=reply.submission, look_back__isnull=False)
    return row.would_outcome, row.code, row.effect


def counted() -> list[int]:
    return [model.objects.count() for model in (Submission, Decision, Lead, CapUse, Cap, CheckSetting)]


def test_a_new_trial_is_asked_of_the_last_weeks_posts(door: Door, manager: User, travel_to: Any) -> None:
    travel_to(DAY - timedelta(days=8))
    door.post()
    travel_to(LAST_WEEK)
    texan, other, test = door.post(), door.post(state="OK", zip="73101"), door.post(test=True)
    travel_to(DAY)
    trial = begin(door, manager, "filters", states=["OK"])
    before = counted()
    through()
    assert said(texan) == ("rejected", "filter_mismatch", "refuses")
    assert said(other) == ("rejected", "no_agent", "same")
    assert not TrialVerdict.objects.filter(submission=test.submission).exists()
    row = TrialLookBack.objects.get(trial=trial)
    assert (row.state, row.seen, row.not_kept, row.due_at) == (LookBackState.DONE, 2, 0, None)
    assert counted() == before


PAST: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], tuple[str, str, str]]] = {
    # Check: as it was live, the post, as it is tried, what comes of it.
    "source_open": ({}, {}, {"mode": "observe"}, ("accepted", "", "same")),
    "consent": ({}, {"consent_text": None}, {"require_text": True}, ("rejected", "consent_missing", "refuses")),
    "duplicate": (
        {"days": 1, "open_leads": False}, {"phone": "2145552222"}, {"days": 30}, ("rejected", "duplicate", "refuses"),
    ),
    "filters": ({"states": ["OK"]}, {}, {"states": ["OK", "TX"]}, ("accepted", "", "buys")),
    "lead_age": (
        {}, {"timestamp": (LAST_WEEK - timedelta(days=20)).isoformat()}, {"max_age_days": 9},
        ("rejected", "lead_too_old", "refuses"),
    ),
    "price": ({}, {"price": "99"}, {"mode": "observe"}, ("accepted", "", "buys")),
    "certificate": ({}, {}, {"require_match": True}, ("open", "", "open")),
    "suppression": ({}, {"phone": "2145553333"}, {"internal": False}, ("accepted", "", "buys")),
    "scrub_service": ({}, {}, {"service": "dnc_com"}, ("open", "", "open")),
    "caps": ({}, {}, {"mode": "off"}, ("accepted", "", "same")),
}  # fmt: skip


def test_every_check_that_can_be_tried_is_asked_of_the_past() -> None:
    assert PAST.keys() | {"fields", "ping"} == {check.name for check in CHECKS}  # these are always enforced


@pytest.mark.parametrize("name", PAST)
def test_each_check_is_asked_on_what_was_known_then(
    door: Door, manager: User, travel_to: Any, name: str
) -> None:
    live, fields, tried, expected = PAST[name]
    travel_to(LAST_WEEK - timedelta(days=2))
    door.set_check("lead_age")
    door.post(phone="2145552222", email="first@example.com")
    Lead.objects.update(status="lost")
    suppress(
        phone="+12145553333", email="", kind=SuppressionKind.INTERNAL, reason="", channel="call", by=None,
        now=LAST_WEEK - timedelta(days=1),
    )  # fmt: skip
    if live:
        door.set_check(name, **live)
    travel_to(LAST_WEEK)
    reply = door.post(**fields)
    travel_to(DAY)
    begin(door, manager, name, **{"mode": "enforce", **tried})
    through()
    assert said(reply) == expected


def test_lists_that_were_not_asked_then_leave_it_open(door: Door, manager: User, travel_to: Any) -> None:
    travel_to(LAST_WEEK)
    load("national", ["2145550000"], at=LAST_WEEK - timedelta(days=1))
    door.set_check("consent", require_text=True)
    reply = door.post(payload=glossary(consent_text=None))
    travel_to(DAY)
    begin(door, manager, "consent", "off")
    through()
    row = TrialVerdict.objects.get(submission=reply.submission)
    assert (row.effect, row.why) == ("open", "the do-not-call lists were not asked then")


def test_caps_of_the_past_fill_up_as_they_would_have(door: Door, manager: User, travel_to: Any) -> None:
    travel_to(DAY - timedelta(days=7, hours=1))
    door.post()  # before the first moment looked at, on the same day
    posts = []
    for hours in range(4):
        travel_to(DAY - timedelta(days=7) + timedelta(hours=hours, minutes=5))
        posts.append(door.post())
    travel_to(DAY)
    cap = CapFactory.build(period="day", unit="leads", limit=3)
    try_caps(source_id=door.source.pk, caps=[cap], by=manager, now=DAY)
    through()
    assert [said(post)[2] for post in posts] == ["same", "same", "refuses", "refuses"]


def test_it_goes_on_where_it_stopped_and_asks_no_post_twice(
    door: Door, manager: User, travel_to: Any
) -> None:
    for minutes in range(7):
        travel_to(LAST_WEEK + timedelta(minutes=minutes))
        door.post()
    travel_to(DAY)
    begin(door, manager, "filters", states=["OK"])
    with patch.multiple(looking_back, BATCH=3, _BEGIN_BATCHES=-1):
        assert look_back(now=DAY)
        row = TrialLookBack.objects.get()
        assert (row.state, row.seen) == (LookBackState.WAITING, 3)
        assert look_back(now=DAY + timedelta(seconds=5))
        assert not look_back(now=DAY + timedelta(seconds=9))
    row.refresh_from_db()
    assert (row.state, row.seen) == (LookBackState.DONE, 7)
    assert TrialVerdict.objects.count() == 7
    assert not look_back(now=DAY + timedelta(days=1))


def test_a_worker_that_broke_is_followed_by_another_and_the_fifth_is_the_last(
    door: Door, manager: User, travel_to: Any
) -> None:
    travel_to(LAST_WEEK)
    door.post()
    travel_to(DAY)
    begin(door, manager, "filters", states=["OK"])
    now = DAY
    with patch("compliance.trials.looking_back.ask_past", side_effect=ZeroDivisionError):
        for _ in range(4):
            look_back(now=now)
            row = TrialLookBack.objects.get()
            assert row.due_at is not None
            assert now < row.due_at
            now = row.due_at
    look_back(now=now)  # a fifth that works
    assert TrialLookBack.objects.get().state == LookBackState.DONE
    TrialLookBack.objects.update(state="waiting", due_at=now, attempts=4, finished_at=None)
    with patch("compliance.trials.looking_back._next_posts", side_effect=ZeroDivisionError):
        look_back(now=now)
    row = TrialLookBack.objects.get()
    assert (row.state, row.error, row.due_at) == (LookBackState.FAILED, "ZeroDivisionError", None)


def test_a_check_that_breaks_over_the_past_is_said_to_and_the_others_go_on(
    door: Door, manager: User, travel_to: Any
) -> None:
    travel_to(LAST_WEEK)
    first = door.post()
    travel_to(DAY)
    begin(door, manager, "filters", states=["OK"])
    with patch("compliance.checks.filters.Filters.run", side_effect=ZeroDivisionError):
        through()
    assert said(first) == ("broke", "", "broke")


def test_posts_that_are_not_kept_are_counted_apart(door: Door, manager: User, travel_to: Any) -> None:
    travel_to(LAST_WEEK)
    door.post()
    Submission.objects.update(body=b"")
    travel_to(DAY)
    begin(door, manager, "filters", states=["OK"])
    through()
    row = TrialLookBack.objects.get()
    assert (row.seen, row.not_kept) == (0, 1)


def test_a_trial_that_is_closed_stops_looking_back(door: Door, manager: User) -> None:
    trial = begin(door, manager, "filters", states=["OK"])
    drop_trial(trial_id=trial.pk, by=manager, now=DAY)
    assert TrialLookBack.objects.get().state == LookBackState.STOPPED
    assert not look_back(now=DAY)
    with pytest.raises(CannotLookBack, match="closed"):
        ask_look_back(trial_id=trial.pk, days=9, by=manager, now=DAY)


def test_one_looks_further_back_when_the_first_is_through(door: Door, manager: User, travel_to: Any) -> None:
    travel_to(DAY - timedelta(days=20))
    reply = door.post()
    travel_to(DAY)
    trial = begin(door, manager, "filters", states=["OK"])
    with pytest.raises(CannotLookBack, match="already"):
        ask_look_back(trial_id=trial.pk, days=31, by=manager, now=DAY)
    through()
    for days in (0, 32):
        with pytest.raises(CannotLookBack, match="1 to 31"):
            ask_look_back(trial_id=trial.pk, days=days, by=manager, now=DAY)
    ask_look_back(trial_id=trial.pk, days=31, by=manager, now=DAY)
    through()
    assert said(reply)[2] == "refuses"


def test_the_task_rings_for_itself_while_there_is_more(door: Door, manager: User, travel_to: Any) -> None:
    for minutes in range(3):
        travel_to(LAST_WEEK + timedelta(minutes=minutes))
        door.post()
    travel_to(DAY)
    begin(door, manager, "filters", states=["OK"])
    with (
        patch.multiple(looking_back, BATCH=2, _BEGIN_BATCHES=-1),
        patch("compliance.tasks.ring_after_commit") as ring,
    ):
        look_back_task()
        look_back_task()
    assert ring.call_count == 1


def test_a_configuration_of_the_past_is_read_once(door: Door, manager: User, travel_to: Any) -> None:
    travel_to(LAST_WEEK)
    door.post()
    travel_to(DAY)
    begin(door, manager, "filters", states=["OK"])
    with CaptureQueriesContext(connection) as one:
        through()
    TrialLookBack.objects.all().delete()
    travel_to(LAST_WEEK + timedelta(minutes=1))
    trial = Trial.objects.get()
    Trial.objects.update(started_at=DAY)
    for _ in range(5):
        door.post(glossary())
    ask_look_back(trial_id=trial.pk, days=7, by=manager, now=DAY)
    with CaptureQueriesContext(connection) as many:
        through()
    assert TrialLookBack.objects.get().seen == 6
    assert len(many) - len(one) <= 5 * 3  # the review, the verdict, and room for a batch's own


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_ask_each_post_once(door: Door, travel_to: Any) -> None:
    manager = UserFactory.create()
    for minutes in range(6):
        travel_to(LAST_WEEK + timedelta(minutes=minutes))
        door.post()
    travel_to(DAY)
    begin(door, manager, "filters", states=["OK"])
    with patch.multiple(looking_back, BATCH=2):
        at_once(4, lambda _: look_back(now=DAY))
    row = TrialLookBack.objects.get()
    assert (row.state, row.seen, TrialVerdict.objects.count()) == (LookBackState.DONE, 6, 6)
