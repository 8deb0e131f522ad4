"""The lists asked about both numbers, how old a list may be, and what the decision's record says of each answer."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from compliance.models import DncList, ListKind
from compliance.tests.dnc_support import full
from leadcrm.testing.door import Door, Reply
from leadcrm.testing.factories import DncListFactory

pytestmark = pytest.mark.django_db
LISTED, CLEAR = "2145552222", "2145553333"
EASTERN = ZoneInfo("America/New_York")
OCTOBER_1 = date(2026, 10, 1)


def load(code: str, numbers: list[str], *, on: date | None = None, **fields: Any) -> DncList:
    """A list with its bitmaps, dated `on` (yesterday)."""
    found = DncListFactory.create(code=code, **fields)
    day = on or timezone.localdate() - timedelta(days=1)
    full(numbers, code=code, on=day, now=datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    found.refresh_from_db()
    return found


def lists(reply: Reply) -> list[dict[str, Any]]:
    """What the record of the decision says of the lists."""
    found: list[dict[str, Any]] = reply.check("suppression")["lists"]
    return found


def test_a_listed_second_phone_is_refused_and_named(door: Door) -> None:
    load("national", [LISTED])
    assert door.post(phone=CLEAR, phone_2=LISTED).codes == [("suppressed_dnc", "phone_2")]
    assert door.post(phone=LISTED, phone_2=LISTED).codes == [("suppressed_dnc", "phone")]
    assert door.post(phone=CLEAR, phone_2="2145554444").outcome == "accepted"


def test_an_area_code_not_held_of_the_second_phone_cannot_be_known(door: Door) -> None:
    load("national", [LISTED], by_area_code=True)
    reply = door.post(phone=CLEAR, phone_2="9185552222")
    assert reply.outcome == "check_unavailable"
    assert [(each["phone"], each["state"], each["why"]) for each in lists(reply)] == [
        (1, "clear", ""), (2, "unknown", "area_code_not_held"),
    ]  # fmt: skip


def test_the_record_has_every_answer_for_programs(door: Door) -> None:
    national = load("national", [LISTED], stale_after_days=31)
    professional = load("plaintiffs", ["2145559999"], kind=ListKind.LITIGATOR)
    reply = door.post(phone=CLEAR, phone_2=LISTED)
    common = {"why": "", "stale": False}
    of_national = {
        **common, "code": "national", "kind": "national", "version": national.current_id,
        "effective_on": str(timezone.localdate() - timedelta(days=1)),
    }  # fmt: skip
    of_professional = {
        **of_national, "code": "plaintiffs", "kind": "litigator", "version": professional.current_id,
    }  # fmt: skip
    assert lists(reply) == [
        {**of_national, "state": "clear", "phone": 1}, {**of_national, "state": "listed", "phone": 2},
        {**of_professional, "state": "clear", "phone": 1}, {**of_professional, "state": "clear", "phone": 2},
    ]  # fmt: skip
    assert "lists" not in reply.json


def test_a_litigator_list_is_told_by_its_kind_whatever_its_code(door: Door) -> None:
    load("serial_plaintiffs", [LISTED], kind=ListKind.LITIGATOR)
    assert door.post(phone=LISTED).codes == [("suppressed_litigator", "phone")]
    door.set_check("suppression", litigator=False, national=False)
    assert door.post(phone=LISTED, email="somebody.else@example.com").outcome == "accepted"


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        # Dated October 1: fresh to the last second of the 31st day after it, in the agency's time.
        (datetime(2026, 11, 1, 23, 59, 59, tzinfo=EASTERN), "accepted"),
        (datetime(2026, 11, 2, 0, 0, 0, tzinfo=EASTERN), "check_unavailable"),
        # Already the second of November in UTC, still the first where the agency is (the clocks went back meanwhile).
        (datetime(2026, 11, 2, 4, 59, 59, tzinfo=UTC), "accepted"),
        (datetime(2026, 11, 2, 5, 0, 0, tzinfo=UTC), "check_unavailable"),
    ],
)
def test_a_list_is_fresh_through_the_31st_day_after_its_date(door: Door, at: datetime, outcome: str) -> None:
    load("national", [LISTED], on=OCTOBER_1, stale_after_days=31)
    with time_machine.travel(at, tick=False):
        reply = door.post(phone=CLEAR, consent_timestamp=None, lead_created_at=None)
    assert reply.outcome == outcome
    (answer,) = lists(reply)
    assert (answer["state"], answer["stale"]) == ("clear", outcome != "accepted")


@pytest.fixture
def reassigned(door: Door) -> Callable[..., str]:
    """The word a list of reassigned numbers of October 1 leaves on a post of October 20, and what came of it."""
    door.set_check("lead_age", mode="off")

    def word(phone: str = LISTED, *, consented: str = "2026-09-15T12:00:00Z", **fields: Any) -> str:
        load("reassigned", [LISTED], on=OCTOBER_1, kind=ListKind.REASSIGNED, **fields)
        with time_machine.travel(datetime(2026, 10, 20, 15, tzinfo=UTC), tick=False):
            reply = door.post(phone=phone, consent_timestamp=consented, lead_created_at=consented)
        (said,) = [each["reassigned"] for each in lists(reply) if each["code"] == "reassigned"]
        return f"{said}: {reply.outcome}"

    return word


def test_reassigned_numbers_are_not_asked_unless_the_source_wants_it(reassigned: Callable[..., str]) -> None:
    assert reassigned() == "not_asked: accepted"


def test_a_number_reassigned_since_the_consent_is_refused(door: Door, reassigned: Callable[..., str]) -> None:
    door.set_check("suppression", reassigned=True)
    assert reassigned() == "yes: suppressed_dnc"


def test_a_number_that_was_not_reassigned_is_taken(door: Door, reassigned: Callable[..., str]) -> None:
    door.set_check("suppression", reassigned=True)
    assert reassigned(CLEAR) == "no: accepted"


def test_a_list_that_does_not_hold_the_area_code_has_no_data(
    door: Door, reassigned: Callable[..., str]
) -> None:
    door.set_check("suppression", reassigned=True)
    assert reassigned("9185552222", by_area_code=True) == "no_data: check_unavailable"


def test_a_consent_of_the_day_of_the_list_is_no_newer_than_it(
    door: Door, reassigned: Callable[..., str]
) -> None:
    door.set_check("suppression", reassigned=True)
    # Agency time: the first of October is not over there at three in the morning UTC.
    assert reassigned(consented="2026-10-02T03:00:00Z") == "yes: suppressed_dnc"


def test_a_list_older_than_the_consent_has_no_data_and_stops_nobody(
    door: Door, reassigned: Callable[..., str]
) -> None:
    door.set_check("suppression", reassigned=True)
    assert reassigned(consented="2026-10-02T04:00:00Z") == "no_data: accepted"
