"""What the start is refused for: a provider of texts that is set up by half."""

from typing import Any

import pytest

from leadcrm.checks import refuse_bad_settings

WHOLE = {
    "TELEPHONY": "twilio",
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "t",
    "TWILIO_FROM": "+15125550100",
}


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({}, []), ({"TELEPHONY": "off", "TWILIO_FROM": ""}, []), ({"TWILIO_AUTH_TOKEN": ""}, ["leadcrm.E005"]),
        ({"TWILIO_FROM": ""}, ["leadcrm.E005"]), ({"TWILIO_ACCOUNT_SID": ""}, ["leadcrm.E005"]),
        ({"TWILIO_FROM": "", "TWILIO_MESSAGING_SERVICE_SID": "MG1"}, []), ({"TELEPHONY": "pigeon"}, ["leadcrm.E004"]),
    ],
)  # fmt: skip
def test_half_a_provider_is_refused_with_what_is_missing(
    settings: Any, changes: dict[str, str], ids: list[str]
) -> None:
    for name, value in {**WHOLE, "TWILIO_MESSAGING_SERVICE_SID": "", **changes}.items():
        setattr(settings, name, value)
    assert [message.id for message in refuse_bad_settings(None)] == ids
