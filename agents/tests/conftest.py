"""Fixtures of the tests of the agents' pages."""

from collections.abc import Iterator
from typing import Any

import pytest

from leadcrm.testing.fake_twilio import ACCOUNT, FROM, TOKEN, FakeTwilio


@pytest.fixture
def twilio(settings: Any) -> Iterator[FakeTwilio]:
    """Twilio on this machine, switched on for texts and calls."""
    with FakeTwilio() as fake:
        settings.TELEPHONY = "twilio"
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, settings.TWILIO_FROM = ACCOUNT, TOKEN, FROM
        settings.TWILIO_MESSAGING_SERVICE_SID = ""
        settings.TWILIO_BASE_URL = fake.url
        settings.PUBLIC_URL = "https://leads.example.com"
        yield fake


@pytest.fixture
def postal_address(settings: Any) -> str:
    """E-mail is on."""
    settings.AGENCY_POSTAL_ADDRESS = "1 Example Street, Austin, TX 78701"
    settings.PUBLIC_URL = "https://leads.example.com"
    return str(settings.AGENCY_POSTAL_ADDRESS)
