"""Payloads as vendors' systems send them: `payloads/<vendor>/<name>.json`, and beside each what comes of it.

A case holds `content_type`, `body` (an object, or text for XML), and where it matters `query`, `contract` (fields of
the source), `field_rules` and `checks` (params by check). Its `.expected.json` holds the HTTP `status`, entries of the
`answer`, `warnings` (all of them, where given), and columns of the `lead` and of its `consent`.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine

from leadcrm.testing.door import Door, Reply
from leadcrm.testing.factories import FieldRuleFactory

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).with_name("payloads")
CASES = sorted(path for path in FOLDER.glob("*/*.json") if not path.name.endswith(".expected.json"))
TODAY = datetime(2026, 11, 25, 15, tzinfo=UTC)


def plain(value: Any) -> Any:
    """A column as JSON writes it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def agree(door: Door, case: dict[str, Any]) -> None:
    """The contract under which the case was sent."""
    door.set(**case.get("contract", {}))
    for rule in case.get("field_rules", ()):
        FieldRuleFactory.create(source=door.source, **rule)
    for name, params in case.get("checks", {}).items():
        door.set_check(name, **params)


def send(door: Door, case: dict[str, Any]) -> Reply:
    """The case over the wire."""
    body, how = case["body"], case["content_type"]
    if isinstance(body, str):
        return door.send(body, how, query=case.get("query", ""))
    return door.post(body, how=how, query=case.get("query", ""))


@pytest.mark.parametrize("path", CASES, ids=[f"{path.parent.name}-{path.stem}" for path in CASES])
def test_a_vendors_payload_comes_to_what_is_written_beside_it(door: Door, path: Path) -> None:
    case = json.loads(path.read_text())
    expected = json.loads(path.with_suffix(".expected.json").read_text())
    agree(door, case)
    with time_machine.travel(TODAY, tick=False):
        reply = send(door, case)
        assert reply.status == expected["status"], reply.text
        assert {name: reply.json.get(name) for name in expected["answer"]} == expected["answer"], reply.text
        if "warnings" in expected:
            assert sorted(reply.warnings) == sorted(map(tuple, expected["warnings"]))
        assert send(door, case).headers["Idempotency-Replayed"] == "true"
    if "lead" not in expected:
        return
    lead = reply.submission.lead if "submission_id" in reply.json else door.source.leads.get()
    assert {name: plain(getattr(lead, name)) for name in expected["lead"]} == expected["lead"]
    consent = expected.get("consent", {})
    assert {name: plain(getattr(lead.consent, name)) for name in consent} == consent


def test_every_case_has_its_expectation_and_invents_nobody() -> None:
    assert len(CASES) >= 20
    for path in CASES:
        assert path.with_suffix(".expected.json").is_file()
        text = path.read_text()
        assert "555" in text or "field_data" in text
        for address in text.split("@")[1:]:
            assert address.lower().startswith("example.com")
