"""The badges of a lead: what the lists said, from decisions of today and of before."""

from typing import Any

import pytest

from agents.badges import Badge, badges
from leadcrm.testing.factories import DecisionFactory

pytestmark = pytest.mark.django_db


def of_lists(**record: Any) -> list[Badge]:
    """The badges for the lists, of a decision whose check left `record`."""
    decision = DecisionFactory.create(checks=[{"check": "suppression", "outcome": "pass", "ms": 1, **record}])
    return badges(decision=decision, consent=None, suppressed=None)[:-2]


def answer(**said: Any) -> dict[str, Any]:
    """One answer as decisions record it."""
    plain = {
        "code": "national", "kind": "national", "state": "clear", "why": "", "version": 1,
        "effective_on": "2026-11-01", "stale": False, "phone": 1,
    }  # fmt: skip
    return {**plain, **said}


@pytest.mark.parametrize(
    ("said", "badge"),
    [
        ({}, Badge("National DNC: clear", "good")),
        ({"state": "listed", "phone": 2}, Badge("National DNC, second phone: listed", "bad")),
        ({"stale": True}, Badge("National DNC: clear (stale)", "warn", "The list was out of date")),
        ({"state": "unknown", "why": "no_list"}, Badge("National DNC: unknown", "warn", "No list")),
        ({"code": "state_tx", "kind": "state"}, Badge("TX DNC: clear", "good")),
        ({"code": "plaintiffs", "kind": "litigator"}, Badge("Plaintiffs (litigators): clear", "good")),
        (
            {"code": "reassigned", "kind": "reassigned", "state": "unknown", "why": "not_asked",
             "reassigned": "not_asked"},
            Badge("Reassigned numbers: not asked", "quiet"),
        ),
        (
            {"code": "reassigned", "kind": "reassigned", "state": "unknown", "why": "consent_is_newer",
             "reassigned": "no_data"},
            Badge("Reassigned numbers: no data", "warn", "Consent is newer"),
        ),
    ],
)  # fmt: skip
def test_an_answer_is_told_in_a_few_words(said: dict[str, Any], badge: Badge) -> None:
    assert of_lists(lists=[answer(**said)], detail="nobody reads this") == [badge]


def test_a_decision_recorded_in_words_only_is_still_shown() -> None:
    told = of_lists(detail="national clear, state_tx unknown (no list), stale, litigator listed")
    assert [badge.text for badge in told] == [
        "National DNC: clear", "TX DNC: unknown (stale)", "Litigators: listed",
    ]  # fmt: skip


def test_no_list_asked_is_said() -> None:
    assert of_lists(detail="no list asked")[0].text == "No do-not-call list asked"
