"""Fixtures of the tests of the front door."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from agents.models import License
from intake.webhooks import sending
from leadcrm.lib import http
from leadcrm.testing.door import Door, written_logs
from leadcrm.testing.fixtures import VendorKey


@pytest.fixture
def door(vendor_key: VendorKey) -> Iterator[Door]:
    """The vendor of `vendor_key` at the door. After the test, nothing it sent may stand in any log line."""
    License.objects.update(effective_on=date(2020, 1, 1))  # tests travel into the past
    with written_logs() as lines:
        door = Door(vendor_key.source, vendor_key.text)
        yield door
    told = lines.getvalue()
    assert [secret for secret in door.secrets if secret in told] == [], "personal data or a key was logged"


@pytest.fixture
def inside() -> Iterator[HTTPServer]:
    """A server on this machine, which answers several at once."""
    with HTTPServer(threaded=True) as server:
        yield server


@pytest.fixture
def receiver(inside: HTTPServer, settings: Any) -> HTTPServer:
    """A receiver on this machine, which the settings allow."""
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1", "localhost"]
    return inside


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Webhooks wait for less than a second."""
    monkeypatch.setattr(sending, "LIMITS", http.Limits(connect=1, read=0.3, total=0.6, size=1_000))
    yield
    http._public_sessions.forget()
