"""A post's decision comes out the same, whatever has changed since; a changed record does not."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.evidence.replay import replay
from compliance.models import Cap, CapUse, Decision, DncList, DncVersion, Suppression, SuppressionKind
from compliance.registry import CHECKS
from compliance.review import approve_held, refuse_held
from compliance.tests.replay_cases import CASES, OTHER, PHONE, RECOMPUTED, RECORD, SECOND, on_list
from compliance.tests.replay_support import BEFORE, DAY, LATER, again, change_everything, line, load
from intake.models import Lead, LeadEvent, Submission
from leadcrm.models import User
from leadcrm.testing.door import Door
from leadcrm.testing.factories import CapFactory

pytestmark = pytest.mark.django_db


UNTESTED = {
    "certificate", "scrub_service",  # by what services answered: test_replay_services
    "ping",  # of posts that name one: intake/tests/test_ping_keeping
}  # fmt: skip


def test_every_check_is_in_the_matrix() -> None:
    assert {case.check for case in CASES.values()} | UNTESTED == {check.name for check in CHECKS} | {"agent"}


@pytest.mark.parametrize("name", CASES)
def test_it_comes_out_the_same_after_everything_has_changed(door: Door, travel_to: Any, name: str) -> None:
    case = CASES[name]
    travel_to(BEFORE)
    case.setup(door)
    travel_to(DAY)
    reply = door.post(**case.fields())
    assert reply.outcome == case.outcome, reply.text
    assert again(reply.decision).differs == ()
    travel_to(DAY + timedelta(minutes=9))
    door.source.caps.update(limit=99)
    for _ in range(2):
        door.post()
    travel_to(LATER)
    change_everything(door, [PHONE, SECOND, "9185552222"])
    door.post(phone=PHONE)
    rows = counted()
    found = again(reply.decision)
    assert (found.differs, found.impossible) == ((), "")
    assert line(found, case.check).basis == case.basis
    assert counted() == rows, "a replay writes nothing"


def counted() -> list[int]:
    return [model.objects.count() for model in (Submission, Decision, Lead, LeadEvent, Suppression, CapUse)]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.basis == RECOMPUTED])
def test_a_changed_line_of_the_record_is_found(door: Door, travel_to: Any, name: str) -> None:
    case = CASES[name]
    travel_to(BEFORE)
    case.setup(door)
    travel_to(DAY)
    decision = door.post(**case.fields()).decision
    (record,) = [record for record in decision.checks if record["check"] == case.check]
    record["outcome"] = "pass" if record["outcome"] != "pass" else "stop"
    record["reasons"] = [] if record["outcome"] == "pass" else [{"code": "duplicate", "field": "phone"}]
    found = replay(decision)
    assert not line(found, case.check).agrees
    assert found.differs[0].startswith(line(found, case.check).label)
    assert found.verdict == "Does not come out as recorded."


def test_a_changed_outcome_is_found_and_told_in_words(door: Door) -> None:
    door.set_check("filters", states=["OK"])
    decision = door.post().decision
    decision.outcome, decision.reason = "accepted", ""
    assert replay(decision).differs == ("recorded accepted, comes out rejected (filter_mismatch)",)
    decision.checks = [*decision.checks[:-1], {"check": "filters", "outcome": "pass"}]
    words = "Filters: recorded nothing against it, comes out against it: filter_mismatch (state)"
    assert replay(decision).differs[0] == words


def test_a_lead_that_was_not_to_be_bought_is_found_though_the_whole_record_says_so(
    door: Door, travel_to: Any
) -> None:
    travel_to(BEFORE)
    on_list(SuppressionKind.INTERNAL, phone=f"+1{PHONE}")(door)
    good = door.post().decision
    travel_to(DAY)
    decision = door.post(phone=PHONE).decision
    decision.outcome, decision.reason, decision.checks = good.outcome, good.reason, good.checks
    found = replay(decision)
    assert found.reasons[0].code == "suppressed_internal"
    assert found.differs[-1] == "recorded accepted, comes out rejected (suppressed_internal)"


def test_a_list_version_that_was_not_in_use_is_found(door: Door, travel_to: Any) -> None:
    travel_to(BEFORE)
    listing = load("national", [PHONE])
    first = DncList.objects.get(pk=listing.pk).current_id
    load("national", [OTHER], at=BEFORE + timedelta(hours=1))
    travel_to(DAY)
    decision = door.post(phone=PHONE).decision
    assert replay(decision).differs == ()
    decision.data_versions["lists"]["national"] = first
    words = f"Do-not-call and litigators: version {first} of national was not the one in use"
    assert words in replay(decision).differs
    decision.data_versions["lists"]["national"] = 10**6
    assert "Do-not-call and litigators: version 1000000 of national is gone" in replay(decision).differs


def test_history_of_a_list_that_is_not_kept_leaves_the_record(door: Door, travel_to: Any) -> None:
    travel_to(BEFORE)
    load("national", [OTHER])
    travel_to(DAY)
    decision = door.post(phone=PHONE).decision
    load("national", [OTHER, SECOND], at=LATER)
    DncVersion.objects.filter(number=1).update(history_kept=False)
    found = replay(decision)
    assert (found.differs, line(found, "suppression").basis) == ((), RECORD)
    assert line(found, "suppression").why == "the history of national is not kept that far back"


def test_what_came_at_the_same_moment_may_or_may_not_have_been_seen(door: Door, travel_to: Any) -> None:
    travel_to(DAY)
    first = door.post(phone=PHONE).decision
    second = door.post(phone=PHONE).decision
    assert (first.outcome, second.outcome) == ("accepted", "rejected")
    for decision, basis in ((first, RECOMPUTED), (second, RECORD)):
        found = replay(decision)
        assert (found.differs, line(found, "duplicate").basis) == ((), basis)
    assert "at that moment" in line(found, "duplicate").why
    for record in second.checks:
        record["outcome"] = "unknown"
    assert not line(replay(second), "duplicate").agrees  # neither past makes that


def test_a_cap_that_was_made_another_one_leaves_the_record(door: Door) -> None:
    cap = CapFactory.create(source=door.source, period="day", limit=5)
    assert line(again(door.post().decision), "caps").basis == RECOMPUTED
    Cap.objects.filter(pk=cap.pk).update(period="month", limit=5)
    found = again(door.post().decision)
    assert (found.differs, line(found, "caps").basis) == ((), RECORD)


def test_an_earlier_lead_whose_person_was_forgotten_since_leaves_the_record(
    door: Door, travel_to: Any
) -> None:
    travel_to(BEFORE)
    lead = door.post(phone=PHONE, email="first@example.com").lead
    travel_to(DAY)
    decision = door.post(phone=PHONE).decision
    Lead.objects.filter(pk=lead.pk).update(phone="+12145550100", email="")
    found = replay(decision)
    assert (found.differs, line(found, "duplicate").basis) == ((), RECORD)
    Lead.objects.filter(pk=lead.pk).update(phone="+12145550100", received_at=LATER)
    assert not replay(decision).agrees


def test_a_post_that_is_not_kept_is_not_said_to_agree(door: Door) -> None:
    reply = door.post()
    Submission.objects.filter(pk=reply.submission.pk).update(body=b"")
    found = again(reply.decision)
    assert (found.agrees, found.differs, found.checks) == (False, (), ())
    assert found.verdict == "Cannot be decided again: the post as it came is not kept any more."


def test_a_decision_from_before_the_history_is_not_said_to_agree(door: Door) -> None:
    decision = door.post().decision
    decision.data_versions["config"] = 1
    assert "Configuration is kept since version" in replay(decision).impossible
    decision.data_versions = {}
    assert "does not say under which configuration" in replay(decision).impossible


def test_a_reviewed_post_comes_out_by_the_word_of_its_reviewer(
    door: Door, reviewer: User, travel_to: Any
) -> None:
    door.set_check("consent", "review", wording="refuse")
    door.set_check("lead_age", max_age_minutes=60)
    travel_to(BEFORE)
    held, refused = (door.post(consent_text="Yes, call me.") for _ in range(2))
    travel_to(DAY)
    approve_held(submission_id=held.submission.pk, by=reviewer, note="Asked them", now=timezone.now())
    refuse_held(
        submission_id=refused.submission.pk,
        by=reviewer,
        reason="consent_invalid",
        note="No",
        now=timezone.now(),
    )
    for reply in (held, refused):
        for decision in Decision.objects.filter(submission=reply.submission.pk):
            found = again(decision)
            assert (found.differs, found.impossible) == ((), "")
    assert (held.decision.outcome, refused.decision.outcome) == ("accepted", "rejected")
    decision = held.decision
    decision.checks = [record for record in decision.checks if record["check"] != "review"]
    assert replay(decision).differs == ("Review: recorded not asked, comes out nothing against it",)
    decision = held.decision
    decision.decided_at = LATER
    assert "the review that it follows is gone" in replay(decision).differs


def test_a_check_that_is_younger_than_the_decision_is_no_difference_unless_it_refuses(door: Door) -> None:
    decision = door.post().decision
    decision.checks = [record for record in decision.checks if record["check"] != "price"]
    found = replay(decision)
    assert (found.differs, line(found, "price").why) == ((), "not in the record")
    door.set_check("filters", states=["OK"])
    decision = door.post().decision
    decision.outcome, decision.reason, decision.checks = "accepted", "", []
    assert not replay(decision).agrees


def test_a_configuration_that_changed_in_that_very_moment_is_tried(door: Door) -> None:
    decision = door.post().decision
    version = decision.data_versions["config"]
    door.set_check("filters", states=["OK"])
    later = door.post().decision
    later.data_versions["config"] = version  # read first; the rows then were of the next version
    found = replay(later)
    assert found.agrees
    assert "Configuration was changed meanwhile" in found.verdict
    later.decided_at = LATER
    assert not replay(later).agrees
