"""The wording of a consent: which of the five points it makes, and what a source does where one is left out."""

from typing import Any

import pytest

from compliance.consent import Point, read_wording
from leadcrm.testing.door import Door

FULL = (
    "By clicking “Get my quote” I consent to receive marketing calls and text messages about insurance from Acme & "
    "Sons, LLC at (214) 555-0123, including calls made with an automatic telephone dialing system or a prerecorded "
    "voice. Consent is not a condition of purchase."
)
TERSE = "Yes, call me."
PHONE = "+12145550123"


def test_a_full_wording_makes_all_five_points() -> None:
    assert read_wording(FULL, seller="ACME and Sons", phone=PHONE).missing == ()


@pytest.mark.parametrize(
    ("left_out", "instead", "point"),
    [
        ("Acme & Sons, LLC", "our partners", Point.SELLER),
        ("marketing calls and text messages about insurance", "the newsletter", Point.MARKETING),
        (
            ", including calls made with an automatic telephone dialing system or a prerecorded voice",
            "",
            Point.AUTOMATED,
        ),
        (" Consent is not a condition of purchase.", "", Point.NO_CONDITION),
        (" at (214) 555-0123", " at the number above", Point.PHONE),
    ],
)
def test_what_is_taken_out_of_it_is_missed_and_nothing_else(
    left_out: str, instead: str, point: Point
) -> None:
    changed = FULL.replace(left_out, instead)
    assert changed != FULL
    assert read_wording(changed, seller="Acme & Sons", phone=PHONE).missing == (point,)


@pytest.mark.parametrize(
    ("text", "point"),
    [
        (
            "I understand that I am not required to agree in order to buy any goods or services.",
            Point.NO_CONDITION,
        ),
        ("You do NOT have to consent to buy.", Point.NO_CONDITION),
        ("No thanks: we sell goods.", None),
        ("Calls may be autodialed.", Point.AUTOMATED),
        ("using automated technology", Point.AUTOMATED),
        ("an artificial or pre-recorded voice", Point.AUTOMATED),
        ("I authorize telemarketing calls", Point.MARKETING),
        ("I request to be contacted with offers by SMS", Point.MARKETING),
        ("We automatically save the form", None),
        ("My number is 214.555.0123", Point.PHONE),
        ("+1 (214) 555 0123", Point.PHONE),
        ("Order 921455501234", None),
    ],
)
def test_each_point_is_read_in_the_ways_it_is_written(text: str, point: Point | None) -> None:
    assert read_wording(text, seller="Somebody Else", phone=PHONE).said == ((point,) if point else ())


def test_without_a_seller_the_agency_is_looked_for_by_each_of_its_names(settings: Any) -> None:
    settings.AGENCY_NAME, settings.AGENCY_ALSO_NAMED = "Northwind Insurance, Inc.", ["Northwind Life"]
    for text, named in (
        ("to the northwind insurance", True),
        ("NORTHWIND  LIFE", True),
        ("Northwindish Life", False),
    ):
        found = read_wording(text)
        assert (Point.SELLER in found.said, found.agency_named) == (named, named), text


@pytest.mark.django_db
def test_a_poor_wording_is_noted_with_the_decision_and_the_lead_is_bought(door: Door) -> None:
    reply = door.post(consent_text=TERSE, consent_seller="Acme")
    assert reply.outcome == "accepted"
    record = reply.check("consent")
    assert record["wording"]["lacks"] == ["seller", "marketing", "automated", "no_condition", "phone"]
    assert "no condition of purchase" in record["detail"]


@pytest.mark.django_db
def test_a_source_may_refuse_it_and_the_vendor_is_told_what_lacks(door: Door) -> None:
    door.set_check("consent", wording="refuse")
    poor = door.post(consent_text=TERSE, consent_seller="Acme")
    assert poor.codes == [("consent_invalid", "consent_text")]
    assert "mentions automated or prerecorded technology" in poor.text
    assert door.post(
        consent_text=FULL.replace(" at (214) 555-0123", ""), consent_seller="Acme & Sons"
    ).outcome == ("accepted")
    assert door.post(consent_text=None).outcome == "accepted"  # without a text there is no wording to refuse


@pytest.mark.django_db
def test_a_source_may_want_the_number_in_it(door: Door) -> None:
    door.set_check("consent", wording="refuse", wording_shows_phone=True)
    reply = door.post(consent_text=FULL, consent_seller="Acme & Sons")
    assert reply.codes == [("consent_invalid", "consent_text")]
    assert "shows the phone number" in reply.text


@pytest.mark.django_db
def test_a_source_may_want_the_agency_named(door: Door, settings: Any) -> None:
    door.set_check("consent", name_agency=True, wording="ignore")
    assert door.post(consent_text=FULL, consent_seller="Acme & Sons").codes == [
        ("consent_invalid", "consent_text")
    ]
    assert door.post(consent_text=None).codes == [("consent_missing", "consent_text")]
    settings.AGENCY_NAME = "Acme & Sons"
    assert door.post(consent_text=FULL).outcome == "accepted"
