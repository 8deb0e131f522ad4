"""What a vendor is told: profiles, dialects, levels of detail, JSON and XML (wire-contract section 5)."""

import json
import re
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest

from compliance.models import CapPeriod
from intake.models import Dialect, Profile
from leadcrm.testing.door import FORM, JSON, XML, Door, written
from leadcrm.testing.factories import CapFactory, VerticalAttributeFactory
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db


def test_the_status_comes_first_on_one_line_of_utf_8(door: Door) -> None:
    for reply in (door.post(first_name="Zoë"), door.post(phone="1"), door.post(größe="1,80")):
        assert re.match(r'\{"status":"(accepted|rejected)"', reply.text)
        assert "\n" not in reply.text
        assert reply.headers["Content-Type"] == "application/json; charset=utf-8"


def test_a_refusal_lists_every_reason_of_the_stage_that_refused(door: Door) -> None:
    reply = door.post(
        first_name=None,
        phone="214-555-HELP",
        state="Nowhere",
        date_of_birth="1950-13-01",
        zip="00000",
        interest="boats",
    )
    assert reply.status == 200
    assert sorted(reply.codes) == [
        ("invalid_field", "date_of_birth"), ("invalid_field", "interest"), ("invalid_field", "state"),
        ("invalid_field", "zip"), ("invalid_phone", "phone"), ("missing_field", "first_name"),
    ]  # fmt: skip
    assert list(reply.json) == [
        "status", "reason", "message", "reasons", "submission_id", "vendor_lead_id", "price", "retry", "test",
        "processed_ms",
    ]  # fmt: skip
    assert reply.json["reason"] == reply.json["reasons"][0]["code"]
    assert (reply.json["price"], reply.json["retry"], reply.json["test"]) == ("0.00", False, False)


def test_nothing_of_the_input_is_repeated_but_the_vendors_own_id(door: Door) -> None:
    reply = door.post(
        first_name="Zebulon", phone="not a phone 314159", state="Atlantis", email="odd@@example.com"
    )
    assert not re.search("zebulon|314159|atlantis|odd@", reply.text, re.IGNORECASE)
    assert reply.json["vendor_lead_id"] in reply.text


@pytest.mark.parametrize(
    ("detail", "keys", "message"),
    [
        ("full", {"code", "field", "message"}, True),
        ("standard", {"code", "message"}, True),
        ("minimal", {"code"}, False),
    ],
)
def test_a_source_sets_how_much_of_a_refusal_is_told(
    door: Door, detail: str, keys: set[str], message: bool
) -> None:
    door.set(detail=detail)
    reply = door.post(phone="1", state="Nowhere")
    assert [set(reason) for reason in reply.json["reasons"]] == [keys, keys]
    assert ("message" in reply.json) is message


def test_a_duplicate_reveals_neither_the_other_lead_nor_its_date(door: Door) -> None:
    first = door.post(phone="2145552323")
    reply = door.post(phone="2145552323", email="another@example.com")
    assert reply.outcome == "duplicate"
    assert first.json["lead_id"] not in reply.text
    assert f"{first.lead.received_at:%Y}" not in reply.text
    assert first.json["lead_id"] in reply.check("duplicate")["detail"]


def test_the_rest_profile_tells_the_decision_by_status_with_the_same_bodies(door: Door) -> None:
    door.set(profile=Profile.REST)
    taken, refused = door.post(), door.post(phone="1")
    assert (taken.status, taken.json["status"]) == (201, "accepted")
    assert (refused.status, refused.json["status"], refused.outcome) == (422, "rejected", "invalid_phone")
    assert {"lead_id", "submission_id", "price"} <= set(taken.json)


def test_the_leadconduit_dialect_answers_in_leadconduits_words(door: Door) -> None:
    door.set(dialect=Dialect.LEADCONDUIT)
    taken, refused = door.post(), door.post(phone="1")
    number = int(taken.json["lead"]["id"].removeprefix("A-"))
    assert (taken.status, taken.json) == (
        201, {"outcome": "success", "lead": {"id": f"A-{number}"}, "price": 22.0},
    )  # fmt: skip
    assert refused.status == 201
    assert refused.json["outcome"] == "failure"
    assert refused.json["reason"] == "invalid_phone"
    assert re.fullmatch("[0-9a-f]{32}", refused.json["lead"]["id"])
    assert refused.json["price"] == 0
    assert taken.text.startswith('{"outcome":"success"')


@pytest.mark.parametrize("accept", [XML, "text/xml", "application/xml, */*;q=0.1"])
def test_xml_gives_the_same_keys_under_result(door: Door, accept: str) -> None:
    for changes in ({}, {"phone": "1", "state": "Nowhere"}, {"<odd>&": "1"}):
        fields: dict[str, Any] = dict(changes)
        reply = door.post(accept=accept, **fields)
        again = door.get(ElementTree.fromstring(reply.text).findtext("submission_id") or "")
        assert reply.headers["Content-Type"].startswith(XML)
        root = ElementTree.fromstring(reply.text)
        assert (root.tag, root[0].tag) == ("result", "status")
        told = door.post(**fields, accept="application/json")
        assert [child.tag for child in root] == list(told.json)
        assert again.json["answer"] == reply.text


def test_errors_are_xml_too_where_xml_is_preferred(door: Door) -> None:
    for reply in (
        door.send(b"{", headers={"Accept": XML}),
        door.send(b"{}", headers={"Accept": XML}, bearer=False),
    ):
        root = ElementTree.fromstring(reply.text)
        assert (root.tag, root[0].tag, root[0].text) == ("result", "status", "error")


@pytest.mark.parametrize(
    "character", ["\x01", "\x0b", "\x1f", "\ufffe", "\uffff", "\x7f", "\x85", "]]>", "&", "\r"]
)
def test_xml_stays_well_formed_whatever_is_named_or_said(door: Door, character: str) -> None:
    fields: dict[str, Any] = {f"odd{character}name": "1"}
    for test in (None, "yes"):
        reply = door.post(accept=XML, test=test, consent_text=f"I agree{character}.", **fields)
        root = ElementTree.fromstring(reply.text)
        assert root.findtext("status") == "accepted"
        assert root.findtext("warnings/item/code") == "unknown_field"


def test_an_odd_accept_header_still_has_its_answer_in_json(door: Door) -> None:
    for accept in ("text/html", "image/png", "*/*", "", "odd", "application/json;q=0.1, text/csv", "xml"):
        assert door.post(headers={"Accept": accept}).outcome == "accepted"


def test_warnings_say_what_was_mended_filled_or_not_known(door: Door) -> None:
    reply = door.post(zip="75201-1234", email="not an address", foo="bar", q=["a", "b"])
    assert set(reply.warnings) >= {("unreadable", "email"), ("unknown_field", "foo"), ("unknown_field", "q")}
    assert (reply.lead.zip, reply.lead.zip_plus4, reply.lead.email) == ("75201", "1234", "")


def test_a_zip_of_another_state_is_a_warning_and_a_missing_state_is_filled(door: Door) -> None:
    assert ("zip_in_other_state", "zip") in door.post(zip="73101").warnings
    reply = door.post(state=None)
    assert reply.warnings == [("filled", "state")]
    assert reply.lead.state == "TX"


def test_what_was_mended_while_reading_the_body_is_a_warning_too(door: Door) -> None:
    payload = glossary()
    reply = door.send(written(payload, JSON), FORM)
    assert ("json_sent_as_form", "") in reply.warnings
    twice = json.dumps(glossary())[:-1] + ', "state": "OK"}'
    reply = door.send(twice)
    assert ("repeated_key", "state") in reply.warnings
    assert reply.lead.state == "TX"


@pytest.mark.parametrize(
    "url",
    [
        "http://cert.trustedform.com/{}",
        "https://cert.trustedform.com/{}/",
        ",https://cert.trustedform.com/{}",
    ],
)
def test_a_certificate_url_that_was_mended_is_noted(door: Door, url: str) -> None:
    reply = door.post(trustedform_url=url.format("ab" * 20))
    assert reply.warnings == [("repaired", "trustedform_cert_url")]
    assert reply.lead.consent.trustedform_cert_url == f"https://cert.trustedform.com/{'ab' * 20}"


def test_a_vendor_id_with_a_word_senders_search_for_goes_into_a_header(door: Door) -> None:
    for word in ("Reject", "ERROR", "fail", "dup", "invalid", "denied", "accept", "success"):
        for changes in ({}, {"phone": "1"}):
            fields: dict[str, Any] = dict(changes)
            reply = door.post(lead_id=f"V-{word}-7{len(fields)}", **fields)
            assert "vendor_lead_id" not in reply.json
            assert reply.headers["X-Vendor-Lead-Id"] == f"V-{word}-7{len(fields)}"
            assert reply.submission.vendor_lead_id == f"V-{word}-7{len(fields)}"


def test_an_id_without_such_a_word_is_in_the_body_and_in_no_header(door: Door) -> None:
    reply = door.post(lead_id="V.7:x_y-Z")
    assert reply.json["vendor_lead_id"] == "V.7:x_y-Z"
    assert "X-Vendor-Lead-Id" not in reply.headers


def test_the_price_is_what_the_contract_says(door: Door) -> None:
    door.set(price=Decimal("7.5"))
    assert door.post().json["price"] == "7.50"


def test_a_reached_cap_says_when_to_come_again(door: Door) -> None:
    CapFactory.create(source=door.source, period=CapPeriod.HOUR, limit=0)
    reply = door.post()
    assert reply.outcome == "cap_reached"
    assert 1 <= reply.json["retry_after"] <= 3600


def test_a_field_named_like_a_forbidden_word_is_never_named_in_an_answer(door: Door) -> None:
    VerticalAttributeFactory.create(vertical=door.source.vertical, name="accepts_terms", kind="boolean")
    VerticalAttributeFactory.create(vertical=door.source.vertical, name="success_rate", kind="integer")
    door.set(required_fields=["phone", "success_rate"])
    reply = door.post(accepts_terms="perhaps")
    assert reply.json["status"] == "rejected"
    assert not re.search("accept|success", reply.text, re.IGNORECASE)
    assert sorted(code for code, _ in reply.codes) == ["invalid_field", "missing_field"]
