"""A change that is tried beside the live rules: what it would have said, and that it changes nothing."""

import json
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from compliance.checks.duplicate import Duplicate
from compliance.models import CheckMode, CheckSetting, SuppressionKind, Trial, TrialUse, TrialVerdict
from compliance.suppression import suppress
from compliance.trials.starting import try_caps, try_check
from compliance.trials.usage import count_bought
from intake.models import Lead
from leadcrm.lib.db import round_trips
from leadcrm.models import User
from leadcrm.testing.door import Door, Reply
from leadcrm.testing.factories import CapFactory, SourceFactory, TrialFactory, UserFactory
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(db: None) -> User:
    return UserFactory.create(is_staff=True)


def tried(
    door: Door, manager: User, name: str, mode: str = "enforce", *, agency: bool = False, **params: Any
) -> Trial:
    """A running trial of the source's check (or of the agency's)."""
    source = None if agency else door.source
    row = CheckSetting(source=source, check_name=name, mode=CheckMode(mode), params=params)
    return try_check(setting=row, by=manager, now=timezone.now() - timedelta(seconds=1))


def said(reply: Reply) -> tuple[str, str, str, str]:
    """What the only trial says of a post: live and would-be outcome, the trial's reason, the effect."""
    row = TrialVerdict.objects.get(submission=reply.submission)
    return row.live_outcome, row.would_outcome, row.code, row.effect


def test_a_stricter_filter_says_what_it_would_have_refused(door: Door, manager: User) -> None:
    tried(door, manager, "filters", states=["OK"])
    reply = door.post()
    assert reply.outcome == "accepted"
    assert said(reply) == ("accepted", "rejected", "filter_mismatch", "refuses")
    row = TrialVerdict.objects.get()
    assert (row.state, row.price, row.source, row.field) == ("TX", reply.lead.price, door.source, "state")
    assert row.reasons == [{"code": "filter_mismatch", "field": "state"}]


def test_a_looser_filter_says_what_it_would_have_bought(door: Door, manager: User) -> None:
    door.set_check("filters", states=["OK"])
    tried(door, manager, "filters", states=["OK", "TX"])
    reply = door.post()
    assert reply.outcome == "filter_mismatch"
    assert said(reply) == ("rejected", "accepted", "", "buys")
    assert not Lead.objects.exists()


def test_what_would_be_bought_by_one_check_may_be_refused_by_the_next(door: Door, manager: User) -> None:
    door.set_check("filters", states=["OK"])
    tried(door, manager, "filters")
    assert said(door.post(price="99")) == ("rejected", "rejected", "price_too_high", "same")


def test_a_check_that_refused_before_any_facts_were_read_has_those_behind_it_asked_with_facts(
    door: Door, manager: User
) -> None:
    known = glossary()
    assert door.post(known).outcome == "accepted"
    door.set_check("consent", require_ip=True, require_text=True)
    tried(door, manager, "consent", "off")
    without: dict[str, Any] = {"consent_text": None, "ip_address": None, "consent_ip": None}
    stranger, again = door.post(**without), door.post(phone=known["phone"], **without)
    assert (stranger.outcome, again.outcome) == ("consent_missing", "consent_missing")
    assert said(stranger)[1:] == ("accepted", "", "buys")
    assert said(again)[1:] == ("rejected", "duplicate", "same")


def test_a_shorter_window_is_looked_up_for_itself(door: Door, manager: User, travel_to: Any) -> None:
    now = timezone.now()
    travel_to(now - timedelta(days=20))
    known = glossary()
    door.post(known)
    Lead.objects.update(status="lost")
    travel_to(now)
    tried(door, manager, "duplicate", days=7)
    assert said(door.post(phone=known["phone"]))[1:] == ("accepted", "", "buys")
    assert said(door.post()) == ("accepted", "accepted", "", "same")


def test_a_longer_window_finds_whom_the_live_one_lets_pass(door: Door, manager: User, travel_to: Any) -> None:
    now = timezone.now()
    travel_to(now - timedelta(days=40))
    known = glossary()
    door.post(known)
    Lead.objects.update(status="lost")
    travel_to(now)
    tried(door, manager, "duplicate", days=60)
    assert said(door.post(phone=known["phone"])) == ("accepted", "rejected", "duplicate", "refuses")


def test_a_review_on_trial_says_what_it_would_have_held(door: Door, manager: User) -> None:
    tried(door, manager, "filters", "review", states=["OK"])
    assert said(door.post()) == ("accepted", "held", "filter_mismatch", "holds")


def test_a_check_switched_off_on_trial_frees_what_it_holds(door: Door, manager: User) -> None:
    door.set_check("filters", "review", states=["OK"])
    tried(door, manager, "filters", "off")
    assert said(door.post()) == ("held", "accepted", "", "buys")


def test_our_own_list_may_be_left_out_on_trial(door: Door, manager: User) -> None:
    phone = glossary()["phone"]
    suppress(
        phone=f"+1{phone}", email="", kind=SuppressionKind.INTERNAL, reason="", channel="call", by=None,
        now=timezone.now(),
    )  # fmt: skip
    tried(door, manager, "suppression", internal=False)
    assert said(door.post(phone=phone))[1:] == ("accepted", "", "buys")


def test_a_post_refused_before_the_tried_check_is_counted_as_unchanged(door: Door, manager: User) -> None:
    tried(door, manager, "filters", states=["OK"])
    assert said(door.post(phone="1")) == ("rejected", "rejected", "invalid_phone", "same")


def test_a_post_that_a_later_check_refused_is_refused_on_trial_too(door: Door, manager: User) -> None:
    tried(door, manager, "filters", exclude_zips=["999"])
    assert said(door.post(price="99")) == ("rejected", "rejected", "price_too_high", "same")


def test_nobody_free_live_is_nobody_free_on_trial(door: Door, manager: User) -> None:
    tried(door, manager, "filters", exclude_zips=["999"])
    assert said(door.post(state="OK", zip="73101")) == ("rejected", "rejected", "no_agent", "same")


def test_test_posts_are_not_tried(door: Door, manager: User) -> None:
    tried(door, manager, "filters", states=["OK"])
    reply = door.post(test=True)
    assert reply.json["test"] is True
    assert "trial" not in reply.text
    assert not TrialVerdict.objects.exists()


# Trials of caps.


def test_a_smaller_cap_would_have_refused_what_goes_over_it(door: Door, manager: User) -> None:
    CapFactory.create(source=door.source, limit=10)
    try_caps(source_id=door.source.pk, caps=[cap(2)], by=manager, now=timezone.now())
    assert [said(door.post())[1] for _ in range(4)] == ["accepted", "accepted", "rejected", "rejected"]
    assert door.source.caps.get().uses.get().used == 4


def test_a_larger_cap_counts_what_it_would_have_bought_itself(door: Door, manager: User) -> None:
    CapFactory.create(source=door.source, limit=1)
    assert door.post().outcome == "accepted"
    try_caps(source_id=door.source.pk, caps=[cap(3)], by=manager, now=timezone.now())
    assert [said(door.post())[3] for _ in range(4)] == ["buys", "buys", "same", "same"]
    assert Lead.objects.count() == 1


def test_a_cap_where_there_is_none_counts_what_came_before_the_trial(door: Door, manager: User) -> None:
    assert door.post().outcome == "accepted"
    try_caps(source_id=door.source.pk, caps=[cap(45, unit="spend")], by=manager, now=timezone.now())
    assert [said(door.post())[3] for _ in range(2)] == ["same", "refuses"]  # of 22 dollars each


def test_what_a_tried_cap_has_bought_is_counted_ahead_and_comes_to_the_same(
    door: Door, manager: User, travel_to: Any
) -> None:
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    travel_to(noon)
    try_caps(source_id=door.source.pk, caps=[cap(4)], by=manager, now=noon)
    effects = []
    for minutes in (1, 2, 20, 21, 22):
        travel_to(noon + timedelta(minutes=minutes))
        effects.append(said(door.post())[3])
        count_bought(now=timezone.now())
        count_bought(now=timezone.now())
    assert effects == ["same", "same", "same", "same", "refuses"]
    assert TrialUse.objects.get().leads == 2  # the last ones may not be all committed yet
    travel_to(noon + timedelta(days=1))
    assert said(door.post())[3] == "same"


def cap(limit: int, unit: str = "leads") -> Any:
    return CapFactory.build(period="day", unit=unit, limit=limit)


# Whom an agency's trial covers.


def test_an_agencys_trial_leaves_a_source_to_its_own_row(door: Door, manager: User) -> None:
    door.set_check("filters", states=["TX"])
    tried(door, manager, "filters", agency=True, states=["OK"])
    assert door.post().outcome == "accepted"
    assert not TrialVerdict.objects.exists()


def test_an_agencys_trial_is_asked_in_what_a_sources_row_leaves_to_it(door: Door, manager: User) -> None:
    door.set_check("filters", states=["TX"])
    tried(door, manager, "filters", agency=True, states=["OK"], min_age=80)
    row = TrialVerdict.objects.get(submission=door.post(age="40").submission)
    assert [reason["field"] for reason in row.reasons] == ["age"]


def test_a_sources_trial_is_none_of_another_sources(door: Door, manager: User) -> None:
    TrialFactory.create(source=SourceFactory.create(), check_name="filters", params={"states": ["OK"]})
    door.post()
    assert not TrialVerdict.objects.exists()


# That it changes nothing.


def without_ms(reply: Reply) -> Any:
    body = reply.json
    for name in ("submission_id", "lead_id", "vendor_lead_id", "decision_url", "processed_ms"):
        body.pop(name, None)
    return reply.status, body


@pytest.mark.parametrize("fields", [{}, {"price": "99"}, {"phone": "1"}, {"state": "OK", "zip": "73101"}])
def test_the_answer_and_the_decision_are_the_same_with_a_trial_and_without(
    door: Door, manager: User, fields: dict[str, Any], travel_to: Any
) -> None:
    travel_to(timezone.now())
    CapFactory.create(source=door.source, limit=10)
    before = door.post(**fields)
    tried(door, manager, "filters", states=["OK"])
    tried(door, manager, "duplicate", days=1)
    tried(door, manager, "price", "observe")
    tried(door, manager, "consent", agency=True, require_ip=True)
    during = door.post(**fields)
    assert TrialVerdict.objects.filter(submission=during.submission).count() == 4
    assert without_ms(before) == without_ms(during)
    lines = [
        [{**line, "ms": 0} for line in reply.decision.checks] for reply in (before, during)
    ]  # fmt: skip
    assert lines[0] == lines[1]


def test_no_vendor_sees_a_trial(door: Door, manager: User) -> None:
    tried(door, manager, "filters", states=["OK"])
    reply = door.post()
    told = reply.text + json.dumps(dict(reply.headers)) + door.get(reply.json["submission_id"]).text
    assert "filter_mismatch" not in told
    assert "trial" not in told.lower()
    assert "filter_mismatch" not in json.dumps(reply.decision.checks)


def test_a_trial_that_is_over_is_not_asked(door: Door, manager: User, travel_to: Any) -> None:
    tried(door, manager, "filters", states=["OK"])
    travel_to(timezone.now() + timedelta(days=15))
    door.post()
    assert not TrialVerdict.objects.exists()


# Trials that break.


def test_a_check_that_breaks_on_trial_costs_no_post(door: Door, manager: User) -> None:
    tried(door, manager, "filters", states=["OK"])
    check = "compliance.checks.filters.Filters.run"
    real = __import__("compliance.checks.filters", fromlist=["check"]).Filters.run

    def run(self: Any, given: Any) -> Any:
        if given.params.states:
            raise ZeroDivisionError("2145552222")
        return real(self, given)

    with patch(check, run):
        reply = door.post()
    assert reply.outcome == "accepted"
    assert said(reply) == ("accepted", "broke", "", "broke")
    assert TrialVerdict.objects.get().why == "ZeroDivisionError"


def test_parameters_that_the_check_does_not_take_cost_no_post(door: Door) -> None:
    TrialFactory.create(source=door.source, check_name="filters", params={"planets": ["Mars"]})
    TrialFactory.create(source=door.source, check_name="gone", params={})
    TrialFactory.create(
        source=door.source, check_name="caps", mode="", on_unknown="", params={}, caps=[{"limit": "much"}]
    )
    reply = door.post()
    assert reply.outcome == "accepted"
    rows = TrialVerdict.objects.filter(submission=reply.submission).order_by("trial_id")
    assert [row.effect for row in rows] == ["broke"] * 3
    assert "planets" in rows[0].why
    assert "gone" in rows[1].why


def test_a_read_of_a_trial_that_the_database_refuses_costs_no_post(door: Door, manager: User) -> None:
    tried(door, manager, "duplicate", days=7)
    with patch.dict("compliance.trials.beside._EARLIER", {"any": "SELECT 1 / 0"}):
        reply = door.post()
    assert reply.outcome == "accepted", reply.text
    assert reply.lead.phone
    assert said(reply)[3] == "broke"
    assert door.post().outcome == "accepted"


def test_a_window_that_reaches_before_all_time_breaks_nothing(door: Door, manager: User) -> None:
    row = tried(door, manager, "duplicate", days=7)
    Trial.objects.filter(pk=row.pk).update(params={"days": 999_999_999})
    reply = door.post()
    assert (reply.outcome, said(reply)[3]) == ("accepted", "broke")


def test_a_post_that_is_run_again_keeps_its_first_verdict(door: Door, manager: User) -> None:
    tried(door, manager, "filters", states=["OK"])
    with patch.object(Duplicate, "run", side_effect=ZeroDivisionError):
        assert door.post(payload := glossary()).outcome == "pending"
    assert not TrialVerdict.objects.exists()
    assert door.post(payload).outcome == "accepted"
    assert TrialVerdict.objects.get().effect == "refuses"


def test_a_service_that_was_not_asked_leaves_it_open(door: Door, manager: User) -> None:
    tried(door, manager, "certificate", require_match=True)
    tried(door, manager, "scrub_service", service="dnc_com")
    reply = door.post()
    rows = TrialVerdict.objects.filter(submission=reply.submission)
    assert {row.effect for row in rows} == {"open"}
    assert any("TrustedForm was not asked" in row.why for row in rows)


# What it costs.


def trips(door: Door) -> int:
    """Round trips of one accepted post, configuration and statements warm."""
    for _ in range(2):
        assert door.post().outcome == "accepted"
    before = round_trips.count
    assert door.post().outcome == "accepted"
    return round_trips.count - before


def test_a_trial_costs_a_round_trip_only_where_it_must_look_something_up(door: Door, manager: User) -> None:
    without = trips(door)
    tried(door, manager, "filters", states=["OK"])
    tried(door, manager, "duplicate", "observe")
    assert trips(door) == without
    Trial.objects.filter(check_name="duplicate").delete()
    tried(door, manager, "duplicate", days=7)
    tried(door, manager, "suppression", later_consent_reopens=True)
    try_caps(source_id=door.source.pk, caps=[cap(99)], by=manager, now=timezone.now())
    assert trips(door) == without + 1
