"""Fixtures of the tests of the front door."""

from collections.abc import Iterator
from datetime import date

import pytest

from agents.models import License
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
