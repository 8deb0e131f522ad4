"""Pings on the posting instructions: told where the source takes them, by page, schema and sample, as the door does."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from pytest_django.live_server_helper import LiveServer

from intake.models import Dialect, Ping, PriceKind, Profile, Source, SourceStatus
from intake.posting.fields import FieldTable
from intake.posting.pinging import Pinging, pinging_of
from intake.posting.schema import openapi, ping_schema
from intake.posting.shapes import Shape
from intake.reasons import PING_REASONS
from intake.serializers import HASHED, TAKEN_OF_PING
from intake.tests.posting_support import broken, fits, leads, posting_of, vertical
from intake.tests.test_posting_page import row, words
from leadcrm.testing.door import Door
from leadcrm.testing.fixtures import VendorKey

pytestmark = pytest.mark.django_db
BOUNDED = examples(
    max_examples=40, derandomize=True, deadline=None, database=None,
    phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
)  # fmt: skip
PING: dict[str, Any] = {"state": "TX", "zip": "75201", "age": 67, "test": True}


@pytest.fixture
def pinged(door: Door) -> Door:
    """A source in test mode that takes pings with an age."""
    door.set(
        status=SourceStatus.TEST, vertical=vertical("final_expense"), pings=True, ping_fields=["state", "zip", "age"],
    )  # fmt: skip
    return door


def told(door: Door) -> tuple[FieldTable, Shape]:
    posting = posting_of(door.source)
    return posting.table, ping_schema(posting.source, posting.table)


def pinging(source: Source) -> Pinging:
    """What is told of its pings."""
    posting = posting_of(source)
    endpoint = f"{settings.PUBLIC_URL}/api/lead-intake"
    found = pinging_of(posting.config, posting.table, endpoint=endpoint, now=timezone.now())
    assert found is not None
    return found


def test_a_source_without_pings_tells_nothing_of_them(door: Door) -> None:
    text = words(door.source)
    posting = posting_of(door.source)
    assert [word for word in ("ping_id", "on ping", "/ping", *PING_REASONS, *HASHED) if word in text] == []
    assert [path for path in openapi(posting.source, posting.table)["paths"] if "ping" in path] == []


def test_a_source_with_pings_tells_what_they_carry_how_long_bids_stand_and_how_they_are_refused(
    pinged: Door,
) -> None:
    pinged.set(ping_seconds=90, ping_rate_limit=777)
    text = words(pinged.source)
    for word in (
        "/api/lead-intake/ping",
        "ping_id",
        "stands for 90 seconds",
        "pings per minute 777",
        *PING_REASONS,
        *HASHED,
    ):
        assert word in text, word
    assert "required on ping" in row(pinged.source, "age")
    assert "required on ping" in row(pinged.source, "state")
    assert "required" not in row(pinged.source, "gender")
    assert "on ping" in row(pinged.source, "gender")
    assert "on ping" not in row(pinged.source, "first_name")


def test_a_ping_carries_what_the_door_takes_of_one(pinged: Door) -> None:
    table, schema = told(pinged)
    attributes = {attribute.name for attribute in table.attributes}
    assert set(schema["properties"]) == TAKEN_OF_PING | attributes | HASHED.keys()


def test_every_ping_that_the_schema_takes_is_read_without_an_error(pinged: Door) -> None:
    pinged.set_check("duplicate", "off")
    _, schema = told(pinged)

    @BOUNDED
    @given(ping=leads(schema))
    def ask(ping: dict[str, Any]) -> None:
        reply = pinged.ping(ping, idempotency_key=os.urandom(8).hex())
        found = {check["check"]: check["outcome"] for check in reply.json["checks"]}
        assert found["fields"] == "pass", (ping, reply.text)
        assert "not_kept" not in reply.text

    ask()


def test_every_value_of_a_ping_that_the_schema_refuses_is_refused(pinged: Door) -> None:
    _, schema = told(pinged)
    assert fits(schema, PING)
    for name, shape in schema["properties"].items():
        for value in broken(shape) if name != "test" else ():
            assert not fits(schema, {**PING, name: value}), (name, value)
            assert name in [field for _, field in pinged.ping({**PING, name: value}).codes], (name, value)
    for name in ("state", "age"):
        less = {
            key: value for key, value in PING.items() if key not in (name, "zip" if name == "state" else "")
        }
        assert not fits(schema, less)
        assert name in [field for _, field in pinged.ping(less).codes]


@pytest.mark.parametrize(
    ("contract", "statuses"),
    [({}, {"200"}), ({"profile": Profile.REST}, {"201", "422"}), ({"dialect": Dialect.LEADCONDUIT}, {"200"})],
)
def test_bids_are_as_the_openapi_says(pinged: Door, contract: dict[str, Any], statuses: set[str]) -> None:
    pinged.set(**contract)
    posting = posting_of(pinged.source)
    found = openapi(posting.source, posting.table)
    described = found["paths"]["/api/lead-intake/ping"]["post"]["responses"]
    assert {status for status in described if status < "300" or status == "422"} == statuses
    for ping in (PING, {"state": "TX"}):
        reply = pinged.ping(ping)
        assert str(reply.status) in described
        assert fits(found["components"]["schemas"]["Bid"], json.loads(reply.content)), reply.text
    for shown in pinging(pinged.source).answers:
        assert str(shown.status) in described
        assert fits(found["components"]["schemas"]["Bid"], json.loads(shown.body))


def test_a_price_by_table_is_told_as_one(pinged: Door) -> None:
    pinged.set(price_kind=PriceKind.TABLE, posting_price=True)
    assert "priced lead by lead, as agreed" in words(pinged.source)


def test_the_header_makes_a_test_of_a_ping_and_of_its_post(door: Door) -> None:
    door.set(pings=True)
    header = {"X-Test-Post": "true"}
    reply = door.ping(headers=header)
    assert reply.json["test"] is True
    assert Ping.objects.get().test
    assert door.post(ping_id=reply.json["ping_id"], headers=header).json["test"] is True


@pytest.mark.django_db(transaction=True)
def test_the_sample_of_a_ping_comes_back_as_a_test_with_a_bid(
    shipped_rows: None,
    vendor_key: VendorKey,
    live_server: LiveServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl on the PATH")
    monkeypatch.setattr(settings, "PUBLIC_URL", live_server.url)
    source = vendor_key.source
    source.pings, source.ping_fields = True, ["state", "zip", "age", "tobacco"]
    source.save()
    file = tmp_path / "ping.sh"
    file.write_text(pinging(source).sample)
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        ["sh", str(file)], capture_output=True, text=True, timeout=60, check=True,
        env={**clean, "LEADCRM_KEY": vendor_key.text},
    )  # fmt: skip
    bid = json.loads(done.stdout)
    assert (bid["status"], bid["test"]) == ("accepted", True)
    assert Ping.objects.get().pk.hex == bid["ping_id"]
