"""People who must not be bought: our own list, litigators, the national and the state registries."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.models import DncList, Suppression, SuppressionKind
from compliance.suppression import release, suppress
from compliance.tests.dnc_support import full
from intake.models import Lead
from leadcrm.models import User
from leadcrm.testing.door import Door
from leadcrm.testing.factories import DncListFactory

pytestmark = pytest.mark.django_db
LISTED, CLEAR = "2145552222", "2145553333"


def load(code: str, numbers: list[str], *, days_old: int = 1, **fields: Any) -> DncList:
    """A do-not-call list with its bitmaps, effective `days_old` days ago."""
    found = DncListFactory.create(code=code, **fields)
    full(numbers, code=code, on=timezone.localdate() - timedelta(days=days_old), now=timezone.now())
    return found


def on_our_list(
    kind: SuppressionKind = SuppressionKind.INTERNAL, *, phone: str = "", email: str = ""
) -> list[Suppression]:
    """Somebody whom the agency may not contact."""
    return suppress(
        phone=phone, email=email, kind=kind, reason="asked", channel="call", by=None, now=timezone.now()
    )


def test_a_number_of_the_national_registry_is_refused(door: Door) -> None:
    load("national", [LISTED])
    assert door.post(phone=LISTED).codes == [("suppressed_dnc", "phone")]
    assert door.post(phone=CLEAR).outcome == "accepted"


def test_the_record_says_which_version_of_which_list_was_asked(door: Door) -> None:
    found = load("national", [LISTED])
    found.refresh_from_db()
    for phone, word in ((LISTED, "listed"), (CLEAR, "clear")):
        reply = door.post(phone=phone)
        assert reply.check("suppression")["detail"] == f"national {word}"
        assert reply.decision.data_versions["lists"] == {"national": found.current_id}


@pytest.mark.parametrize(
    ("state", "zip_code", "outcome"), [("TX", "75201", "suppressed_dnc"), ("OK", "73101", "no_agent")]
)
def test_a_state_list_is_asked_for_leads_of_that_state(
    door: Door, state: str, zip_code: str, outcome: str
) -> None:
    load("tx", [LISTED], kind="state", state="TX")
    assert door.post(phone=LISTED, state=state, zip=zip_code).outcome == outcome


def test_a_list_that_is_not_active_is_not_asked(door: Door) -> None:
    load("tx", [LISTED], kind="state", state="TX")
    DncList.objects.update(active=False)
    assert door.post(phone=LISTED).outcome == "accepted"


@pytest.mark.parametrize(
    ("kind", "code"),
    [(SuppressionKind.INTERNAL, "suppressed_internal"), (SuppressionKind.LITIGATOR, "suppressed_litigator")],
)
def test_who_is_on_our_own_list_is_refused_by_phone_second_phone_or_address(
    door: Door, kind: SuppressionKind, code: str
) -> None:
    on_our_list(kind, phone=f"+1{LISTED}", email="Listed@Example.com")
    for fields in ({"phone": LISTED}, {"phone_2": LISTED}, {"email": "listed@example.COM"}):
        changes: dict[str, Any] = dict(fields)
        assert door.post(**changes).codes == [(code, "phone")]
    assert door.post().outcome == "accepted"
    assert Lead.objects.count() == 1


def test_a_litigator_list_by_bitmap_is_told_as_litigator(door: Door) -> None:
    load("litigator", [LISTED], kind="litigator")
    assert door.post(phone=LISTED).codes == [("suppressed_litigator", "phone")]


def test_every_list_that_names_the_person_is_told_once(door: Door) -> None:
    load("national", [LISTED])
    load("tx", [LISTED], kind="state", state="TX")
    on_our_list(phone=f"+1{LISTED}")
    on_our_list(SuppressionKind.LITIGATOR, phone=f"+1{LISTED}")
    codes = [code for code, _ in door.post(phone=LISTED).codes]
    assert codes == ["suppressed_litigator", "suppressed_internal", "suppressed_dnc"]


def test_who_was_taken_off_the_list_is_bought_again(door: Door, reviewer: User) -> None:
    (row,) = on_our_list(phone=f"+1{LISTED}")
    assert door.post(phone=LISTED).outcome == "suppressed_internal"
    assert release(suppression=row, by=reviewer, now=timezone.now())
    assert door.post(phone=LISTED).outcome == "accepted"


@pytest.mark.parametrize(("param", "listed_on"), [
    ("internal", "internal"), ("litigator", "litigator"), ("national", "national"), ("state_lists", "tx"),
])  # fmt: skip
def test_a_source_may_leave_a_list_unasked(door: Door, param: str, listed_on: str) -> None:
    if listed_on == "national":
        load("national", [LISTED])
    elif listed_on == "tx":
        load("tx", [LISTED], kind="state", state="TX")
    else:
        on_our_list(SuppressionKind(listed_on), phone=f"+1{LISTED}")
    params: dict[str, Any] = {param: False}
    door.set_check("suppression", **params)
    assert door.post(phone=LISTED).outcome == "accepted"
    others: dict[str, Any] = {
        name: False for name in ("internal", "litigator", "national", "state_lists") if name != param
    }
    door.set_check("suppression", **others)
    assert door.post(phone=LISTED, email=None).outcome != "accepted"


def test_a_registry_that_was_never_set_up_refuses_nobody_and_the_record_says_so(door: Door) -> None:
    reply = door.post()
    assert reply.outcome == "accepted"
    assert reply.check("suppression")["detail"] == "national unknown (no list)"


@pytest.mark.parametrize(
    ("on_unknown", "outcome"), [("block", "check_unavailable"), ("hold", "pending"), ("pass", "accepted")]
)
def test_a_stale_list_cannot_know_and_a_setting_says_what_follows(
    door: Door, on_unknown: str, outcome: str
) -> None:
    load("national", [LISTED], days_old=40, stale_after_days=31)
    door.set_check("suppression", on_unknown=on_unknown)
    reply = door.post(phone=CLEAR)
    assert reply.outcome == outcome
    assert reply.check("suppression")["detail"] == "national clear, stale"
    assert door.post(phone=LISTED).outcome == "suppressed_dnc"  # what is listed is listed


def test_an_area_code_that_is_not_held_cannot_be_known(door: Door) -> None:
    load("national", [LISTED], by_area_code=True)
    reply = door.post(phone="9185552222")
    assert (reply.outcome, reply.json["retry"]) == ("check_unavailable", True)
    assert "area code not held" in reply.check("suppression")["detail"]
