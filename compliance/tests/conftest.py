"""Fixtures of the tests of compliance."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from agents.models import License
from leadcrm.testing.door import Door, written_logs
from leadcrm.testing.fake_services import FakeServices
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
def services(settings: Any) -> Iterator[FakeServices]:
    """TrustedForm and Jornaya on this machine, switched on."""
    with FakeServices() as fake:
        settings.TRUSTEDFORM_API_KEY, settings.TRUSTEDFORM_BASE_URL = fake.key, fake.url
        settings.JORNAYA_LAC, settings.JORNAYA_LAK = "an-account-code", "an-audit-key"
        settings.JORNAYA_BASE_URL = fake.url
        yield fake
