"""Twilio on this machine, in its documented protocol: for tests, and to try the product by hand.

    python -m leadcrm.testing.fake_twilio --port 9901

Texts to a number that ends in 98 are refused with 21610 (asked to stop), to one in 97 with 21211 (no such number), to
one in 96 with 429, to one in 95 with 500; all others are taken.
"""

import base64
import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from leadcrm.testing.fake_services import Call, FakeServices, Reply

ACCOUNT: Final = "AC" + "0" * 32
TOKEN: Final = "a-token-for-tests"
FROM: Final = "+15125550100"
_REFUSED: Final[Mapping[str, tuple[int, int]]] = {
    "98": (400, 21610), "97": (400, 21211), "96": (429, 20429), "95": (500, 20500),
}  # fmt: skip


@dataclass
class FakeTwilio(FakeServices):
    """Takes texts and calls; `calls` is what it was asked."""

    key: str = TOKEN

    def reply(self, call: Call) -> Reply:
        """As documented for Messages.json and Calls.json."""
        expected = "Basic " + base64.b64encode(f"{ACCOUNT}:{self.key}".encode()).decode()
        if call.headers.get("authorization") != expected:
            return 401, {"code": 20003, "message": "Authenticate", "status": 401}
        kind = {"Messages.json": "SM", "Calls.json": "CA"}.get(call.path.rpartition("/")[2], "")
        if not kind or call.method != "POST" or ACCOUNT not in call.path:
            return 404, {"code": 20404, "message": "Not found", "status": 404}
        to = call.form.get("To", "")
        if to[-2:] in _REFUSED:
            status, code = _REFUSED[to[-2:]]
            return status, {"code": code, "message": f"Refused {to}", "status": status}
        return 201, taken(f"{kind}{uuid4().hex}", call.form)


def taken(sid: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The resource that was made."""
    return {
        "sid": sid, "account_sid": ACCOUNT, "to": form.get("To"), "from": form.get("From"), "body": form.get("Body"),
        "status": "queued", "num_segments": "1", "error_code": None, "direction": "outbound-api",
    }  # fmt: skip


def signed(url: str, form: Mapping[str, str], *, token: str = TOKEN) -> dict[str, str]:
    """The headers of a call to us at `url` (the whole address)."""
    from agents.telephony.signing import HEADER, signature  # this module also runs without Django

    return {HEADER: signature(url=url, form={name: [value] for name, value in form.items()}, token=token)}


def main() -> None:
    """Serve until interrupted, one line a call."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9901)
    parser.add_argument("--wait", type=float, default=0.0, help="Seconds before each answer.")
    chosen = parser.parse_args()
    with FakeTwilio(port=chosen.port, wait=chosen.wait) as fake:
        say = sys.stdout.write
        say(
            f"TWILIO_ACCOUNT_SID={ACCOUNT} TWILIO_AUTH_TOKEN={TOKEN} TWILIO_FROM={FROM} TWILIO_BASE_URL={fake.url}\n"
        )
        shown = 0
        while True:
            sys.stdout.flush()
            time.sleep(0.2)
            for call in fake.calls[shown:]:
                shown += 1
                say(f"{call.method} {call.path} {call.form}\n")


if __name__ == "__main__":
    main()
