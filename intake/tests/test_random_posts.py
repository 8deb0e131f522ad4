"""Random posts: every one is decided or refused in the contract's words, and none breaks our own code."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from intake.models import AttributeKind, Submission
from intake.serializers import PostedLead
from leadcrm.testing.door import FORM, JSON, MULTIPART, XML, Door, written
from leadcrm.testing.factories import VerticalAttributeFactory
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db
BOUNDED = settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
NAMES = [*PostedLead().fields, "full_name", *(f"a_{kind}" for kind in AttributeKind)]
# Values near the edges of what columns and parsers hold.
edges = st.sampled_from([
    "", " ", "0", "-1", "1e400", "9" * 15, "9" * 40, "1000000.99", "$1,000", "10k-20k", "NaN", "inf", "null", "true",
    "x" * 100, "x" * 101, "x" * 255, "x" * 256, "x" * 1000, "x" * 1001, "\u00df" * 100, "\u0390" * 254,
    "a@" + "b." * 120 + "com", "\u0130" * 64 + "@example.com", "2026-02-30", "1900-01-01", "31.12.9999",
    "0000000000", "+1 214 555 2222 x1234567", "2145552222", "1 (214) 555-2222 ext. 99", "00501", "00000",
    "96799-9999", "2906", "DC", "Puerto Rico", "::ffff:192.0.2.1", "fe80::1%eth0", "[2001:db8::1]:80",
    "192.0.2.1, 10.0.0.1", "https://cert.trustedform.com/" + "a" * 40, "0.a.b", "https://ex\u00e4mple.com/?q=1#x",
    "http://[::1]/", "\u202e\u200b", "\ufeff", "\x7f\x85", "\u2028", "\U0001f600" * 60, "yes", "off", "Infinity",
    "1970-01-01T00:00:00Z", "2100-12-31T23:59:59+14:00", "1764000000", "1764000000000",
])  # fmt: skip
texts = (
    edges | st.text(max_size=40) | st.from_regex(r"[0-9+() .x/-]{1,25}", fullmatch=True) | st.dates().map(str)
)
scalars = texts | st.integers() | st.floats() | st.booleans() | st.none()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture
def wide_door(door: Door) -> Door:
    """A source whose leads carry an attribute of every kind."""
    for kind in AttributeKind:
        VerticalAttributeFactory.create(
            vertical=door.source.vertical, name=f"a_{kind}", kind=kind, choices=["true", "yes"]
        )
    door.set_check("filters", attributes=[{"name": "a_money", "op": "ne", "value": "7"}])
    return door


def decided(door: Door, body: bytes, how: str, accept: str = JSON) -> None:
    """One call; it must be decided, or refused as unreadable, and our own code must not have broken."""
    reply = door.send(body, how, headers={"Accept": accept})
    assert reply.status in (200, 400, 409, 413, 415), reply.text
    broken = Submission.objects.filter(state="failed").values_list("error", flat=True)
    assert list(broken) == []


@BOUNDED
@example(changes={"price": "1e400"}, test=True)
@given(changes=st.dictionaries(st.sampled_from(NAMES) | texts, values, max_size=5), test=st.booleans())
def test_random_values_in_json_are_decided(wide_door: Door, changes: dict[str, Any], test: bool) -> None:
    payload = {**glossary(), **changes, **({"test": True} if test else {})}
    decided(
        wide_door, json.dumps(payload).encode("utf-8", "surrogatepass"), JSON, accept=XML if test else JSON
    )


@settings(BOUNDED, max_examples=80)
@given(
    changes=st.dictionaries(st.sampled_from(NAMES) | texts, texts, max_size=5),
    how=st.sampled_from([FORM, XML, MULTIPART]),
)
def test_random_texts_in_forms_and_xml_are_decided(
    wide_door: Door, changes: dict[str, str], how: str
) -> None:
    decided(wide_door, written({**glossary(), **changes}, how), how)


@settings(BOUNDED, max_examples=80)
@given(
    body=st.binary(max_size=60) | st.text(max_size=60).map(str.encode),
    how=st.sampled_from([JSON, FORM, XML, MULTIPART, ""]),
)
def test_random_bytes_are_decided(wide_door: Door, body: bytes, how: str) -> None:
    decided(wide_door, body, how)
