"""What the tests of certificates share."""

from typing import Any, Final

from leadcrm.testing.fake_services import Call, Reply

ID: Final = "ab" * 20
LEADID: Final = "a1c2860f-25ea-4937-bc78-222d8c227789"


def says(status: int, body: Any) -> Any:
    """For FakeServices.answer: the same to everybody."""

    def answer(call: Call) -> Reply:
        return status, body

    return answer
