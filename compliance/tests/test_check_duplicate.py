"""Duplicates: who is the same person, how far back, among whose leads."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from intake.keys import issue_key
from intake.models import Lead, LeadStatus
from leadcrm.testing.door import Door
from leadcrm.testing.factories import SourceFactory, VendorFactory

pytestmark = pytest.mark.django_db
PHONE, EMAIL = "2145552222", "same@example.com"


def earlier(door: Door, *, days: int = 0, status: LeadStatus = LeadStatus.LOST, **fields: Any) -> Lead:
    """A lead that was bought `days` ago and stands in `status`."""
    lead = door.post(**{"phone": PHONE, "email": EMAIL, **fields}).lead
    Lead.objects.filter(pk=lead.pk).update(received_at=timezone.now() - timedelta(days=days), status=status)
    return lead


def door_of(source: Any) -> Door:
    """Another source's door."""
    return Door(source, issue_key(source=source)[1])


@pytest.mark.parametrize(
    ("match", "by_phone", "by_email", "by_both"),
    [
        ("any", True, True, True),
        ("phone", True, False, True),
        ("email", False, True, True),
        ("all", False, False, True),
    ],
)
def test_people_are_matched_by_phone_by_address_by_any_or_by_both(
    door: Door, match: str, by_phone: bool, by_email: bool, by_both: bool
) -> None:
    earlier(door)
    door.set_check("duplicate", match=match)
    posts: list[dict[str, Any]] = [{"phone": PHONE}, {"email": EMAIL}, {"phone": PHONE, "email": EMAIL}, {}]
    for fields, refused in zip(posts, (by_phone, by_email, by_both, False), strict=True):
        reply = door.post(**fields, test="1")
        assert (reply.outcome == "duplicate") is refused, fields


def test_the_field_that_matched_is_named(door: Door) -> None:
    earlier(door)
    assert door.post(phone=PHONE).codes == [("duplicate", "phone")]
    assert door.post(email=EMAIL).codes == [("duplicate", "email")]
    assert door.post(phone=PHONE, email=EMAIL).codes == [("duplicate", "phone")]


@pytest.mark.parametrize("first", ["phone", "phone_2"])
@pytest.mark.parametrize("second", ["phone", "phone_2"])
def test_the_second_phone_counts_as_much_as_the_first(door: Door, first: str, second: str) -> None:
    ours: dict[str, Any] = {"phone": "2145553333", "email": None, first: PHONE}
    theirs: dict[str, Any] = {second: PHONE}
    earlier(door, **ours)
    assert door.post(**theirs).outcome == "duplicate"


def test_an_address_is_the_same_in_any_case(door: Door) -> None:
    earlier(door)
    assert door.post(email=" Same@Example.COM ").outcome == "duplicate"


def test_two_people_without_an_address_are_two(door: Door) -> None:
    door.set_check("duplicate", match="all")
    earlier(door, email=None)
    assert door.post(email=None).outcome == "accepted"
    assert door.post(phone=PHONE, email=None).outcome == "accepted"  # both must match, and one is not there


@pytest.mark.parametrize(("days", "outcome"), [(29, "duplicate"), (31, "accepted")])
def test_the_window_is_thirty_days_by_default(door: Door, days: int, outcome: str) -> None:
    earlier(door, days=days)
    assert door.post(phone=PHONE).outcome == outcome


def test_a_source_sets_its_window(door: Door) -> None:
    earlier(door, days=5)
    door.set_check("duplicate", days=4)
    assert door.post(phone=PHONE, test="1").outcome == "accepted"
    door.set_check("duplicate", days=6)
    assert door.post(phone=PHONE, test="1").outcome == "duplicate"
    door.set_check("duplicate", days=0)
    assert door.post(phone=PHONE, test="1").outcome == "accepted"


@pytest.mark.parametrize("status", LeadStatus)
def test_open_leads_and_clients_count_at_any_age(door: Door, status: LeadStatus) -> None:
    earlier(door, days=1000, status=status)
    counts = status in ("new", "contacted", "quoted", "sold")
    assert (door.post(phone=PHONE, test="1").outcome == "duplicate") is counts
    door.set_check("duplicate", open_leads=False)
    assert (door.post(phone=PHONE, test="1").outcome == "duplicate") is (status == "sold")
    door.set_check("duplicate", clients=False)
    assert (door.post(phone=PHONE, test="1").outcome == "duplicate") is (counts and status != "sold")
    door.set_check("duplicate", open_leads=False, clients=False)
    assert door.post(phone=PHONE, test="1").outcome == "accepted"


@pytest.mark.parametrize(
    ("scope", "same_source", "same_vendor", "other_vendor"),
    [("source", True, False, False), ("vendor", True, True, False), ("agency", True, True, True)],
)
def test_one_looks_among_the_leads_of_the_source_the_vendor_or_the_agency(
    door: Door, scope: str, same_source: bool, same_vendor: bool, other_vendor: bool
) -> None:
    earlier(door)
    sibling = door_of(SourceFactory.create(vendor=door.source.vendor, vertical=door.source.vertical))
    stranger = door_of(SourceFactory.create(vendor=VendorFactory.create(), vertical=door.source.vertical))
    for place, refused in ((door, same_source), (sibling, same_vendor), (stranger, other_vendor)):
        place.set_check("duplicate", scope=scope)
        assert (place.post(phone=PHONE, test="1").outcome == "duplicate") is refused


def test_a_client_is_known_to_the_whole_agency_whatever_the_scope(door: Door) -> None:
    earlier(door, days=1000, status=LeadStatus.SOLD)
    stranger = door_of(SourceFactory.create())
    stranger.set_check("duplicate", scope="source")
    assert stranger.post(phone=PHONE).outcome == "duplicate"


def test_a_refused_post_makes_nobody_known(door: Door) -> None:
    assert door.post(phone=PHONE, state="Nowhere").outcome == "invalid_field"
    assert door.post(phone=PHONE).outcome == "accepted"


def test_the_agency_sees_which_lead_it_was_and_the_vendor_does_not(door: Door) -> None:
    lead = earlier(door)
    reply = door.post(phone=PHONE)
    assert reply.check("duplicate")["detail"].startswith(f"A-{lead.pk} of ")
    assert f"A-{lead.pk}" not in reply.text
