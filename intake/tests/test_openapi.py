"""The published description, and a fuzzer that drives the door by it: in-process, bounded, the same every time."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from intake.keys import issue_key
from intake.models import Dialect, KeyScope, Lead, Mode, Profile, Submission
from intake.serializers import PostedLead
from leadcrm.testing.door import JSON, Door
from leadcrm.testing.factories import LeadFactory, ReturnFactory, ReturnTermFactory
from leadcrm.wsgi import application

pytestmark = pytest.mark.django_db
BOUNDED = settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance, unsupported_method, ignored_auth,
]  # fmt: skip
READ = (
    "/api/lead-intake", "/api/lead-intake/{name}", "/api/lead-intake/returns", "/api/lead-intake/returns/{name}",
)  # fmt: skip
CONTRACTS: list[dict[str, Any]] = [
    {"profile": Profile.REST}, {"dialect": Dialect.LEADCONDUIT}, {"mode": Mode.BACKGROUND},
]  # fmt: skip


@pytest.fixture(autouse=True)
def _the_tests_transaction_stays_open() -> Iterator[None]:
    """As Django's own client does: the end of a request must not close the connection the test runs in."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def bought(door: Door) -> Lead:
    """A lead that can go back."""
    ReturnTermFactory.create(source=door.source)
    lead: Lead = LeadFactory.create(source=door.source)
    return lead


@pytest.fixture
def return_key(door: Door) -> str:
    """The agency's own key for the source."""
    ReturnFactory.create(lead=LeadFactory.create(source=door.source))
    return issue_key(source=door.source, scope=KeyScope.RETURN)[1]


@cache
def described() -> Any:
    """The published description, as a fuzzer loads it."""
    return schemathesis.openapi.from_wsgi("/api/schema/", application)


def calls(*paths: str, method: str) -> Any:
    """Calls that follow the description, and calls that break it in one place."""
    strategies = [
        described()[path][method].as_strategy(generation_mode=mode)
        for path in paths
        for mode in GenerationMode
    ]
    return st.one_of(strategies)


@BOUNDED
@given(data=st.data())
def test_no_post_that_follows_or_breaks_the_description_breaks_the_door(door: Door, data: Any) -> None:
    case = data.draw(calls("/api/lead-intake", method="POST"))
    case.call_and_validate(headers=door.bearer, checks=CHECKS)


@settings(BOUNDED, max_examples=80)
@given(data=st.data())
def test_no_ping_that_follows_or_breaks_the_description_breaks_the_door(door: Door, data: Any) -> None:
    door.set(pings=True)
    case = data.draw(calls("/api/lead-intake/ping", method="POST"))
    case.call_and_validate(headers=door.bearer, checks=CHECKS)


@BOUNDED
@given(data=st.data())
def test_no_reading_that_follows_or_breaks_the_description_breaks_the_door(door: Door, data: Any) -> None:
    read = (
        "/api/lead-intake",
        "/api/lead-intake/{name}",
        "/api/lead-intake/returns",
        "/api/lead-intake/returns/{name}",
    )
    ReturnFactory.create(lead__source=door.source)
    case = data.draw(calls(*read, method="GET"))
    case.call_and_validate(headers=door.bearer, checks=CHECKS)


@BOUNDED
@given(data=st.data())
def test_no_asking_for_a_return_breaks_the_door(bought: Lead, return_key: str, data: Any) -> None:
    case = data.draw(calls("/api/lead-intake/{lead_id}/return", method="POST"))
    if data.draw(st.booleans()):
        case.path_parameters = {"lead_id": str(bought)}
    case.call_and_validate(headers={"Authorization": f"Bearer {return_key}"}, checks=CHECKS[:5])


@settings(BOUNDED, max_examples=20)
@given(data=st.data())
def test_every_profile_and_dialect_answers_as_described(door: Door, data: Any) -> None:
    case = data.draw(calls("/api/lead-intake", method="POST"))
    for contract in CONTRACTS:
        door.set(**contract)
        case.call_and_validate(headers=door.bearer, checks=CHECKS[:5])


def fetched(door: Door) -> dict[str, Any]:
    """The description in JSON."""
    reply = door.send("", method="GET", url="/api/schema/", headers={"Accept": JSON}, bearer=False)
    assert (reply.status, reply.headers["Content-Type"]) == (200, JSON)
    found: dict[str, Any] = json.loads(reply.content)
    return found


def test_the_description_needs_no_key_and_names_every_address_status_and_field(door: Door) -> None:
    found = fetched(door)
    assert found["openapi"].startswith("3.")
    paths = found["paths"]
    assert {(path, method) for path, methods in paths.items() for method in methods} == {
        ("/api/lead-intake", "get"), ("/api/lead-intake", "post"), ("/api/lead-intake/{name}", "get"),
        ("/api/lead-intake/ping", "post"),
        ("/api/lead-intake/returns", "get"), ("/api/lead-intake/returns/{name}", "get"),
        ("/api/lead-intake/{lead_id}/return", "post"), ("/api/opt-out", "post"),
        ("/api/reports", "get"), ("/api/reports/{name}", "get"),
    }  # fmt: skip
    post = paths["/api/lead-intake"]["post"]
    statuses = {"200", "201", "202", "422", "400", "401", "403", "409", "413", "415", "429", "503"}
    assert statuses <= set(post["responses"])
    assert set(post["requestBody"]["content"]) >= {
        JSON, "application/x-www-form-urlencoded", "multipart/form-data", "application/xml",
    }  # fmt: skip
    fields = found["components"]["schemas"]["PostedLead"]["properties"]
    assert set(fields) == set(PostedLead().fields)
    assert [name for name, field in fields.items() if not field] == []
    pinged = found["components"]["schemas"]["PingedLead"]["properties"]
    assert {"state", "zip", "age", "price"} <= set(pinged)
    assert not {"phone", "email", "first_name", "address", "ip_address", "consent_text"} & set(pinged)


def test_the_page_of_the_description_loads_nothing_from_elsewhere(door: Door) -> None:
    reply = door.send("", method="GET", url="/api/docs/", bearer=False)
    assert reply.status == 200
    assert "https://" not in reply.text.replace("https://testserver", "")
    assert "cdn" not in reply.text


def test_what_the_fuzzer_posts_is_stored(door: Door) -> None:
    door.post({"first_name": "\x00"})
    assert Submission.objects.count() == 1
