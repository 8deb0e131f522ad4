"""The JSON Schema and OpenAPI of one source say what its door does: both are asked of the same leads."""

import json
from typing import Any

import pytest
import schemathesis
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from intake.flatten import MAX_VALUE, flatten
from intake.models import Dialect, FieldRule, Profile, ReplayBy, SourceStatus, Submission
from intake.posting.schema import lead_schema, openapi
from intake.posting.shapes import Shape
from intake.tests.posting_support import broken, fits, leads, path_of, posting_of, values, vertical
from intake.understanding import understand
from leadcrm.testing.door import FORM, Door, Reply
from leadcrm.testing.factories import FieldRuleFactory

pytestmark = pytest.mark.django_db
KINDS = ["final_expense", "medicare", "auto", "home"]
BOUNDED = settings(
    max_examples=30, derandomize=True, deadline=None, database=None,
    phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
)  # fmt: skip
LEAD: dict[str, Any] = {
    "first_name": "Dana", "last_name": "Example", "phone": "2145550123", "state": "TX", "zip": "75201", "test": True,
}  # fmt: skip


def schema_of(door: Door) -> Shape:
    posting = posting_of(door.source)
    return lead_schema(posting.source, posting.table)


def outcomes(reply: Reply) -> dict[str, str]:
    """What the checks of a test post found, by check."""
    return {check["check"]: check["outcome"] for check in reply.json["checks"]}


def is_read(reply: Reply) -> bool:
    """Whether every field was understood and every proof of consent in order."""
    found = outcomes(reply)
    return (found["fields"], found["consent"]) == ("pass", "pass")


@pytest.fixture
def tried(door: Door) -> Door:
    """A source that asks for much, in test mode."""
    door.set(
        status=SourceStatus.TEST, required_fields=["first_name", "last_name", "phone", "email", "address"],
        replay_by=ReplayBy.PAYLOAD,  # the same id may come with other data
    )  # fmt: skip
    door.set_check("consent", require_trustedform=True, require_ip=True, require_text=True)
    return door


@pytest.mark.parametrize("code", KINDS)
def test_every_lead_that_the_schema_takes_is_read_without_an_error(tried: Door, code: str) -> None:
    tried.set(vertical=vertical(code))
    schema = schema_of(tried)

    @BOUNDED
    @given(lead=leads(schema))
    def ask(lead: dict[str, Any]) -> None:
        if fits(schema, lead):  # else it lacks an IP address, which either of two fields may bring
            reply = tried.post(lead)
            assert is_read(reply), (lead, reply.text)

    ask()


def test_every_value_that_fits_its_fields_shape_is_read(door: Door) -> None:
    """Many of each field, without the door around them; in the leads above some come seldom."""
    door.set(status=SourceStatus.TEST, vertical=vertical("final_expense"))
    posting = posting_of(door.source)
    schema, now = schema_of(door), timezone.now()

    @settings(BOUNDED, max_examples=70)
    @given(data=st.data())
    def ask(data: Any) -> None:
        for name, shape in schema["properties"].items():
            value = data.draw(values(shape), label=name)
            post = understand(
                submission=Submission(received_at=now), source=posting.config, payload=flatten({**LEAD, name: value}),
                config_version=0, now=now,
            )  # fmt: skip
            assert not post.errors, (name, value, post.errors)
            assert not [notice for notice in post.notices if notice.code == "unreadable"], value

    ask()


@pytest.mark.parametrize("code", KINDS)
def test_every_value_that_the_schema_refuses_for_good_is_refused_by_its_field(door: Door, code: str) -> None:
    door.set(
        status=SourceStatus.TEST,
        vertical=vertical(code),
        required_fields=["first_name", "last_name", "email"],
    )
    schema = schema_of(door)
    good = {**LEAD, "email": "person@example.com"}
    assert fits(schema, good)
    for name, shape in schema["properties"].items():
        if name in ("full_name", "test"):  # what is no name is kept beside, what is no flag is a test
            continue
        for value in broken(shape):
            lead = {**good, name: value}
            reply = door.post(lead)
            assert not fits(schema, lead), (name, value)
            if isinstance(value, str) and len(value) > MAX_VALUE:
                assert reply.status == 413
            else:
                assert name in [field for _, field in reply.codes], (name, value, reply.text)


@pytest.mark.parametrize(
    "name", ["first_name", "phone", "state", "email", "trustedform_cert_url", "consent_ip"]
)
def test_a_lead_without_a_required_field_is_refused_by_both(tried: Door, name: str) -> None:
    whole = {
        **LEAD, "email": "person@example.com", "address": "1 Example Street", "consent_ip": "192.0.2.10",
        "trustedform_cert_url": "https://cert.trustedform.com/" + "ab" * 20, "consent_text": "I agree.",
    }  # fmt: skip
    schema = schema_of(tried)
    assert fits(schema, whole)
    assert is_read(tried.post(whole))
    lead = {key: value for key, value in whole.items() if key not in (name, "zip")}
    assert not fits(schema, lead)
    assert name in [field for _, field in tried.post(lead).codes]


def test_the_visitors_address_stands_for_that_of_the_consent_in_both(tried: Door) -> None:
    lead = {
        **LEAD, "email": "person@example.com", "address": "1 Example Street", "ip_address": "192.0.2.10",
        "trustedform_cert_url": "https://cert.trustedform.com/" + "ab" * 20, "consent_text": "I agree.",
    }  # fmt: skip
    assert fits(schema_of(tried), lead)
    assert is_read(tried.post(lead))


@pytest.mark.parametrize("change", [{"phone": "2145550123"}, {"phone": "+12145550123"}, {"zip": "99999"}])
def test_fiction_is_for_tests_alone_in_both(door: Door, change: dict[str, str]) -> None:
    live = {**LEAD, "phone": "2145552222", "test": False}
    schema = schema_of(door)
    assert fits(schema, live)
    assert not fits(schema, {**live, **change})
    assert next(iter(change)) in [field for _, field in door.post({**live, **change}).codes]
    assert fits(schema, {**live, **change, "test": True})
    assert is_read(door.post({**live, **change, "test": True}))


def test_the_vendors_own_names_and_codes_are_in_the_schema_and_at_the_door(door: Door) -> None:
    FieldRuleFactory.create(source=door.source, incoming="Vorname", field="first_name")
    FieldRuleFactory.create(source=door.source, incoming="sx", field="gender", values={"0": "male"})
    door.set(status=SourceStatus.TEST)
    schema = schema_of(door)
    lead = {**{k: v for k, v in LEAD.items() if k != "first_name"}, "Vorname": "Dana", "sx": "0"}
    assert fits(schema, lead)
    told = door.post(lead).json["normalized"]
    assert (told["first_name"], told["gender"]) == ("Dana", "male")
    assert not fits(schema, {**lead, "sx": "7"})
    assert ("invalid_field", "gender") in door.post({**lead, "sx": "7"}).codes


def test_a_name_that_a_rule_gives_another_meaning_has_that_meaning_in_the_schema(door: Door) -> None:
    FieldRule.objects.create(source=door.source, incoming="phone", field="phone_2")
    FieldRule.objects.create(source=door.source, incoming="age", field="campaign")
    door.set(status=SourceStatus.TEST)
    schema = schema_of(door)
    lead = {
        **{k: v for k, v in LEAD.items() if k != "phone"},
        "phone_1": "2145550123",
        "age": "forty",
        "phone": "2145550124",
    }
    assert fits(schema, lead)
    told = door.post(lead).json["normalized"]
    assert (told["phone"]["e164"], told["phone_2"]["e164"]) == ("+12145550123", "+12145550124")
    assert told["campaign"] == "forty"


def test_the_schema_is_a_schema_and_names_its_dialect(door: Door) -> None:
    reply = door.send("", "", method="GET", url=path_of(door.source, "posting_schema"), bearer=False)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/schema+json")
    found = json.loads(reply.content)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert found["$id"].endswith(path_of(door.source, "posting_schema"))
    Draft202012Validator.check_schema(found)


@pytest.mark.parametrize(
    ("contract", "statuses"),
    [
        ({}, {"200", "202"}),
        ({"profile": Profile.REST}, {"201", "422", "202"}),
        ({"dialect": Dialect.LEADCONDUIT}, {"201", "202"}),
    ],
)
def test_the_openapi_names_the_statuses_of_this_contract(
    door: Door, contract: dict[str, Any], statuses: set[str]
) -> None:
    door.set(**contract)
    posting = posting_of(door.source)
    found = openapi(posting.source, posting.table)
    told = set(found["paths"]["/api/lead-intake"]["post"]["responses"])
    assert {status for status in told if status < "300" or status == "422"} == statuses
    assert {"400", "401", "403", "409", "413", "415", "429", "500", "503"} <= told


@pytest.mark.parametrize("contract", [{}, {"profile": Profile.REST}, {"dialect": Dialect.LEADCONDUIT}])
def test_the_openapi_loads_and_the_doors_answers_are_as_it_says(door: Door, contract: dict[str, Any]) -> None:
    door.set(status=SourceStatus.TEST, **contract)
    reply = door.send("", "", method="GET", url=path_of(door.source, "posting_openapi"), bearer=False)
    found = json.loads(reply.content)
    described: Any = schemathesis.openapi.from_dict(found)
    assert [operation.ok().label for operation in described.get_all_operations()] == [
        "POST /api/lead-intake", "GET /api/lead-intake/{id}",
    ]  # fmt: skip
    schemas = found["components"]["schemas"]
    assert schemas["Lead"] == schema_of(door)
    for lead in (LEAD, {"phone": "1"}):
        for how in ("application/json", FORM):
            answer = door.post(lead, how=how)
            post = found["paths"]["/api/lead-intake"]["post"]["responses"]
            assert str(answer.status) in post
            assert fits(schemas["Decision"], json.loads(answer.content)), answer.text
    refused = door.send("{", bearer=True)
    assert fits(schemas["Error"], json.loads(refused.content))
