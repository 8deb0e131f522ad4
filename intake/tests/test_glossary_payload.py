"""The field's usual payload, unchanged, in every format vendors send."""

import hashlib
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from agents.models import Assignment
from compliance.models import Decision
from intake.models import (
    ConsentRecord,
    Lead,
    LeadEvent,
    LeadEventKind,
    LeadStatus,
    Submission,
    SubmissionState,
)
from intake.originals import body_of
from leadcrm.testing.door import FORM, JSON, MULTIPART, XML, Door, written
from leadcrm.testing.factories import FieldRuleFactory
from leadcrm.testing.fixtures import VendorKey
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db
FORMATS = [JSON, FORM, MULTIPART, XML, "text/xml", f"{JSON}; charset=utf-8", f"{FORM}; charset=UTF-8"]


@pytest.mark.parametrize("how", FORMATS)
def test_the_glossary_payload_is_accepted_as_it_stands(door: Door, how: str) -> None:
    payload = glossary()
    reply = door.post(payload, how=how)
    assert reply.status == 200
    assert list(reply.json) == [
        "status", "lead_id", "submission_id", "vendor_lead_id", "price", "currency", "test", "processed_ms",
    ]  # fmt: skip
    assert reply.json["status"] == "accepted"
    assert reply.json["vendor_lead_id"] == payload["lead_id"]
    assert (reply.json["price"], reply.json["currency"], reply.json["test"]) == ("22.00", "USD", False)
    assert reply.lead.phone == f"+1{payload['phone']}"


def test_an_accepted_post_leaves_all_its_rows(door: Door, vendor_key: VendorKey) -> None:
    payload = glossary()
    reply = door.post(payload)
    submission, lead = reply.submission, reply.lead
    assert Submission.objects.count() == 1
    assert (submission.state, submission.source, submission.test) == (
        SubmissionState.ACCEPTED,
        door.source,
        False,
    )
    assert json.loads(body_of(submission)) == payload
    assert submission.answer == reply.text
    assert submission.lead_number == lead.pk
    assert submission.vendor_lead_id == payload["lead_id"]
    assert (submission.due_at, submission.error) == (None, "")

    assert lead.submission == submission
    assert (lead.first_name, lead.last_name) == (payload["first_name"], payload["last_name"])
    assert (lead.email, lead.state, lead.zip) == (payload["email"], "TX", "75201")
    assert (lead.interest, lead.status, str(lead.price)) == ("final_expense", LeadStatus.NEW, "22.00")
    assert lead.generated_at.isoformat().startswith(payload["timestamp"][:19])
    assert (lead.owner, lead.source, lead.vendor) == (vendor_key.agent.user, door.source, door.source.vendor)

    consent = ConsentRecord.objects.get(lead=lead)
    assert consent.text == payload["consent_text"]
    assert consent.text_sha256 == hashlib.sha256(payload["consent_text"].encode()).hexdigest()
    assert consent.ip_address == payload["consent_ip"]
    assert consent.user_agent == payload["consent_user_agent"]
    assert consent.trustedform_cert_url == payload["trustedform_url"]
    assert consent.jornaya_leadid == payload["jornaya_leadid"]
    assert consent.given_at == lead.generated_at

    decision = Decision.objects.get()
    assert (decision.submission, decision.outcome, decision.reason) == (submission, "accepted", "")
    assert [record["check"] for record in decision.checks] == [
        "source_open", "fields", "consent", "duplicate", "filters", "lead_age", "price",
        "certificate", "suppression", "scrub_service", "caps", "agent",
    ]  # fmt: skip
    assert {record["outcome"] for record in decision.checks} == {"pass"}
    assert all(record["ms"] >= 0 for record in decision.checks)

    assignment = Assignment.objects.get()
    assert (assignment.lead, assignment.agent, assignment.pool) == (lead, vendor_key.agent, vendor_key.pool)
    kinds = list(LeadEvent.objects.filter(lead=lead).values_list("kind", flat=True))
    assert kinds == [LeadEventKind.RECEIVED, LeadEventKind.ASSIGNED]


def test_a_refused_post_leaves_a_submission_with_its_decision_and_no_lead(door: Door) -> None:
    reply = door.post(phone="123")
    assert reply.outcome == "invalid_phone"
    assert (reply.submission.state, reply.submission.reason) == (SubmissionState.REJECTED, "invalid_phone")
    assert reply.submission.price == 0
    assert (reply.decision.outcome, reply.decision.reason) == ("rejected", "invalid_phone")
    assert not Lead.objects.exists()
    assert not Assignment.objects.exists()


def nested(payload: dict[str, Any]) -> dict[str, Any]:
    """As senders with an object model write it."""
    contact = ("first_name", "last_name", "phone", "email")
    return {
        "lead_id": payload["lead_id"],
        "timestamp": payload["timestamp"],
        "interest": payload["interest"],
        "contact": {name: payload[name] for name in contact} | {"address": {"zip": payload["zip"], "state": "TX"}},
        "consent": {
            "text": payload["consent_text"], "ip": payload["consent_ip"], "user_agent": payload["consent_user_agent"],
        },
        "trustedform_url": payload["trustedform_url"],
        "jornaya_leadid": payload["jornaya_leadid"],
    }  # fmt: skip


def dotted(payload: dict[str, Any]) -> dict[str, Any]:
    """As senders with flat templates write it."""
    contact = ("first_name", "last_name", "phone", "email", "zip", "state")
    return {f"contact.{name}" if name in contact else name: value for name, value in payload.items()}


def loosely_named(payload: dict[str, Any]) -> dict[str, Any]:
    """Case, dashes, blanks and underscores differ from ours."""
    return {name.replace("_", "-").title(): value for name, value in payload.items()}


@pytest.mark.parametrize("rewritten", [nested, dotted, loosely_named])
@pytest.mark.parametrize("how", [JSON, XML])
def test_nested_dotted_and_loosely_named_fields_mean_the_same(door: Door, rewritten: Any, how: str) -> None:
    payload = glossary()
    reply = door.post(rewritten(payload), how=how)
    assert reply.outcome == "accepted", reply.text
    assert reply.warnings == []
    lead = reply.lead
    assert (lead.phone, lead.email, lead.zip) == (f"+1{payload['phone']}", payload["email"], "75201")
    assert (lead.first_name, lead.last_name, lead.vendor_lead_id) == ("Test", "Person", payload["lead_id"])
    assert lead.consent.text == payload["consent_text"]
    assert lead.consent.ip_address == payload["consent_ip"]


def test_query_parameters_fill_what_the_body_leaves_open_and_never_override_it(door: Door) -> None:
    reply = door.post(state=None, query="state=TX&zip=73301&sub_id=abc")
    assert (reply.lead.state, reply.lead.tracking) == ("TX", {"sub_id_1": "abc"})
    assert reply.lead.zip == "75201"
    assert reply.warnings == [("unknown_field", "query.zip")]


def test_a_post_may_come_in_the_query_alone(door: Door) -> None:
    reply = door.send("", FORM, query=urlencode(glossary()))
    assert reply.outcome == "accepted"


def test_a_missing_content_type_is_guessed(door: Door) -> None:
    for how in (JSON, FORM):
        assert door.send(written(glossary(), how), "").outcome == "accepted"


@pytest.mark.parametrize("url", ["/api/lead-intake", "/api/lead-intake/"])
def test_a_trailing_slash_is_accepted_and_never_redirected(door: Door, url: str) -> None:
    assert door.send(written(glossary(), JSON), JSON, url=url).status == 200


def test_each_authenticated_call_is_stored_once(door: Door) -> None:
    door.post()
    door.post(state="Nowhere")
    door.send(b"{broken", JSON)
    door.send(b"<a", XML)
    assert Submission.objects.count() == 4
    assert list(Submission.objects.order_by("received_at").values_list("state", flat=True)) == [
        "accepted", "rejected", "unreadable", "unreadable",
    ]  # fmt: skip


def test_unknown_fields_are_kept_with_the_lead_and_listed(door: Door) -> None:
    reply = door.post(favorite_color="blue", quiz={"answers": ["a", "b"]})
    assert set(reply.warnings) == {("unknown_field", "favorite_color"), ("unknown_field", "quiz.answers")}
    assert reply.lead.extra == {"favorite_color": "blue", "quiz.answers": ["a", "b"]}


def test_a_source_maps_names_and_values_of_its_own(door: Door) -> None:
    FieldRuleFactory.create(
        source=door.source, incoming="q_17", field="gender", values={"0": "male", "1": "female"}
    )
    FieldRuleFactory.create(source=door.source, incoming="Their Phone", field="phone", values={})
    payload = glossary()
    payload["their_phone"] = payload.pop("phone")
    reply = door.post({**payload, "Q-17": "1"})
    assert reply.outcome == "accepted", reply.text
    assert reply.lead.gender == "female"
    assert reply.warnings == []
